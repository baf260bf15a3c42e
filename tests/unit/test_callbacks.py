"""What people and programs see: the summary at the end of a run, and the plain output."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
PLAIN = importlib.import_module("callback.plain")
SUMMARY = importlib.import_module("callback.hatchpod_summary")

WORKSTATION: dict[str, Any] = {
    "ssh_address": "192.0.2.1",
    "ssh_port": 2222,
    "web_address": "127.0.0.1",
    "web_terminal_port": 7681,
    "api_port": 8080,
    "image": "hatchpod/workstation:0123456789abcdef",
    "image_size": 1234567890,
    "starts_at_boot": True,
    "status": {
        "services": {"sshd": {"state": "ready", "reason": None}},
        "versions": {"claude": "2.1.330"},
    },
}


def play(folder: Path, tasks: list[dict[str, Any]], stdout_callback: str) -> subprocess.CompletedProcess[str]:
    """Run tasks on two hosts, one after the other."""
    play = {"hosts": "all", "gather_facts": False, "serial": 1, "tasks": tasks}
    (folder / "play.yml").write_text(json.dumps([play]))
    (folder / "hosts").write_text("one\ntwo\n")
    command = ["ansible-playbook", "-i", str(folder / "hosts"), "-c", "local", str(folder / "play.yml")]
    environment = os.environ | {"ANSIBLE_STDOUT_CALLBACK": stdout_callback, "ANSIBLE_NOCOLOR": "1"}
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


def test_the_summary_says_what_could_not_be_set_up_in_the_home() -> None:
    status = {**WORKSTATION["status"], "problems": {"identity": ["identity_gpg_key holds no private key"]}}
    lines = "\n".join(SUMMARY.describe("host", "pod", {**WORKSTATION, "status": status}))
    assert "Not available  identity: identity_gpg_key holds no private key" in lines


def test_the_summary_has_the_name_in_the_tailnet() -> None:
    status = {**WORKSTATION["status"], "tailnet": "pod.tail1234.ts.net"}
    lines = "\n".join(SUMMARY.describe("host", "pod", {**WORKSTATION, "status": status}))
    assert "  Tailscale      pod.tail1234.ts.net, ports 2222 (SSH), 7681 and 8080 (web)\n" in lines


# --- plain ---


def test_plain_prints_what_debug_tasks_say_and_nothing_else(tmp_path: Path) -> None:
    tasks: list[dict[str, Any]] = [
        {"ansible.builtin.debug": {"msg": "NAME=value: with \"quotes\", 'others' and ümlaut"}},
        {"debug": {"msg": ["A=1", 2]}},
        {"debug": {"msg": "item {{ item }}"}, "loop": ["a", "b"], "when": "item == 'a'"},
        {"debug": {"var": "inventory_hostname"}},
        {"debug": {"msg": "skipped"}, "when": False},
        {"ansible.builtin.command": "echo silent"},
        {"ansible.builtin.fail": {"msg": "ignored"}, "ignore_errors": True},
    ]
    done = play(tmp_path, tasks, "plain")
    expected = ["NAME=value: with \"quotes\", 'others' and ümlaut", "A=1", "2", "item a"]
    assert done.stdout.splitlines() == expected * 2
    assert "ignored" not in done.stderr
    assert done.returncode == 0


def test_plain_says_on_standard_error_what_failed_and_where(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    one = play(tmp_path / "one", [{"ansible.builtin.fail": {"msg": "no such workstation"}}], "plain")
    assert one.stdout == ""
    assert "one: no such workstation" in one.stderr.splitlines()
    assert one.returncode != 0
    (tmp_path / "loop").mkdir()
    task = {"ansible.builtin.fail": {"msg": "no {{ item }}"}, "loop": ["a", "b", "c"], "when": "item != 'b'"}
    loop = play(tmp_path / "loop", [task], "plain")
    assert [line for line in loop.stderr.splitlines() if line.startswith("one:")] == ["one: no a", "one: no c"]


def test_plain_does_not_show_what_no_log_hides(tmp_path: Path) -> None:
    done = play(tmp_path, [{"ansible.builtin.fail": {"msg": "hidden-value"}, "no_log": True}], "plain")
    assert "hidden-value" not in done.stdout + done.stderr
    assert "one: " in done.stderr


@pytest.mark.parametrize(
    ("result", "said"),
    [({"msg": "timed out"}, "host: timed out"), ({}, "host: unreachable")],
)
def test_plain_says_which_host_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch, result: dict[str, str], said: str
) -> None:
    shown: list[tuple[str, bool]] = []
    callback = PLAIN.CallbackModule()
    monkeypatch.setattr(
        callback, "_display", SimpleNamespace(display=lambda text, stderr: shown.append((text, stderr)))
    )
    callback.v2_runner_on_unreachable(SimpleNamespace(host=SimpleNamespace(get_name=lambda: "host"), result=result))
    assert shown == [(said, True)]


# --- summary ---


def described(**changes: Any) -> list[str]:
    return list(SUMMARY.describe("server", "pod", WORKSTATION | changes))


def test_summary_of_a_workstation() -> None:
    assert described() == [
        "pod on server",
        "  SSH            ssh -p 2222 hatchpod@192.0.2.1",
        "  mosh           mosh --ssh='ssh -p 2222' hatchpod@192.0.2.1",
        "  Web terminal   http://127.0.0.1:7681",
        "  Web UI, API    http://127.0.0.1:8080",
        "                 (these two from elsewhere through: ssh -p 2222 -L 7681:localhost:7681 -L 8080:localhost:8080 "
        "hatchpod@192.0.2.1)",
        "  Credentials    make credentials WORKSTATION=pod HOST=server",
        "  Claude Code    2.1.330; in the workstation: claude",
        "  Image          hatchpod/workstation:0123456789abcdef, 1.23 GB",
    ]


def test_tunnel_leads_from_the_workstations_own_ports_to_the_ones_inside() -> None:
    lines = described(web_terminal_port=7000, api_port=9000, web_address="::1")
    assert any("-L 7000:localhost:7681 -L 9000:localhost:8080" in line for line in lines)


@pytest.mark.parametrize(("address", "shown"), [("192.0.2.1", "192.0.2.1"), ("2001:db8::1", "[2001:db8::1]")])
def test_public_web_address_needs_no_tunnel(address: str, shown: str) -> None:
    lines = described(web_address=address)
    assert f"  Web UI, API    http://{shown}:8080" in lines
    assert not any("-L" in line for line in lines)


@pytest.mark.parametrize("size", [0, None])
def test_image_of_unknown_size(size: int | None) -> None:
    assert described(image_size=size)[-1] == "  Image          hatchpod/workstation:0123456789abcdef"


def test_what_is_not_available_is_said_with_the_reason() -> None:
    services = {
        "sshd": {"state": "ready", "reason": None},
        "tailscaled": {"state": "off", "reason": "no auth key is set"},
        "dockerd": {"state": "failed", "reason": None},
    }
    lines = described(status={**WORKSTATION["status"], "services": services}, starts_at_boot=False)
    assert lines[-3:] == [
        "  Not available  tailscaled: no auth key is set",
        "                 dockerd: failed",
        "                 start at boot: this host has no init system that starts Docker; run `make up` again after a "
        "reboot",
    ]


def hand_on(**workstations: Any) -> dict[str, Any]:
    return {"ansible.builtin.set_stats": {"per_host": True, "data": {"hatchpod_workstations": workstations}}}


UNCHANGED = "Nothing was changed: everything is as it should be."


def test_summary_ends_a_run_and_says_that_nothing_was_changed(tmp_path: Path) -> None:
    done = play(tmp_path, [hand_on(pod=WORKSTATION), hand_on(other=WORKSTATION)], "ansible.builtin.default")
    after = done.stdout[done.stdout.index("PLAY RECAP") :]
    titles = [line for line in after.splitlines() if " on " in line and not line.startswith(" ")]
    assert titles == ["pod on one", "other on one", "pod on two", "other on two"]
    assert after.rstrip().endswith(UNCHANGED)


@pytest.mark.parametrize(
    ("task", "code"), [({"ansible.builtin.command": "true"}, 0), ({"ansible.builtin.fail": {}}, 2)]
)
def test_changed_or_failed_run_does_not_say_so(tmp_path: Path, task: dict[str, Any], code: int) -> None:
    done = play(tmp_path, [hand_on(pod=WORKSTATION), task], "ansible.builtin.default")
    assert done.returncode == code
    assert "pod on one" in done.stdout
    assert UNCHANGED not in done.stdout


def test_other_playbooks_end_without_a_summary(tmp_path: Path) -> None:
    done = play(tmp_path, [{"ansible.builtin.debug": {"msg": "hello"}}], "ansible.builtin.default")
    assert done.returncode == 0
    assert done.stdout.rstrip().splitlines()[-1].startswith("two ")


def test_statistics_of_the_run_as_a_whole_are_no_hosts(tmp_path: Path) -> None:
    stats = {"ansible.builtin.set_stats": {"data": {"hatchpod_workstations": {"pod": WORKSTATION}}}}
    assert "pod on" not in play(tmp_path, [stats], "ansible.builtin.default").stdout
