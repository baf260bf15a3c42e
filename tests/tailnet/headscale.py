"""A real Headscale on a port of its own: users, keys and nodes of a tailnet that belongs to one test."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
import yaml

from tailnet import programs

START_LIMIT = 60  # seconds
COMMAND_LIMIT = 60
DOMAIN = "tailnet.test"
# Nodes here reach each other directly. Headscale wants a relay to be named; nobody listens at this one's port.
RELAYS = {
    "regions": {
        900: {
            "regionid": 900,
            "regioncode": "test",
            "regionname": "nowhere",
            "nodes": [{"name": "900a", "regionid": 900, "hostname": "127.0.0.1", "ipv4": "127.0.0.1", "derpport": 9}],
        }
    }
}


def free_port(address: str = "127.0.0.1") -> int:
    """Return a port that nothing uses now."""
    with socket.socket() as one:
        one.bind((address, 0))
        return int(one.getsockname()[1])


@dataclass
class Headscale:
    """A control server that keeps what it knows in a folder.

    `address` is where it listens and what its nodes call it by. The path of the folder has to be short: a socket is
    in it, whose path may have 107 bytes.
    """

    folder: Path
    address: str = "127.0.0.1"
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.program = programs.headscale()
        self.port = self.port or free_port(self.address)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.configuration = self.folder / "config.yaml"
        (self.folder / "relays.yaml").write_text(yaml.safe_dump(RELAYS))
        self.write_policy({"tagOwners": {}})
        settings = {
            "server_url": self.url,
            "listen_addr": f"{self.address}:{self.port}",
            "metrics_listen_addr": "",
            "grpc_listen_addr": f"127.0.0.1:{free_port()}",
            "noise": {"private_key_path": str(self.folder / "noise.key")},
            "prefixes": {"v4": "100.64.0.0/10", "v6": "fd7a:115c:a1e0::/48", "allocation": "sequential"},
            "derp": {"server": {"enabled": False}, "urls": [], "paths": [str(self.folder / "relays.yaml")]},
            "disable_check_updates": True,
            "database": {"type": "sqlite", "sqlite": {"path": str(self.folder / "db.sqlite")}},
            "dns": {"magic_dns": True, "base_domain": DOMAIN, "override_local_dns": False},
            "policy": {"mode": "file", "path": str(self.folder / "policy.json")},
            "unix_socket": str(self.folder / "socket"),
            "log": {"level": "info"},
        }
        self.configuration.write_text(yaml.safe_dump(settings))

    @property
    def url(self) -> str:
        """What nodes log in to, and where its API is."""
        return f"http://{self.address}:{self.port}"

    @property
    def log(self) -> Path:
        """What it said since it was made."""
        return self.folder / "log"

    def write_policy(self, policy: dict[str, Any]) -> None:
        """Say who may use which tag and approve which route: `{"tagOwners": {"tag:pod": ["alice@"]}}`.

        A server that runs reads it with the next `reload` or `restart`. Without `acls` everybody reaches everybody.
        """
        (self.folder / "policy.json").write_text(json.dumps(policy))

    @property
    def serve(self) -> list[str]:
        """The command that is the server."""
        return [str(self.program), "serve", "--config", str(self.configuration)]

    def start(self) -> None:
        """Run it until it answers."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(self.serve, stdout=output, stderr=output, cwd=self.folder)
        self.wait()

    def wait(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + START_LIMIT
        while not self.answers():
            if (self.process and self.process.poll() is not None) or time.monotonic() > deadline:
                pytest.fail(f"Headscale does not answer:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Say whether it answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:  # noqa: S310 # our own address
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def stop(self) -> None:
        """End it; what it knows stays in its folder."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:  # it waits for connections that nodes hold open
                self.process.kill()
                self.process.wait()
            self.process = None

    def restart(self) -> None:
        """End it and start it again on the same port."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def command(self, *arguments: str) -> Any:
        """Run one of its own commands; return what it answered, decoded from JSON."""
        done = subprocess.run(
            [str(self.program), "--config", str(self.configuration), "--output", "json", "--force", *arguments],
            capture_output=True,
            text=True,
            timeout=COMMAND_LIMIT,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"headscale {' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return json.loads(done.stdout)

    def user(self, name: str = "alice") -> int:
        """Return the id of a user, who is made where there is none of that name."""
        for one in self.command("users", "list") or []:
            if one["name"] == name:
                return int(one["id"])
        return int(self.command("users", "create", name)["id"])

    def key(
        self,
        user: str = "alice",
        *,
        reusable: bool = False,
        ephemeral: bool = False,
        expiration: str = "1h",
        tags: tuple[str, ...] = (),
    ) -> str:
        """Return a new key for nodes of a user. A key with tags (`tag:pod`) makes nodes that belong to no user.

        The expiration is a duration such as `30m`; see `expired_key` for one that is over.
        """
        options = ["--expiration", expiration]
        options += ["--reusable"] * reusable + ["--ephemeral"] * ephemeral
        options += ["--tags", ",".join(tags)] if tags else ["--user", str(self.user(user))]
        return str(self.command("preauthkeys", "create", *options)["key"])

    def expired_key(self, user: str = "alice") -> str:
        """Return a key whose time is over."""
        made = self.command("preauthkeys", "create", "--user", str(self.user(user)), "--expiration", "1h")
        self.command("preauthkeys", "expire", "--id", str(made["id"]))
        return str(made["key"])

    def api_key(self) -> str:
        """Return a new key of its REST API."""
        return str(self.command("apikeys", "create"))

    def nodes(self) -> list[dict[str, Any]]:
        """Return what it knows of each node: `id`, `name`, `given_name`, `online`, `ip_addresses`, `tags` and more."""
        return list(self.command("nodes", "list") or [])

    def node(self, name: str) -> dict[str, Any]:
        """Return what it knows of the node of that name; fail where there is none."""
        found = [one for one in self.nodes() if one["given_name"] == name]
        if not found:
            pytest.fail(f"there is no node {name}, but {[one['given_name'] for one in self.nodes()]}")
        return dict(found[0])

    def expire(self, name: str) -> None:
        """Log a node out: it has to come back with a key."""
        self.command("nodes", "expire", "--identifier", str(self.node(name)["id"]))

    def delete(self, name: str) -> None:
        """Forget a node."""
        self.command("nodes", "delete", "--identifier", str(self.node(name)["id"]))

    def approve_routes(self, name: str, *routes: str) -> None:
        """Let a node's routes (`10.0.0.0/24`) be used by others."""
        arguments = ["--identifier", str(self.node(name)["id"]), "--routes", ",".join(routes)]
        self.command("nodes", "approve-routes", *arguments)
