"""A node of a tailnet, through the `tailscale` command of this host or of a container on it. No Ansible here."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from ansible.module_utils.tailscale_plan import (
    Change,
    exit_node_change,
    login_changes,
    login_flags,
    reason,
    serve_changes,
    setting_changes,
    text,
    without_keys,
)

COMMAND_LIMIT = 30  # seconds for a command that the daemon answers by itself
DAEMON_LIMIT = 30  # seconds for a daemon that was just started
NAME_LIMIT = 10  # seconds for a control server to say a new name
SETTLED = frozenset({"Running", "NeedsLogin", "NeedsMachineAuth", "Stopped"})
ACCEPT_RISK = "--accept-risk=lose-ssh"
NO_SUCH_PROGRAM = (126, 127)  # of `docker exec` and of shells
NO_CONTAINER = re.compile(r"no such container|is not running", re.IGNORECASE)


class TailscaleError(Exception):
    """Something that Tailscale or Docker refused, in words for people."""


class Node:
    """A node: `observe`, then `decide`, then `apply` or not."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = params
        self.prefix = ["docker", "exec", params["container"]] if params["container"] else []
        self.lock = str(PurePosixPath(params["socket"]).with_name("login.lock"))
        self.problems: list[str] = []
        self.status: dict[str, Any] = {}
        self.prefs: dict[str, Any] = {}
        self.absence = ""  # why there is no daemon to ask

    # --- commands ---

    def run(self, *command: str, limit: float = COMMAND_LIMIT) -> subprocess.CompletedProcess[str]:
        """Run a command where the node is."""
        try:
            return subprocess.run(
                [*self.prefix, *command],
                capture_output=True,
                text=True,
                timeout=limit,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except FileNotFoundError:
            return subprocess.CompletedProcess(command, NO_SUCH_PROGRAM[1], "", f"there is no command {command[0]}")
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 124, "", f"no answer within {limit:.0f} s")

    def tailscale(self, *arguments: str, limit: float = COMMAND_LIMIT) -> str:
        """Run `tailscale`; return what it printed. Raises TailscaleError with what it said of its failure."""
        done = self.run("tailscale", "--socket", self.params["socket"], *arguments, limit=limit)
        if done.returncode:
            raise TailscaleError(without_keys(done.stderr or done.stdout) or f"exit code {done.returncode}")
        return done.stdout

    # --- what is ---

    def observe(self, *, wait: bool) -> None:
        """Read the node's state and preferences; with `wait`, once a daemon that starts just now has settled."""
        deadline = time.monotonic() + DAEMON_LIMIT
        while not self._read() and wait and time.monotonic() < deadline:
            time.sleep(0.2)

    def _read(self) -> bool:
        """Read state and preferences once; say whether waiting would not change them."""
        peers = f"--peers={text(bool(self.params['exit_node']))}"
        done = self.run("tailscale", "--socket", self.params["socket"], "status", "--json", peers)
        self.absence = ""
        # Exit code 1 with an answer: it is not in its tailnet, which the answer says as well.
        try:
            self.status = json.loads(done.stdout)
            self.prefs = json.loads(self.tailscale("debug", "prefs"))
        except (ValueError, TailscaleError):
            self.status, self.prefs = {}, {}
            self.absence = without_keys(done.stderr or done.stdout) or "tailscaled does not answer"
            return done.returncode in NO_SUCH_PROGRAM or NO_CONTAINER.search(done.stderr) is not None
        return self.status["BackendState"] in SETTLED

    @property
    def state(self) -> str:
        """What the daemon calls its state; empty where there is none."""
        return str(self.status.get("BackendState") or "")

    @property
    def joined(self) -> bool:
        """Whether the node is in its tailnet."""
        return self.state == "Running"

    @property
    def domain(self) -> str:
        """The node's whole name in the tailnet, empty when it has none."""
        return str((self.status.get("Self") or {}).get("DNSName") or "").rstrip(".")

    @property
    def reason(self) -> str:
        """Why the node is not in its tailnet, in one line."""
        return self.absence or reason(self.status)

    # --- what should be ---

    def decide(self) -> list[Change]:
        """Return what differs. What only the tailnet can tell is left to a node that is in it."""
        identity = login_changes(self.params, self.prefs)
        settings = setting_changes(self.params, self.prefs)
        if not self.joined:
            identity = identity if self._has_identity() else []
            return [Change("joined", False, True), *identity, *settings]
        served = json.loads(self.tailscale("serve", "status", "--json") or "{}") if self.params["serve"] else {}
        node = exit_node_change(self.params, self.prefs, self.status)
        serve = serve_changes(self.params["serve"], served or {}, self.domain)
        return [*identity, *settings, *([node] if node else []), *serve]

    # --- making it so ---

    def apply(self) -> list[Change]:
        """Log in where that is needed, then put right what differs; return what was changed."""
        wanted = self.decide()
        identity = [change for change in wanted if change.setting in {"login_server", "tags"}]
        done: list[Change] = []
        if identity or self.state in {"NeedsLogin", "Stopped"}:
            done = self._log_in(wanted) if identity or self.state == "NeedsLogin" else self._switch_on()
        settings = setting_changes(self.params, self.prefs)
        if settings and self._try("settings", "set", ACCEPT_RISK, *(flag for one in settings for flag in one.flags)):
            done += settings
            if self.joined and any(change.setting == "hostname" for change in settings):
                self._await_name()
        for change in self.decide() if self.joined else []:
            command = "serve" if change.setting.startswith("serve ") else "set"
            if change.setting == "exit_node" or command == "serve":
                done += [change] if self._try(change.setting, command, *change.flags) else []
        self._read()
        return done

    def _switch_on(self) -> list[Change]:
        """Undo a `tailscale down`."""
        self._try("switching on", "up")  # with any option it would want to be told all settings
        self._settle()
        return [Change("joined", False, True)] if self.joined else []

    def _log_in(self, wanted: list[Change]) -> list[Change]:
        """Bring the node into the tailnet with its key and all its settings; return what that changed."""
        if not self.params["auth_key_file"]:
            self.problems.append("a login is needed, and no auth_key_file is given")
            return []
        up = ["up", "--reset", ACCEPT_RISK, f"--timeout={self.params['timeout']}s", *login_flags(self.params)]
        up += [f"--auth-key=file:{self.params['auth_key_file']}", *(["--force-reauth"] if self.joined else [])]
        # A login that the container's own start attempts at the same time would use the key up.
        command = ["flock", self.lock, "tailscale", "--socket", self.params["socket"], *up]
        done = self.run(*command, limit=2 * self.params["timeout"] + COMMAND_LIMIT)
        self._settle()
        if done.returncode:
            self.problems.append(f"the login failed: {without_keys(done.stderr or done.stdout)}")
        if done.returncode or not self.joined:
            return []
        return [one for one in wanted if one.setting != "exit_node" and not one.setting.startswith("serve ")]

    def _settle(self) -> None:
        """Read the state after a login, once the control server has told the node its name."""
        deadline = time.monotonic() + COMMAND_LIMIT
        while not (self._read() and (self.domain or not self.joined)) and time.monotonic() < deadline:
            time.sleep(0.2)

    def _await_name(self) -> None:
        """Wait until the control server has given the node its new name, which it may also have fixed to another."""
        deadline = time.monotonic() + NAME_LIMIT
        while not self.domain.lower().startswith(self.params["hostname"].lower()) and time.monotonic() < deadline:
            time.sleep(0.2)
            self._read()

    def _try(self, what: str, *arguments: str) -> bool:
        """Run `tailscale` for one setting; keep why it failed."""
        try:
            self.tailscale(*arguments)
        except TailscaleError as error:
            self.problems.append(f"{what}: {error}")
            return False
        return True

    # --- removal ---

    def decide_absence(self) -> list[Change]:
        """Return what is there to be removed."""
        found = [Change("joined", True, False)] if self._has_identity() else []
        directory = self.params["state_directory"]
        if directory and self.run("ls", "-A", directory).stdout.strip():
            found.append(Change("state_directory", directory, ""))
        return found

    def _has_identity(self) -> bool:
        """Say whether the control server knows the node, whatever its state is now."""
        known = bool(self.domain) or self.state not in {"NeedsLogin", "NoState"}
        return bool(self.prefs) and known and not self.prefs.get("LoggedOut")

    def remove(self) -> list[Change]:
        """Log out, stop the daemon, and forget who the node was; return what was changed."""
        found = self.decide_absence()
        if self._has_identity():
            self._try("the control server was not told, so remove the node there", "logout")
        if any(change.setting == "state_directory" for change in found):
            if self.params["stop_command"]:
                self.run(*self.params["stop_command"])
            done = self.run("rm", "-rf", "--", self.params["state_directory"])
            if done.returncode:
                raise TailscaleError(f"{self.params['state_directory']} cannot be removed: {without_keys(done.stderr)}")
        self._read()
        return found
