"""What a client must know before anything else: places, limits, choices."""

from typing import get_args

import anyio.to_thread
from litestar import get
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.types import ControllerRouterHandler

from hatchpod_api import __version__
from hatchpod_api.config import Settings
from hatchpod_api.files.content import MAX_CONTENT
from hatchpod_api.files.upload import MAX_UPLOAD
from hatchpod_api.git.discovery import workspace_folders
from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.http.errors import documented
from hatchpod_api.messages.sessions import Effort, PermissionMode
from hatchpod_api.messages.settings import ClientConfig, Limits, Provider, WorkspaceFolder
from hatchpod_api.workspace import Workspace

MAX_BODY = 1024 * 1024

# Aliases that Claude Code resolves to the newest model of that name; a model's full name is as good.
MODELS = ["default", "fable", "opus", "sonnet", "haiku"]

_NAMES = {"claude": "Claude Code", "scripted": "Scripted (for tests and demonstrations)"}


def _providers(settings: Settings) -> list[Provider]:
    return [Provider(id=name, name=_NAMES[name]) for name in settings.providers]


@get("/api/config", responses=documented(401, 403, 429), tags=["config"])
async def get_config(
    settings: NamedDependency[SkipValidation[Settings]], workspace: NamedDependency[Workspace]
) -> ClientConfig:
    """Version, places, choices and limits of this workstation"""
    modes: tuple[PermissionMode, ...] = get_args(PermissionMode)
    return ClientConfig(
        version=__version__,
        browse_root=str(workspace.root),
        default_cwd=str(settings.places.default_cwd),
        providers=_providers(settings),
        permission_modes=[mode for mode in modes if settings.allow_bypass or mode != "bypassPermissions"],
        allow_bypass=settings.allow_bypass,
        models=MODELS,
        efforts=list(get_args(Effort)),
        limits=Limits(
            body=MAX_BODY, file_content=MAX_CONTENT, upload=MAX_UPLOAD, running_sessions=settings.max_running
        ),
    )


@get("/api/providers", responses=documented(401, 403, 429), tags=["config"])
async def list_providers(settings: NamedDependency[SkipValidation[Settings]]) -> list[Provider]:
    """The agents that sessions can be run with"""
    return _providers(settings)


@get("/api/workspaces", responses=documented(401, 403, 429), tags=["config"])
async def list_workspaces(
    workspace: NamedDependency[Workspace], history: NamedDependency[HistoryIndex]
) -> list[WorkspaceFolder]:
    """Folders to work in: repositories, and where sessions have been"""
    return await anyio.to_thread.run_sync(workspace_folders, workspace, await history.folders())


HANDLERS: list[ControllerRouterHandler] = [get_config, list_providers, list_workspaces]
