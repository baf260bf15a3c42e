"""Ask for the nodes of a tailnet: the `tailscale` command, Tailscale's API, Headscale's API.

Whatever goes wrong is a `SourceError` that says what to do. Keys go into requests' headers and bodies only.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode

from ansible.module_utils import tailnet
from ansible.module_utils.urls import open_url

TAILSCALE_API = "https://api.tailscale.com"
OAUTH_SECRET = "tskey-client-"  # noqa: S105 # how secrets of OAuth clients begin
REFUSED = (401, 403)
NOT_FOUND = 404


class SourceError(Exception):
    """The nodes could not be told; the message says why and what to do."""


def ask_client(command: str, socket: str | None, timeout: float) -> list[tailnet.Node]:
    """Return the nodes that this machine's own `tailscaled` sees."""
    arguments = [command, *(["--socket", socket] if socket else []), "status", "--json"]
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=timeout, check=False)
    except FileNotFoundError:
        raise SourceError(
            f"there is no {command} on this machine; install Tailscale, set tailscale_command to its path, or set "
            "source to tailscale or headscale to ask the control server"
        ) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceError(f"{command} cannot be asked: {error}; check tailscale_command and timeout") from None
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        raise SourceError(f"{command} status failed: {said}; start tailscaled, or set tailscale_socket to its socket")
    status = _decoded(done.stdout, f"{command} status --json")
    state = status.get("BackendState")
    if state != "Running":
        raise SourceError(f"this machine is not connected to a tailnet ({state}); run `tailscale up`")
    return _understood(tailnet.from_status, status, f"{command} status --json")


def ask_tailscale(server: str, name: str, key: str, timeout: float) -> list[tailnet.Node]:
    """Return the nodes of a tailnet by Tailscale's API; the key is an access token, or an OAuth client's secret."""
    server = (server or TAILSCALE_API).rstrip("/")
    if key.startswith(OAUTH_SECRET):
        key = _access_token(server, key, timeout)
    answer = _get(f"{server}/api/v2/tailnet/{quote(name, safe='')}/devices", key, timeout)
    return _understood(tailnet.from_tailscale, answer, server)


def ask_headscale(server: str, domain: str, key: str, timeout: float) -> list[tailnet.Node]:
    """Return the nodes of a tailnet by the REST API of its Headscale."""
    answer = _get(f"{server.rstrip('/')}/api/v1/node", key, timeout)
    return _understood(lambda nodes: tailnet.from_headscale(nodes, domain), answer, server)


def _access_token(server: str, secret: str, timeout: float) -> str:
    """Return the token that an OAuth client's secret buys. The client's id is a part of the secret."""
    identifier = secret.removeprefix(OAUTH_SECRET).split("-")[0]
    form = urlencode({"client_id": identifier, "client_secret": secret, "grant_type": "client_credentials"})
    answer = _request(f"{server}/api/v2/oauth/token", timeout, method="POST", data=form.encode())
    token = answer.get("access_token")
    if not token:
        raise SourceError(f"{server} gave no token for the OAuth client's secret; check server")
    return str(token)


def _get(url: str, key: str, timeout: float) -> Mapping[str, Any]:
    return _request(url, timeout, headers={"Authorization": f"Bearer {key}"})


def _request(url: str, timeout: float, **more: Any) -> Mapping[str, Any]:
    """Return what a server answers, decoded. A redirect to elsewhere does not get the key."""
    try:
        with open_url(url, timeout=timeout, unredirected_headers=["Authorization"], **more) as answer:
            text = answer.read()
    except HTTPError as error:
        if error.code in REFUSED:
            raise SourceError(
                f"{url} refuses the key ({error.code}); put one that may read devices into api_key_file"
            ) from None
        hint = "; check server and tailnet" if error.code == NOT_FOUND else "; try again later"
        raise SourceError(f"{url} answers {error.code} {error.reason}{hint}") from None
    except (URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise SourceError(f"{url} cannot be reached: {reason}; check server, and the network from here to it") from None
    return _decoded(text, url)


def _decoded(text: str | bytes, origin: str) -> Mapping[str, Any]:
    """Return an object that was written as JSON."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise SourceError(f"{origin} answered something else than a JSON object; check that it is what source says")
    return value


def _understood(read: Any, answer: Mapping[str, Any], origin: str) -> list[tailnet.Node]:
    """Return the nodes of an answer, or say that it is not what it should be."""
    try:
        nodes: list[tailnet.Node] = read(answer)
    except (KeyError, TypeError, AttributeError) as error:
        raise SourceError(f"{origin} answered without {error}; check that it is what source says") from None
    return nodes
