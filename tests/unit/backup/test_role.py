"""What the role checks before anything changes, and the timer that it writes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).parents[3]
needs_systemd_analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIND0WMmV8JR+MkNOwAeo/u5M94gT6yV3SWhB6HKk2oza root@nas"


def run(
    folder: Path, tasks: list[dict[str, Any]], *arguments: str, **variables: Any
) -> subprocess.CompletedProcess[str]:
    """Run tasks on this machine, with the variables of the role; None leaves one out."""
    play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks}
    (folder / "play.yml").write_text(yaml.safe_dump([play]))
    given = {"backup_workstations": ["pod"], **variables}
    given = {name: value for name, value in given.items() if value is not None}
    (folder / "variables.json").write_text(json.dumps(given))
    command = ["ansible-playbook", "-i", "localhost,", "-c", "local", str(folder / "play.yml")]
    command += ["--extra-vars", f"@{folder / 'variables.json'}", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def preflight(folder: Path, **variables: Any) -> subprocess.CompletedProcess[str]:
    role = {"ansible.builtin.import_role": {"name": "backup", "tasks_from": "preflight"}}
    return run(folder, [role], **variables)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"backup_repository": "backups"}, "must be an absolute path, sftp:user@host:/path or s3:https://host/bucket"),
        ({"backup_repositry": "/x"}, "did you mean backup_repository?"),
        ({"backup_repository": "sftp:me@nas:/x"}, "Set either backup_sftp_host_keys"),
        (
            {
                "backup_repository": "sftp:me@nas:/x",
                "backup_sftp_host_keys": [KEY],
                "backup_sftp_accept_host_key": True,
            },
            "Set either backup_sftp_host_keys",
        ),
        (
            {"backup_repository": "sftp:me@nas:/x", "backup_sftp_host_keys": ["nas " + KEY]},
            "is no key such as",
        ),
        ({"backup_keep_daily": -1}, "must be 0 or more"),
        pytest.param({"backup_schedule": "now and then"}, "must be a time as systemd", marks=needs_systemd_analyze),
        pytest.param(
            {"backup_schedule": "daily", "backup_schedule_delay": "a bit"}, "a time span", marks=needs_systemd_analyze
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_changes(
    tmp_path: Path, variables: dict[str, Any], message: str
) -> None:
    done = preflight(tmp_path, **variables)
    assert done.returncode != 0
    said = " ".join(done.stdout.split())
    assert message in said
    assert "Nothing was changed" in said
    assert "changed=0" in said


def test_what_can_be_is_let_through(tmp_path: Path) -> None:
    variables = {"backup_repository": "sftp:me@nas:/x", "backup_sftp_host_keys": [KEY], "backup_keep_daily": 7}
    done = preflight(tmp_path, **variables, backup_schedule="Mon..Fri 03:30", backup_schedule_delay="1h 30min")
    assert done.returncode == 0, done.stdout


def test_host_without_systemd_is_told_what_to_do_instead(tmp_path: Path) -> None:
    if Path("/run/systemd/system").exists():
        pytest.skip("this machine has systemd")
    role = {"ansible.builtin.import_role": {"name": "backup", "tasks_from": "schedule"}}
    done = run(tmp_path, [role], backup_schedule="daily", _backup_units=str(tmp_path))
    assert done.returncode == 0, done.stdout
    assert "localhost: Backups are not scheduled: this host has no systemd" in done.stdout
    assert "/usr/local/sbin/hatchpod-backup run" in done.stdout
    assert not list(tmp_path.glob("hatchpod-backup*"))


@needs_systemd_analyze
def test_units_are_ones_that_systemd_understands(tmp_path: Path) -> None:
    """The templates as Ansible fills them in, judged by systemd itself."""
    templates = REPOSITORY / "roles/backup/templates"
    kinds = (".service", ".timer", "-release.service")
    units = [tmp_path / f"hatchpod-backup{kind}" for kind in kinds]
    tasks = [
        {
            "ansible.builtin.template": {"src": f"{templates}/{unit.name}.j2", "dest": str(unit), "mode": "0644"},
            "name": unit.name,
        }
        for unit in units
    ]
    known = {"backup_schedule": "*-*-* 03:30", "backup_schedule_delay": "1h", "_backup_program": "/bin/true"}
    known["_backup_records"] = "/records"
    done = run(tmp_path, tasks, **known)
    assert done.returncode == 0, done.stdout
    verified = subprocess.run(
        ["systemd-analyze", "verify", *map(str, units)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    timer = units[1].read_text()
    assert "\nOnCalendar=*-*-* 03:30\nRandomizedDelaySec=1h\n" in timer
    assert "\nPersistent=true\n" in timer
    service, at_boot = units[0].read_text(), units[2].read_text()
    assert "\nExecStopPost=/bin/true release\n" in service
    assert "\nConditionPathExistsGlob=/records/*.held\n" in at_boot
    for text in (service, at_boot):
        assert "\nNoNewPrivileges=yes\n" in text


SYSTEMCTL = """#!/bin/sh
echo "$*" >>{calls}
case $1 in
  show) echo LoadState=loaded ;;
  is-enabled) echo disabled; exit 1 ;;
esac
"""


def test_what_a_backup_stopped_when_the_host_went_down_starts_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, program = tmp_path / "calls", tmp_path / "bin/systemctl"
    program.parent.mkdir()
    program.write_text(SYSTEMCTL.format(calls=calls))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    role = {"ansible.builtin.import_role": {"name": "backup", "tasks_from": "boot"}}
    done = run(tmp_path, [role], _backup_units=str(tmp_path), __backup_systemd={"stat": {"exists": True}})
    assert done.returncode == 0, done.stdout
    assert (
        "ExecStart=/usr/local/sbin/hatchpod-backup release"
        in (tmp_path / "hatchpod-backup-release.service").read_text()
    )
    assert calls.read_text().splitlines()[-1] == "enable hatchpod-backup-release.service"
    (tmp_path / "hatchpod-backup-release.service").unlink()
    done = run(tmp_path, [role], _backup_units=str(tmp_path), __backup_systemd={"stat": {"exists": False}})
    assert done.returncode == 0, done.stdout
    assert not list(tmp_path.glob("*.service"))


APT = """#!/usr/bin/python3
from pathlib import Path
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule(dict(name=dict(type="list"), state={}, install_recommends={}, cache_valid_time={},
                            update_cache={}, lock_timeout={}))
calls = Path(%r)
with calls.open("a") as file:
    file.write(f"{' '.join(module.params['name'])}, fresh lists: {module.params['update_cache']}\\n")
if len(calls.read_text().splitlines()) <= %d:
    module.fail_json(msg="the mirror does not answer")
module.exit_json(changed=True)
"""


@pytest.mark.parametrize(("failures", "installed"), [(0, True), (1, True), (3, True), (9, False)])
def test_a_mirror_that_fails_for_a_while_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: int, installed: bool
) -> None:
    """The role's own tasks, with a stand-in for apt's module."""
    calls, modules = tmp_path / "calls", tmp_path / "modules"
    modules.mkdir()
    (modules / "apt_standin.py").write_text(APT % (str(calls), failures))
    monkeypatch.setenv("ANSIBLE_LIBRARY", str(modules))
    tasks = (REPOSITORY / "roles/backup/tasks/packages.yml").read_text()
    tasks = tasks.replace("ansible.builtin.apt:", "apt_standin:").replace("delay: 10", "delay: 0")
    done = run(tmp_path, yaml.safe_load(tasks), _backup_packages=["restic"])
    assert (done.returncode == 0) == installed, done.stdout
    lists = ["None", "True", "True", "True", "True"][: failures + 1]
    assert calls.read_text().splitlines() == [f"restic, fresh lists: {fresh}" for fresh in lists]


def test_check_mode_tells_what_would_be_installed(tmp_path: Path) -> None:
    role = {"ansible.builtin.include_role": {"name": "backup", "tasks_from": "packages"}}
    done = run(tmp_path, [role], "--check")
    assert done.returncode == 0, done.stdout
    assert "Would install restic, openssh-client, ca-certificates" in done.stdout
    assert "changed=1" in done.stdout


@pytest.mark.parametrize(("check", "words"), [((), "check --try-out"), (("--check",), "check --try-out --dry-run")])
def test_check_mode_tries_the_repository_and_keeps_nothing(tmp_path: Path, check: tuple[str, ...], words: str) -> None:
    """The role's own task, with a stand-in for the program, which is as it should be on the host."""
    program = tmp_path / "hatchpod-backup"
    program.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/calls\necho \'{{"repository": "absent"}}\'\n')
    program.chmod(0o755)
    tasks = yaml.safe_load((REPOSITORY / "roles/backup/tasks/prepare.yml").read_text())
    (trial,) = [task for task in tasks if task["name"].startswith("Repository is tried")]
    same = {"changed": False}
    done = run(
        tmp_path,
        [trial],
        *check,
        _backup_program=str(program),
        _backup_files={"settings.json": "{}"},
        _backup_given={},
        __backup_program=same,
        __backup_modules_result=same,
        __backup_tools={"rc": 0},
    )
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "calls").read_text() == f"{words}\n"
