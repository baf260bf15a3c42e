"""One virtual machine: its process, its overlays, the end of both."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from e2e.machine import run
from hosts.system import ADMIN
from hosts.virtual.disks import CACHE, System

MEMORY = 3072  # MiB
PROCESSORS = 2
STOP_LIMIT = 20  # seconds


@dataclass(frozen=True)
class Machine:
    """A machine by its name. Its folder holds all that belongs to it."""

    name: str

    @property
    def folder(self) -> Path:
        return CACHE / "machines" / self.name

    def pid(self) -> int | None:
        """Return the emulator's pid, None where it does not run (any more)."""
        try:
            pid = int((self.folder / "qemu.pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        # The number in a file that was left behind may be another program's by now.
        return pid if b"qemu-system" in command[0] and self.name.encode() in command else None

    def start(self, system: System, engine: Path, public_key: str, forwards: dict[int, int]) -> None:
        """Start the machine on new overlays. `forwards`: port of this machine's loopback -> port of the virtual one."""
        self.remove()
        self.folder.mkdir(parents=True, mode=0o700)
        for name, disk in [("system", system.disk), ("engine", engine)]:
            overlay = str(self.folder / f"{name}.qcow2")
            run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(disk), overlay)
        ports = "".join(f",hostfwd=tcp:127.0.0.1:{here}-:{there}" for here, there in forwards.items())
        run(
            *("qemu-system-x86_64", "-name", self.name, "-daemonize", "-pidfile", "qemu.pid"),
            *("-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max", "-smp", str(PROCESSORS), "-m", str(MEMORY)),
            *("-display", "none", "-serial", "file:console.log", "-monitor", "none"),
            *("-qmp", "unix:control,server=on,wait=off", "-rtc", "base=utc", "-device", "virtio-rng-pci"),
            *(
                "-drive",
                "file=system.qcow2,if=virtio,cache=unsafe",
                "-drive",
                "file=engine.qcow2,if=virtio,cache=unsafe",
            ),
            *("-netdev", f"user,id=network{ports}", "-device", "virtio-net-pci,netdev=network"),
            *("-kernel", str(system.kernel), "-initrd", str(system.initrd), "-append", _kernel_arguments(public_key)),
            cwd=self.folder,
        )

    def remove(self) -> None:
        """End the machine as a cut power supply does, and remove all that belongs to it."""
        pid = self.pid()
        if pid is not None:
            self._quit()
            deadline = time.monotonic() + STOP_LIMIT
            while self.pid() is not None and time.monotonic() < deadline:
                time.sleep(0.1)
            if self.pid() is not None:
                os.kill(pid, signal.SIGKILL)
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _quit(self) -> None:
        """Tell the emulator to end, by its control socket."""
        here = Path.cwd()
        try:
            os.chdir(self.folder)  # a socket's path may not be long
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
                control.settimeout(STOP_LIMIT)
                control.connect("control")
                for command in ("qmp_capabilities", "quit"):
                    control.sendall(json.dumps({"execute": command}).encode() + b"\n")
                while control.recv(4096):
                    pass  # until it is gone
        except OSError:
            return  # it does not listen: the signal follows
        finally:
            os.chdir(here)

    def last_words(self) -> str:
        """Return the end of what the kernel and systemd wrote to the console."""
        console = self.folder / "console.log"
        return console.read_text(errors="replace")[-3000:] if console.exists() else ""


def _kernel_arguments(public_key: str) -> str:
    """The administrator's key comes as a systemd credential, as a provider hands it in, and is on no disk before."""
    keys = f"/home/{ADMIN}/.ssh"
    content = base64.b64encode(public_key.encode()).decode()
    files = f"d {keys} 0700 {ADMIN} {ADMIN} -\nf+~ {keys}/authorized_keys 0600 {ADMIN} {ADMIN} - {content}\n"
    credential = base64.b64encode(files.encode()).decode()
    return f"root=LABEL=root rw console=ttyS0 quiet systemd.set_credential_binary=tmpfiles.extra:{credential}"
