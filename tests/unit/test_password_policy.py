"""Which passwords a person may choose."""

import ast
import string
import sys
from pathlib import Path
from random import Random

import pytest
from ansible.module_utils import password_policy
from ansible.module_utils.password_policy import MINIMUM_LENGTH, is_well_known, problem
from hypothesis import assume, given
from hypothesis import strategies as st

PRINTABLE = string.ascii_letters + string.digits + string.punctuation

WELL_KNOWN = """
changeme password admin hatchpod claude root 123456 1234567890 123456789012 qwertyuiop12 letmein toor secret
ChangeMe CHANGEME changeme123 Changeme-2026! change-me Ch4ng3M3!2024 p@ssw0rd P@ssw0rd!2024 password1234
hatchpod-claude-2026 admin-8362519462 claudeclaude adminadmin2024 workstation_ssh_password your-password-here
abcdefghijkl lkjhgfdsapoi 1q2w3e4r5t6y 1qaz2wsx3edc aaaaaaaaaaaa 111111111111 Welcome2024!x Sommer2024!!
correct-horse-battery-staple tailscale-api-123
"""


@pytest.mark.parametrize("value", WELL_KNOWN.split())
def test_well_known_values_are_refused_however_decorated(value: str) -> None:
    assert problem(value) == "it is a well-known value, or one with trivial decoration"


@pytest.mark.parametrize("value", WELL_KNOWN.split())
def test_capitals_and_a_tail_make_no_well_known_value_acceptable(value: str) -> None:
    assert is_well_known(value.upper())
    assert is_well_known(value + "!")
    assert is_well_known("12345-" + value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", "empty"),
        ("Tz5!kq9#Lm2", "shorter than 12"),
        ("zpzpzpzppzzpzp", "different characters"),
        ("wolke7wolke7", "repeats a shorter piece"),
        ("836251946271", "nothing but digits"),
        ("Blau9Wiese kühl", "outside ASCII"),
        ("Blau9Wiese\nkalt", "control character"),
        ("Blau9Wiese\0kalt", "control character"),
        ("Blau9Wiese\x7fkalt", "control character"),
        ("Blau9Wiese kalt ", "begins or ends with a space"),
        (" Blau9Wiese kalt", "begins or ends with a space"),
        ("Blau9Wiese kalt" * 20, "longer than 256"),
    ],
)
def test_weak_or_unusable_values_are_refused_with_the_reason(value: str, expected: str) -> None:
    assert expected in (problem(value) or "")


@pytest.mark.parametrize(
    "value",
    [
        "Blau9Wiese kalt",
        "xk3j9dk2mq7z",
        "my dog ate 3 socks",
        "blue-tangible-river-42",
        "My-password-is-X7f!q",
        "pa\"s:\\/'$(reboot)`%",
        "letmein-now-please",
    ],
)
def test_strong_values_are_accepted(value: str) -> None:
    assert problem(value) is None


@given(st.text(alphabet=PRINTABLE, min_size=0, max_size=MINIMUM_LENGTH - 1))
def test_no_short_value_is_accepted(value: str) -> None:
    assert problem(value) is not None


@given(st.text(alphabet=PRINTABLE + " äß\n\t\0\x7f", min_size=10, max_size=40))
def test_an_accepted_value_is_one_line_of_ascii_that_crypt_can_take(value: str) -> None:
    assume(problem(value) is None)
    assert value.isascii()
    assert value.isprintable()
    assert len(value.encode()) < 512
    assert value == value.strip()


@given(st.text(min_size=4, max_size=300))
def test_the_answer_never_holds_the_value(value: str) -> None:
    answer = problem(value) or ""
    assume(value not in " ".join(FRAGMENTS))
    assert value not in answer


FRAGMENTS = [
    "it is a well-known value, or one with trivial decoration",
    "it is shorter than 12 characters",
    "it has fewer than 5 different characters",
    "it only repeats a shorter piece",
    "it holds nothing but digits",
]


@given(st.sampled_from(password_policy.WELL_KNOWN_WORDS.split()), st.text(string.digits + string.punctuation))
def test_digits_and_punctuation_do_not_rescue_a_word(word: str, decoration: str) -> None:
    assert is_well_known(word + decoration)
    assert is_well_known(decoration + word)


@given(st.randoms(use_true_random=True))
def test_a_random_value_is_not_mistaken_for_a_well_known_one(random: Random) -> None:
    assert problem("".join(random.choices(string.ascii_letters + string.digits, k=16))) is None


def test_the_file_stands_alone_so_that_it_can_be_copied_into_the_image() -> None:
    tree = ast.parse(Path(password_policy.__file__).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert all(alias.name.split(".")[0] in sys.stdlib_module_names for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert (node.module or "").split(".")[0] in sys.stdlib_module_names
