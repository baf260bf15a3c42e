"""What is in the home and in the inner engine outlives the container."""

from __future__ import annotations

from e2e.machine import Host, Workstation, docker

HOST_KEYS = "cat /home/hatchpod/.hatchpod/ssh/*.pub"


def as_user(workstation: Workstation, script: str) -> str:
    """Run a script in a login shell of the user."""
    return workstation.exec("bash", "-lc", script, user="hatchpod")


def test_files_host_keys_logins_npm_globals_and_inner_images_survive_a_new_container(host: Host) -> None:
    workstation = host.second
    as_user(workstation, "echo kept > ~/workspace/file; chmod 640 ~/workspace/file; echo '{}' > ~/.claude.json")
    as_user(workstation, "mkdir -p ~/pkg && cd ~/pkg && npm init -y >/dev/null && npm pkg set bin.hello=hello.js")
    as_user(
        workstation, "cd ~/pkg && printf '#!/usr/bin/env node\\nconsole.log(40 + 2)\\n' > hello.js && npm install -g ."
    )
    as_user(workstation, "tar -c -C / etc/hostname | docker import - survivor:1")
    keys = workstation.exec("sh", "-c", HOST_KEYS)
    container = docker("inspect", "--format", "{{.Id}}", workstation.name)

    docker("rm", "--force", workstation.name)
    output = host.up().stdout
    assert "changed=1" in output

    assert docker("inspect", "--format", "{{.Id}}", workstation.name) != container
    assert (
        as_user(workstation, "cat ~/workspace/file ~/.claude.json; stat -c '%U %a' ~/workspace/file")
        == "kept\n{}\nhatchpod 640"
    )
    assert as_user(workstation, "hello") == "42"
    assert workstation.exec("sh", "-c", HOST_KEYS) == keys
    assert "survivor" in as_user(workstation, "docker images")


def test_a_changed_container_setting_makes_a_new_container_and_keeps_the_home(host: Host) -> None:
    as_user(host.first, "echo mine > ~/note")
    before = docker("inspect", "--format", "{{.Id}}", host.first.name)
    try:
        host.first.settings["shm_size"] = "256m"
        host.write_inventory()
        host.up()
        assert (
            docker("inspect", "--format", "{{.Id}} {{.HostConfig.ShmSize}}", host.first.name) != f"{before} {1 << 30}"
        )
        assert docker("inspect", "--format", "{{.HostConfig.ShmSize}}", host.first.name) == str(256 << 20)
        assert as_user(host.first, "cat ~/note") == "mine"
    finally:
        host.first.settings.pop("shm_size")
        host.write_inventory()
        host.up()
