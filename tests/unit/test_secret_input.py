"""Input that `secret` refuses: with the variable's name and the fix, and before anything is written."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.secrets_store import kinds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GOOD = "Blau9Wiese kalt"
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(call_module: Callable[..., dict[str, Any]], tmp_path: Path) -> Run:
    def call(*entries: dict[str, Any], **options: Any) -> dict[str, Any]:
        arguments = {"directory": str(tmp_path / "secrets"), "secrets": list(entries), **options}
        result = call_module("secret", arguments)
        assert result.get("failed"), result
        assert list(tmp_path.iterdir()) == [], "a refused call writes nothing"
        return result

    return call


VALUES = [
    ("password", "changeme", "it is a well-known value, or one with trivial decoration"),
    ("password", "password", "it is a well-known value, or one with trivial decoration"),
    ("password", "ssh", "it is a well-known value, or one with trivial decoration"),
    ("password", "a", "it is shorter than 12 characters"),
    ("password", "Tz5!kq9#Lm2", "it is shorter than 12 characters"),
    ("password", "Blau9Wiese\nkalt", "it holds a line break or another control character"),
    ("hex", "0123", "it has 4 characters"),
    ("hex", "x" * 64, "it holds other characters"),
    ("base64url", "a+b", "it has 3 characters"),
    ("uuid", "0000", "it is no UUID"),
    ("token", "changeme", "it is a well-known value"),
    ("token", "short", "it is shorter than 8 characters"),
    ("token", "two words", "it holds a space, a line break or another character that cannot be part of it"),
    ("token", "x" * 4097, "it is longer than 4096 characters"),
    ("ssh_keypair", "ssh-ed25519 AAAA public", "it is no such key"),
]


@pytest.mark.parametrize(("kind", "value", "reason"), VALUES)
def test_a_bad_value_is_refused_with_the_variable_and_the_fix(run: Run, kind: str, value: str, reason: str) -> None:
    entry = {"name": "SSH_PASSWORD", "kind": kind, "variable": "workstation_ssh_password", "value": value}
    result = run({"name": "GOOD", "value": GOOD}, entry)
    assert result["msg"].startswith(f"workstation_ssh_password is refused: {reason}. Set workstation_ssh_password to ")
    assert ("have one generated" in result["msg"]) == (kind != "token")
    given_back = [item["value"] for item in result["invocation"]["module_args"]["secrets"]]
    assert given_back == ["VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"] * 2


def test_an_encrypted_private_key_is_refused(run: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    key = tmp_path_factory.mktemp("keys") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "pass phrase", "-f", key], check=True)
    assert "it is no such key" in run({"name": "K", "kind": "ssh_keypair", "value": key.read_text()})["msg"]


ENTRIES: list[tuple[dict[str, Any], str]] = [
    ({"name": "../S"}, "../S: name must be a file name"),
    ({"name": "a/b"}, "a/b: name must be a file name"),
    ({"name": ".lock"}, ".lock: name must be a file name"),
    ({"name": ""}, "name must be a file name"),
    ({"name": "a\nb"}, "name must be a file name"),
    ({"length": 16}, "S: length must be at least 17, or the value can be guessed"),
    ({"length": 0}, "S: length must be at least 17"),
    ({"length": -1}, "S: length must be at least 17"),
    ({"length": 257}, "S: length is too large"),
    ({"kind": "hex", "length": 33}, "S: length must be even"),
    ({"kind": "hex", "length": 22}, "S: length must be at least 24"),
    ({"kind": "base64url", "length": 25}, "S: length must not leave a remainder of 1"),
    ({"kind": "base64url", "length": 15}, "S: length must be at least 16"),
    ({"alphabet": "abc"}, "S: alphabet must hold at least 16 characters, half of them letters"),
    ({"alphabet": "0123456789!$%&/()=?"}, "S: alphabet must hold at least 16 characters, half of them letters"),
    ({"alphabet": "abcdefghijklmnopqrstuvwxyza"}, "S: alphabet must not hold a character twice"),
    ({"alphabet": "abcdefghijklmnopqr stuvwxyz"}, "S: alphabet must hold printable ASCII characters and no space"),
    ({"alphabet": "abcdefghijklmnopqrstuvwxyzäö"}, "S: alphabet must hold printable ASCII characters"),
    ({"mode": "0644"}, "S: mode must be a quoted octal number"),
    ({"mode": "0660"}, "S: mode must be a quoted octal number"),
    ({"mode": "0200"}, "S: mode must be a quoted octal number"),
    ({"mode": 384}, "S: mode must be a quoted octal number"),
    ({"mode": "u=rw"}, "S: mode must be a quoted octal number"),
    ({"owner": "nobody-here"}, "S: owner nobody-here is not a user of this host"),
    ({"group": "nobody-here"}, "S: group nobody-here is not a group of this host"),
    ({"comment": "two\nlines"}, "S: comment must be one line of ASCII"),
    ({"derived": [{"path": "../x", "algorithm": "plain"}]}, "S: path of derived must be a path without '..'"),
    ({"derived": [{"path": "", "algorithm": "plain"}]}, "S: path of derived must be a path"),
    ({"derived": [{"path": "/x/", "algorithm": "plain"}]}, "S: path of derived must be a path"),
    ({"derived": [{"path": "/x", "algorithm": "plain", "format": "{hash}"}]}, "{value} in it exactly once"),
    ({"derived": [{"path": "/x", "algorithm": "yescrypt", "format": "{value}"}]}, "{hash} in it exactly once"),
    ({"derived": [{"path": "/x", "algorithm": "yescrypt", "format": "{hash}{hash}"}]}, "{hash} in it exactly once"),
    ({"derived": [{"path": "/x", "algorithm": "yescrypt", "format": "a\n{hash}"}]}, "must be one line of ASCII"),
    (
        {"derived": [{"path": "/x", "algorithm": "sha512crypt", "rounds": 1000}]},
        "rounds of /x must be between 5000 and",
    ),
    ({"derived": [{"path": "/x", "algorithm": "yescrypt", "rounds": 5000}]}, "rounds of /x mean nothing to yescrypt"),
    ({"derived": [{"path": "S", "algorithm": "plain"}]}, "/S is used more than once"),
    ({"derived": [{"path": ".lock", "algorithm": "plain"}]}, "/.lock is used more than once"),
    ({"derived": [{"path": "/x", "algorithm": "plain"}] * 2}, "/x is used more than once"),
    ({"kind": "ssh_keypair", "derived": [{"path": "/x", "algorithm": "plain"}]}, "S: derived cannot be made"),
    (
        {"kind": "token", "value": "Tz5!kq9#" * 64, "derived": [{"path": "/x", "algorithm": "yescrypt"}]},
        "S is refused: it is longer than the 511 bytes that yescrypt can hash",
    ),
]


@pytest.mark.parametrize(("entry", "message"), ENTRIES)
def test_an_entry_that_makes_no_sense_is_refused(run: Run, entry: dict[str, Any], message: str) -> None:
    assert message in run({"name": "S", **entry})["msg"]


OPTIONS = [
    ({"directory": "relative/path"}, "directory must be an absolute path"),
    ({"directory": "/tmp/../etc"}, "directory must be an absolute path"),
    ({"directory": "/"}, "directory must be an absolute path"),
    ({"lock_timeout": -1}, "lock_timeout must not be negative"),
    ({"state": "somewhere"}, "value of state must be one of: present, rotated, absent"),
]


@pytest.mark.parametrize(("options", "message"), OPTIONS)
def test_an_option_that_makes_no_sense_is_refused(run: Run, options: dict[str, Any], message: str) -> None:
    assert message in run({"name": "S"}, **options)["msg"]


def test_two_secrets_cannot_share_a_file(run: Run) -> None:
    assert "/S is used more than once" in run({"name": "S"}, {"name": "S"})["msg"]
    assert "/S.pub is used more than once" in run({"name": "S", "kind": "ssh_keypair"}, {"name": "S.pub"})["msg"]


def test_all_problems_are_told_at_once(run: Run) -> None:
    bad = [{"name": "A", "value": "changeme"}, {"name": "B", "mode": "0666"}, {"name": "C", "length": 1}]
    assert [line[:2] for line in run(*bad, {"name": "D"})["msg"].splitlines()] == ["A ", "B:", "C:"]


@pytest.mark.parametrize("value", [{"a": "hunter-Geheimnis-7"}, ["hunter-Geheimnis-7"], True, 1.5])
def test_a_value_that_is_no_string_is_refused_without_being_shown(run: Run, value: object) -> None:
    result = run({"name": "S", "value": value})
    assert "it must be a string" in result["msg"]
    assert "Geheimnis" not in str(result)


VISIBLE = st.text(alphabet=[chr(code) for code in range(0x21, 0x7F)], min_size=4, max_size=11)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=VISIBLE.filter(lambda text: sum(map(str.isalpha, text)) < 3))
def test_a_refused_value_never_comes_back(run: Run, value: str) -> None:
    """Values of letters only may be part of the message's own words."""
    result = run({"name": "S", "variable": "api_password", "value": value})
    assert value not in result["msg"]
    assert value not in str(result["invocation"])


@settings(max_examples=50, deadline=None)
@given(length=st.integers(-5, 4200), alphabet=st.text(max_size=80))
def test_lengths_and_alphabets_are_judged_without_an_error(length: int, alphabet: str) -> None:
    for kind in kinds.DEFAULT_LENGTH:
        issue = kinds.length_problem(kind, length, alphabet)
        assert issue is None or issue.split()[0] in {"length", "alphabet"}
