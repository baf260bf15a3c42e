"""The one form of an id: a UUID in lower case. Anything else names nothing."""

import re

from hatchpod_api.errors import NotFoundError

_FORM = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_id(text: str) -> bool:
    return _FORM.fullmatch(text) is not None


def checked(text: str) -> str:
    """`text` when it has the form of an id, else `NotFoundError`."""
    if not is_id(text):
        raise NotFoundError("There is nothing with this id. Ids are UUIDs in lower case.")
    return text
