"""What the module `secret` does to files, told by its result and by what is on disk afterwards."""

import os
import re
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.secrets_store import hashes
from ansible.module_utils.secrets_store.model import Algorithm

GIVEN = "Blau9Wiese kalt"
OTHER = "Zug-um-8-nach-Bern"
Run = Callable[..., dict[str, Any]]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: changes owners or makes devices")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "hatchpod" / "secrets"


@pytest.fixture
def run(call_module: Callable[..., dict[str, Any]], store: Path) -> Run:
    """`run(entry, entry, option=...)`; `check=True` for check mode."""

    def call(*entries: dict[str, Any], check: bool = False, **options: Any) -> dict[str, Any]:
        arguments = {"directory": str(store), "secrets": list(entries), **options}
        return call_module("secret", arguments, check_mode=check, diff=True)

    return call


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {str(path): (path.stat().st_ino, path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()}


KINDS: list[tuple[dict[str, Any], str]] = [
    ({}, r"[a-km-np-zA-HJ-NP-Z2-9]{24}"),
    ({"kind": "password", "length": 30, "alphabet": "abcdefghijKLMNOP23456789"}, r"[a-jK-P2-9]{30}"),
    ({"kind": "hex"}, r"[0-9a-f]{64}"),
    ({"kind": "hex", "length": 32}, r"[0-9a-f]{32}"),
    ({"kind": "base64url"}, r"[A-Za-z0-9_-]{43}"),
    ({"kind": "base64url", "length": 22}, r"[A-Za-z0-9_-]{22}"),
    ({"kind": "uuid"}, r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
]


@pytest.mark.parametrize(("entry", "form"), KINDS)
def test_a_missing_secret_is_made_once_and_then_kept(run: Run, store: Path, entry: dict[str, Any], form: str) -> None:
    first = run({"name": "S", **entry})
    value = (store / "S").read_text()
    assert first["changed"]
    assert first["secrets"]["S"]["action"] == "created"
    assert re.fullmatch(form + "\n", value)
    assert mode_of(store / "S") == 0o600
    assert mode_of(store) == mode_of(store.parent) == 0o700

    second = run({"name": "S", **entry})
    assert not second["changed"]
    assert second["secrets"]["S"] == {"path": str(store / "S"), "action": "kept", "changed": False, "derived": {}}
    assert second["changed_paths"] == second["diff"] == []
    assert (store / "S").read_text() == value


def test_many_secrets_are_made_by_one_call_and_all_differ(run: Run, store: Path) -> None:
    result = run(*({"name": f"S{number}", "kind": "hex"} for number in range(20)))
    assert len(result["secrets"]) == 20
    assert len({(store / f"S{number}").read_text() for number in range(20)}) == 20


@pytest.mark.parametrize("key_type", ["ed25519", "rsa"])
def test_an_ssh_key_pair_is_usable_and_its_public_half_is_returned(run: Run, store: Path, key_type: str) -> None:
    result = run({"name": "KEY", "kind": "ssh_keypair", "key_type": key_type, "comment": "deploy key"})
    public = (store / "KEY.pub").read_text().strip()
    derived = subprocess.run(["ssh-keygen", "-y", "-f", store / "KEY"], check=True, capture_output=True, text=True)
    assert derived.stdout.strip() == public == result["secrets"]["KEY"]["public_key"]
    assert public.startswith(f"ssh-{key_type} ")
    assert public.endswith(" deploy key")
    assert (mode_of(store / "KEY"), mode_of(store / "KEY.pub")) == (0o600, 0o644)
    assert not run({"name": "KEY", "kind": "ssh_keypair"})["changed"]


def test_a_lost_or_foreign_public_key_is_made_again_from_the_private_one(run: Run, store: Path) -> None:
    entry = {"name": "KEY", "kind": "ssh_keypair"}
    public = run(entry)["secrets"]["KEY"]["public_key"]
    (store / "KEY.pub").unlink()
    assert run(entry)["changed_paths"] == [str(store / "KEY.pub")]
    (store / "KEY.pub").write_text("ssh-ed25519 AAAA other\n")
    assert run(entry)["secrets"]["KEY"]["derived"] == {str(store / "KEY.pub"): "replaced"}
    assert (store / "KEY.pub").read_text().strip() == public


def test_a_given_private_key_is_taken(run: Run, store: Path, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "mine"], check=True)
    entry = {"name": "KEY", "kind": "ssh_keypair", "value": (tmp_path / "mine").read_text()}
    assert run(entry)["secrets"]["KEY"]["action"] == "created"
    assert (store / "KEY").read_bytes() == (tmp_path / "mine").read_bytes()
    assert (store / "KEY.pub").read_text().split()[:2] == (tmp_path / "mine.pub").read_text().split()[:2]
    assert not run(entry)["changed"]


def test_a_given_value_is_stored_kept_and_replaced_when_another_is_given(run: Run, store: Path) -> None:
    entry = {"name": "S", "variable": "api_password"}
    assert run({**entry, "value": GIVEN})["secrets"]["S"]["action"] == "created"
    assert not run({**entry, "value": GIVEN})["changed"]
    assert not run({**entry, "value": ""})["changed"], "a value that is no longer given is kept"
    assert (store / "S").read_text() == GIVEN + "\n"
    replaced = run({**entry, "value": OTHER})
    assert (replaced["secrets"]["S"]["action"], replaced["changed_paths"]) == ("replaced", [str(store / "S")])
    assert (store / "S").read_text() == OTHER + "\n"


def test_a_token_is_only_ever_given(run: Run, store: Path) -> None:
    entry = {"name": "TS_AUTHKEY", "kind": "token", "variable": "tailscale_auth_key"}
    refused = run(entry)
    assert refused["failed"]
    assert refused["msg"].startswith("tailscale_auth_key is not set")
    assert not store.exists()
    assert run({**entry, "value": "tskey-auth-k1"})["changed"]
    assert not run(entry)["changed"]
    (store / "TS_AUTHKEY").write_text("two words\n")
    assert run({**entry, "regenerate": "nonconforming"})["failed"], "it cannot be generated"


@pytest.mark.parametrize("kind", ["password", "hex", "base64url", "uuid", "ssh_keypair"])
def test_rotation_makes_a_new_value_each_time(run: Run, store: Path, kind: str) -> None:
    entry = {"name": "S", "kind": kind}
    values = set()
    for action in ("created", "rotated", "rotated"):
        result = run(entry, state="rotated")
        assert result["secrets"]["S"]["action"] == action
        values.add((store / "S").read_text())
    assert len(values) == 3
    assert not run(entry)["changed"]


def test_only_the_secrets_meant_are_rotated(run: Run, store: Path) -> None:
    run({"name": "A"}, {"name": "B"})
    before = (store / "B").read_text()
    result = run({"name": "A", "state": "rotated"}, {"name": "B"})
    assert result["changed_paths"] == [str(store / "A")]
    assert (store / "B").read_text() == before


@pytest.mark.parametrize(("kind", "value"), [("password", GIVEN), ("token", "tskey-auth-k1"), ("token", None)])
def test_a_given_value_cannot_be_rotated_and_the_user_learns_what_to_do(
    run: Run, store: Path, kind: str, value: str | None
) -> None:
    result = run({"name": "S", "kind": kind, "value": value, "variable": "api_password", "state": "rotated"})
    assert result["msg"].startswith("api_password cannot be rotated, because its value is given and not generated: ")
    assert "another value" in result["msg"]
    assert not store.exists()


def test_absent_removes_a_secret_with_all_its_files_and_nothing_else(run: Run, store: Path, tmp_path: Path) -> None:
    line = str(tmp_path / "sshd" / "HASH")
    entries: list[dict[str, Any]] = [
        {"name": "S", "derived": [{"path": line, "algorithm": "plain"}]},
        {"name": "KEY", "kind": "ssh_keypair"},
    ]
    run(*entries, {"name": "OTHER"})
    gone = run(*entries, state="absent")
    assert gone["secrets"]["S"]["action"] == gone["secrets"]["KEY"]["action"] == "removed"
    assert set(gone["changed_paths"]) == {line, *(str(store / name) for name in ("S", "KEY", "KEY.pub"))}
    assert {path.name for path in store.iterdir()} == {"OTHER", ".lock"}
    again = run(*entries, state="absent")
    assert not again["changed"]
    assert again["secrets"]["S"]["action"] == "absent"


def test_absent_creates_nothing(run: Run, store: Path) -> None:
    result = run({"name": "S", "value": "weak"}, state="absent")
    assert (result["changed"], result["directory"]["action"]) == (False, "absent")
    assert not store.parent.exists()


ALGORITHMS = [
    ("yescrypt", r"\$y\$j9T\$[./A-Za-z0-9]{22}\$[./A-Za-z0-9]{43}"),
    ("sha512crypt", r"\$6\$rounds=100000\$[./A-Za-z0-9]{16}\$[./A-Za-z0-9]{86}"),
    ("argon2id", r"\$argon2id\$v=19\$m=65536,t=3,p=4\$[+/A-Za-z0-9]{22}\$[+/A-Za-z0-9]{43}"),
    ("plain", re.escape(GIVEN)),
]


@pytest.mark.parametrize(("algorithm", "form"), ALGORITHMS)
def test_a_derived_file_stays_until_the_secret_changes(
    run: Run, tmp_path: Path, algorithm: Algorithm, form: str
) -> None:
    file = tmp_path / "container" / "sshd" / "HASH"
    placeholder = "{value}" if algorithm == "plain" else "{hash}"
    derived = {"path": str(file), "algorithm": algorithm, "format": f"hatchpod:{placeholder}:x", "mode": "0640"}
    entry = {"name": "S", "value": GIVEN, "derived": [derived]}
    assert run(entry)["secrets"]["S"]["derived"] == {str(file): "created"}
    line = file.read_text()
    assert re.fullmatch(f"hatchpod:{form}:x\n", line)
    assert (mode_of(file), mode_of(file.parent), mode_of(file.parents[1])) == (0o640, 0o700, 0o700)

    assert not run(entry)["changed"]
    assert file.read_text() == line

    assert run({**entry, "value": OTHER})["secrets"]["S"]["derived"] == {str(file): "replaced"}
    assert file.read_text() != line
    assert not run({**entry, "value": ""})["changed"]


DAMAGED = ["", "hatchpod:*\n", "hatchpod\n", "\xff\xfe", "hatchpod:$y$j9T$truncated\n"]
DAMAGES: list[Callable[[str], str]] = [
    lambda line: line[:-9],
    lambda line: line.replace("hatchpod:", "root:"),
    lambda line: line + line,
    lambda line: line.replace("$y$j9T$", "$y$j8T$"),
]


@pytest.mark.parametrize("damage", [*DAMAGED, *DAMAGES])
def test_a_damaged_derived_file_is_made_again(run: Run, store: Path, damage: str | Callable[[str], str]) -> None:
    entry = {"name": "S", "derived": [{"path": "HASH", "algorithm": "yescrypt", "format": "hatchpod:{hash}"}]}
    run(entry)
    damaged = damage if isinstance(damage, str) else damage((store / "HASH").read_text())
    (store / "HASH").write_text(damaged, encoding="latin-1")
    assert run(entry)["changed_paths"] == [str(store / "HASH")]
    digest = (store / "HASH").read_text().strip().removeprefix("hatchpod:")
    assert hashes.matches("yescrypt", (store / "S").read_text().strip(), digest)


def test_another_algorithm_or_format_makes_the_derived_file_anew(run: Run, store: Path) -> None:
    steps: list[dict[str, Any]] = [
        {"algorithm": "yescrypt"},
        {"algorithm": "sha512crypt"},
        {"algorithm": "sha512crypt", "rounds": 5000},
        {"algorithm": "sha512crypt", "rounds": 5001, "format": "u:{hash}"},
        {"algorithm": "sha512crypt", "rounds": 5001},
    ]
    for step in steps:
        entry = {"name": "S", "derived": [{"path": "HASH", **step}]}
        assert run(entry)["changed"]
        assert not run(entry)["changed"]


NONCONFORMING = [
    ("password", "", "it is empty"),
    ("password", "\n", "it is empty"),
    ("password", "short\n", "shorter than 12"),
    ("password", "changeme\n", "well-known"),
    ("password", "Blau9Wiese kalt\nsecond line\n", "control character"),
    ("password", "Blau9Wiese kalt\r\n", "control character"),
    ("password", "Blau9Wiese k\xe4lt\n", "not plain text"),
    ("hex", "0123\n", "it has 4 characters"),
    ("hex", "g" * 64, "it holds other characters"),
    ("hex", "a" * 65, "it has 65 characters"),
    ("base64url", "=" * 43, "it holds other characters"),
    ("uuid", "not-a-uuid", "it is no UUID"),
    ("ssh_keypair", "-----BEGIN OPENSSH PRIVATE KEY-----\ncut off", "it is no such key"),
    ("ssh_keypair", "nothing like a key", "it is no such key"),
]


@pytest.mark.parametrize(("kind", "content", "reason"), NONCONFORMING)
def test_a_stored_value_that_does_not_conform_is_never_replaced_unasked(
    run: Run, store: Path, kind: str, content: str, reason: str
) -> None:
    store.mkdir(parents=True, mode=0o700)
    (store / "S").write_text(content, encoding="latin-1")
    before = snapshot(store)
    entry = {"name": "S", "kind": kind, "variable": "api_password"}
    for check in (True, False):
        result = run(entry, {"name": "NEW"}, check=check)
        assert result["failed"]
        assert result["msg"].startswith(f"{store}/S does not hold one ")
        assert reason in result["msg"]
        assert "set api_password" in result["msg"]
    (store / ".lock").unlink()
    assert snapshot(store) == before, "and the other secret of the call was not made either"

    assert run({**entry, "regenerate": "nonconforming"})["secrets"]["S"]["action"] == "replaced"
    assert not run(entry)["changed"]


def test_a_given_value_or_a_rotation_replaces_what_does_not_conform(run: Run, store: Path) -> None:
    store.mkdir(parents=True, mode=0o700)
    for options in ({"value": GIVEN}, {"state": "rotated"}):
        (store / "S").write_text("short\n")
        assert "failed" not in run({"name": "S", **options})


def test_all_problems_on_disk_are_told_at_once(run: Run, store: Path) -> None:
    store.mkdir(parents=True, mode=0o700)
    (store / "A").write_text("a\n")
    (store / "B").write_text("b\n")
    message = run({"name": "A"}, {"name": "B"})["msg"]
    assert [line.split()[0] for line in message.splitlines()] == [f"{store}/A", f"{store}/B"]


MODES = [(0o644, "0600"), (0o600, "0640"), (0o777, "0400"), pytest.param(0o000, "0600", marks=needs_root)]


@pytest.mark.parametrize(("mode", "wanted"), MODES)
def test_a_wrong_mode_is_repaired_without_rewriting(run: Run, store: Path, mode: int, wanted: str) -> None:
    entry = {"name": "S", "mode": wanted, "derived": [{"path": "HASH", "algorithm": "plain"}]}
    run(entry)
    before = snapshot(store)
    (store / "S").chmod(mode)
    (store / "HASH").chmod(mode)
    store.chmod(0o755)
    for check in (True, False):
        result = run(entry, check=check)
        assert result["changed"]
        assert (result["directory"]["action"], result["secrets"]["S"]["action"]) == ("repaired", "repaired")
        assert result["changed_paths"] == [], "no content changed"
    assert mode_of(store / "S") == int(wanted, 8)
    assert (mode_of(store / "HASH"), mode_of(store)) == (0o600, 0o700)
    assert snapshot(store) == before
    assert not run(entry)["changed"]


@needs_root
def test_owner_and_group_are_set_and_repaired_without_rewriting(run: Run, store: Path) -> None:
    entry = {"name": "S", "owner": "nobody", "group": "65534", "mode": "0440"}
    run(entry)
    inode = (store / "S").stat().st_ino
    assert ((store / "S").stat().st_uid, (store / "S").stat().st_gid, mode_of(store / "S")) == (65534, 65534, 0o440)
    assert not run(entry)["changed"]
    result = run({"name": "S"})
    assert result["secrets"]["S"]["action"] == "repaired"
    assert ((store / "S").stat().st_uid, mode_of(store / "S"), (store / "S").stat().st_ino) == (0, 0o600, inode)


SITUATIONS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"value": GIVEN}, {}),
    ({"value": GIVEN}, {"value": OTHER}),
    ({}, {"state": "rotated"}),
    ({}, {"state": "absent"}),
    ({}, {"mode": "0640"}),
    ({"kind": "ssh_keypair"}, {"kind": "ssh_keypair", "state": "rotated"}),
    ({"kind": "ssh_keypair"}, {"kind": "ssh_keypair", "state": "absent"}),
    ({"kind": "uuid"}, {"kind": "hex", "regenerate": "nonconforming"}),
    ({}, {"derived": [{"path": "sub/HASH", "algorithm": "sha512crypt"}]}),
]


@pytest.mark.parametrize(("first", "second"), SITUATIONS)
def test_check_mode_predicts_every_change_and_writes_nothing(
    run: Run, store: Path, tmp_path: Path, first: dict[str, Any], second: dict[str, Any]
) -> None:
    for entry in (first, second):
        before = snapshot(tmp_path)
        predicted = run({"name": "S", **entry}, check=True)
        assert snapshot(tmp_path) == before
        done = run({"name": "S", **entry})
        for result in (predicted, done):
            result["secrets"]["S"].pop("public_key", None)
            result.pop("invocation")
        assert predicted == done


def test_a_diff_shows_presence_and_modes_only(run: Run, store: Path) -> None:
    attributes = f"owner {os.geteuid()}, group {os.getegid()}, mode 0600"
    created = run({"name": "S", "value": GIVEN, "derived": [{"path": "COPY", "algorithm": "plain"}]})
    assert created["diff"][1] == {
        "before_header": f"{store}/S",
        "after_header": f"{store}/S",
        "before": "absent\n",
        "after": f"present\n{attributes}\n",
    }
    changed = run({"name": "S", "value": OTHER})
    assert changed["diff"][0]["after"] == f"present, with other content\n{attributes}\n"
    assert GIVEN not in str(created)
    assert GIVEN not in str(changed)
    assert OTHER not in str(changed)


def test_values_are_returned_only_on_request(run: Run, store: Path) -> None:
    entries = [{"name": "A", "value": GIVEN}, {"name": "B"}]
    assert "values" not in run(*entries)
    generated = (store / "B").read_text().strip()
    assert run(*entries, return_values=True)["values"] == {"A": GIVEN, "B": generated}
    assert run({"name": "C"}, check=True, return_values=True)["values"] == {}
