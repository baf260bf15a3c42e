"""`make up` as a whole: what it says, and what a second run, --check and -vvvv do."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

from e2e.machine import Host, docker, run


def recap(output: str) -> dict[str, int]:
    """Return the counts of the only host in Ansible's recap."""
    line = next(line for line in output.splitlines() if re.match(r"localhost\s+: ok=", line))
    return {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", line)}


def changed_tasks(output: str) -> list[str]:
    """Return the names of the tasks that changed something."""
    task, changed = "", []
    for line in output.splitlines():
        if line.startswith("TASK ["):
            task = line
        elif line.startswith("changed: "):
            changed.append(task)
    return changed


def test_the_first_run_ends_with_a_summary_of_how_to_reach_each_workstation(host: Host) -> None:
    assert host.first_run is not None
    output = host.first_run.stdout
    for workstation in (host.first, host.second):
        settings = workstation.settings
        block = output[output.index(f"{workstation.name} on localhost") :]
        assert f"ssh -p {settings['ssh_port']} hatchpod@" in block
        assert f"mosh --ssh='ssh -p {settings['ssh_port']}' hatchpod@" in block
        assert f"http://127.0.0.1:{settings['web_terminal_port']}" in block
        assert f"http://127.0.0.1:{settings['api_port']}" in block
        assert f"make credentials WORKSTATION={workstation.name}" in block
        assert re.search(r"Image +hatchpod/workstation:[0-9a-f]{16}, \d\.\d\d GB", block)


def test_the_summary_says_what_is_not_available_and_why(host: Host) -> None:
    assert host.first_run is not None
    output = host.first_run.stdout
    block = output[output.index(f"{host.first.name} on localhost") : output.index(f"{host.second.name} on localhost")]
    assert "dockerd: this container may not run containers: the host has no Sysbox runtime" in block


def test_a_second_run_changes_nothing_and_says_so(host: Host) -> None:
    before = docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", host.first.name, host.second.name)
    output = host.up().stdout
    assert changed_tasks(output) == []
    assert recap(output)["changed"] == 0
    assert "Nothing was changed: everything is as it should be." in output
    assert docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", host.first.name, host.second.name) == before


def test_check_mode_predicts_no_change_and_the_most_talkative_output_holds_no_secret(host: Host) -> None:
    output = host.up("--check", "--diff", "-vvvv").stdout
    assert recap(output)["changed"] == 0
    assert_no_secret(host, output)


def test_check_mode_tells_of_a_changed_setting_and_changes_nothing(host: Host) -> None:
    before = docker("inspect", "--format", "{{.Id}}", host.first.name)
    output = host.up("--check", "--extra-vars", "workstation_shm_size=512m").stdout
    assert recap(output)["changed"] == 2  # both containers
    assert docker("inspect", "--format", "{{.Id}}", host.first.name) == before


def test_no_secret_is_in_the_container_s_description_logs_or_processes(host: Host) -> None:
    for name in (host.first.name, host.second.name):
        assert_no_secret(host, docker("inspect", name))
        assert_no_secret(host, run("docker", "logs", name).stdout)
    assert_no_secret(host, run("ps", "axeww").stdout)
    assert_no_secret(host, docker("history", "--no-trunc", "hatchpod/workstation:latest"))
    files = host.first.exec("sh", "-c", "cat $(find /run/hatchpod -type f)")
    assert_no_secret(host, files)


def test_secrets_and_configuration_on_the_host_are_root_s_alone(host: Host) -> None:
    folder = Path("/etc/hatchpod", host.first.name)
    paths = [folder, *folder.rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_file()} == {0o600}
    assert {path.stat().st_uid for path in paths} == {0}


def test_credentials_are_printed_as_name_value_lines_and_nothing_else(host: Host) -> None:
    lines = host.make("credentials", f"WORKSTATION={host.second.name}", "HOST=localhost").stdout.splitlines()
    assert [line.split("=")[0] for line in lines] == ["SSH_PASSWORD", "TTYD_USERNAME", "TTYD_PASSWORD", "API_PASSWORD"]
    assert all(len(line.split("=", 1)[1]) >= 8 for line in lines)
    assert host.first.credentials != host.second.credentials


def test_a_given_password_is_the_one_that_is_used(host: Host) -> None:
    for name in ("SSH_PASSWORD", "API_PASSWORD"):
        assert host.second.credentials[name] == host.second.settings[name.lower()]


def test_credentials_of_an_unknown_workstation_are_an_error_with_the_fix(host: Host) -> None:
    answer = host.make("credentials", "WORKSTATION=nobody", check=False)
    assert answer.returncode != 0
    assert "make credentials WORKSTATION=name" in answer.stderr


def test_both_workstations_run_side_by_side_with_the_runtime_that_fits(host: Host) -> None:
    runtimes = docker("inspect", "--format", "{{.HostConfig.Runtime}}", host.first.name, host.second.name).split()
    assert runtimes == ["runc", "sysbox-runc"]
    assert host.first.state("sshd") == host.second.state("sshd") == "ready"


def test_a_changed_setting_restarts_its_service_and_not_the_container(host: Host) -> None:
    container = docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", host.first.name)
    api = host.first.exec("s6-svstat", "-o", "pid", "/run/service/api")
    sshd = host.first.exec("s6-svstat", "-o", "pid", "/run/service/sshd")
    try:
        output = host.up("--extra-vars", '\'{"api_allowed_hosts":["pod.example.org"]}\'').stdout
        assert recap(output)["failed"] == 0
        host.first.status()
        assert docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", host.first.name) == container
        assert host.first.exec("s6-svstat", "-o", "pid", "/run/service/api") != api
        assert host.first.exec("s6-svstat", "-o", "pid", "/run/service/sshd") == sshd
    finally:
        host.up()


def assert_no_secret(host: Host, text: str) -> None:
    """Fail, without printing it, where one of the passwords stands in `text`."""
    found = [
        f"{workstation.name}: {name}"
        for workstation in (host.first, host.second)
        for name, value in workstation.credentials.items()
        if name.endswith("PASSWORD") and (value in text or json.dumps(value)[1:-1] in text)
    ]
    assert not found
