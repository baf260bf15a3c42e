"""A Docker engine as it is, as it should be, and the steps between. No Ansible here."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.docker_engine_config import (
    Config,
    ConfigError,
    check_addresses,
    defaults_in,
    desired,
    flag_keys,
    flag_values,
    is_readable_by_line,
    parse,
    render,
    routes_from_proc,
)
from ansible.module_utils.docker_engine_host import (
    DEFAULT_PIDFILE,
    DEFAULT_SOCKET,
    Api,
    Detached,
    EngineError,
    Process,
    Systemd,
    back_up,
    command,
    packages_installed,
    pid_in,
    process,
    snap_docker,
    temporary_file,
    wait_for,
    which,
    write_atomically,
)
from ansible.module_utils.docker_engine_plan import Plan, Situation, classify, plan, running_config


class Engine:
    """One engine, by the path of its configuration file: `observe`, `decide`, then `apply` or not."""

    def __init__(self, params: dict[str, Any]) -> None:
        self.params = params
        self.path = Path(params["config_path"])
        self.record_path = Path(params["record_path"])
        self.timeout = float(params["timeout"])
        self.backup: Path | None = None
        self.warnings: list[str] = []

    # --- what is ---

    def observe(self) -> None:
        self.check_host()
        self.record = self.read_record()
        self.wrote_before: Config = self.record.get("wrote") or {}
        self.existed, self.text = self.read_file()
        self.current = parse(self.text, str(self.path))
        wanted: list[str] = self.params["packages"]
        self.missing = sorted(set(wanted) - packages_installed(wanted))
        self.installed = which("dockerd") is not None
        self.find(self.current)
        self.info = self.wait_answer() if self.process else None
        self.manager = self.choose_manager()
        self.boots = self.installed and self.manager.boots()
        self.containers = self.api.running_containers() if self.info else {}

    def check_host(self) -> None:
        if os.geteuid() != 0:
            raise ConfigError("The Docker engine is root's: run the task with `become: true`.")
        snap = snap_docker()
        if snap:
            raise ConfigError(
                f"Docker from a snap is installed ({snap}); it takes no other runtime and hides its files. Save what "
                f"its containers hold, run `snap remove docker`, and repeat this; nothing was changed."
            )
        wrong = sorted(packages_installed(self.params["conflicts"]))
        if wrong:
            raise ConfigError(
                f"Already installed from elsewhere: {', '.join(wrong)}. To keep that engine, set docker_host_source to "
                f"where it came from (`docker`: Docker's own repository, `distribution`: this system's). To replace "
                f"it, stop its containers, run `apt-get remove {' '.join(wrong)}` (never `purge`: that may delete "
                f"/var/lib/docker), and repeat this. Nothing was changed."
            )

    def read_file(self) -> tuple[bool, str]:
        try:
            return True, self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return False, ""
        except UnicodeDecodeError as error:
            raise ConfigError(f"{self.path} is not UTF-8 text ({error}). Correct it; nothing was changed.") from error

    def find(self, config: Config) -> None:
        """The engine's process by its pid file, else by who listens on its socket."""
        self.process = process(pid_in(Path(config.get("pidfile") or DEFAULT_PIDFILE)) or 0)
        hosts = config.get("hosts") or flag_values(self.process.argv if self.process else (), "-H", "--host")
        sockets = [host.removeprefix("unix://") for host in hosts if host.startswith("unix://")]
        self.socket = sockets[0] if sockets else DEFAULT_SOCKET
        self.api = Api(self.socket)
        self.process = self.process or process(self.api.peer() or 0)

    def wait_answer(self) -> dict[str, Any]:
        """The engine's own report; an engine that is just starting is waited for."""
        wait_for(lambda: self.api.info() is not None, self.timeout)
        info: dict[str, Any] | None = self.api.info()
        if info is None:
            raise EngineError(
                f"dockerd runs (pid {self.process.pid if self.process else '?'}) but does not answer on {self.socket} "
                f"within {self.timeout:.0f} s. Look at its log, or end it and repeat this; nothing was changed."
            )
        return info

    def choose_manager(self) -> Systemd | Detached:
        chosen = self.params["manager"]
        if chosen == "systemd" or (chosen == "auto" and Path("/run/systemd/system").is_dir()):
            return Systemd()
        return Detached(self.path, Path(self.params["log_path"]))

    # --- what should be ---

    def decide(self) -> None:
        swarm = bool(self.info) and (self.info or {}).get("Swarm", {}).get("LocalNodeState", "inactive") != "inactive"
        self.after = desired(
            self.current,
            self.params["defaults"],
            self.params["config"],
            wrote=self.wrote_before,
            flags=flag_keys(self.process.argv) if self.process else (),
            swarm=swarm,
        )
        self.new_text = render(self.after) if self.needs_writing() else self.text
        with contextlib.suppress(OSError):
            check_addresses(self.current, self.after, routes_from_proc(Path("/proc/net/route").read_text()))
        self.used = self.config_in_use()
        self.plan = self.make_plan(swarm=swarm)
        if self.plan.write:
            self.validate()

    def needs_writing(self) -> bool:
        """Also true for a file which says the right things in one line, where other programs do not find them."""
        return bool(self.after != self.current or (self.after and not is_readable_by_line(self.text)))

    def config_in_use(self) -> Config:
        if not self.process or not self.info:
            return self.current
        return running_config(
            self.current,
            self.record.get("config"),
            started_after_file=not self.existed or self.path.stat().st_mtime < self.process.started,
            same_process=self.record.get("process") == self.process.identity,
            info=self.info,
        )

    def make_plan(self, *, swarm: bool) -> Plan:
        write = self.new_text != self.text
        if self.params["state"] == "configured":
            waiting = classify(self.used, self.after)
            pending = waiting.reload + waiting.needs_restart if self.info else ()
            return Plan(write=write, pending=tuple(sorted(pending)))
        now = Situation(
            running=self.info is not None,
            live_restore=bool(self.info and self.info.get("LiveRestoreEnabled")),
            swarm=swarm,
            containers=tuple(self.containers),
        )
        return plan(now, self.used, self.after, self.params["restart"], write=write)

    def validate(self) -> None:
        """Let dockerd itself look at the new file, where it can (from version 23 on)."""
        if not self.installed:
            return
        with temporary_file(self.new_text) as name:
            result = command("dockerd", "--validate", "--config-file", name)
        said = result.stderr.strip()
        if result.returncode and "unknown flag" not in said:
            raise ConfigError(f"dockerd does not accept this configuration: {said[-600:]}. Nothing was changed.")

    @property
    def only_file(self) -> bool:
        return bool(self.missing) or self.params["state"] == "configured"

    @property
    def actions(self) -> list[str]:
        if self.only_file:
            return ["write"] if self.plan.write else []
        enable = isinstance(self.manager, Systemd) and not self.boots
        return [*self.plan.steps, *(["enable"] if enable else [])]

    # --- the steps ---

    def apply(self) -> None:
        steps = self.actions
        if self.process and self.info:
            # Before the file changes: should this run be cut off, the next knows what the engine has not taken over.
            self.remember(process=self.process.identity, config=self.used)
        if "write" in steps:
            self.remember(wrote=defaults_in(self.current, self.after, self.params["defaults"], self.wrote_before))
            self.backup = back_up(self.path)
            write_atomically(self.path, self.new_text, 0o644)
        if self.only_file:
            return
        if not self.installed:
            raise EngineError(f"dockerd is not installed{self.roll_back()}. Install it, or name its packages here.")
        try:
            self.run(self.plan)
        except EngineError as error:
            raise EngineError(f"{error}{self.roll_back()}") from error
        if "enable" in steps and isinstance(self.manager, Systemd):
            self.manager.enable()
            self.boots = self.manager.boots()

    def run(self, steps: Plan) -> None:
        if steps.reload:
            self.reload()
        if steps.restart:
            if steps.stop:
                self.stop_containers()
            elif self.containers and not (self.api.info() or {}).get("LiveRestoreEnabled"):
                raise EngineError("Live restore did not come on, so the engine was not restarted.")
            self.start(self.process)
            if steps.stop:
                self.start_containers()
        elif steps.start:
            self.start(None)

    def reload(self) -> None:
        """Make the engine read its file again; its own event says that it accepted it."""
        if not self.process:
            return
        since = time.time()
        os.kill(self.process.pid, signal.SIGHUP)
        if not wait_for(lambda: self.api.has_reloaded(since), min(self.timeout, 20)):
            raise EngineError(f"The engine did not accept the changed configuration.{self.said()}")
        waiting = set(classify(self.used, self.after).needs_restart)
        self.used = {
            **{key: value for key, value in self.after.items() if key not in waiting},
            **{key: value for key, value in self.used.items() if key in waiting},
        }
        self.remember(process=self.process.identity, config=self.used)

    def start(self, before: Process | None) -> None:
        """Start the engine, in place of the one `before`, and wait until it answers."""
        if before:
            self.manager.restart(before, self.current, self.timeout)
        else:
            self.manager.start(self.after)

        def answers() -> bool:
            self.find(self.after)
            return self.process is not None and self.process != before and self.api.info() is not None

        wait_for(lambda: answers() or self.manager.failed() is not None, self.timeout)
        if not answers() or not self.process:
            raise EngineError(
                f"The engine did not start: {self.manager.failed() or f'no answer on {self.socket}'}.{self.said()}"
            )
        self.remember(process=self.process.identity, config=self.after)

    def stop_containers(self) -> None:
        for name, identity in self.containers.items():
            self.api.post(f"/containers/{identity}/stop", name)

    def start_containers(self) -> None:
        """Those which ran before, whatever their restart policy says; one may need another one first."""
        waiting = dict(self.containers)
        problems: list[str] = []
        for _ in self.containers:
            problems = []
            for name, identity in list(waiting.items()):
                try:
                    self.api.post(f"/containers/{identity}/start", name)
                    del waiting[name]
                except EngineError as error:
                    problems.append(str(error))
            if not waiting:
                return
        self.warnings.append(f"Stopped for the restart of the engine and not started again: {'; '.join(problems)}")

    def said(self) -> str:
        tail = self.manager.log_tail()
        return f" Its log ends with:\n{tail}\n" if tail else " Its log says nothing. "

    def roll_back(self) -> str:
        """After a failure put the earlier file back, and the engine with it if one ran."""
        if not self.plan.write:
            return ""
        self.remember(wrote=self.wrote_before)
        if self.existed:
            write_atomically(self.path, self.text, 0o644)
        else:
            self.path.unlink()
        if not self.info:
            return "The configuration file was put back as it was."
        self.after = self.current
        self.find(self.current)
        try:
            if self.process:
                os.kill(self.process.pid, signal.SIGHUP)
            else:
                self.start(None)
            if self.plan.stop:
                self.start_containers()
        except (EngineError, OSError) as error:
            return f"The earlier configuration was put back, but the engine does not run with it either: {error}"
        return "The earlier configuration was put back, and the engine runs with it."

    def warn_pending(self) -> None:
        if self.plan.pending and not self.only_file:
            self.warnings.append(
                f"The Docker engine takes over {', '.join(self.plan.pending)} when it starts next "
                f"(docker_host_restart is `defer`)."
            )

    # --- the record: which configuration which process has taken over, and which values are ours ---

    def read_record(self) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            return dict(json.loads(self.record_path.read_text(encoding="utf-8"))[str(self.path)])
        return {}

    def remember(self, **values: Any) -> None:
        record = {**self.record, **values}
        if record == self.record:
            return
        everything: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError, TypeError):
            everything = dict(json.loads(self.record_path.read_text(encoding="utf-8")))
        everything[str(self.path)] = self.record = record
        write_atomically(self.record_path, json.dumps(everything, indent=2) + "\n", 0o600)

    # --- what to tell ---

    def facts(self) -> dict[str, Any]:
        info = self.api.info() if self.process else None
        facts: dict[str, Any] = {
            "installed": self.installed,
            "running": info is not None,
            "manager": self.manager.name,
            "boot": self.boots,
            "socket": self.socket,
        }
        if info is not None:
            facts |= {
                "version": info["ServerVersion"],
                "runtimes": sorted(info.get("Runtimes") or {}),
                "default_runtime": info.get("DefaultRuntime", ""),
                "storage_driver": info.get("Driver", ""),
                "data_root": info.get("DockerRootDir", ""),
                "cgroup_version": info.get("CgroupVersion", "1"),
                "live_restore": bool(info.get("LiveRestoreEnabled")),
            }
        return facts
