"""What can be set: wrong values are refused with their name and the fix, and never shown where they are secret."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.dotfiles.conftest import PROGRAM, Record

settings = importlib.import_module("hatchpod_dotfiles.settings")
filters = importlib.import_module("filter.dotfiles")


def problems(**values: str) -> list[str]:
    found: list[str] = settings.problems({f"DOTFILES_{name.upper()}": value for name, value in values.items()})
    return found


@pytest.mark.parametrize(
    "repository",
    [
        "",
        "https://github.com/me/dotfiles",
        "https://me@bitbucket.org/me/dot files.git",
        "https://x-bitbucket-api-token-auth@bitbucket.org/me/dotfiles.git",
        "https://gitlab+deploy-token-1234567@gitlab.com/me/dotfiles.git",
        "https://gloria-2@example.org/dotfiles.git",
        "https://example.org/ghp_a@b/dotfiles.git",
        "ssh://APKAEIBAERJR2EXAMPLE0000@git.example.org/dotfiles",
        "http://127.0.0.1:3000/me/dotfiles.git",
        "git@github.com:me/dotfiles.git",
        "github.com:me/$(x) dotfiles.git",
        "ssh://git@[2001:db8::1]:2222/me/dotfiles.git",
        "file:///srv/dotfiles.git",
        "/srv/dotfiles.git",
    ],
)
def test_addresses_of_repositories(repository: str) -> None:
    assert problems(repo=repository) == []


@pytest.mark.parametrize(
    ("repository", "said"),
    [
        ("--upload-pack=touch x", "is no address of a repository: write it as https://host/path, git@host:path"),
        ("ext::sh -c touch% x", "is no address of a repository"),
        ("git://host/path", "is no address of a repository"),
        ("ssh://-oProxyCommand=x/path", "is no address of a repository"),
        ("-oProxyCommand=x:path", "is no address of a repository"),
        ("dotfiles", "is no address of a repository"),
        ("https://github.com", "is no address of a repository"),
        ("https://host/a\nb", "DOTFILES_REPO holds a line break"),
        (
            "https://me:hunter2@host/a",
            "holds a password, which git would keep and show: take it out, and set DOTFILES_TOKEN",
        ),
    ],
)
def test_what_is_no_address(repository: str, said: str) -> None:
    (problem,) = problems(repo=repository)
    assert said in problem
    assert "hunter2" not in problem


TOKENS = [
    "ghp_0123456789abcdefABCDEF0123456789abcd",
    "ghs%5F0123456789abcdef",
    "github_pat_11ABCDEFG0_abcdefghijk",
    "glpat-xYz_0123456789",
    "gldt-xYz",
    "0123456789abcdef0123456789abcdef01234567",
    "x2k" + "abcdefghijklmnopqrstuvwxyz" * 2,
]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("address", ["https://{}@host/a", "https://{}@host", "http://{}@host/a", "https://{}:@host/a"])
def test_a_token_as_the_user_name_is_refused_and_not_shown(token: str, address: str) -> None:
    (problem,) = problems(repo=address.format(token))
    assert re.match(r"DOTFILES_REPO holds a (token as its user name|password), which git would keep", problem)
    assert problem.endswith("take it out, and set DOTFILES_TOKEN to it")
    assert token not in problem


@pytest.mark.parametrize("address", ["https://me:hunter2/@host/a", "https://me:hun@ter2@host/a"])
def test_what_is_no_address_shows_no_password(address: str) -> None:
    (problem,) = problems(repo=address)
    assert "ter2" not in problem


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://x-token-auth@bitbucket.org/me/a@b.git", "https://***@bitbucket.org/me/a@b.git"),
        ("https://ghp_secret:x-oauth-basic@github.com/a", "https://***@github.com/a"),
        ("https://github.com/me/a@b.git", "https://github.com/me/a@b.git"),
        ("ssh://me:secret@host/a", "ssh://***@host/a"),
        ("ssh://git@host/a", "ssh://git@host/a"),
        ("git@github.com:me/a.git", "git@github.com:me/a.git"),
        (
            "fatal: 'https://secret@host/a' and https://secret@host/b",
            "fatal: 'https://***@host/a' and https://***@host/b",
        ),
    ],
)
def test_addresses_are_shown_without_who_logs_in(address: str, told: str) -> None:
    assert settings.shown(address) == told


def test_what_was_recorded_of_a_token_goes(home: Any) -> None:
    repository = f"https://{TOKENS[0]}@host/a"
    home.place.state.mkdir(parents=True)
    Record(state="installed", repository=repository, commit="1").write(home.place.state)
    home.apply(repository)
    assert (home.record().state, home.record().repository) == ("refused", "https://***@host/a")


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_branches_are_those_that_git_takes(branch: str) -> None:
    if "\0" in branch:
        taken = False
    else:
        done = subprocess.run(["git", "check-ref-format", f"refs/heads/{branch}"], check=False)
        taken = done.returncode == 0 and branch[0] != "-" and branch != "@"
    assert (problems(branch=branch) == []) is taken


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"timeout": "0"}, "DOTFILES_TIMEOUT is '0': set it to seconds from 1 to 86400"),
        ({"timeout": "ten"}, "DOTFILES_TIMEOUT is 'ten'"),
        ({"update": "maybe"}, "DOTFILES_UPDATE is 'maybe': set it to 1 or 0"),
        ({"known_hosts": "AAAA"}, "DOTFILES_KNOWN_HOSTS has a line that is no host key"),
        ({"ssh_key": "hunter2"}, "DOTFILES_SSH_KEY must be a private SSH key"),
        ({"token": "hunter2 x"}, "DOTFILES_TOKEN must be one line"),
        ({"token": "hunter2", "repo": "http://host/a"}, "DOTFILES_TOKEN is for a repository at https:// alone"),
        ({"token": "hunter2", "repo": "git@host:a"}, "DOTFILES_TOKEN is for a repository at https:// alone"),
    ],
)
def test_what_is_wrong_is_named(values: dict[str, str], said: str) -> None:
    (problem,) = problems(**values)
    assert problem.startswith(said)
    assert "hunter2" not in problem


def test_wrong_settings_change_nothing_and_are_recorded(home: Any) -> None:
    report = home.apply("dotfiles", branch="a b")
    assert (report.record.state, report.changed) == ("refused", False)
    assert "dotfiles_repository is 'dotfiles'" in report.record.reason
    assert "dotfiles_branch is 'a b'" in report.record.reason
    assert home.files() == {}
    assert home.record().state == "refused"


def test_files_are_read_without_the_newline_at_their_ends(tmp_path: Path) -> None:
    (tmp_path / "DOTFILES_REPO").write_text("/srv/a b\n")
    (tmp_path / "DOTFILES_SSH_KEY").write_text("a\nb\n")
    (tmp_path / "OTHER").write_text("x")
    assert settings.read(tmp_path) == {"DOTFILES_REPO": "/srv/a b", "DOTFILES_SSH_KEY": "a\nb"}


def test_the_image_takes_over_every_setting_from_its_environment() -> None:
    adopting = (PROGRAM / "adopt_environment.py").read_text()
    (names,) = re.findall(r"^DOTFILES_VARIABLES = (\(.*?^\))", adopting, re.MULTILINE | re.DOTALL)
    assert ast.literal_eval(names) == tuple(settings.NAMES)


# --- what playbooks check before anything changes ---

COMMON = {"dotfiles_timeout": 600, "dotfiles_update": False, "dotfiles_known_hosts": []}


def test_playbooks_name_the_variable_and_the_workstation() -> None:
    workstations = [
        {"name": "a", "dotfiles_repository": "dotfiles"},
        {"name": "b", "dotfiles_token": "hunter2", "dotfiles_repository": "http://host/a"},
        {"name": "c"},
    ]
    common = {**COMMON, "dotfiles_repository": "git@host:a", "dotfiles_branch": "a b"}
    said = filters.dotfiles_problems(workstations, common)
    assert [one.split(" ")[:2] for one in said] == [
        ["a:", "dotfiles_repository"],
        ["a:", "dotfiles_branch"],
        ["b:", "dotfiles_branch"],
        ["b:", "dotfiles_token"],
        ["c:", "dotfiles_branch"],
    ]
    assert "hunter2" not in "".join(said)


def test_values_of_the_inventory_are_those_of_the_files() -> None:
    workstation = {"name": "a", "dotfiles_update": True, "dotfiles_known_hosts": ["a b c", "d e f"]}
    assert filters.dotfiles_values(workstation, {**COMMON, "dotfiles_repository": "/srv/a"}) == {
        "DOTFILES_REPO": "/srv/a",
        "DOTFILES_UPDATE": "1",
        "DOTFILES_TIMEOUT": "600",
        "DOTFILES_KNOWN_HOSTS": "a b c\nd e f",
    }


def test_nothing_is_written_without_a_repository() -> None:
    assert filters.dotfiles_values({"name": "a", "dotfiles_token": "hunter2"}, COMMON) == {}


def test_settings_and_names_match(home: Any) -> None:
    values = {"DOTFILES_REPO": "https://h/a b", "DOTFILES_UPDATE": "Yes", "DOTFILES_TIMEOUT": ""}
    wanted = settings.Settings.of(values, managed=True)
    assert (wanted.repository, wanted.update, wanted.timeout) == ("https://h/a%20b", True, 600)
    assert wanted.name("DOTFILES_REPO") == "dotfiles_repository"
