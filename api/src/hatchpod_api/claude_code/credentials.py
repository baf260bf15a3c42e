"""A token or API key for Claude, given by a person: kept in a file that only the agent host reads."""

from pathlib import Path
from typing import Literal

import msgspec

from hatchpod_api.state.secret_file import keep_secret

FILE = "claude-credential.json"

Kind = Literal["oauth_token", "api_key"]

_VARIABLES: dict[Kind, str] = {"oauth_token": "CLAUDE_CODE_OAUTH_TOKEN", "api_key": "ANTHROPIC_API_KEY"}


class Credential(msgspec.Struct, frozen=True):
    kind: Kind
    value: str


def store_credential(state: Path, credential: Credential) -> None:
    keep_secret(state / FILE, msgspec.json.encode(credential), overwrite=True)


def read_credential(state: Path) -> Credential | None:
    """None when there is none, or none that can be read."""
    try:
        return msgspec.json.decode((state / FILE).read_bytes(), type=Credential)
    except (OSError, msgspec.DecodeError):
        return None


def forget_credential(state: Path) -> bool:
    """Whether there was one."""
    try:
        (state / FILE).unlink()
    except FileNotFoundError:
        return False
    return True


def credential_variables(state: Path) -> dict[str, str]:
    """What a `claude` process gets of it in its environment. Read anew for each: it may have changed."""
    credential = read_credential(state)
    return {_VARIABLES[credential.kind]: credential.value} if credential else {}
