"""Claude Code's own settings: hooks, MCP servers, the login."""

from typing import Annotated, Literal

import msgspec

from hatchpod_api.messages.base import Wire

McpScope = Literal["user", "local", "project"]
McpTransport = Literal["stdio", "http", "sse", "ws"]

# What a secret value is shown as; sent back, it stands for the value that is kept.
MASK = "********"

McpName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$")]
Variables = dict[str, str]


class McpServer(Wire, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An MCP server: `command`, `args` and `env` of one on stdio, else `url` and `headers`.

    Values of `env` and `headers` are shown as `********`. `user` servers are there in every folder, `local` ones in
    one folder for this person, `project` ones are in the folder's `.mcp.json`.
    """

    name: McpName
    scope: McpScope
    type: McpTransport = "stdio"
    command: str | None = None
    args: list[str] = msgspec.field(default_factory=list)
    env: Variables = msgspec.field(default_factory=dict)
    url: str | None = None
    headers: Variables = msgspec.field(default_factory=dict)


class McpServers(Wire, frozen=True):
    """`status` has for each name what Claude Code says of its health, where that was asked for."""

    servers: list[McpServer]
    status: dict[str, str]


class ClaudeLogin(Wire, frozen=True):
    """`logged_in` as Claude Code says. `url` is where a login that has begun goes on; `credential` what is stored."""

    logged_in: bool
    method: str | None
    email: str | None
    subscription: str | None
    expires_at: str | None
    url: str | None
    credential: Literal["oauth_token", "api_key"] | None


class BeginLogin(Wire, frozen=True, forbid_unknown_fields=True):
    """A Claude subscription, or the Anthropic Console with its billing by use."""

    account: Literal["claudeai", "console"] = "claudeai"


class LoginBegun(Wire, frozen=True):
    """Open `url`, sign in, and send the code that it shows."""

    url: str


class LoginCode(Wire, frozen=True, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(pattern=r"^[\x21-\x7e]{4,2000}$")]


class StoreCredential(Wire, frozen=True, forbid_unknown_fields=True):
    """A token made by `claude setup-token`, or an API key."""

    kind: Literal["oauth_token", "api_key"]
    value: Annotated[str, msgspec.Meta(pattern=r"^[\x21-\x7e]{16,1000}$")]
