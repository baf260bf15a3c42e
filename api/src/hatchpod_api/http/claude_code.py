"""Claude Code's own settings: hooks, MCP servers, the login."""

from asyncio import to_thread
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter, SkipValidation
from litestar.types import ControllerRouterHandler

from hatchpod_api.claude_code.command import ClaudeCommand
from hatchpod_api.claude_code.credentials import (
    Credential,
    credential_variables,
    forget_credential,
    read_credential,
    store_credential,
)
from hatchpod_api.claude_code.login import Login
from hatchpod_api.claude_code.mcp import McpSettings
from hatchpod_api.claude_code.settings_file import read_hooks, write_hooks
from hatchpod_api.config import Settings
from hatchpod_api.errors import NotFoundError, UpstreamError
from hatchpod_api.http.errors import documented
from hatchpod_api.messages.claude_code import (
    BeginLogin,
    ClaudeLogin,
    LoginBegun,
    LoginCode,
    McpScope,
    McpServer,
    McpServers,
    StoreCredential,
)
from hatchpod_api.workspace import Workspace

_HOOKS = ["claude-hooks"]
_MCP = ["mcp"]
_LOGIN = ["claude-login"]


class _Status(msgspec.Struct, rename="camel"):
    """What `claude auth status --json` prints, as far as it is of interest."""

    logged_in: bool = False
    auth_method: str | None = None
    email: str | None = None
    subscription_type: str | None = None
    login_expires_at: str | int | None = None


@get("/api/claude-hooks/user", responses=documented(401, 403, 409, 413, 429), tags=_HOOKS)
async def user_hooks(settings: NamedDependency[SkipValidation[Settings]]) -> dict[str, Any]:
    """The person's hooks, by event, as Claude Code keeps them"""
    return await to_thread(read_hooks, settings.places.claude_config / "settings.json")


@put("/api/claude-hooks/user", responses=documented(400, 401, 403, 409, 413, 422, 429), tags=_HOOKS)
async def set_user_hooks(
    data: JSONBody[dict[str, Any]], settings: NamedDependency[SkipValidation[Settings]]
) -> dict[str, Any]:
    """Replace the person's hooks; everything else in the file stays"""
    return await to_thread(write_hooks, settings.places.claude_config / "settings.json", data)


@get("/api/claude-hooks/workspace", responses=documented(400, 401, 403, 404, 409, 413, 422, 429), tags=_HOOKS)
async def workspace_hooks(workspace: NamedDependency[Workspace], cwd: FromQuery[str] = "") -> dict[str, Any]:
    """The hooks of a folder, by event"""
    return await to_thread(read_hooks, _project_settings(workspace, cwd))


@put("/api/claude-hooks/workspace", responses=documented(400, 401, 403, 404, 409, 413, 422, 429), tags=_HOOKS)
async def set_workspace_hooks(
    data: JSONBody[dict[str, Any]], workspace: NamedDependency[Workspace], cwd: FromQuery[str] = ""
) -> dict[str, Any]:
    """Replace the hooks of a folder; everything else in the file stays"""
    return await to_thread(write_hooks, _project_settings(workspace, cwd), data)


def _project_settings(workspace: Workspace, cwd: str) -> Path:
    return workspace.resolve(str(workspace.folder(cwd, field="cwd") / ".claude/settings.json"), field="cwd")


def _project(workspace: Workspace, cwd: str) -> Path:
    """A folder whose `.mcp.json` is inside the workspace as well."""
    folder = workspace.folder(cwd, field="cwd")
    workspace.resolve(str(folder / ".mcp.json"), field="cwd")
    return folder


@get("/api/mcp", responses=documented(400, 401, 403, 404, 409, 422, 429, 502, 503), tags=_MCP)
async def list_mcp(
    mcp: NamedDependency[McpSettings],
    workspace: NamedDependency[Workspace],
    cwd: FromQuery[str] = "",
    check: FromQuery[bool] = False,
) -> McpServers:
    """The MCP servers of sessions in a folder, secrets masked; with `check` they are started to see how they do"""
    return await mcp.list(_project(workspace, cwd), check=check)


@put("/api/mcp", status_code=204, responses=documented(400, 401, 403, 404, 409, 413, 422, 429, 502, 503), tags=_MCP)
async def put_mcp(
    data: JSONBody[McpServer],
    mcp: NamedDependency[McpSettings],
    workspace: NamedDependency[Workspace],
    cwd: FromQuery[str] = "",
) -> None:
    """Add or replace an MCP server"""
    await mcp.put(data, _project(workspace, cwd))


@delete("/api/mcp", responses=documented(400, 401, 403, 404, 409, 422, 429, 502, 503), tags=_MCP)
async def delete_mcp(
    mcp: NamedDependency[McpSettings],
    workspace: NamedDependency[Workspace],
    name: FromQuery[str],
    of_scope: Annotated[McpScope, QueryParameter(name="scope")],
    cwd: FromQuery[str] = "",
) -> None:
    """Remove an MCP server"""
    await mcp.delete(name, of_scope, _project(workspace, cwd))


@get("/api/claude/login", responses=documented(401, 403, 429, 502, 503), tags=_LOGIN)
async def claude_login(
    claude: NamedDependency[ClaudeCommand],
    login: NamedDependency[Login],
    settings: NamedDependency[SkipValidation[Settings]],
) -> ClaudeLogin:
    """Whether Claude Code is logged in, and where a login that has begun goes on"""
    variables = await to_thread(credential_variables, settings.places.state)
    output = await claude.run("auth", "status", "--json", cwd=settings.places.state, variables=variables)
    try:
        status = msgspec.json.decode(output.data, type=_Status)
    except msgspec.DecodeError:
        raise UpstreamError("Claude Code did not say whether it is logged in. Is it installed?") from None
    credential = await to_thread(read_credential, settings.places.state)
    return ClaudeLogin(
        logged_in=status.logged_in,
        method=status.auth_method,
        email=status.email,
        subscription=status.subscription_type,
        expires_at=None if status.login_expires_at is None else str(status.login_expires_at),
        url=login.url,
        credential=credential.kind if credential else None,
    )


@post("/api/claude/login", status_code=201, responses=documented(400, 401, 403, 413, 422, 429, 502, 503), tags=_LOGIN)
async def begin_login(data: JSONBody[BeginLogin], login: NamedDependency[Login]) -> LoginBegun:
    """Begin a login; one that had begun before is given up"""
    return LoginBegun(url=await login.begin(data.account))


@post(
    "/api/claude/login/code",
    status_code=204,
    responses=documented(400, 401, 403, 409, 413, 422, 429, 502, 503),
    tags=_LOGIN,
)
async def send_login_code(data: JSONBody[LoginCode], login: NamedDependency[Login]) -> None:
    """Finish the login with the code that the page showed; 502 with the reason when it is refused"""
    await login.send_code(data.code)


@delete("/api/claude/login", responses=documented(401, 403, 429), tags=_LOGIN)
async def cancel_login(login: NamedDependency[Login]) -> None:
    """Give up a login that has begun"""
    await login.cancel()


@put("/api/claude/credential", status_code=204, responses=documented(400, 401, 403, 413, 422, 429, 503), tags=_LOGIN)
async def set_credential(data: JSONBody[StoreCredential], settings: NamedDependency[SkipValidation[Settings]]) -> None:
    """Store a token of `claude setup-token`, or an API key; sessions that begin from now on use it"""
    await to_thread(store_credential, settings.places.state, Credential(data.kind, data.value))


@delete("/api/claude/credential", responses=documented(401, 403, 404, 429), tags=_LOGIN)
async def delete_credential(settings: NamedDependency[SkipValidation[Settings]]) -> None:
    """Forget the stored token or key"""
    if not await to_thread(forget_credential, settings.places.state):
        raise NotFoundError("No token or key is stored here.")


HANDLERS: list[ControllerRouterHandler] = [
    user_hooks,
    set_user_hooks,
    workspace_hooks,
    set_workspace_hooks,
    list_mcp,
    put_mcp,
    delete_mcp,
    claude_login,
    begin_login,
    send_login_code,
    cancel_login,
    set_credential,
    delete_credential,
]
