"""The parts of `secret` that know values: how they are made, and which hashes fit them."""

import string
import subprocess
import sys
from dataclasses import replace
from typing import get_args

import argon2
import pytest
from ansible.module_utils import password_policy
from ansible.module_utils.secrets_store import hashes, kinds, ssh_keys
from ansible.module_utils.secrets_store.model import Algorithm, Attributes, Kind, Secret, SecretError
from hypothesis import assume, given, settings
from hypothesis import strategies as st

SECRET = Secret(
    name="S",
    path="/S",
    kind="password",
    state="present",
    regenerate="never",
    variable=None,
    length=24,
    alphabet=kinds.DEFAULT_ALPHABET,
    key_type="ed25519",
    comment="",
    attributes=Attributes(0, 0, 0o600),
    derived=(),
    value=None,
)
PRINTABLE = string.ascii_letters + string.digits + string.punctuation
PASSWORDS = st.text(PRINTABLE + " ", min_size=12, max_size=256).filter(lambda value: not password_policy.problem(value))
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)


@given(st.sampled_from(["password", "hex", "base64url"]), st.integers(1, 256), st.permutations(PRINTABLE), st.data())
def test_whatever_is_generated_conforms(kind: Kind, length: int, letters: list[str], data: st.DataObject) -> None:
    alphabet = "".join(letters[: data.draw(st.integers(16, len(letters)))])
    assume(kinds.length_problem(kind, length, alphabet) is None)
    secret = replace(SECRET, kind=kind, length=length, alphabet=alphabet)
    value = kinds.generate(secret)
    assert kinds.problem(secret, value) is None
    assert len(value) == length
    assert kind != "password" or set(value) <= set(alphabet)


def test_the_default_alphabet_holds_nothing_that_looks_like_another_or_means_something_to_a_shell() -> None:
    assert kinds.DEFAULT_ALPHABET.isalnum()
    assert not set(kinds.DEFAULT_ALPHABET) & set("0Oo1lI")
    assert all(kinds.length_problem(kind, length, kinds.DEFAULT_ALPHABET) is None for kind, length in DEFAULTS)


DEFAULTS = list(kinds.DEFAULT_LENGTH.items())


def test_generated_passwords_use_the_whole_alphabet_evenly() -> None:
    text = "".join(kinds.generate(SECRET) for _ in range(1000))
    expected = len(text) / len(kinds.DEFAULT_ALPHABET)
    assert all(0.7 < text.count(character) / expected < 1.3 for character in kinds.DEFAULT_ALPHABET)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@settings(max_examples=8, deadline=None)
@given(value=PASSWORDS, other=PASSWORDS)
def test_a_hash_fits_its_own_value_only(algorithm: Algorithm, value: str, other: str) -> None:
    assume(value != other)
    digest = hashes.make(algorithm, value)
    assert hashes.matches(algorithm, value, digest)
    assert not hashes.matches(algorithm, other, digest)
    assert algorithm == "plain" or value not in digest
    assert algorithm == "plain" or hashes.make(algorithm, value) != digest, "the salt is new each time"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(st.text(max_size=100))
def test_what_is_no_hash_fits_nothing(algorithm: Algorithm, text: str) -> None:
    assert not hashes.matches(algorithm, "Blau9Wiese kalt", text)


@pytest.mark.parametrize(
    "weaker",
    ["$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$MTIzNA", "$argon2i$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$MTIzNA"],
)
def test_a_hash_of_other_parameters_does_not_count(weaker: str) -> None:
    assert not hashes.matches("argon2id", "Blau9Wiese kalt", weaker)


def test_a_valid_argon2_hash_with_weaker_parameters_is_to_be_made_anew() -> None:

    weaker = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("Blau9Wiese kalt")
    assert not hashes.matches("argon2id", "Blau9Wiese kalt", weaker)


@pytest.mark.parametrize("value", ["Blau9Wiese kalt", "pa\"s:\\/'$(x)`%", "x" * 256])
def test_the_hash_is_the_one_that_other_programs_compute(value: str) -> None:
    command = ["openssl", "passwd", "-6", "-salt", "saltsalt", "-stdin"]
    theirs = subprocess.run(command, input=value, capture_output=True, text=True, check=True).stdout.strip()
    assert hashes._crypt(value, "$6$saltsalt") == theirs


def test_a_missing_program_or_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SecretError, match="apt-get install openssh-client"):
        ssh_keys._ssh_keygen("-y")
    monkeypatch.setitem(sys.modules, "argon2", None)
    hashes._argon2.cache_clear()
    with pytest.raises(SecretError, match="apt-get install python3-argon2"):
        hashes.make("argon2id", "Blau9Wiese kalt")


def test_a_libcrypt_without_the_algorithm_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(hashes.PREFIXES, "yescrypt", b"$unknown$")
    with pytest.raises(SecretError, match="does not know yescrypt"):
        hashes.make("yescrypt", "Blau9Wiese kalt")
