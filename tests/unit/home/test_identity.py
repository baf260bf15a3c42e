"""Git, SSH and GPG in a home that somebody uses; all three programs are the real ones."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from unit.home.person import Home

GIT = {"user.name": "Ada Lovelace", "user.email": "ada@example.org"}


def run(*command: str, **environment: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=["ed25519", "rsa"])
def ssh_key(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A new private key, and its type."""
    path = tmp_path_factory.mktemp("ssh") / "key"
    run("ssh-keygen", "-q", "-t", request.param, "-N", "", "-f", str(path))
    return path.read_text().strip(), request.param


@pytest.fixture(scope="module")
def gpg_key(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A new private key, as people export it."""
    home = tmp_path_factory.mktemp("gpg")
    home.chmod(0o700)
    gpg = ("gpg", "--batch", "--quiet", "--homedir", str(home))
    run(*gpg, "--passphrase", "", "--quick-generate-key", "Ada <ada@example.org>", "ed25519", "sign", "never")
    key = run(*gpg, "--export-secret-keys", "--armor")
    run("gpgconf", "--homedir", str(home), "--kill", "all")
    return key


def git(*arguments: str) -> str:
    return run("git", "config", "--global", *arguments).strip()


def fingerprints() -> list[str]:
    listed = run("gpg", "--batch", "--list-secret-keys", "--with-colons")
    return [line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:")]


# --- git ---


def test_git_settings_are_merged_and_taken_back(person: Home) -> None:
    run("git", "config", "--global", "user.email", "own@example.org")
    run("git", "config", "--global", "alias.st", "status")
    done = person.apply(git={**GIT, "pull.rebase": "true"})
    assert done == {
        "changes": ["git config user.name", "git config pull.rebase"],
        "kept": ["git config user.email"],
        "problems": [],
    }
    assert (git("user.name"), git("user.email"), git("alias.st")) == ("Ada Lovelace", "own@example.org", "status")
    assert person.apply(git={**GIT, "pull.rebase": "true"})["changes"] == []
    person.apply(git={"user.name": "Countess"})
    assert git("--list").splitlines() == ["user.email=own@example.org", "user.name=Countess", "alias.st=status"]
    person.apply()
    assert git("--list").splitlines() == ["user.email=own@example.org", "alias.st=status"]


def test_names_of_git_s_settings_are_taken_in_any_case(person: Home) -> None:
    wanted = {"User.Name": "Ada", "url.git@Host:.insteadOf": "https://Host/"}
    assert len(person.apply(git=wanted)["changes"]) == 2
    assert person.apply(git=wanted)["changes"] == []
    assert git("url.git@Host:.insteadof") == "https://Host/"


def test_a_value_that_git_does_not_take_is_told_by_its_name(person: Home) -> None:
    (problem,) = person.apply(git={"no-section": "x"})["problems"]
    assert "no-section" in problem


def test_gh_opens_https_for_git_at_its_host_alone(person: Home) -> None:
    person.apply(github_host="github.example.org")
    assert git("credential.https://github.example.org.helper") == "!gh auth git-credential"
    person.apply()
    assert not (person.path / ".gitconfig").read_text().strip()


# --- SSH ---


def test_an_ssh_key_is_where_ssh_looks_for_it_and_goes_again(person: Home, ssh_key: tuple[str, str]) -> None:
    key, kind = ssh_key
    person.secrets = {"SSH_KEY": key}
    assert person.apply()["changes"] == [f".ssh/id_{kind}"]
    path = person.path / f".ssh/id_{kind}"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run("ssh-keygen", "-y", "-f", str(path)).split()[:2] == Path(f"{path}.pub").read_text().split()[:2]
    assert person.apply()["changes"] == []
    assert all(key.encode() not in content for name, content in person.files().items() if name != f".ssh/id_{kind}")
    person.secrets = {}
    assert person.apply()["changes"] == [f".ssh/id_{kind}"]
    assert not list((person.path / ".ssh").iterdir())


def test_a_key_of_one_s_own_stays(person: Home, ssh_key: tuple[str, str]) -> None:
    key, kind = ssh_key
    person.write(f".ssh/id_{kind}", "MINE")
    person.secrets = {"SSH_KEY": key}
    assert person.apply()["kept"] == [f".ssh/id_{kind}"]
    person.secrets = {}
    assert person.apply()["changes"] == []
    assert (person.path / f".ssh/id_{kind}").read_text() == "MINE"


def test_a_key_that_was_removed_by_hand_stays_away(person: Home, ssh_key: tuple[str, str]) -> None:
    key, kind = ssh_key
    person.secrets = {"SSH_KEY": key}
    person.apply()
    (person.path / f".ssh/id_{kind}").unlink()
    assert person.apply()["kept"] == [f".ssh/id_{kind}"]
    assert not (person.path / f".ssh/id_{kind}").exists()


def test_what_is_no_key_is_refused_by_its_variable(person: Home) -> None:
    person.secrets = {"SSH_KEY": "secret nonsense", "GPG_KEY": "secret nonsense"}
    done = person.apply(git=GIT)
    assert ["identity_ssh_key" in done["problems"][0], "identity_gpg_key" in done["problems"][1]] == [True, True]
    assert "secret nonsense" not in str(done)
    assert git("user.name") == "Ada Lovelace"


def test_known_hosts_are_added_to_those_that_are_known(person: Home) -> None:
    person.write(".ssh/known_hosts", "mine ssh-ed25519 AAAA\n")
    person.apply(known_hosts=["git.example.org ssh-ed25519 BBBB"])
    text = "mine ssh-ed25519 AAAA\ngit.example.org ssh-ed25519 BBBB\n"
    assert (person.path / ".ssh/known_hosts").read_text() == text
    person.apply()
    assert (person.path / ".ssh/known_hosts").read_text() == "mine ssh-ed25519 AAAA\n"


# --- GPG, and what signs ---


def test_a_gpg_key_is_imported_signs_commits_and_goes_again(person: Home, gpg_key: str, tmp_path: Path) -> None:
    person.secrets = {"GPG_KEY": gpg_key}
    wanted: dict[str, Any] = {"git": {**GIT, "commit.gpgsign": "true", "gpg.format": "openpgp"}}
    assert person.apply(**wanted)["problems"] == []
    (fingerprint,) = fingerprints()
    assert git("user.signingkey") == fingerprint
    assert person.apply(**wanted) == {"changes": [], "kept": [], "problems": []}
    assert commit_signature(tmp_path / "repository") == "G"  # good, by a key that is trusted
    person.secrets = {}
    person.apply()
    assert fingerprints() == []


def test_an_ssh_key_signs_commits(person: Home, ssh_key: tuple[str, str], tmp_path: Path) -> None:
    key, kind = ssh_key
    person.secrets = {"SSH_KEY": key}
    person.apply(git={**GIT, "commit.gpgsign": "true", "gpg.format": "ssh"})
    assert git("user.signingkey") == f"~/.ssh/id_{kind}.pub"
    assert commit_signature(tmp_path / "repository") in {"U", "N", "G", "E"}
    assert "-----BEGIN SSH SIGNATURE-----" in run("git", "-C", str(tmp_path / "repository"), "cat-file", "-p", "HEAD")


def test_a_gpg_key_that_was_there_before_is_never_removed(person: Home, gpg_key: str) -> None:
    subprocess.run(["gpg", "--batch", "--quiet", "--import"], input=gpg_key, text=True, check=True)
    person.secrets = {"GPG_KEY": gpg_key}
    assert person.apply()["changes"] == []
    person.secrets = {}
    person.apply()
    assert len(fingerprints()) == 1


def test_check_mode_tells_of_keys_and_imports_none(person: Home, gpg_key: str, ssh_key: tuple[str, str]) -> None:
    person.secrets = {"GPG_KEY": gpg_key, "SSH_KEY": ssh_key[0]}
    assert len(person.apply(check=True, git=GIT)["changes"]) == 4
    assert fingerprints() == []
    assert not (person.path / ".ssh").exists()


def commit_signature(repository: Path) -> str:
    """Make a commit and return git's letter for its signature."""
    run("git", "init", "-q", str(repository))
    run("git", "-C", str(repository), "commit", "-q", "--allow-empty", "-m", "x")
    return run("git", "-C", str(repository), "log", "-1", "--format=%G?").strip()
