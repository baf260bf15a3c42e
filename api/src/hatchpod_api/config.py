"""Settings from the environment. The only module that reads it; every problem is reported at once."""

import os
import re
from collections.abc import Callable, MutableMapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeVar

import msgspec

from hatchpod_api.auth import hash_password
from hatchpod_api.errors import ConfigurationError
from hatchpod_api.hosts import split_host
from hatchpod_api.password_policy import problem as password_problem

T = TypeVar("T")

_ARGON2_HASH = re.compile(
    r"\$argon2id\$v=19\$m=(\d{1,7}),t=\d{1,3},p=\d{1,3}\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}"
)
_MAX_HASH_KIB = 1024 * 1024


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How this process runs. The password is here only as its argon2 hash."""

    password_hash: str
    host: str = "127.0.0.1"
    port: int = 8080
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    allowed_hosts: tuple[str, ...] = ()


def from_environment(environ: MutableMapping[str, str] = os.environ) -> Settings:
    """Read the settings, and take the plain password out of the environment that children would inherit."""
    problems: list[str] = []

    def read(name: str, parse: Callable[[str], T], default: T) -> T:
        value = environ.get(name, "").strip()
        if not value:
            return default
        try:
            return parse(value)
        except ValueError as error:
            problems.append(f"{name}: {error}")
            return default

    defaults = Settings(password_hash="")
    settings = Settings(
        host=read("HOST", _host, defaults.host),
        port=read("PORT", _port, defaults.port),
        trusted_proxies=read("TRUSTED_PROXIES", _networks, defaults.trusted_proxies),
        allowed_hosts=read("ALLOWED_HOSTS", _host_names, defaults.allowed_hosts),
        password_hash=_password_hash(environ, problems),
    )
    if problems:
        raise ConfigurationError(problems)
    return settings


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


def _networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(_network(item) for item in _items(value))


def _network(item: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(item)
    except ValueError as error:
        raise ValueError(
            f"expected addresses or networks like 10.0.0.0/8, separated by commas, got {item!r}: {error}"
        ) from None


def _host_names(value: str) -> tuple[str, ...]:
    return tuple(_host_name(item) for item in _items(value))


def _host_name(item: str) -> str:
    name = item.removeprefix("*.")
    host = split_host(name)
    if host is None or host[1] is not None or not re.fullmatch(r"[a-z0-9_.-]+", host[0]):
        raise ValueError(
            f"expected host names like pod.example.org or *.example.org, separated by commas, got {item!r}"
        )
    return item.lower()


def _items(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]
