import io
import re
import sys
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher

from hatchpod_api import __version__
from hatchpod_api.__main__ import main

RunHash = Callable[[bytes], int]


@pytest.fixture
def hash_password(monkeypatch: pytest.MonkeyPatch) -> RunHash:
    def run(stdin: bytes) -> int:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        return main(["hash-password"])

    return run


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_password_on_stdin_becomes_its_hash_on_stdout(
    hash_password: RunHash, password: str, end: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hash_password((password + end).encode()) == 0
    out = capsys.readouterr().out
    assert re.fullmatch(r"\$argon2id\$\S+\n", out)
    assert PasswordHasher().verify(out.strip(), password)


@pytest.mark.parametrize(
    "weak", [b"", b"\n", b"changeme", b"Korb-1", b"Korb-Laterne\n-77-Zug", b"\xff" * 20, b" Korb-Laterne-77"]
)
def test_a_weak_or_unusable_password_gets_no_hash(
    hash_password: RunHash, weak: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hash_password(weak) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"hatchpod-api: error: the password is refused: it .+; choose another one\n", err)


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--version"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out == f"hatchpod-api {__version__}\n"


@pytest.mark.parametrize("argv", [[], ["start"], ["serve", "--notify-fd", "three"], ["serve", "extra"]])
def test_a_wrong_command_line_is_exit_code_2(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(argv)
    assert exit_.value.code == 2


def test_configuration_problems_are_one_line_each_and_exit_code_78(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "no")
    monkeypatch.delenv("API_PASSWORD", raising=False)
    monkeypatch.delenv("API_PASSWORD_HASH", raising=False)
    assert main(["serve"]) == 78
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[:3] for line in lines] == [
        ["hatchpod-api", " error", " PORT"],
        ["hatchpod-api", " error", " API_PASSWORD_HASH"],
    ]
