"""Sysbox as it is, as it should be, and the steps between. No Ansible here."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils import sysbox_host as host
from ansible.module_utils.docker_engine_config import parse, render
from ansible.module_utils.docker_engine_host import (
    DEFAULT_PIDFILE,
    packages_installed,
    pid_in,
    process,
    wait_for,
    write_atomically,
)
from ansible.module_utils.sysbox_plan import (
    ARCHITECTURES,
    RUNTIME,
    RUNTIME_PATH,
    State,
    SysboxError,
    check_release,
    installer_finds_networks,
    is_version,
    limits_in,
    limits_suffice,
    limits_text,
    networks_problem,
    note,
    problems,
    removal_problem,
    steps_to_have,
    steps_to_lack,
    with_rules,
    without_rules,
    without_runtime,
)

RELOAD_LIMIT = 20  # seconds


class Sysbox:
    """Sysbox on this host: `observe`, `decide`, then `apply` or not."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.wanted = params["state"] == "present"
        self.version: str = params["version"]
        self.sha256: Mapping[str, Any] = params["sha256"]
        self.packages: list[str] = params["packages"]
        self.networks_follow: bool = params["networks_follow"]
        self.package: str = params["package"] or ""
        self.record = host.Record(Path(params["record_path"]))
        self.architecture = ARCHITECTURES.get(os.uname().machine, os.uname().machine)
        self.problems: list[str] = []
        self.actions: list[str] = []
        self.note = ""

    # --- what is ---

    def observe(self) -> None:
        check_release(self.version, self.sha256)
        if os.geteuid() != 0:
            raise SysboxError("Sysbox is root's: run the task with `become: true`.")
        self.text = host.read(host.DAEMON_JSON)
        self.config = parse(self.text, str(host.DAEMON_JSON))
        self.containers = host.Containers(self.config)
        self.installed, self.leftover = host.package_state()
        self.limits = host.read(host.LIMITS_FILE)
        self.running = host.running_limits()
        self.override = host.read(host.OVERRIDE)
        self.stopped = self.record.read()

    @property
    def entry(self) -> Mapping[str, Any] | None:
        """The runtime as daemon.json has it."""
        found = (self.config.get("runtimes") or {}).get(RUNTIME)
        return found if isinstance(found, dict) else None

    # --- what should be ---

    def decide(self) -> None:
        if self.wanted:
            self.decide_presence()
        else:
            self.decide_absence()
        if self.problems:
            self.actions = []

    def decide_presence(self) -> None:
        self.new_limits = limits_text(self.limits, self.running)
        self.new_override = with_rules(self.override) if host.PROFILE.exists() else self.override
        machine = host.host(self.containers.version)
        self.problems = problems(machine, self.version, self.sha256)
        self.note = note(machine)
        current = is_version(self.installed, self.version)
        if not current and (problem := self.networks()):
            self.problems.append(problem)
        state = State(
            installed=self.installed,
            missing=sorted(set(self.packages) - packages_installed(self.packages)),
            limits=limits_suffice(self.limits, self.running),
            rules=self.new_override == self.override,
            laid_out=installer_finds_networks(self.text) or not self.config.get("bip"),
            registered=self.entry is not None,
            known=RUNTIME in ((self.containers.info or {}).get("Runtimes") or {}),
            engine=self.containers.info is not None,
            services=bool(current and not self.problems and host.services_run()),
            waiting=[name for name, one in self.stopped.items() if self.waits(one)],
            users=[] if current else list(self.containers.users(running=True)),
        )
        self.missing = list(state.missing)
        self.actions = steps_to_have(state, self.version)

    def networks(self) -> str:
        """Why the installer would abort, empty when it would not."""
        return networks_problem(self.config, self.containers.count, follow=self.networks_follow)

    def waits(self, identity: str) -> bool:
        found = self.containers.inspect(identity) if self.containers.info else None
        return found is not None and not found["State"]["Running"]

    def decide_absence(self) -> None:
        self.missing = []
        self.new_limits, self.new_override = "", without_rules(self.override)
        entry = self.entry
        state = State(
            installed=self.installed,
            leftover=self.leftover,
            limits=bool(self.limits),
            rules=self.new_override != self.override,
            registered=entry is not None and entry.get("path") == RUNTIME_PATH,
        )
        self.actions = steps_to_lack(state)
        if {"uninstall", "unregister"} & set(self.actions):
            problem = removal_problem(list(self.containers.users(running=False)), self.config)
            self.problems = [problem] if problem else []

    # --- the steps ---

    def apply(self) -> None:
        """Take the steps. `packages` are the caller's, who has apt."""
        if not self.wanted:
            for step in self.actions:
                {"uninstall": self.purge, "unregister": self.unregister}.get(step, lambda: None)()
                self.surroundings(step)
            self.record.write({})
            return
        if "install" in self.actions:
            host.check_package(self.package, self.version, self.architecture)
        for step in self.actions:
            self.surroundings(step)
        if "layout" in self.actions:
            write_atomically(host.DAEMON_JSON, render(self.config), 0o644)
        try:
            self.replace()
        except (SysboxError, *host.FAILURES) as error:
            raise SysboxError(f"{error}{self.bring_back()}") from error
        if "start" in self.actions and (failed := self.start()):
            self.record.write({})
            raise SysboxError(
                f"Sysbox {self.version} is in place, but these containers did not start again: {failed}. "
                f"`docker start` them when that is mended."
            )

    def surroundings(self, step: str) -> None:
        if step == "limits":
            host.put(host.LIMITS_FILE, self.new_limits)
            host.set_limits(limits_in(self.new_limits), self.running)
        if step == "apparmor":
            host.put(host.OVERRIDE, self.new_override)
            host.load_profile(host.PROFILE)

    def replace(self) -> None:
        if "stop" in self.actions:
            self.stop()
        if "uninstall" in self.actions:
            # Not `purge`: the runtime stays in daemon.json, so the engine need not be told of anything.
            host.apt("remove", host.PACKAGE)
        if "install" in self.actions:
            host.apt("install", "--reinstall", "--allow-downgrades", "--no-install-recommends", self.package)
            if not is_version(host.package_state()[0], self.version):
                raise SysboxError(f"{self.package} did not bring Sysbox {self.version}: it has another version")
            if not host.services_run():
                host.start_services()
        if "services" in self.actions:
            host.start_services()
        if {"install", "register"} & set(self.actions):
            self.register()

    def stop(self) -> None:
        """Stop what uses Sysbox. It is on record first: a run that is cut off is completed by the next one."""
        self.stopped = {**self.stopped, **self.containers.users(running=True)}
        self.record.write(self.stopped)
        for name, identity in self.containers.users(running=True).items():
            self.containers.stop(name, identity)

    def start(self) -> str:
        """Start what was stopped, and return what does not start, with the reasons."""
        failed = self.containers.start(self.stopped)
        self.record.write({name: self.stopped[name] for name in failed})
        return "; ".join(f"{name}: {reason}" for name, reason in failed.items())

    def bring_back(self) -> str:
        """After a failure start again what was stopped and can run, and say what cannot."""
        if not self.stopped or not self.containers.runtimes():
            return ""
        if failed := self.start():
            return (
                f" Stopped for the replacement, and not to be started again without it: {failed}. They start with the "
                f"next run that succeeds."
            )
        return " What had been stopped for the replacement runs again."

    def register(self) -> None:
        """See to it that the engine knows the runtime, as the package's own script should have seen to."""
        self.config = parse(host.read(host.DAEMON_JSON), str(host.DAEMON_JSON))
        if self.entry is None:
            runtimes = {**(self.config.get("runtimes") or {}), RUNTIME: {"path": RUNTIME_PATH}}
            self.config = {**self.config, "runtimes": runtimes}
            write_atomically(host.DAEMON_JSON, render(self.config), 0o644)
        if self.containers.info is None or self.engine_knows(True, 2):
            return
        self.reload(True)

    def purge(self) -> None:
        host.apt("purge", host.PACKAGE)

    def unregister(self) -> None:
        """Take the runtime out of daemon.json and out of the engine, which forgets it by a reload."""
        self.config = parse(host.read(host.DAEMON_JSON), str(host.DAEMON_JSON))
        self.config = without_runtime(self.config)
        write_atomically(host.DAEMON_JSON, render(self.config), 0o644)
        if self.containers.info is not None and not self.engine_knows(False, 2):
            self.reload(False)
        if not self.config["runtimes"]:
            del self.config["runtimes"]
            write_atomically(host.DAEMON_JSON, render(self.config), 0o644)

    def engine_knows(self, known: bool, seconds: float) -> bool:
        return wait_for(lambda: (RUNTIME in self.containers.runtimes()) is known, seconds)

    def reload(self, known: bool) -> None:
        """Make the engine read its configuration file again, without a restart."""
        # With socket activation the peer is systemd: `process` takes nothing but a dockerd.
        pidfile = Path(self.config.get("pidfile") or DEFAULT_PIDFILE)
        engine = process(pid_in(pidfile) or 0) or process(self.containers.api.peer() or 0)
        if engine is None:
            raise SysboxError(f"No dockerd is found by {pidfile}; see the engine's log, and repeat this.")
        since = time.time()
        os.kill(engine.pid, signal.SIGHUP)
        wait_for(lambda: self.containers.api.has_reloaded(since), RELOAD_LIMIT)
        if not self.engine_knows(known, 5):
            raise SysboxError(
                f"The Docker engine did not {'take over' if known else 'forget'} the runtime {RUNTIME} on a reload of "
                f"{host.DAEMON_JSON}; see its log."
            )
