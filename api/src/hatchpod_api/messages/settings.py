"""A person's settings, and what a client must know about the workstation before anything else."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from hatchpod_api.messages.base import Wire
from hatchpod_api.messages.sessions import Effort, PermissionMode

Theme = Literal["light", "dark", "system"]
EventKind = Literal["approval", "question", "plan", "completed", "interrupted", "error", "rate_limit"]

FontSize = Annotated[int, msgspec.Meta(ge=8, le=32)]
Scrollback = Annotated[int, msgspec.Meta(ge=100, le=100_000)]
Shell = Annotated[str, msgspec.Meta(pattern=r"^/?[A-Za-z0-9_.+-]+(/[A-Za-z0-9_.+-]+)*$", max_length=200)]
Model = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/@\[\]-]*$", max_length=200)]
AppriseUrl = Annotated[str, msgspec.Meta(min_length=5, max_length=2000)]


class AppriseTarget(Wire, frozen=True):
    """Where notifications go besides browsers. The address is a secret: only the kind of service is shown."""

    id: str
    service: str


class WantedAppriseTarget(Wire, frozen=True, forbid_unknown_fields=True):
    """One that is there already, by its `id`, or a new one by its Apprise `url`, such as `ntfy://topic`."""

    id: str | None = None
    url: AppriseUrl | None = None


class NotificationSettings(Wire, frozen=True):
    """`events` are the kinds that browsers and Apprise services are told of; webhooks have their own."""

    enabled: bool
    events: list[EventKind]
    apprise: list[AppriseTarget]


class UserSettings(Wire, frozen=True):
    """`terminal_shell` and `default_model` are null for what the system or Claude Code would take."""

    theme: Theme
    terminal_font_size: int
    terminal_scrollback: int
    terminal_shell: str | None
    default_model: str | None
    default_effort: Effort | None
    default_permission_mode: PermissionMode
    notifications: NotificationSettings


class ChangeNotifications(Wire, frozen=True, forbid_unknown_fields=True):
    """`apprise` is the whole list as it shall be; a target that is not in it is removed."""

    enabled: bool | UnsetType = UNSET
    events: list[EventKind] | UnsetType = UNSET
    apprise: Annotated[list[WantedAppriseTarget], msgspec.Meta(max_length=20)] | UnsetType = UNSET


class ChangeSettings(Wire, frozen=True, forbid_unknown_fields=True):
    """What is not named does not change, at either level."""

    theme: Theme | UnsetType = UNSET
    terminal_font_size: FontSize | UnsetType = UNSET
    terminal_scrollback: Scrollback | UnsetType = UNSET
    terminal_shell: Shell | UnsetType | None = UNSET
    default_model: Model | UnsetType | None = UNSET
    default_effort: Effort | UnsetType | None = UNSET
    default_permission_mode: PermissionMode | UnsetType = UNSET
    notifications: ChangeNotifications | UnsetType = UNSET


class Provider(Wire, frozen=True):
    id: str
    name: str


class Limits(Wire, frozen=True):
    """Sizes in bytes; `running_sessions` is how many may be busy at once."""

    body: int
    file_content: int
    upload: int
    running_sessions: int


class ClientConfig(Wire, frozen=True):
    """`browse_root` and `default_cwd` are absolute paths; `models` are names that Claude Code knows."""

    version: str
    browse_root: str
    default_cwd: str
    providers: list[Provider]
    permission_modes: list[PermissionMode]
    allow_bypass: bool
    models: list[str]
    efforts: list[Effort]
    limits: Limits


class WorkspaceFolder(Wire, frozen=True):
    """A folder to work in. `path` is absolute; `branch` is null outside a repository and when detached."""

    path: str
    name: str
    repository: bool
    branch: str | None
    session_count: int
