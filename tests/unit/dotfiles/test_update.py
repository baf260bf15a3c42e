"""Later runs: brought up to date where that is wanted, and never over what the user made."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from unit.dotfiles.forge import Upstream, WebForge, git

INSTALL = {"install.sh": "#!/bin/sh\necho $(cat version) >>~/ran\n", "version": "1"}


@pytest.fixture
def installed(home: Any, upstream: Upstream) -> str:
    """The commit that is installed."""
    commit = upstream.commit(INSTALL)
    assert home.apply(upstream.path).record.state == "installed"
    return commit


def test_without_the_setting_it_stays_as_it_is(home: Any, upstream: Upstream, installed: str) -> None:
    upstream.commit({"version": "2"})
    report = home.apply(upstream.path)
    assert (report.changed, report.record.state, report.record.commit) == (False, "installed", installed)


def test_it_moves_with_the_repository_and_is_installed_again(home: Any, upstream: Upstream, installed: str) -> None:
    assert not home.apply(upstream.path, update="1").changed
    commit = upstream.commit({"version": "2"})
    kept = home.files()
    planned = home.apply(upstream.path, update="1", check=True)
    assert {name for name, data in home.files().items() if kept.get(name) != data and "objects" not in name} == set()
    done = home.apply(upstream.path, update="1")
    for report in (planned, done):
        assert (report.changed, report.before["commit"], report.after["commit"]) == (True, installed, commit)
    assert home.git("rev-parse", "HEAD", "origin/main") == f"{commit}\n{commit}"
    assert home.ran() == ["1", "2"]
    for check in (True, False):
        assert not home.apply(upstream.path, update="1", check=check).changed
    assert home.git("status", "--porcelain") == ""


def test_it_is_brought_up_to_date_by_hand(home: Any, upstream: Upstream, installed: str) -> None:
    commit = upstream.commit({"version": "2"})
    assert home.apply(upstream.path, update=True).record.commit == commit


def edit(home: Any) -> None:
    (home.dotfiles / "version").write_text("mine")


def stage(home: Any) -> None:
    edit(home)
    home.git("add", "version")


def delete(home: Any) -> None:
    (home.dotfiles / "version").unlink()


def commit(home: Any) -> None:
    edit(home)
    home.git("commit", "--quiet", "--all", "--message=mine")


def stand_in_the_way(home: Any) -> None:
    (home.dotfiles / "new").write_text("mine")


def leave_the_branch(home: Any) -> None:
    home.git("switch", "--quiet", "--create", "mine")


def detach(home: Any) -> None:
    home.git("checkout", "--quiet", "--detach")


@pytest.mark.parametrize(
    ("change", "branch", "said"),
    [
        (edit, "", "has edits of its own in version: it was left alone"),
        (stage, "", "has edits of its own in version: it was left alone"),
        (delete, "", "has edits of its own in version: it was left alone"),
        (commit, "", "has commits that it does not have: it was left alone"),
        (stand_in_the_way, "", "has edits of its own in new: it was left alone"),
        (leave_the_branch, "main", "it is on branch mine. Go back: git -C ~/dotfiles switch 'main'"),
        (leave_the_branch, "", "has no branch mine"),
        (detach, "", "it is on no branch. Go back: git -C ~/dotfiles switch 'main'"),
    ],
)
def test_what_the_user_made_is_left_alone_and_told(
    home: Any, upstream: Upstream, installed: str, change: Callable[[Any], None], branch: str, said: str
) -> None:
    change(home)
    upstream.commit({"version": "2", "new": "theirs"})
    kept, head = home.files(), home.git("rev-parse", "HEAD")
    for check in (True, False):
        report = home.apply(upstream.path, update="1", branch=branch, check=check)
        assert (report.record.state, report.changed) == ("stale", False)
        assert said in report.record.reason
        assert not {name for name, data in kept.items() if home.files()[name] != data and ".git/" not in name}
        assert home.git("rev-parse", "HEAD") == head
    assert home.ran() == ["1"]
    assert home.record().complete


def test_edits_hurt_nobody_while_the_repository_stays(home: Any, upstream: Upstream, installed: str) -> None:
    edit(home)
    (home.dotfiles / "notes").write_text("mine")
    assert home.apply(upstream.path, update="1").record.state == "installed"
    commit(home)
    report = home.apply(upstream.path, update="1")
    assert (report.record.state, report.changed) == ("installed", False)


def test_what_git_does_not_know_stays_while_the_rest_moves(home: Any, upstream: Upstream, installed: str) -> None:
    (home.dotfiles / "notes").write_text("mine")
    upstream.commit({"version": "2"})
    assert home.apply(upstream.path, update="1").changed
    assert (home.dotfiles / "notes").read_text() == "mine"


def test_after_the_edits_are_gone_it_moves_on(home: Any, upstream: Upstream, installed: str) -> None:
    edit(home)
    commit = upstream.commit({"version": "2"})
    home.apply(upstream.path, update="1")
    home.git("checkout", "--quiet", "--", ".")
    report = home.apply(upstream.path, update="1")
    assert (report.record.state, report.record.reason, report.record.commit) == ("installed", "", commit)


def test_a_rewritten_history_is_left_alone(home: Any, upstream: Upstream, installed: str) -> None:
    git(upstream.work, "commit", "--quiet", "--amend", "--message=other")
    upstream.push()
    for check in (True, False):
        report = home.apply(upstream.path, update="1", check=check)
        assert (report.record.state, report.changed) == ("stale", False)
        assert "pull --rebase" in report.record.reason
    assert home.git("rev-parse", "HEAD") == installed


def test_what_the_user_pulled_is_no_news(home: Any, upstream: Upstream, installed: str) -> None:
    upstream.commit({"version": "2"})
    home.git("pull", "--quiet")
    report = home.apply(upstream.path, update="1")
    assert (report.record.state, report.changed, home.ran()) == ("installed", False, ["1"])


def test_a_repository_that_is_away_is_told(home: Any, upstream: Upstream, installed: str) -> None:
    upstream.path.rename(upstream.path.with_name("away"))
    report = home.apply(upstream.path, update="1")
    assert (report.record.state, report.changed) == ("stale", False)
    assert "could not look for news" in report.record.reason
    upstream.path.with_name("away").rename(upstream.path)
    assert home.apply(upstream.path, update="1").record.state == "installed"


def test_a_failed_script_is_tried_again_also_where_there_is_no_news(home: Any, upstream: Upstream) -> None:
    upstream.commit({"install.sh": "#!/bin/sh\necho try >>~/ran\n[ -e ~/works ]\n"})
    assert home.apply(upstream.path, update="1").record.state == "failed"
    shutil.rmtree(upstream.path)
    (home.path / "works").touch()
    report = home.apply(upstream.path, update="1")
    assert (report.record.state, report.changed, home.record().complete) == ("stale", True, True)
    assert home.ran() == ["try", "try"]


# --- another branch ---


def test_another_branch_is_switched_to(home: Any, upstream: Upstream, installed: str) -> None:
    commit = upstream.commit({"version": "other"}, branch="other")
    planned, done = (home.apply(upstream.path, branch="other", check=check) for check in (True, False))
    assert planned.after == done.after == {"commit": commit, "installed": True}
    assert (home.git("symbolic-ref", "--short", "HEAD"), home.record().branch) == ("other", "other")
    assert home.git("rev-parse", "--abbrev-ref", "@{upstream}") == "origin/other"
    assert home.ran() == ["1", "other"]
    git(upstream.work, "switch", "--quiet", "main")
    upstream.commit({"version": "3"})
    assert home.apply(upstream.path, branch="main").changed
    assert home.ran() == ["1", "other", "3"]
    assert not home.apply(upstream.path).changed


def test_another_branch_does_not_overwrite_edits(home: Any, upstream: Upstream, installed: str) -> None:
    upstream.commit({"version": "other"}, branch="other")
    edit(home)
    for check in (True, False):
        report = home.apply(upstream.path, branch="other", check=check)
        assert (report.record.state, report.changed) == ("stale", False)
        assert "edits of its own in version" in report.record.reason
    assert (home.dotfiles / "version").read_text() == "mine"
    home.git("checkout", "--quiet", "--", ".")
    assert home.apply(upstream.path, branch="other").changed


def test_a_branch_that_there_is_not_is_told(home: Any, upstream: Upstream, installed: str) -> None:
    report = home.apply(upstream.path, branch="absent")
    assert (report.record.state, report.changed) == ("stale", False)
    assert "has no branch absent: correct dotfiles_branch" in report.record.reason


# --- submodules ---


@pytest.fixture
def inner(home: Any, upstream: Upstream, web_forge: WebForge, request: pytest.FixtureRequest) -> Upstream:
    """A repository that is a submodule of the dotfiles, which are installed."""
    (home.path / ".gitconfig").write_text("[http]\n\tsslVerify = false\n")
    name = f"{request.node.name}.git"
    inner = web_forge.upstream(name)
    inner.commit({"inner": "1"})
    git(upstream.work, "submodule", "--quiet", "add", inner.path, "sub")
    modules = upstream.work / ".gitmodules"
    modules.write_text(modules.read_text().replace(str(inner.path), web_forge.address(name)))
    upstream.commit(INSTALL)
    assert home.apply(upstream.path).record.state == "installed"
    return inner


def advance(upstream: Upstream, inner: Upstream) -> None:
    """Publish dotfiles with newer submodules."""
    commit = inner.commit({"inner": "2"})
    git(upstream.work / "sub", "fetch", "--quiet")
    git(upstream.work / "sub", "checkout", "--quiet", commit)
    upstream.commit({"version": "2"})


def test_submodules_move_along(home: Any, upstream: Upstream, inner: Upstream) -> None:
    advance(upstream, inner)
    assert home.apply(upstream.path, update="1").changed
    assert (home.dotfiles / "sub/inner").read_text() == "2"
    assert home.git("status", "--porcelain") == ""


def test_edits_in_submodules_are_left_alone(home: Any, upstream: Upstream, inner: Upstream) -> None:
    (home.dotfiles / "sub/inner").write_text("mine")
    advance(upstream, inner)
    report = home.apply(upstream.path, update="1")
    assert (report.record.state, report.changed) == ("stale", False)
    assert "edits of its own in sub:" in report.record.reason
    assert (home.dotfiles / "sub/inner").read_text() == "mine"


def test_what_is_made_in_submodules_is_no_edit(home: Any, upstream: Upstream, inner: Upstream) -> None:
    (home.dotfiles / "sub/made").write_text("by a plugin")
    advance(upstream, inner)
    assert home.apply(upstream.path, update="1").changed


def test_without_its_submodules_nothing_moves(home: Any, upstream: Upstream, inner: Upstream) -> None:
    head = home.git("rev-parse", "HEAD")
    advance(upstream, inner)
    inner.path.rename(inner.path.with_name("away"))
    report = home.apply(upstream.path, update="1")
    inner.path.with_name("away").rename(inner.path)
    assert (report.record.state, report.changed, home.record().complete) == ("stale", False, True)
    assert "could not bring the submodules" in report.record.reason
    assert (home.git("rev-parse", "HEAD"), home.git("status", "--porcelain")) == (head, "")
    assert home.apply(upstream.path, update="1").changed


# --- two runs at once ---


def test_the_second_run_waits_and_does_nothing_twice(home: Any, upstream: Upstream) -> None:
    upstream.commit({"install.sh": "#!/bin/sh\necho ran >>~/ran\nwhile [ ! -e ~/go ]; do sleep 0.05; done\nexit 1\n"})
    reports: list[Any] = []
    threads = [threading.Thread(target=lambda: reports.append(home.apply(upstream.path))) for _ in range(2)]
    deadline = time.monotonic() + 60
    for thread in threads:
        thread.start()
        while not home.ran() and time.monotonic() < deadline:
            time.sleep(0.02)
    time.sleep(0.3)  # the second one gets as far as waiting
    (home.path / "go").touch()
    for thread in threads:
        thread.join(60)
    assert [report.record.state for report in reports] == ["failed", "failed"]
    assert sorted(report.changed for report in reports) == [False, True]
    assert home.ran() == ["ran"]
