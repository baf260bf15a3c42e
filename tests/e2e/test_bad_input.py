"""What people get wrong: each is refused with what to do about it, before anything is changed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.machine import PREFIX, ROOT, Host, docker, run
from e2e.test_up import changed_tasks


def state_of(host: Host) -> str:
    """Return what a refused run must not change."""
    containers = docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", host.first.name, host.second.name)
    own = [f"/etc/hatchpod/{workstation.name}" for workstation in (host.first, host.second)]
    files = run("find", *own, "/etc/docker", "-printf", "%p %T@ %m %u\n").stdout
    return containers + files


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"workstation_ssh_prot": 2299}, "Unknown variable workstation_ssh_prot: did you mean workstation_ssh_port?"),
        ({"image_bse": "x"}, "did you mean image_base?"),
        ({"workstation_ssh_password": "changeme"}, "workstation_ssh_password: it is a well-known value"),
        ({"SSH_PASSWORD": "short"}, "workstation_ssh_password: it"),
        ({"api_password": "Password-123"}, "api_password: it is a well-known value"),
        ({"workstation_web_terminal_username": "a:b"}, "web_terminal_username must be"),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name_with_the_fix(
    host: Host, variables: dict[str, object], says: str
) -> None:
    before = state_of(host)
    try:
        host.write_inventory(**variables)
        answer = host.up(check=False)
    finally:
        host.write_inventory()
    assert answer.returncode != 0
    assert says in " ".join((answer.stdout + answer.stderr).split())
    assert "Nothing was changed" in answer.stdout + answer.stderr
    assert state_of(host) == before


def test_a_variable_of_a_later_role_is_refused_before_an_earlier_one_changes_anything(host: Host) -> None:
    before = state_of(host)
    try:
        host.write_inventory(image_free_space="plenty", docker_host_daemon_config={"debug": True})
        answer = host.up(check=False)
    finally:
        host.write_inventory()
    assert answer.returncode != 0
    assert "image_free_space" in answer.stdout + answer.stderr
    assert changed_tasks(answer.stdout) == []
    assert state_of(host) == before


def test_a_clash_of_ports_is_refused_with_a_free_one(host: Host) -> None:
    before = state_of(host)
    port = host.second.settings["ssh_port"]
    try:
        host.second.settings["ssh_port"] = host.first.settings["ssh_port"]
        host.write_inventory()
        answer = host.up(check=False)
    finally:
        host.second.settings["ssh_port"] = port
        host.write_inventory()
    assert answer.returncode != 0
    said = " ".join((answer.stdout + answer.stderr).split())
    assert (
        f"{host.second.name}: ssh_port {host.first.ssh_port}/tcp is also ssh_port of {host.first.name}; set ssh_port: "
        in said
    )
    assert state_of(host) == before


def test_a_port_that_another_program_uses_is_refused(host: Host) -> None:
    before = state_of(host)
    port = host.first.settings["api_port"]
    with socket.create_server(("127.0.0.1", 0)) as busy:
        taken = busy.getsockname()[1]
        try:
            host.first.settings["api_port"] = taken
            host.write_inventory()
            answer = host.up(check=False)
        finally:
            host.first.settings["api_port"] = port
            host.write_inventory()
    assert answer.returncode != 0
    assert f"already listens on tcp port {taken}" in " ".join((answer.stdout + answer.stderr).split())
    assert state_of(host) == before


def test_a_misspelt_setting_of_a_workstation_is_refused(host: Host) -> None:
    before = state_of(host)
    try:
        host.first.settings["ssh_prt"] = 1
        host.write_inventory()
        answer = host.up(check=False)
    finally:
        host.first.settings.pop("ssh_prt")
        host.write_inventory()
    assert answer.returncode != 0
    assert "unknown setting ssh_prt: did you mean ssh_port?" in " ".join((answer.stdout + answer.stderr).split())
    assert state_of(host) == before


def test_a_base_image_whose_registry_cannot_be_reached_is_made_from_the_debian_mirror_instead(host: Host) -> None:
    """The image of this very run; where a registry can be reached, there is nothing to show."""
    if not docker("image", "ls", "--quiet", "hatchpod/base"):
        pytest.skip("this machine reaches a registry")
    assert host.first.exec("cat", "/etc/debian_version").startswith("13")


@contextlib.contextmanager
def engine_on_a_small_disk(folder: Path) -> Iterator[str]:
    """Run a second engine whose data has 100 MB of space; yield its address."""
    disk, data, socket_path = folder / "disk", folder / "data", folder / "docker.sock"
    data.mkdir()
    run("truncate", "--size", "100M", str(disk))
    run("mkfs.ext4", "-q", str(disk))
    run("mount", "-o", "loop", str(disk), str(data))
    options = [
        f"--data-root={data}",
        f"--exec-root={folder}/exec",
        f"--pidfile={folder}/pid",
        f"--host=unix://{socket_path}",
    ]
    options += ["--bridge=none", "--iptables=false", f"--config-file={folder}/daemon.json"]
    (folder / "daemon.json").write_text("{}")
    with (folder / "log").open("w") as log:
        # of its own network, where "no bridge" takes nobody else's bridge away
        engine = subprocess.Popen(["unshare", "--net", "dockerd", *options], stdout=log, stderr=log)
    try:
        for _ in range(100):
            if not run("docker", "--host", f"unix://{socket_path}", "version", check=False).returncode:
                break
            time.sleep(0.2)
        else:
            pytest.fail(f"the second engine did not start: {(folder / 'log').read_text()[-2000:]}")
        yield f"unix://{socket_path}"
    finally:
        engine.terminate()
        engine.wait(30)
        run("umount", str(data))


def test_a_disk_too_small_is_refused_and_one_that_fills_up_is_explained(host: Host) -> None:
    play = ["ansible-playbook", "--inventory", str(host.inventory), "playbooks/image.yml", "--extra-vars"]
    # A socket's path may not be long.
    with tempfile.TemporaryDirectory(prefix="hp-") as folder, engine_on_a_small_disk(Path(folder)) as address:
        environment = {**os.environ, "DOCKER_HOST": address}
        refused = run(*play, "image_free_space=6", check=False, cwd=ROOT, env=environment, timeout=300)
        filled = run(*play, "image_free_space=0", check=False, cwd=ROOT, env=environment, timeout=300)
    said = " ".join(refused.stdout.split())
    assert "needs 6 GB free" in said
    assert "Nothing was changed" in said
    assert "The disk is full. Free some space where Docker keeps its data" in " ".join(filled.stdout.split())
    assert host.first.state("sshd") == "ready"


def interrupt(command: list[str], marker: str) -> None:
    """Run a command from the project's root and press Ctrl-C once its output shows `marker`.

    ansible-core does not always end at the first Ctrl-C: it is pressed again every three seconds, as people do.
    """
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    with process:
        assert process.stdout is not None
        assert any(marker in line for line in process.stdout)
        for _ in range(20):
            os.killpg(process.pid, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=3)
                break
    assert process.returncode != 0


@pytest.mark.parametrize(
    "marker", ["Secrets of the workstation are in place", "Workstation container is running", "Password of the API"]
)
def test_after_ctrl_c_another_run_ends_as_if_nothing_had_happened(host: Host, marker: str) -> None:
    third = f"{PREFIX}third"
    settings = {**host.first.settings, "name": third}
    kept = host.first.settings, host.second.settings
    free = {"ssh_port": 42001, "web_terminal_port": 42002, "api_port": 42003, "mosh_ports": "62990-62991"}
    try:
        host.second.settings = {**settings, **free}
        host.write_inventory()
        interrupt(["make", "--silent", "up", f"INVENTORY={host.inventory}"], marker)
        output = host.up().stdout
        assert f"{third} on localhost" in output
        assert "Nothing was changed" in host.up().stdout
        assert "ready" in docker("exec", third, "/usr/lib/hatchpod/status")
    finally:
        host.first.settings, host.second.settings = kept
        host.write_inventory()
        docker("rm", "--force", third, check=False)
        for volume in ("home", "docker-data"):
            docker("volume", "rm", f"{third}_{volume}", check=False)
        run("rm", "-rf", f"/etc/hatchpod/{third}")


def test_a_build_that_was_interrupted_goes_on_and_the_next_run_takes_it_over(host: Host) -> None:
    name = "hatchpod/e2e-interrupted"
    command = [
        "ansible-playbook",
        "--inventory",
        str(host.inventory),
        "playbooks/image.yml",
        f"--extra-vars=image_name={name}",
    ]
    interrupt([*command, "--extra-vars=image_rebuild=true"], "ASYNC POLL")
    try:
        answer = run(*command, cwd=ROOT, timeout=1800)
        assert re.search(r"changed=0 .* failed=0", answer.stdout), answer.stdout
        assert docker("image", "ls", "--quiet", name)
    finally:
        for tag in docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", name).split():
            docker("image", "rm", tag)
