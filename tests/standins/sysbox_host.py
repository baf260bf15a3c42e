"""A STAND-IN for a host with Docker and systemd, for the unit tests of the module `sysbox`.

An engine that answers the few requests which the module makes, on a unix socket, with a process named `dockerd` that
takes SIGHUP; `apt-get`, `systemctl` and `dpkg-query` that keep their state in files; a folder in place of real paths.
"""

from __future__ import annotations

import json
import os
import shutil
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils import docker_engine_host, sysbox, sysbox_host
from ansible.module_utils.sysbox_plan import LIMITS

PROGRAMS = {
    # Like the package: registers the runtime and reloads on install, leaves the entry on remove, takes it out on purge.
    "apt-get": """
echo "apt-get $*" >>log
case " $* " in
*" install "*)
  [ ! -e fails ] || { echo 'no space left' >&2; exit 100; }
  for last in "$@"; do :; done
  basename "$last" | sed 's/sysbox-ce_\\(.*\\)-0.linux.*/\\1.linux/' >installed
  touch active
  [ -e silent ] || python3 register ;;
*" remove "*) rm -f installed active ;;
*" purge "*) rm -f installed active ;;
esac
[ -e silent ] || kill -HUP "$(cat docker.pid)"
""",
    "systemctl": """
echo "systemctl $*" >>log
case $1 in
is-active) [ -e active ] && printf 'active\\nactive\\nactive\\n' || printf 'inactive\\ninactive\\ninactive\\n' ;;
is-enabled) [ -e active ] && echo enabled || echo disabled ;;
restart) touch active ;;
esac
""",
    "dpkg-query": """
case $* in
*sysbox-ce) [ -e installed ] && printf 'installed %s' "$(cat installed)" || exit 1 ;;
*) printf 'installed jq\\n' ;;
esac
""",
    "dockerd": "trap 'touch reloaded' HUP\necho ready\nwhile :; do sleep 0.05; done\n",
}

REGISTER = """
import json, pathlib
path = pathlib.Path("daemon.json")
config = json.loads(path.read_text())
config.setdefault("runtimes", {})["sysbox-runc"] = {"path": "/usr/bin/sysbox-runc"}
path.write_text(json.dumps(config, indent=4))
"""


class StandInHost:
    """The folder that holds everything, and the containers of the engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = str(folder / "docker.sock")
        self.containers: dict[str, dict[str, Any]] = {}
        self.runtimes = {"runc"}
        self.broken: set[str] = set()
        self.daemon_json = folder / "daemon.json"
        self.limits = folder / "sysctl.d" / "limits.conf"
        self.override = folder / "apparmor.d" / "local" / "fusermount3"
        self.profile = folder / "apparmor.d" / "fusermount3"
        self.record = folder / "record.json"
        self.write_config()
        for name in LIMITS:
            path = folder / "proc" / name.replace(".", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("100\n")

    def write_config(self, **more: Any) -> None:
        config = {"hosts": [f"unix://{self.socket}"], "pidfile": str(self.folder / "docker.pid")}
        networks = {"bip": "172.30.0.1/24", "default-address-pools": [{"base": "172.29.0.0/16", "size": 24}]}
        self.daemon_json.write_text(json.dumps({**config, **networks, **more}, indent=2))

    @property
    def config(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.daemon_json.read_text())
        return found

    @property
    def log(self) -> list[str]:
        path = self.folder / "log"
        return path.read_text().splitlines() if path.exists() else []

    def add(self, name: str, runtime: str = "sysbox-runc", *, running: bool = True) -> None:
        self.containers[name] = {"Runtime": runtime, "Running": running}

    def running(self) -> set[str]:
        return {name for name, one in self.containers.items() if one["Running"]}

    def answer(self, method: str, target: str) -> tuple[int, Any]:
        """Return status and body of one request."""
        path, _, query = target.partition("?")
        words = path.strip("/").split("/")
        if words[0] == "info":
            if (self.folder / "reloaded").exists():
                (self.folder / "reloaded").unlink()
                self.runtimes = {"runc", *self.config.get("runtimes", {})}
            runtimes: dict[str, Any] = {name: {} for name in self.runtimes}
            return 200, {"ServerVersion": "26.1.5", "Containers": len(self.containers), "Runtimes": runtimes}
        if words[0] == "events":
            return 200, {"Action": "reload"}
        if words[:2] == ["containers", "json"]:
            rows = [
                {"Id": name, "Created": 1} for name in self.containers if "all=1" in query or name in self.running()
            ]
            return 200, rows
        name, verb = words[1:]
        if name not in self.containers:
            return 404, {"message": "No such container"}
        if method == "GET":
            one = self.containers[name]
            return 200, {
                "Id": name,
                "Name": f"/{name}",
                "HostConfig": {"Runtime": one["Runtime"]},
                "State": {"Running": one["Running"]},
            }
        if verb == "start" and name in self.broken:
            return 500, {"message": "OCI runtime create failed"}
        self.containers[name]["Running"] = verb == "start"
        with (self.folder / "log").open("a") as log:
            log.write(f"{verb} {name}\n")
        return 204, ""


@contextmanager
def standin_host(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHost]:
    """Run the engine, and point the module at the folder."""
    host = StandInHost(folder)
    for name, text in PROGRAMS.items():
        path = folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\ncd {folder} || exit\n{text}")
        path.chmod(0o755)
    (folder / "register").write_text(REGISTER)
    monkeypatch.setattr(docker_engine_host, "PATH", f"{folder}/bin:{os.environ['PATH']}")
    monkeypatch.setattr(sysbox_host, "DAEMON_JSON", host.daemon_json)
    monkeypatch.setattr(sysbox_host, "LIMITS_FILE", host.limits)
    monkeypatch.setattr(sysbox_host, "LIMITS_ROOT", folder / "proc")
    monkeypatch.setattr(sysbox_host, "PROFILE", host.profile)
    monkeypatch.setattr(sysbox_host, "OVERRIDE", host.override)
    monkeypatch.setattr(sysbox, "RELOAD_LIMIT", 30)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = host.answer(self.command, self.path)
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(0 if status == 204 else len(text)))
            self.end_headers()
            self.wfile.write(b"" if status == 204 else text)

        do_POST = do_GET  # noqa: N815 - http.server's name

        def address_string(self) -> str:
            return "engine"

        def log_message(self, *_arguments: Any) -> None:
            pass

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True

    engine = subprocess.Popen([str(folder / "bin" / "dockerd")], stdout=subprocess.PIPE, text=True)
    assert engine.stdout is not None
    assert engine.stdout.readline() == "ready\n"
    (folder / "docker.pid").write_text(str(engine.pid))
    with Server(host.socket, Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield host
        finally:
            server.shutdown()
            thread.join()
            engine.kill()
            engine.wait()
            engine.stdout.close()
            shutil.rmtree(folder, ignore_errors=True)
