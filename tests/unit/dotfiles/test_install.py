"""What a repository installs itself with: which script, how it ends, what is kept of what it says."""

from __future__ import annotations

import importlib
import os
import time
from pathlib import Path
from typing import Any

import pytest

from unit.dotfiles.forge import Upstream

process = importlib.import_module("hatchpod_dotfiles.process")

SAYS = "#!/bin/sh\necho ${0##*/} >>~/ran\n"
MAKEFILE = "all:\n\techo make >>~/ran\n"


def alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pid: int) -> bool:
    """Say whether a process ends soon."""
    deadline = time.monotonic() + 30
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


@pytest.mark.parametrize(
    ("executable", "plain", "script"),
    [
        (["install.sh", "setup.sh", "bootstrap.sh", "Makefile"], [], "install.sh"),
        (["setup.sh", "bootstrap.sh"], ["Makefile"], "setup.sh"),
        (["bootstrap.sh"], ["Makefile"], "bootstrap.sh"),
        (["setup.sh"], ["install.sh"], "setup.sh"),
        ([], ["Makefile"], "make"),
        ([], ["install.sh", "Makefile"], "make"),
        ([], ["README"], ""),
    ],
)
def test_the_first_script_that_can_be_executed_runs(
    home: Any, upstream: Upstream, executable: list[str], plain: list[str], script: str
) -> None:
    for names, mode in ((executable, "*"), (plain, "none")):
        upstream.commit({name: MAKEFILE if name == "Makefile" else SAYS for name in names}, executable=mode)
    report = home.apply(upstream.path)
    assert (report.record.state, report.record.script, report.changed) == ("installed", script, True)
    assert home.ran() == ([script] if script else [])
    assert not home.apply(upstream.path).changed
    assert home.ran() == ([script] if script else [])


def test_a_script_that_was_not_made_executable_is_told(home: Any, upstream: Upstream) -> None:
    upstream.commit({"setup.sh": SAYS}, executable="none")
    assert (
        "setup.sh cannot be executed: git update-index --chmod=+x setup.sh" in home.apply(upstream.path).record.reason
    )
    assert home.ran() == []


def test_a_failure_is_told_with_its_last_lines_and_tried_again(home: Any, upstream: Upstream) -> None:
    lines = "for n in $(seq 40); do printf '\\033[31mline %s\\033[0m\\n' $n; done"
    upstream.commit({"install.sh": f"#!/bin/sh\necho try >>~/ran\n[ -e ~/works ] || {{ {lines}; exit 7; }}\n"})
    report = home.apply(upstream.path)
    assert report.record.state == "failed"
    assert report.record.reason.startswith("install.sh failed with exit code 7; what it printed is in ")
    assert report.record.reason.endswith(report.record.log)
    assert report.record.output == [f"line {number}" for number in range(26, 41)]
    assert Path(report.record.log).read_text().count("line ") == 40
    assert home.apply(upstream.path, check=True).changed
    assert home.ran() == ["try"]

    (home.path / "works").touch()
    report = home.apply(upstream.path)
    assert (report.record.state, report.record.reason, report.record.output) == ("installed", "", [])
    assert home.ran() == ["try", "try"]
    assert not home.apply(upstream.path).changed


def test_it_runs_again_where_that_is_asked_for(home: Any, upstream: Upstream) -> None:
    upstream.commit({"install.sh": SAYS})
    home.apply(upstream.path)
    assert home.apply(upstream.path, again=True).changed
    assert home.ran() == ["install.sh", "install.sh"]


@pytest.mark.parametrize("trap", ["", "trap '' TERM HUP INT\n"])
def test_a_script_that_hangs_is_ended_with_all_that_it_started(
    home: Any, upstream: Upstream, monkeypatch: pytest.MonkeyPatch, trap: str
) -> None:
    monkeypatch.setattr(process, "GRACE", 0.5)
    script = f"#!/bin/bash\n{trap}echo started\nsleep 1000 &\necho $! $$ >~/ran\nwait\nsleep 1000\n"
    upstream.commit({"install.sh": script})
    report = home.apply(upstream.path, timeout="3")
    assert report.record.state == "failed"
    assert "install.sh did not end within 3 s and was ended; dotfiles_timeout allows more" in report.record.reason
    assert report.record.output == ["started"]
    pids = [int(pid) for line in home.ran() for pid in line.split()]
    assert len(pids) == 2
    assert [gone(pid) for pid in pids] == [True, True]


def test_what_a_script_leaves_running_is_not_waited_for(home: Any, upstream: Upstream) -> None:
    upstream.commit({"install.sh": "#!/bin/sh\nsleep 1000 &\necho $! >~/ran\necho done\n"})
    assert home.apply(upstream.path, timeout="500").record.state == "installed"
    (pid,) = map(int, home.ran())
    assert alive(pid)
    os.kill(pid, 9)


def test_output_without_end_is_kept_in_part(home: Any, upstream: Upstream) -> None:
    fill = "head -c 40000000 /dev/zero | tr '\\0' x | fold -w 100"
    upstream.commit({"install.sh": f"#!/bin/sh\necho first\n{fill}\necho last\nexit 1\n"})
    report = home.apply(upstream.path)
    log = Path(report.record.log).read_text()
    assert len(log) < 1_100_000
    assert log.startswith("first\nxxx")
    assert log.endswith("xxxlast\n")
    assert " bytes left out]" in log
    assert report.record.output[-1].endswith("xxxlast")
    assert len("".join(report.record.output)) < 15 * 301


def test_one_line_without_end_is_cut(home: Any, upstream: Upstream) -> None:
    upstream.commit({"install.sh": "#!/bin/sh\nhead -c 5000000 /dev/zero | tr '\\0' y\nexit 1\n"})
    assert home.apply(upstream.path).record.output == ["y" * 300]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "#!/no/such/shell\ntrue\n",
            "install.sh cannot be started: its first line, '#!/no/such/shell', names a program",
        ),
        ("#!/bin/sh\r\ntrue\n", "'#!/bin/sh\\r', names a program that is not there"),
        ("#!/bin/sh\nkill -9 $$\n", "install.sh was ended by signal 9"),
        ("#!/bin/sh\nexit 1\n", "install.sh failed with exit code 1"),
    ],
)
def test_other_failures_are_told(home: Any, upstream: Upstream, text: str, reason: str) -> None:
    upstream.commit({"install.sh": text})
    report = home.apply(upstream.path)
    assert (report.record.state, report.record.output) == ("failed", [])
    assert reason in report.record.reason


def test_a_script_without_a_first_line_runs_as_in_a_shell(home: Any, upstream: Upstream) -> None:
    upstream.commit({"install.sh": "echo ${0##*/} >>~/ran\n"})
    assert home.apply(upstream.path).record.state == "installed"
    assert home.ran() == ["install.sh"]


def test_it_runs_in_the_clone_with_nobody_to_ask(home: Any, upstream: Upstream) -> None:
    upstream.commit({"install.sh": "#!/bin/sh\npwd >~/ran\nread -r answer || echo nobody >>~/ran\nenv >>~/ran\n"})
    home.apply(upstream.path)
    folder, nobody, *variables = home.ran()
    assert (folder, nobody) == (str(home.dotfiles), "nobody")
    assert {line.partition("=")[0] for line in variables} <= {
        "PATH",
        "HOME",
        "LANG",
        "TERM",
        "PWD",
        "OLDPWD",
        "_",
        "SHLVL",
    }
