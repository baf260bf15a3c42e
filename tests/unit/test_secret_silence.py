"""Values of `secret` never reach results, logs or errors: at no verbosity, in no spelling."""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.secrets_store import run as secrets_run

REPOSITORY = Path(__file__).parents[2]
GIVEN = """Blau9'Wiese"\\kalt{x}"""
WEAK = "Kurz-9x!"
Run = Callable[..., dict[str, Any]]

PLAYBOOK = """
- hosts: localhost
  gather_facts: false
  vars: {derived: [{path: Y, algorithm: yescrypt}, {path: P, algorithm: plain, format: "hatchpod:{value}"}]}
  tasks:
    - name: Given and generated
      secret: &task
        directory: "{{ store }}"
        secrets:
          - {name: GIVEN, value: "{{ given }}", derived: "{{ derived }}"}
          - {name: GENERATED}
          - {name: KEY, kind: ssh_keypair}
    - name: Kept
      secret: *task
    - name: Rotated
      secret: {directory: "{{ store }}", state: rotated, secrets: [{name: GENERATED}, {name: KEY, kind: ssh_keypair}]}
    - name: Refused
      secret:
        directory: "{{ store }}"
        secrets: [{name: WEAK, value: "{{ weak }}"}, {name: GIVEN, value: "{{ given }}"}]
      ignore_errors: true # refused on purpose: what is searched is how it says so
    - name: Refused by its type
      secret: {directory: "{{ store }}", secrets: [{name: WEAK, value: ["{{ weak }}", "{{ given }}"]}]}
      ignore_errors: true # refused on purpose: what is searched is how it says so
    - name: Found to be damaged
      secret: {directory: "{{ store }}", secrets: [{name: GENERATED, kind: uuid}, {name: GIVEN, value: "{{ given }}"}]}
      ignore_errors: true # refused on purpose: what is searched is how it says so
"""


def spellings(value: str) -> set[str]:
    """The ways in which a value could be written in a log."""
    escaped = {repr(value)[1:-1], json.dumps(value)[1:-1], json.dumps(json.dumps(value))[1:-1]}
    return {value, base64.b64encode(value.encode()).decode().rstrip("="), *escaped}


def values_in(folder: Path) -> set[str]:
    """Every secret on disk; of a private key, each line of its body."""
    lines = (line for path in folder.iterdir() if path.suffix != ".pub" for line in path.read_text().splitlines())
    return {line for line in lines if line and not line.startswith("-----")}


@pytest.mark.parametrize("pipelining", [True, False])
def test_no_value_shows_at_the_highest_verbosity(tmp_path: Path, pipelining: bool) -> None:
    store = tmp_path / "secrets"
    (tmp_path / "hosts").write_text("localhost\n")
    (tmp_path / "play.yml").write_text(PLAYBOOK)
    (tmp_path / "vars.json").write_text(json.dumps({"given": GIVEN, "weak": WEAK, "store": str(store)}))
    environment = os.environ | {
        "ANSIBLE_PIPELINING": str(pipelining),
        "ANSIBLE_LOG_PATH": str(tmp_path / "log"),
        "ANSIBLE_DISPLAY_TRACEBACK": "always",
        "ANSIBLE_NOCOLOR": "1",
    }
    command = [
        "ansible-playbook",
        "-vvvv",
        "--diff",
        "-c",
        "local",
        "-i",
        str(tmp_path / "hosts"),
        "-e",
        f"@{tmp_path}/vars.json",
    ]
    command += ["-e", f"ansible_python_interpreter={sys.executable}", str(tmp_path / "play.yml")]
    shown, before = "", set[str]()
    for options in (["--check"], [], ["--check"]):
        done = subprocess.run(
            [*command, *options], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        shown += done.stdout + done.stderr + (tmp_path / "log").read_text()
        before |= values_in(store) if store.is_dir() else set()

    assert len(before) > 8
    assert shown.count("WEAK is refused: it is shorter than 12 characters") >= 3
    assert "GENERATED does not hold one UUID" in shown
    assert "it must be a string" in shown
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in shown
    leaked = [
        spelling
        for value in {GIVEN, GIVEN[:9], GIVEN[-9:], WEAK, *before}
        for spelling in spellings(value)
        if spelling in shown
    ]
    assert leaked == []


@pytest.fixture
def run(call_module: Callable[..., dict[str, Any]], tmp_path: Path) -> Run:
    def call(*entries: dict[str, Any], **options: Any) -> dict[str, Any]:
        return call_module("secret", {"directory": str(tmp_path / "secrets"), "secrets": list(entries), **options})

    return call


def test_the_system_log_names_the_call_and_hides_the_values(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []
    monkeypatch.setattr("syslog.syslog", lambda *arguments: logged.append(str(arguments)))
    monkeypatch.setattr("ansible.module_utils.basic.has_journal", False)
    run({"name": "S", "value": GIVEN})
    text = "".join(logged)
    assert "'name': 'S'" in text
    assert [spelling for spelling in spellings(GIVEN) if spelling in text] == []


def test_an_unforeseen_error_tells_type_and_place_but_not_its_text(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise ValueError(f"cannot work with {GIVEN}")

    monkeypatch.setattr("modules.secret.run", broken)
    monkeypatch.setattr("ansible.module_utils._internal._traceback.is_traceback_enabled", lambda *_: True)
    result = run({"name": "S", "value": GIVEN})
    assert re.match(r"unforeseen ValueError at test_secret_silence.py, line \d+\.", result["msg"])
    assert [spelling for spelling in spellings(GIVEN) if spelling in str(result)] == []


def test_what_is_passed_around_does_not_show_values_when_printed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    printed: list[str] = []
    genuine = secrets_run.run

    def watched(request: Any, *, check: bool) -> Any:
        outcome = genuine(request, check=check)
        printed.append(f"{request!r} {outcome!r}")
        return outcome

    monkeypatch.setattr("modules.secret.run", watched)
    run({"name": "S", "value": GIVEN, "derived": [{"path": "P", "algorithm": "plain"}]})
    assert "'S'" in printed[0]
    assert [spelling for spelling in spellings(GIVEN) if spelling in printed[0]] == []


def test_programs_get_no_secret_as_an_argument(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    genuine = subprocess.run

    def watched(command: list[str], **options: Any) -> Any:
        called.append(str(command) + str(options.get("env")))
        return genuine(command, **options)

    monkeypatch.setattr(subprocess, "run", watched)
    run({"name": "KEY", "kind": "ssh_keypair"}, {"name": "S", "value": GIVEN})
    assert called
    assert not any(value in text for value in values_in(tmp_path / "secrets") for text in called)
