"""What a workstation's home gets, from the inventory's variables to the documents that the image's program applies.

Each variable is checked before anything changes, also in one workstation's own entry: what is wrong would otherwise end
a run half way, or be passed over in silence.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ansible.module_utils
import yaml
from ansible.module_utils.parsing.convert_bool import BOOLEANS, boolean

# Ansible leads modules to a project's module_utils, and leaves its other plugins to find them.
if (folder := str(Path(__file__).resolve().parents[1] / "module_utils")) not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(folder)

from ansible.module_utils.secrets_store import kinds
from ansible.module_utils.secrets_store.model import Attributes, Kind, Secret, SecretError

ROLES = Path(__file__).resolve().parents[2] / "roles"
Settings = dict[str, Any]
Problems = Iterator[str]

MANY_LINES = {"claude_code_memory", "claude_code_google_credentials", "identity_ssh_key", "identity_gpg_key"}
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Variables of the environment that have a variable of the inventory for themselves.
LOGINS = {"CLAUDE_CODE_OAUTH_TOKEN": "claude_code_oauth_token", "ANTHROPIC_API_KEY": "claude_code_api_key"}
GOOGLE_CREDENTIALS = "GOOGLE_CREDENTIALS"  # the file in the workstation
# What each provider needs to be told, with the variables of the environment that tell it as well.
NEEDED: dict[str, dict[str, tuple[str, ...]]] = {
    "bedrock": {"region": ("AWS_REGION", "AWS_DEFAULT_REGION")},
    "vertex": {"region": ("CLOUD_ML_REGION",), "vertex_project": ("ANTHROPIC_VERTEX_PROJECT_ID",)},
}
SERVER_NAME = re.compile(r"[A-Za-z0-9_-]+")
SERVER_NEEDS = {"stdio": "command", "http": "url", "streamable-http": "url", "sse": "url", "ws": "url"}
MARKETPLACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
PLUGIN = re.compile(rf"{MARKETPLACE.pattern}@{MARKETPLACE.pattern}")
WEB = re.compile(r"https?://[^\s/]+\S*")
GIT_SETTING = re.compile(r"[A-Za-z0-9-]+\.(?:[^\n]+\.)?[A-Za-z][A-Za-z0-9-]*")
HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?")
FIELDS_OF_A_HOST_KEY = 3
GPG_KEY = "-----BEGIN PGP PRIVATE KEY BLOCK-----"
SECRET = Secret(
    name="",
    path="",
    kind="token",
    state="present",
    regenerate="never",
    variable=None,
    length=0,
    alphabet="",
    key_type="",
    comment="",
    attributes=Attributes(0, 0, 0),
    derived=(),
    value=None,
)


# --- what is set ---


@functools.cache
def _options(role: str) -> dict[str, dict[str, Any]]:
    """Return what a role says of its variables."""
    specs = yaml.safe_load((ROLES / role / "meta/argument_specs.yml").read_text())["argument_specs"]
    return dict(specs["main"]["options"])


def home_settings(workstation: Settings, role: str, common: Settings) -> Settings:
    """Return a role's settings for a workstation, without their prefix; its own come before those of all."""

    def given(name: str, default: Any) -> Any:
        values = (place.get(name) for place in (workstation, common))
        return next((value for value in values if value is not None), default)

    return {name.removeprefix(f"{role}_"): given(name, one["default"]) for name, one in _options(role).items()}


# --- Claude Code ---


def claude_code_wanted(settings: Settings) -> Settings:
    """Return the document about Claude Code, without secrets."""
    on_bedrock, on_vertex = (settings["provider"] == one for one in ("bedrock", "vertex"))
    variables = {
        "ANTHROPIC_BASE_URL": settings["base_url"],
        "ANTHROPIC_MODEL": settings["model"],
        "ANTHROPIC_DEFAULT_HAIKU_MODEL": settings["small_model"],
        "CLAUDE_CODE_USE_BEDROCK": "1" if on_bedrock else "",
        "AWS_REGION": settings["region"] if on_bedrock else "",
        "CLAUDE_CODE_USE_VERTEX": "1" if on_vertex else "",
        "CLOUD_ML_REGION": settings["region"] if on_vertex else "",
        "ANTHROPIC_VERTEX_PROJECT_ID": settings["vertex_project"],
    }
    logins = [name for name, variable in LOGINS.items() if settings[variable.removeprefix("claude_code_")]]
    secret_variables = logins + sorted(settings["secrets"])
    credentials = [GOOGLE_CREDENTIALS] if settings["google_credentials"] else []
    return {
        "environment": {name: value for name, value in variables.items() if value} | settings["environment"],
        "secret_variables": secret_variables,
        "secret_files": dict.fromkeys(["GOOGLE_APPLICATION_CREDENTIALS"] if credentials else [], GOOGLE_CREDENTIALS),
        "secrets": secret_variables + credentials,
        "memory": str(settings["memory"]),
        **{name: settings[name] for name in ("settings", "mcp_servers", "marketplaces", "plugins")},
    }


def claude_code_problems(workstations: list[Settings], common: Settings) -> list[str]:
    """Return what is wrong with the settings of Claude Code, each with its variable and the fix; never a secret."""
    return _problems("claude_code", workstations, common, _wrong_in_claude_code)


def _wrong_in_claude_code(settings: Settings) -> Problems:
    if settings["oauth_token"] and settings["api_key"]:
        yield "claude_code_oauth_token and claude_code_api_key are both set: leave one of them empty"
    yield from _refused("claude_code_oauth_token", "token", settings["oauth_token"])
    yield from _refused("claude_code_api_key", "token", settings["api_key"])
    if settings["base_url"] and not WEB.fullmatch(str(settings["base_url"])):
        yield f"claude_code_base_url is {settings['base_url']!r}: set it to an address such as https://gateway.example.org"
    yield from _wrong_variables(settings)
    yield from _wrong_provider(settings)
    for name, server in settings["mcp_servers"].items():
        yield from _wrong_server(name, server)
    for name, source in settings["marketplaces"].items():
        if not MARKETPLACE.fullmatch(str(name)):
            yield f"claude_code_marketplaces has {name!r}, which is no marketplace's name: use the one it calls itself"
        if not isinstance(source, str) or not re.match(r"[^-\s]", source):
            yield f"claude_code_marketplaces.{name} must be an address, a path, or owner/repository at GitHub"
    for name in settings["plugins"]:
        if not PLUGIN.fullmatch(str(name)):
            yield f"claude_code_plugins has {name!r}: write each as plugin@marketplace"


def _wrong_provider(settings: Settings) -> Problems:
    """Yield what the provider still needs to be told."""
    told = {name for part in ("environment", "secrets") for name in settings[part]}
    for name, variables in NEEDED.get(settings["provider"], {}).items():
        if not settings[name] and not told & set(variables):
            yield f"claude_code_provider is {settings['provider']}, which needs claude_code_{name}: set it"
    if credentials := settings["google_credentials"]:
        yield from _refused("claude_code_google_credentials", "text", credentials)
        try:
            is_object = isinstance(json.loads(str(credentials)), dict)
        except ValueError:
            is_object = False
        if not is_object:
            yield "claude_code_google_credentials is no JSON object: set it to the whole text of Google's key file"


def _wrong_variables(settings: Settings) -> Problems:
    """Yield what is wrong with the variables of Claude Code's environment."""
    for part in ("environment", "secrets"):
        for name in settings[part]:
            if not VARIABLE.fullmatch(str(name)):
                yield f"claude_code_{part} has {name!r}, which is no variable's name: use letters, digits and _"
            if name in LOGINS:
                yield f"claude_code_{part} has {name}: set {LOGINS[name]} in its place"
    for name, value in settings["environment"].items():
        if not _is_line(value):
            yield f"claude_code_environment.{name} must be a text of one line"
    for name, value in settings["secrets"].items():
        if not value:
            yield f"claude_code_secrets.{name} is empty: set it, or leave it out"
        yield from _refused(f"claude_code_secrets.{name}", "token", value)
    if GOOGLE_CREDENTIALS in settings["secrets"]:
        yield f"claude_code_secrets has {GOOGLE_CREDENTIALS}: set claude_code_google_credentials in its place"
    for name in sorted(set(settings["environment"]) & set(settings["secrets"])):
        yield f"claude_code_environment and claude_code_secrets both have {name}: leave it out of one of them"


def _wrong_server(name: Any, server: Any) -> Problems:
    """Yield what is wrong with an MCP server."""
    variable = f"claude_code_mcp_servers.{name}"
    if not SERVER_NAME.fullmatch(str(name)):
        yield f"claude_code_mcp_servers has {name!r}, which is no server's name: use letters, digits, - and _"
    if not isinstance(server, dict):
        yield f"{variable} must be a dictionary such as {{type: http, url: 'https://host/mcp'}}"
        return
    kind = str(server.get("type", "stdio"))
    if kind not in SERVER_NEEDS:
        yield f"{variable}.type is {kind!r}: set it to {_or([*SERVER_NEEDS])}"
        return
    needed = SERVER_NEEDS[kind]
    if "type" not in server and "command" not in server and "url" in server:
        yield f"{variable} has a url and no type: add type: http"
    elif not isinstance(value := server.get(needed), str) or not value.strip():
        yield f"{variable} is of the type {kind}, which needs {needed}: set it to a text"
    if not _is_list(server.get("args", [])):
        yield f"{variable}.args must be a list of texts"
    for part in ("env", "headers"):
        values = server.get(part, {})
        if not isinstance(values, dict) or not all(isinstance(one, str) for one in values.values()):
            yield f"{variable}.{part} must have a text for each name: write numbers and the like in quotes"


# --- the person ---


def identity_wanted(settings: Settings) -> Settings:
    """Return the document about the person, without secrets."""
    signs = boolean(settings["git_sign"])
    git = {
        "user.name": settings["git_name"],
        "user.email": settings["git_email"],
        "user.signingkey": settings["git_signing_key"],
        "gpg.format": settings["git_signing_format"] if signs else "",
        "commit.gpgsign": "true" if signs else "",
        "tag.gpgsign": "true" if signs else "",
    }
    token = identity_token_variable(settings) if settings["github_token"] else ""
    host = settings["github_host"] if token else ""
    return {
        "git": {name: value for name, value in git.items() if value} | settings["git_config"],
        "known_hosts": _lines(settings["known_hosts"]),
        "github_host": host,
        "environment": {"GH_HOST": host} if token == "GH_ENTERPRISE_TOKEN" else {},  # noqa: S105 - a variable's name
        "secret_variables": [token] if token else [],
        "secrets": [name for name in ("SSH_KEY", "GPG_KEY") if settings[name.lower()]] + ([token] if token else []),
    }


def identity_token_variable(settings: Settings) -> str:
    """Return gh's variable for a token, of GitHub itself or of any other host."""
    return "GH_TOKEN" if settings["github_host"] == "github.com" else "GH_ENTERPRISE_TOKEN"


def identity_problems(workstations: list[Settings], common: Settings) -> list[str]:
    """Return what is wrong with the settings of the person, each with its variable and the fix; never a secret."""
    return _problems("identity", workstations, common, _wrong_in_identity)


def _wrong_in_identity(settings: Settings) -> Problems:
    yield from _refused("identity_github_token", "token", settings["github_token"])
    yield from _refused("identity_ssh_key", "ssh_keypair", settings["ssh_key"])
    yield from _refused("identity_gpg_key", "text", settings["gpg_key"])
    if settings["gpg_key"] and GPG_KEY not in str(settings["gpg_key"]):
        yield "identity_gpg_key is no private GPG key: set it to what `gpg --export-secret-keys --armor` prints"
    if not HOST.fullmatch(str(settings["github_host"])):
        yield f"identity_github_host is {settings['github_host']!r}: set it to a host's name, without https://"
    for name, value in settings["git_config"].items():
        if not GIT_SETTING.fullmatch(str(name)):
            yield f"identity_git_config has {name!r}, which git takes for no setting: write it as section.name"
        if not isinstance(value, str | int | float):
            yield f"identity_git_config.{name} must be one text"
    if any(len(line.split()) < FIELDS_OF_A_HOST_KEY for line in _lines(settings["known_hosts"]) if line[0] != "#"):
        yield (
            "identity_known_hosts has a line that is no host key: write it as `ssh-keyscan HOST` prints it, such as "
            "git.example.org ssh-ed25519 AAAA..."
        )


# --- what they share ---


def _problems(
    role: str, workstations: list[Settings], common: Settings, rules: Callable[[Settings], Problems]
) -> list[str]:
    found = []
    for workstation in workstations:
        settings = home_settings(workstation, role, common)
        # The rules rely on the types.
        wrong = list(_wrong_types(role, settings)) or list(rules(settings))
        found += [f"{workstation['name']}: {one}" for one in wrong]
    return found


def _wrong_types(role: str, settings: Settings) -> Problems:
    """Yield what is not as the role's own specification has it."""
    for variable, option in _options(role).items():
        value = settings[variable.removeprefix(f"{role}_")]
        if "choices" in option and value not in option["choices"]:
            yield f"{variable} is {value!r}: set it to {_or(option['choices'])}"
        elif option["type"] == "str" and not (_is_text(value) if variable in MANY_LINES else _is_line(value)):
            yield f"{variable} must be a text{'' if variable in MANY_LINES else ' of one line'}"
        elif option["type"] == "bool" and (isinstance(value, dict | list) or _lower(value) not in BOOLEANS):
            yield f"{variable} is {value!r}: set it to true or false"
        elif option["type"] == "list" and not _is_list(value):
            yield f"{variable} must be a list of texts"
        elif option["type"] == "dict" and not isinstance(value, dict):
            yield f"{variable} must be a dictionary: a value for each name"


def _refused(variable: str, kind: Kind, value: Any) -> Problems:
    """Yield why the module `secret` would refuse a value."""
    if not value:
        return
    secret = dataclasses.replace(SECRET, kind=kind)
    try:
        issue = kinds.problem(secret, str(value) if kind == "token" else str(value).strip())
    except SecretError:  # the controller has no ssh-keygen: the host finds out
        return
    if issue or not _is_text(value):
        yield f"{variable} is refused: {issue or 'it is no text'}; set it to {kinds.expectation(secret)}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _is_line(value: Any) -> bool:
    return isinstance(value, bool) or (_is_text(value) and "\n" not in str(value))


def _lines(entries: list[Any]) -> list[str]:
    """Return the lines of entries, each of which may have several."""
    return [line.strip() for entry in entries for line in str(entry).splitlines() if line.strip()]


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(one) for one in value)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _or(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


class FilterModule:
    """The filters, by the names that templates use."""

    def filters(self) -> dict[str, Any]:
        """Return them."""
        return {
            "claude_code_problems": claude_code_problems,
            "claude_code_wanted": claude_code_wanted,
            "home_settings": home_settings,
            "identity_problems": identity_problems,
            "identity_token_variable": identity_token_variable,
            "identity_wanted": identity_wanted,
        }
