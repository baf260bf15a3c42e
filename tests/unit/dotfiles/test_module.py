"""The module `dotfiles` and what people are told, with the program itself in the place of a container."""

from __future__ import annotations

import importlib
import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from unit.dotfiles.conftest import PROGRAM, Home
from unit.dotfiles.forge import Upstream

SUMMARY = importlib.import_module("callback.hatchpod_summary")
STATUS = importlib.import_module("filter.status")

# A STAND-IN for `docker exec pod /usr/lib/hatchpod/dotfiles`: the same program in this home.
DOCKER = """#!/bin/sh
[ "$1" = exec ] || exit 64
case $2 in pod) ;; *) echo "Error response from daemon: No such container: $2" >&2; exit 1 ;; esac
shift 3
exec {python} -c {code} "$@"
"""
CODE = """
import sys
sys.path[:0] = {paths}
from unit.dotfiles.conftest import Home, command
from pathlib import Path
command.become = lambda name: Home(Path({home}), Path({secrets})).place
command.CONFIGURATION, command.RELOAD = Path({configuration}), "true"
command.os.geteuid = lambda: 0
command.main()
"""


@pytest.fixture
def pod(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workstation `pod` with this home."""
    (tmp_path / "configuration").mkdir()
    (tmp_path / "configuration/managed").touch()
    values = {"home": home.path, "secrets": home.secrets, "configuration": tmp_path / "configuration"}
    paths = [str(Path(__file__).parents[2]), str(PROGRAM)]
    code = CODE.format(paths=paths, **{name: repr(str(value)) for name, value in values.items()})
    docker = tmp_path / "bin/docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER.format(python=sys.executable, code=shlex.quote(code)))
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}:/usr/local/bin:/usr/bin:/bin")


def arguments(upstream: Upstream, **settings: str) -> dict[str, Any]:
    values = {f"DOTFILES_{name.upper()}": value for name, value in settings.items()}
    return {"workstation": "pod", "settings": {"DOTFILES_REPO": str(upstream.path), **values}}


def test_ladder(home: Home, upstream: Upstream, pod: None, call_module: Any) -> None:
    first = upstream.commit({"install.sh": "#!/bin/sh\necho ran >>~/ran\n"})
    wanted = arguments(upstream, update="1")
    planned = call_module("dotfiles", wanted, check_mode=True)
    assert (planned["changed"], home.files()) == (True, {})

    made = call_module("dotfiles", wanted)
    assert (made["changed"], made["state"], made["script"], made["commit"]) == (True, "installed", "install.sh", first)
    assert made["diff"]["before"] == planned["diff"]["before"] == "commit: null\ninstalled: false\n"
    assert made["diff"]["after"] == f'commit: "{first}"\ninstalled: true\n'
    for check in (True, False):
        again = call_module("dotfiles", wanted, check_mode=check)
        assert (again["changed"], again["diff"]["before"]) == (False, again["diff"]["after"])

    second = upstream.commit({"new": ""})
    planned, changed = (call_module("dotfiles", wanted, check_mode=check) for check in (True, False))
    assert planned["changed"] is changed["changed"] is True
    assert planned["diff"] == changed["diff"]
    assert f'commit: "{second}"' in changed["diff"]["after"]
    assert home.ran() == ["ran", "ran"]
    assert "warnings" not in changed


def test_a_failure_is_a_warning_with_the_last_lines(
    home: Home, upstream: Upstream, pod: None, call_module: Any
) -> None:
    upstream.commit({"install.sh": "#!/bin/sh\necho no such thing\nexit 4\n"})
    for _ in range(2):
        result = call_module("dotfiles", arguments(upstream))
        assert (result["changed"], result["state"], result["output"]) == (True, "failed", ["no such thing"])
        assert "failed" not in result
        told = str(result["warnings"])
        assert "Dotfiles of pod: install.sh failed with exit code 4; what it printed is in " in told
        assert "no such thing" in told


@pytest.mark.parametrize(("repository", "reason"), [("dotfiles", "dotfiles_repository is 'dotfiles', which is no")])
def test_wrong_settings_are_refused(pod: None, call_module: Any, repository: str, reason: str) -> None:
    result = call_module("dotfiles", {"workstation": "pod", "settings": {"DOTFILES_REPO": repository}})
    assert (result["changed"], result["state"]) == (False, "refused")
    assert result["reason"].startswith(reason)


def test_settings_left_out_come_before_those_configured_earlier(
    home: Home, upstream: Upstream, pod: None, call_module: Any, tmp_path: Path
) -> None:
    upstream.commit({})
    (tmp_path / "configuration/dotfiles").mkdir()
    (tmp_path / "configuration/dotfiles/DOTFILES_BRANCH").write_text("absent\n")
    assert call_module("dotfiles", arguments(upstream))["state"] == "installed"


def test_a_workstation_that_is_not_there_yet(pod: None, upstream: Upstream, call_module: Any) -> None:
    absent = {**arguments(upstream), "workstation": "absent"}
    planned = call_module("dotfiles", absent, check_mode=True)
    assert (planned["changed"], planned["state"]) == (True, "unknown")
    assert call_module("dotfiles", {**absent, "running": False}, check_mode=True)["changed"]
    failed = call_module("dotfiles", absent)
    assert failed["failed"] is True
    assert "No such container: absent" in failed["msg"]


def test_unknown_settings_are_named(call_module: Any) -> None:
    result = call_module("dotfiles", {"workstation": "pod", "settings": {"DOTFILES_TOKEN": "x"}})
    assert "DOTFILES_TOKEN: there are only DOTFILES_REPO" in result["msg"]


# --- what people are told ---


def lines(found: dict[str, Any]) -> list[str]:
    """Return what the summary says of dotfiles."""
    return list(SUMMARY.dotfiles(found))


def test_the_summary_tells_what_became_of_them(home: Home, upstream: Upstream) -> None:
    assert lines({"state": "off", "reason": ""}) == []
    upstream.commit({"install.sh": "#!/bin/sh\necho oh; [ -e ~/works ]\n"})
    failed = home.apply(upstream.path).document()
    first, second = lines(failed)
    assert first.split(maxsplit=1)[0] == "Dotfiles"
    assert f"failed: install.sh failed with exit code 1; what it printed is in {failed['log']}" in first
    assert second.endswith("| oh")
    (home.path / "works").touch()
    done = home.apply(upstream.path).document()
    (line,) = lines(done)
    assert line.endswith(f"{done['commit'][:10]} of {upstream.path} by install.sh")


@pytest.mark.parametrize("state", ["off", "installed", "running", "stale", "failed", "refused"])
def test_the_status_tells_what_is_wrong_with_them(state: str) -> None:
    document = {"services": {"sshd": {"state": "ready", "reason": None}}, "versions": {"claude": "2"}}
    document["dotfiles"] = {"state": state, "reason": "" if state in {"off", "installed", "running"} else "why\nnot"}
    container = {"Name": "/pod", "Image": "sha256:1", "Config": {"Image": "i"}, "State": {"Status": "running"}}
    found = {"rc": 0, "stdout": json.dumps([{**container, "Mounts": []}]), "stderr": ""}
    (row,) = STATUS.workstation_states(["pod"], found, [{"item": "pod", "stdout": json.dumps(document)}], "", "")
    said = [line for line in STATUS.status_table([{**row, "host": "h"}]) if "dotfiles" in line]
    told = {"running": "running", "stale": "stale: why not", "failed": "failed: why not", "refused": "refused: why not"}
    assert said == ([f"pod on h: dotfiles are {told[state]}"] if state in told else [])
    assert row["state"] == "healthy"
