"""Settings from the environment. The only module that reads it; every problem is reported at once."""

import os
import re
from collections.abc import Callable, Mapping, MutableMapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import TypeVar

import msgspec

from hatchpod_api.auth.password import hash_password
from hatchpod_api.errors import ConfigurationError
from hatchpod_api.hosts import split_host
from hatchpod_api.password_policy import problem as password_problem

T = TypeVar("T")

_ARGON2_HASH = re.compile(
    r"\$argon2id\$v=19\$m=(\d{1,7}),t=\d{1,3},p=\d{1,3}\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}"
)
_MAX_HASH_KIB = 1024 * 1024

PROVIDERS = ("claude", "scripted")

# What programs that are started for a person get to see; nothing that is the service's own, least of all its secrets.
_CHILDREN_MAY_SEE = re.compile(
    r"HOME|PATH|USER|LOGNAME|SHELL|TZ|TMPDIR|LANG|LC_\w+|XDG_\w+|SSH_AUTH_SOCK|CLAUDE_CONFIG_DIR|NODE_EXTRA_CA_CERTS"
    r"|(SSL|GIT_SSL|REQUESTS|CURL)_(CERT_FILE|CERT_DIR|CA_BUNDLE|CAINFO)|(?i:https?|all|no)_(?i:proxy)"
    r"|ANTHROPIC_\w+|CLAUDE_CODE_\w+|IS_SANDBOX"
    r"|(ANTHROPIC|CLAUDE_CODE|DISABLE|ENABLE|MAX|BASH|MCP|OTEL|AWS|GOOGLE|CLOUD_ML|VERTEX)_\w+"
)


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where things are. `workspace` bounds every path that a client names; `state` outlives restarts; `ui` is built."""

    workspace: Path
    default_cwd: Path
    claude_config: Path
    claude_projects: Path
    claude_state: Path
    state: Path
    run: Path
    ui: Path

    @property
    def socket(self) -> Path:
        return self.run / "agents.sock"


class HostSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the agent host runs. `max_running` is how many sessions may be busy at once."""

    places: Places
    providers: tuple[str, ...] = ("claude",)
    allow_bypass: bool = False
    max_running: int = 20


class Settings(HostSettings, frozen=True):
    """How the web server runs. The password is here only as its argon2 hash."""

    password_hash: str
    host: str = "127.0.0.1"
    port: int = 8080
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    tailnet_name: str = ""
    open_metrics: bool = False
    allow_private_webhooks: bool = False


class _Reader:
    """Reads variables one by one and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def __call__(self, name: str, parse: Callable[[str], T], default: T) -> T:
        value = self.environ.get(name, "").strip()
        if not value:
            return default
        try:
            return parse(value)
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return default

    def path(self, name: str, default: Path) -> Path:
        return self(name, _absolute_path, default)


def from_environment(environ: MutableMapping[str, str] = os.environ) -> Settings:
    """Settings of the web server. Takes the plain password out of the environment that children would inherit."""
    read = _Reader(environ)
    settings = Settings(
        **msgspec.structs.asdict(_host_settings(read)),
        host=read("HOST", _host, "127.0.0.1"),
        port=read("PORT", _port, 8080),
        trusted_proxies=read("TRUSTED_PROXIES", _each(_network), ()),
        allowed_hosts=read("ALLOWED_HOSTS", _each(_host_name), ()),
        tailnet_name=read("TAILNET_NAME", _host_name, ""),
        open_metrics=read("OPEN_METRICS", _switch, False),
        allow_private_webhooks=read("WEBHOOK_ALLOW_PRIVATE", _switch, False),
        password_hash=_password_hash(environ, read.problems),
    )
    if read.problems:
        raise ConfigurationError(read.problems)
    return settings


def host_from_environment(environ: Mapping[str, str] = os.environ) -> HostSettings:
    """Settings of the agent host."""
    read = _Reader(environ)
    settings = _host_settings(read)
    if read.problems:
        raise ConfigurationError(read.problems)
    return settings


def for_children(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of programs that the service starts, by an allow-list."""
    return {name: value for name, value in environ.items() if _CHILDREN_MAY_SEE.fullmatch(name)}


def _host_settings(read: _Reader) -> HostSettings:
    return HostSettings(
        places=_places(read),
        providers=read("HATCHPOD_PROVIDERS", _providers, ("claude",)),
        allow_bypass=read("ALLOW_BYPASS_PERMISSIONS", _switch, False),
        max_running=read("HATCHPOD_MAX_RUNNING", _count, 20),
    )


def _places(read: _Reader) -> Places:
    home = Path(read.environ.get("HOME") or Path.home())
    workspace = read.path("BROWSE_ROOT", home / "workspace")
    claude = read.path("CLAUDE_CONFIG_DIR", home / ".claude")
    named = bool(read.environ.get("CLAUDE_CONFIG_DIR"))
    state = read.path("HATCHPOD_STATE_DIR", read.path("XDG_STATE_HOME", home / ".local/state") / "hatchpod")
    runtime = read.path("XDG_RUNTIME_DIR", state / "run")
    return Places(
        workspace=workspace,
        default_cwd=read.path("DEFAULT_CWD", workspace),
        claude_config=claude,
        claude_projects=read.path("CLAUDE_PROJECTS_DIR", claude / "projects"),
        claude_state=(claude if named else home) / ".claude.json",
        state=state,
        run=read.path("HATCHPOD_RUN_DIR", runtime / "hatchpod" if runtime != state / "run" else runtime),
        ui=read.path("HATCHPOD_UI_DIR", Path("/opt/hatchpod/ui")),
    )


def _password_hash(environ: MutableMapping[str, str], problems: list[str]) -> str:
    password, argon2_hash = environ.pop("API_PASSWORD", None), environ.get("API_PASSWORD_HASH", "").strip()
    if password is None and not argon2_hash:
        problems.append(
            "API_PASSWORD_HASH: not set; set it to the output of `hatchpod-api hash-password`,"
            " or set API_PASSWORD to a password of your own"
        )
    elif password and argon2_hash:
        problems.append("API_PASSWORD: set as well as API_PASSWORD_HASH; remove one of the two")
    elif argon2_hash:
        match = _ARGON2_HASH.fullmatch(argon2_hash)
        if match and int(match[1]) <= _MAX_HASH_KIB:
            return argon2_hash
        problems.append(
            "API_PASSWORD_HASH: not an argon2id hash of at most 1 GiB ($argon2id$v=19$m=...,t=...,p=...$salt$hash);"
            " set it to the output of `hatchpod-api hash-password`, unchanged (a shell may have eaten the $)"
        )
    elif problem := password_problem(password or ""):
        problems.append(f"API_PASSWORD: {problem}; set a password of your own, such as `openssl rand -base64 24` makes")
    elif password and not problems:
        return hash_password(os.fsencode(password))
    return ""


def _absolute_path(value: str) -> Path:
    path = Path(value)
    if not path.is_absolute() or ".." in path.parts or "\0" in value:
        raise ValueError(f"expected an absolute path without `..`, got {value!r}")
    return path


def _switch(value: str) -> bool:
    choices = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if value.lower() not in choices:
        raise ValueError(f"expected 1 or 0, got {value!r}")
    return choices[value.lower()]


def _count(value: str) -> int:
    if value.isascii() and value.isdecimal() and 0 < int(value) <= 1000:
        return int(value)
    raise ValueError(f"expected a number from 1 to 1000, got {value!r}")


def _providers(value: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(_items(value)))
    if unknown := sorted(set(names) - set(PROVIDERS)):
        raise ValueError(f"expected some of {', '.join(PROVIDERS)}, separated by commas, got {unknown[0]!r}")
    return names


def _host(value: str) -> str:
    if value == "localhost":
        return "127.0.0.1"
    try:
        return str(ip_address(value.strip("[]")))
    except ValueError:
        raise ValueError(
            f"expected an IP address, got {value!r}; use 0.0.0.0 or :: for all, 127.0.0.1 for none but this machine"
        ) from None


def _port(value: str) -> int:
    if value.isascii() and value.isdecimal() and len(value) < 6 and int(value) < 65536:
        return int(value)
    raise ValueError(f"expected a number from 0 to 65535, got {value!r}; remove it for 8080")


def _network(item: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(item)
    except ValueError as error:
        raise ValueError(
            f"expected addresses or networks like 10.0.0.0/8, separated by commas, got {item!r}: {error}"
        ) from None


def _host_name(item: str) -> str:
    name = item.removeprefix("*.")
    host = split_host(name)
    if host is None or host[1] is not None or not re.fullmatch(r"[a-z0-9_.-]+", host[0]):
        raise ValueError(
            f"expected host names like pod.example.org or *.example.org, separated by commas, got {item!r}"
        )
    return item.lower()


def _each(parse: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    return lambda value: tuple(parse(item) for item in _items(value))


def _items(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]
