"""The module `workstation_home`: the document on the host, and what the workstation answers.

`docker` is a STAND-IN that keeps what it is told and gives an answer.
"""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

ANSWER: dict[str, Any] = {"changes": [{"what": "~/x: a", "before": None, "after": "b"}], "kept": ["k"], "problems": []}
DOCKER = """#!/bin/sh
echo "$@" >>{folder}/arguments
cat >{folder}/stdin
cat {folder}/answer
[ ! -e {folder}/refusal ] || {{ cat {folder}/refusal >&2; exit 1; }}
"""


class Workstation:
    """A host's configuration and a container that answers."""

    def __init__(self, folder: Path, call_module: Any) -> None:
        self.folder = folder
        self.call_module = call_module
        self.document = folder / "etc/pod/container/claude_code/WANTED.json"
        (folder / "docker").write_text(DOCKER.format(folder=folder))
        (folder / "docker").chmod(0o755)
        self.answer(ANSWER)

    def answer(self, answer: Any) -> None:
        (self.folder / "answer").write_text(json.dumps(answer))

    def refuse(self, reason: str) -> None:
        (self.folder / "answer").write_text("")
        (self.folder / "refusal").write_text(f"{reason}\n")

    def run(self, check_mode: bool = False, running: bool = True, **wanted: Any) -> dict[str, Any]:
        arguments = {"workstation": "pod", "part": "claude_code", "wanted": wanted, "running": running}
        result: dict[str, Any] = self.call_module(
            "workstation_home", {**arguments, "root": str(self.folder / "etc")}, check_mode=check_mode
        )
        return result


@pytest.fixture
def workstation(tmp_path: Path, call_module: Any, monkeypatch: pytest.MonkeyPatch) -> Workstation:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return Workstation(tmp_path, call_module)


def test_ladder(workstation: Workstation) -> None:
    predicted = workstation.run(check_mode=True, memory="x", settings={})
    assert predicted["changed"]
    assert not workstation.document.exists()
    assert "--check" in (workstation.folder / "arguments").read_text()

    done = workstation.run(memory="x", settings={})
    assert (done["changes"], done["kept"]) == (["~/x: a"], ["k"])
    assert json.loads(workstation.document.read_text()) == {"memory": "x"}
    assert json.loads((workstation.folder / "stdin").read_text()) == {"memory": "x"}
    assert stat.S_IMODE(workstation.document.stat().st_mode) == 0o600
    assert stat.S_IMODE(workstation.document.parent.stat().st_mode) == 0o700

    workstation.answer({**ANSWER, "changes": []})
    assert not workstation.run(memory="x")["changed"]
    assert workstation.run()["changed"]
    assert not workstation.document.parent.exists()
    assert not workstation.run()["changed"]


def test_secrets_that_nobody_wants_any_more_go(workstation: Workstation) -> None:
    folder = workstation.document.parent / "secrets"
    folder.mkdir(parents=True)
    for name in ("KEPT", "KEPT.pub", "OLD", ".lock"):
        (folder / name).write_text("x")
    assert workstation.run(secrets=["KEPT"])["changed"]
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "KEPT", "KEPT.pub"]


def test_a_workstation_that_does_not_answer_is_a_warning_and_no_failure(workstation: Workstation) -> None:
    workstation.refuse("Error response from daemon: No such container: pod")
    done = workstation.run(memory="x")
    assert "failed" not in done
    assert workstation.document.exists()
    for told in (done["problems"], done["warnings"]):
        assert "the workstation did not apply it: Error response from daemon: No such container: pod." in str(told)


def test_check_mode_expects_no_answer_of_a_workstation_that_is_not_there_yet(workstation: Workstation) -> None:
    workstation.refuse("Error response from daemon: No such container: pod")
    done = workstation.run(check_mode=True, memory="x")
    assert done["changed"]
    assert (done["problems"], "warnings" in done) == ([], False)


def test_what_the_workstation_could_not_apply_is_a_warning(workstation: Workstation) -> None:
    workstation.answer({**ANSWER, "problems": ["~/x is not valid JSON"]})
    assert "claude_code of pod: ~/x is not valid JSON" in str(workstation.run(memory="x")["warnings"])


def test_a_container_that_does_not_run_is_left_alone(workstation: Workstation) -> None:
    assert workstation.run(running=False, memory="x")["changed"]
    assert not (workstation.folder / "arguments").exists()
