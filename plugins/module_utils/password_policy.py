"""What Hatchpod accepts as a password chosen by a person: the one place for its minimum strength.

Used by the `secret` module on the managed host and by the API inside the workstation. It imports nothing
but the standard library, so that it can be linked or copied anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

# Hashed by yescrypt or argon2 and rate limited, 12 characters with nothing well known in them are out of
# reach of guessing; shorter ones are not once a hash has leaked. (BSI and OWASP name the same order.)
MINIMUM_LENGTH = 12
# crypt(3) takes at most 511 bytes; a limit a person can remember, far above any pass phrase.
MAXIMUM_LENGTH = 256
MINIMUM_DISTINCT = 5
# With fewer of these besides well-known pieces, a value is a decorated default (`Changeme-2026!`).
MINIMUM_OWN_CHARACTERS = 5
MINIMUM_OWN_LETTERS = 2

# Lower case, letters only: capitals, punctuation, digits and 0 for o are seen through.
WELL_KNOWN_WORDS = """
    access admin administrator anonymous ansible api april august baseball battery changeit changeme changethis
    claude claudebox claudecode container correct debian default demo docker dragon example flower foobar
    football guest hallo hatchpod hello here horse hunter iloveyou insecure letmein linux login master mobile monkey
    mypassword mysecret november october pass passphrase passwd password passwort princess private raspberry
    replaceme root sample secret secure server shadow sommer ssh staple starwars summer sunshine superman
    superuser sysadmin system tailscale temp temporary terminal test tester testing todo toor trustno ttyd
    ubuntu user vagrant web welcome winter workspace workstation your
"""
KEYBOARD_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "!@#$%^&*()",
)
LOOK_ALIKES = {"a": "a4@", "b": "b8", "e": "e3", "i": "i1!", "l": "l1", "o": "o0", "s": "s5$", "t": "t7"}


def problem(value: str) -> str | None:
    """Say what is wrong with `value` as a password, or None. The answer never holds any part of the value."""
    if not value:
        return "it is empty"
    if is_well_known(value):
        return "it is a well-known value, or one with trivial decoration"
    return _form_problem(value) or _strength_problem(value)


def is_well_known(value: str) -> bool:
    """Whether little remains of `value` once well-known words, keyboard rows and repetitions are taken away."""
    plain = value.casefold()
    covered = {at for start, end in _well_known_spans(plain) for at in range(start, end)}
    own = {character for at, character in enumerate(plain) if at not in covered}
    letters = sum(character.isalpha() for character in own)
    return bool(covered) and (len(own) < MINIMUM_OWN_CHARACTERS or letters < MINIMUM_OWN_LETTERS)


def _well_known_spans(plain: str) -> Iterator[tuple[int, int]]:
    for match in _words().finditer(plain):
        yield match.span(1)
    runs = _runs_of_three()
    for start in range(len(plain) - 2):
        three = plain[start : start + 3]
        if three in runs or len(set(three)) == 1:
            yield start, start + 3


def _form_problem(value: str) -> str | None:
    """Characters which shadow files, HTTP basic authentication and terminals do not all carry alike."""
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in value):
        return "it holds a line break or another control character"
    if not value.isascii():
        return "it holds a character outside ASCII, which terminals and browsers do not all encode alike"
    if value != value.strip():
        return "it begins or ends with a space"
    if len(value) > MAXIMUM_LENGTH:
        return f"it is longer than {MAXIMUM_LENGTH} characters"
    return None


def _strength_problem(value: str) -> str | None:
    if len(value) < MINIMUM_LENGTH:
        return f"it is shorter than {MINIMUM_LENGTH} characters"
    if len(set(value.casefold())) < MINIMUM_DISTINCT:
        return f"it has fewer than {MINIMUM_DISTINCT} different characters"
    if value in (value + value)[1:-1]:
        return "it only repeats a shorter piece"
    if value.isdigit():
        return "it holds nothing but digits"
    return None


@cache
def _words() -> re.Pattern[str]:
    """Each word, also spelt with look-alikes or `change-me`; a look-ahead, so that overlapping words are all found."""
    longest_first = sorted(WELL_KNOWN_WORDS.split(), key=lambda word: (-len(word), word))
    spelt = ("[-_. ]?".join(f"[{LOOK_ALIKES.get(letter, letter)}]" for letter in word) for word in longest_first)
    return re.compile(f"(?=({'|'.join(spelt)}))")


@cache
def _runs_of_three() -> frozenset[str]:
    rows = (row for line in KEYBOARD_ROWS for row in (line, line[::-1]))
    return frozenset(row[at : at + 3] for row in rows for at in range(len(row) - 2))
