"""A value given by the user, in a wrapping that does not show in logs."""

from __future__ import annotations

from typing import Self

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


class GivenValue(str):
    """A string whose `repr` hides it.

    Ansible writes `str(arguments)` to the system log and then looks for secrets in it; one with a quote or a
    backslash is spelt differently there and is not found. Hiding the value in `repr` closes that gap.
    """

    __slots__ = ()

    def __new__(cls, value: object) -> Self:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise TypeError("it must be a string")
        return super().__new__(cls, value)

    def __repr__(self) -> str:
        return repr(HIDDEN)
