"""The first run: the whole clone or nothing, from wherever it is, and nothing of the user's in its way."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from unit.dotfiles.forge import TOKEN, SshForge, Upstream, WebForge, free_port, git, key_pair

INSTALL = {"install.sh": "#!/bin/sh\necho ${0##*/} >>~/ran\n"}
ODD = "dot files; $(touch oops) & 'quoted' \"twice\" `x` #1"
ODD_BRANCH = 'topic/it\'s;$(touch${IFS}oops)&"x"|`y`#ü'


def nothing_is_left(home: Any) -> bool:
    """Say whether a run that failed left neither a clone nor part of one."""
    return not home.dotfiles.exists() and not home.place.partial.exists() and home.ran() == []


# --- where from ---


def test_the_default_branch_is_cloned_and_check_mode_only_says_so(home: Any, upstream: Upstream) -> None:
    commit = upstream.commit(INSTALL)
    planned = home.apply(upstream.path, check=True)
    assert (planned.changed, planned.before["commit"]) == (True, None)
    assert planned.after == {"commit": "the newest of the default branch", "installed": True}
    assert list(home.path.rglob("*.json")) == []
    assert nothing_is_left(home)

    report = home.apply(upstream.path)
    assert (report.changed, report.before, report.after) == (
        True,
        {"commit": None, "installed": False},
        {"commit": commit, "installed": True},
    )
    assert (home.git("rev-parse", "HEAD"), home.git("symbolic-ref", "--short", "HEAD")) == (commit, "main")
    assert home.record() == report.record
    assert (report.record.branch, report.record.commit) == ("main", commit)

    kept = home.files()
    for check in (False, True):
        again = home.apply(upstream.path, check=check)
        assert (again.changed, again.before, again.record) == (False, again.after, report.record)
    assert home.files() == kept


def test_another_branch_is_cloned(home: Any, upstream: Upstream) -> None:
    upstream.commit(INSTALL)
    commit = upstream.commit({"more": ""}, branch="other")
    report = home.apply(upstream.path, branch="other")
    assert (report.record.branch, home.git("rev-parse", "HEAD")) == ("other", commit)


def test_odd_names_are_names(home: Any, tmp_path: Path) -> None:
    upstream = Upstream(tmp_path / ODD, tmp_path / "author")
    upstream.commit(INSTALL)
    commit = upstream.commit({}, branch=ODD_BRANCH)
    assert home.apply(upstream.path, branch=ODD_BRANCH).record.commit == commit
    upstream.commit({}, branch=ODD_BRANCH)
    assert home.apply(upstream.path, branch=ODD_BRANCH, update="1").changed
    assert list(tmp_path.rglob("oops")) == []


def test_odd_names_over_ssh(home: Any, tmp_path: Path, ssh_forge: SshForge) -> None:
    upstream = Upstream(tmp_path / ODD, tmp_path / "author")
    commit = upstream.commit(INSTALL, branch=ODD_BRANCH)
    access = {"ssh_key": ssh_forge.key.read_text(), "known_hosts": ssh_forge.known_hosts}
    report = home.apply(ssh_forge.address(upstream.path), branch=ODD_BRANCH, **access)
    assert (report.record.commit, home.ran()) == (commit, ["install.sh"]), report.record.reason
    assert not home.apply(ssh_forge.address(upstream.path), branch=ODD_BRANCH, update="1", **access).changed
    assert list(tmp_path.rglob("oops")) == []


@pytest.mark.parametrize("quoted", [True, False])
def test_odd_names_over_the_web(home: Any, web_forge: WebForge, trusted: None, quoted: bool) -> None:
    name = f"{quoted} {ODD.replace('#1', '')}"
    commit = web_forge.upstream(name).commit(INSTALL, branch=ODD_BRANCH)
    report = home.apply(web_forge.address(name, quoted=quoted), branch=ODD_BRANCH)
    assert (report.record.commit, home.ran()) == (commit, ["install.sh"]), report.record.reason
    assert not home.apply(web_forge.address(name, quoted=quoted), branch=ODD_BRANCH, update="1").changed


def test_what_cannot_be_cloned_leaves_nothing(home: Any, upstream: Upstream) -> None:
    empty = home.apply(upstream.path)
    assert "it is empty: push a commit, or correct dotfiles_repository" in empty.record.reason
    assert nothing_is_left(home)

    upstream.commit(INSTALL)
    git(upstream.work, "tag", "v1")
    git(upstream.work, "push", "--quiet", "origin", "v1")
    for branch, reason in {
        "absent": "Correct dotfiles_branch, or leave it out for the repository's default branch",
        "v1": "v1 is no branch: correct dotfiles_branch",
    }.items():
        report = home.apply(upstream.path, branch=branch)
        assert (report.record.state, report.changed) == ("failed", False)
        assert reason in report.record.reason
        assert nothing_is_left(home)
    assert "Correct dotfiles_repository" in home.apply(upstream.path.with_name("absent.git")).record.reason
    assert home.apply(upstream.path).record.state == "installed"


def test_what_a_killed_run_left_is_not_taken_for_a_clone(home: Any, upstream: Upstream) -> None:
    upstream.commit(INSTALL)
    home.place.partial.mkdir()
    (home.place.partial / "half").touch()
    assert home.apply(upstream.path).record.state == "installed"
    assert not home.place.partial.exists()


def test_a_run_killed_before_the_script_is_gone_on_with(home: Any, upstream: Upstream) -> None:
    upstream.commit(INSTALL)
    home.apply(upstream.path)
    home.record().now(state="running", complete=False).write(home.place.state)
    assert home.apply(upstream.path).changed
    assert home.ran() == ["install.sh", "install.sh"]


# --- what is there already ---


@pytest.mark.parametrize("what", ["files", "file", "repository", "clone without origin"])
def test_what_is_none_of_it_is_refused_and_left(home: Any, upstream: Upstream, tmp_path: Path, what: str) -> None:
    upstream.commit(INSTALL)
    if what == "file":
        home.dotfiles.write_text("mine")
    elif what == "files":
        home.dotfiles.mkdir()
        (home.dotfiles / "mine").write_text("mine")
    else:
        other = Upstream(tmp_path / "other.git", tmp_path / "other")
        other.commit({"mine": "mine"})
        git(home.path, "clone", "--quiet", other.path, home.dotfiles)
    if what == "clone without origin":
        home.git("remote", "remove", "origin")
    kept = home.files()
    for check in (True, False):
        report = home.apply(upstream.path, check=check)
        assert (report.record.state, report.changed) == ("refused", False)
        assert f"of {upstream.path}" in report.record.reason
        assert "move it away (mv ~/dotfiles ~/dotfiles.old), then run hatchpod-dotfiles" in report.record.reason
        assert home.files() == kept
    if what == "repository":
        assert "set dotfiles_repository back" in report.record.reason
        home.git("remote", "set-url", "origin", str(upstream.path))
        assert home.apply(upstream.path).record.state == "installed"
        return
    if what == "file":
        home.dotfiles.unlink()
    else:
        shutil.rmtree(home.dotfiles)
    assert home.apply(upstream.path).record.state == "installed"


@pytest.mark.parametrize("who", ["me:hunter2", "hunter2"])
def test_another_repository_is_refused_and_its_login_not_told(home: Any, upstream: Upstream, who: str) -> None:
    upstream.commit(INSTALL)
    home.apply(upstream.path)
    home.git("remote", "set-url", "origin", f"https://{who}@example.org/dot.git")
    reason = home.apply(upstream.path).record.reason
    assert "~/dotfiles is a clone of https://***@example.org/dot.git, not of" in reason
    assert "hunter2" not in reason


def test_a_failure_is_told_and_recorded_without_who_logs_in(home: Any) -> None:
    place = f"127.0.0.1:{free_port()}/dot.git"
    record = home.apply(f"http://hunter2@{place}").record
    assert record.repository == f"http://***@{place}"
    assert record.reason.startswith(f"http://***@{place}: could not clone: git said: ")
    assert "hunter2" not in (home.place.state / "dotfiles.json").read_text()


def test_an_empty_folder_is_in_nobodys_way(home: Any, upstream: Upstream) -> None:
    upstream.commit(INSTALL)
    home.dotfiles.mkdir()
    assert home.apply(upstream.path).record.state == "installed"


def test_a_clone_that_the_user_made_is_taken_over_as_it_is(home: Any, upstream: Upstream) -> None:
    upstream.commit(INSTALL)
    git(home.path, "clone", "--quiet", upstream.path, home.dotfiles)
    report = home.apply(f"file://{upstream.path}/")
    assert (report.record.state, report.changed, home.ran()) == ("installed", False, [])
    upstream.commit({"new": ""})
    assert home.apply(upstream.path, update="1").changed
    assert home.ran() == ["install.sh"]


def test_nothing_is_wanted(home: Any) -> None:
    report = home.apply("")
    assert (report.record.state, report.changed) == ("off", False)
    assert home.files() == {}


# --- private over SSH ---


def test_a_deploy_key_opens_a_repository(home: Any, upstream: Upstream, ssh_forge: SshForge) -> None:
    commit = upstream.commit(INSTALL)
    address, key = ssh_forge.address(upstream.path), ssh_forge.key.read_text()
    report = home.apply(address, ssh_key=f"\n{key.strip()}", known_hosts=ssh_forge.known_hosts)
    assert (report.record.state, report.record.commit) == ("installed", commit), report.record.reason
    secret = key.splitlines()[2].encode()
    assert [name for name, data in home.files().items() if secret in data] == []


def test_known_hosts_of_the_user_count(home: Any, upstream: Upstream, ssh_forge: SshForge) -> None:
    upstream.commit(INSTALL)
    (home.path / ".ssh").mkdir()
    (home.path / ".ssh/known_hosts").write_text(ssh_forge.known_hosts)
    assert home.apply(ssh_forge.address(upstream.path), ssh_key=ssh_forge.key.read_text()).record.state == "installed"


def test_what_ssh_refuses_is_told_with_the_fix(
    home: Any, upstream: Upstream, ssh_forge: SshForge, tmp_path: Path
) -> None:
    upstream.commit(INSTALL)
    address, known, key = ssh_forge.address(upstream.path), ssh_forge.known_hosts, ssh_forge.key.read_text()
    other = key_pair(tmp_path / "other")
    elsewhere = f"{known.split()[0]} {other.with_suffix('.pub').read_text()}"
    locked = key_pair(tmp_path / "locked", "a pass phrase").read_text()
    for settings, said in (
        ({"ssh_key": key}, "Set dotfiles_known_hosts to the line that `ssh-keyscan HOST` prints"),
        ({"ssh_key": key, "known_hosts": elsewhere}, "shows another SSH key than the known one"),
        ({"ssh_key": other.read_text(), "known_hosts": known}, "Set dotfiles_ssh_key to a private key whose public"),
        ({"ssh_key": locked, "known_hosts": known}, "dotfiles_ssh_key is no private SSH key without pass phrase"),
    ):
        report = home.apply(address, **settings)
        assert report.record.state == "failed"
        assert said in report.record.reason
        assert nothing_is_left(home)


def test_a_host_that_does_not_answer_is_told(home: Any, upstream: Upstream) -> None:
    for scheme in ("ssh", "http"):
        report = home.apply(f"{scheme}://127.0.0.1:{free_port()}{upstream.path}")
        assert report.record.state == "failed"
        assert "The host cannot be reached from the workstation" in report.record.reason


# --- private over HTTPS ---


@pytest.fixture
def trusted(home: Any, web_forge: WebForge) -> None:
    """The certificate's authority is trusted, as it is by the whole workstation where that is configured."""
    (home.path / ".gitconfig").write_text(f"[http]\n\tsslCAInfo = {web_forge.certificate}\n")


def test_a_token_opens_a_repository_and_is_nowhere_to_be_found(
    home: Any, web_forge: WebForge, trusted: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, real = tmp_path / "seen", shutil.which("git")
    spy = tmp_path / "bin/git"
    spy.parent.mkdir()
    spy.write_text(f'#!/bin/sh\n{{ printf "%s " "$@"; env; }} >>{seen}\nexec {real} "$@"\n')
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy.parent}:{Path(str(real)).parent}:/usr/bin:/bin")
    name = "private/dot.git"
    upstream = web_forge.upstream(name)
    upstream.commit(INSTALL)
    report = home.apply(web_forge.address(name), token=TOKEN)
    assert report.record.state == "installed", report.record.reason
    commit = upstream.commit({"new": ""})
    assert home.apply(web_forge.address(name), token=TOKEN, update="1").record.commit == commit

    assert "clone" in seen.read_text()
    everything = {"spy": seen.read_bytes(), **home.files(), "log": web_forge.folder.joinpath("log").read_bytes()}
    everything |= {str(path): path.read_bytes() for path in home.place.state.iterdir()}
    tails = (TOKEN.encode(), TOKEN[-12:].encode())
    assert [name for name, data in everything.items() if any(tail in data for tail in tails)] == []


def test_what_the_web_refuses_is_told_with_the_fix(home: Any, web_forge: WebForge, trusted: None) -> None:
    name = "private/shut.git"
    web_forge.upstream(name).commit(INSTALL)
    for token in ("", "wrong-token-123"):
        report = home.apply(web_forge.address(name), token=token)
        assert report.record.state == "failed"
        assert "Set dotfiles_token to a token that may read the repository, or correct it" in report.record.reason
        assert nothing_is_left(home)
    assert "Correct dotfiles_repository" in home.apply(web_forge.address("absent.git")).record.reason
    (home.path / ".gitconfig").unlink()
    assert "image_ca_certificates" in home.apply(web_forge.address(name), token=TOKEN).record.reason


def test_a_token_is_for_its_host_alone(home: Any, web_forge: WebForge, trusted: None, tmp_path: Path) -> None:
    """A submodule on another host, which asks for a password, gets none."""
    other = WebForge(tmp_path / "other")
    with other.up():
        other.upstream("private/sub.git").commit({"sub": ""})
        upstream = web_forge.upstream("private/with-foreign.git")
        modules = f'[submodule "sub"]\n\tpath = sub\n\turl = {other.address("private/sub.git")}\n'
        (home.path / ".gitconfig").write_text("[http]\n\tsslVerify = false\n")
        upstream.work.joinpath(".gitmodules").write_text(modules)
        commit = git(other.folder / "work/private/sub.git", "rev-parse", "HEAD")
        git(upstream.work, "update-index", "--add", "--cacheinfo", f"160000,{commit},sub")
        upstream.work.joinpath("sub").mkdir()
        upstream.commit({})
        report = home.apply(web_forge.address("private/with-foreign.git"), token=TOKEN)
    assert report.record.state == "failed"
    assert "could not bring the submodules" in report.record.reason
    assert nothing_is_left(home)


def test_submodules_come_along_with_the_same_token(home: Any, web_forge: WebForge, trusted: None) -> None:
    inner, outer = web_forge.upstream("private/inner.git"), web_forge.upstream("private/outer.git")
    top = web_forge.upstream("private/top.git")
    inner.commit({"deep": "deep"})
    for upper, lower in ((outer, inner), (top, outer)):
        git(upper.work, "submodule", "--quiet", "add", lower.path, "below")
        path = upper.work / ".gitmodules"
        path.write_text(path.read_text().replace(str(lower.path), web_forge.address(f"private/{lower.path.name}")))
        upper.commit(INSTALL)
    report = home.apply(web_forge.address("private/top.git"), token=TOKEN)
    assert report.record.state == "installed", report.record.reason
    assert (home.dotfiles / "below/below/deep").read_text() == "deep"


def test_nothing_of_a_run_is_left_when_it_is_asked_to_end(home: Any, upstream: Upstream) -> None:
    """What was done is recorded, and the next run goes on with it."""
    upstream.commit({"install.sh": "#!/bin/sh\necho $$ >>~/ran\n[ -e ~/works ] || kill -TERM $PPID\nsleep 3\n"})
    code = (
        "import argparse, sys; sys.path[:0] = sys.argv[4:]; from pathlib import Path; import signal\n"
        "from unit.dotfiles.conftest import Home, command\n"
        "signal.signal(signal.SIGTERM, command.end)\n"
        "Home(Path(sys.argv[1]), Path(sys.argv[2])).apply(sys.argv[3])\n"
    )
    arguments = [str(home.path), str(home.secrets), str(upstream.path), str(Path(__file__).parents[2])]
    done = subprocess.run(["python", "-c", code, *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 128 + 15, done.stderr
    assert (home.record().state, home.record().complete) == ("failed", False)
    assert "it was interrupted" in home.record().reason
    (home.path / "works").touch()
    assert home.apply(upstream.path).record.state == "installed"
    assert len(home.ran()) == 2
