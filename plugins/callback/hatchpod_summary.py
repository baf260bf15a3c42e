"""The last thing that a run prints: how to reach each workstation, and what is not available there and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: hatchpod_summary
type: aggregate
short_description: How to reach the workstations, at the end of a run
description:
  - Prints what roles handed on as the custom statistics C(hatchpod_workstations) and C(hatchpod_notes), a list of
    sentences about the host, and whether the run changed anything.
"""

WIDTH = 14
# Inside a workstation, and so in its tailnet.
SSH_PORT, TERMINAL_PORT, API_PORT = 2222, 7681, 8080


def row(title: str, text: str) -> str:
    """Return one line of a workstation's summary."""
    return f"  {title:<{WIDTH}} {text}"


def at(address: str, port: int) -> str:
    """Return an address of the web."""
    return f"http://{f'[{address}]' if ':' in address else address}:{port}"


def reach(workstation: dict[str, Any]) -> Iterator[str]:
    """Yield the ways into a workstation."""
    address, port = workstation["ssh_address"], workstation["ssh_port"]
    yield row("SSH", f"ssh -p {port} hatchpod@{address}")
    yield row("mosh", f"mosh --ssh='ssh -p {port}' hatchpod@{address}")
    terminal, api = workstation["web_terminal_port"], workstation["api_port"]
    yield row("Web terminal", at(workstation["web_address"], terminal))
    yield row("Web UI, API", at(workstation["web_address"], api))
    if workstation["web_address"] in {"127.0.0.1", "::1"}:
        tunnel = (
            f"ssh -p {port} -L {terminal}:localhost:{TERMINAL_PORT} -L {api}:localhost:{API_PORT} hatchpod@{address}"
        )
        yield row("", f"(these two from elsewhere through: {tunnel})")


def dotfiles(found: dict[str, Any]) -> Iterator[str]:
    """Yield what became of the dotfiles, where there are any."""
    if found.get("state", "off") == "off":
        return
    by = f" by {found['script']}" if found.get("script") else ""
    state = f"{found['commit'][:10]} of {found['repository']}{by}" if found["state"] == "installed" else found["state"]
    yield row("Dotfiles", f"{state}: {found['reason']}" if found["reason"] else state)
    yield from (row("", f"| {line}") for line in found.get("output", []))


def limits(workstation: dict[str, Any]) -> Iterator[str]:
    """Yield what is not available, with the reason."""
    for name, service in workstation["status"]["services"].items():
        if service["state"] != "ready":
            why = workstation.get("sysbox_reason") if name == "dockerd" else ""
            yield f"{name}: {service['reason'] or service['state']}{f' ({why})' if why else ''}"
    for part, problems in workstation["status"].get("problems", {}).items():
        yield from (f"{part}: {problem}" for problem in problems)
    if not workstation["starts_at_boot"]:
        yield "start at boot: this host has no init system that starts Docker; run `make up` again after a reboot"


def describe(host: str, name: str, workstation: dict[str, Any]) -> Iterator[str]:
    """Yield the lines about one workstation."""
    versions = workstation["status"]["versions"]
    size = f", {workstation['image_size'] / 1e9:.2f} GB" if workstation["image_size"] else ""
    yield f"{name} on {host}"
    yield from reach(workstation)
    if tailnet := workstation["status"].get("tailnet"):
        yield row("Tailscale", f"{tailnet}, ports {SSH_PORT} (SSH), {TERMINAL_PORT} and {API_PORT} (web)")
    yield row("Credentials", f"make credentials WORKSTATION={name} HOST={host}")
    yield row("Claude Code", f"{versions['claude']}; in the workstation: claude")
    yield from dotfiles(workstation["status"].get("dotfiles", {}))
    yield row("Image", f"{workstation['image']}{size}")
    for title, line in zip(["Not available"] + [""] * 99, limits(workstation), strict=False):
        yield row(title, line)


class CallbackModule(CallbackBase):
    """The callback."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "hatchpod_summary"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Print the summary of every host that has one."""
        for host in sorted(stats.custom):
            workstations = stats.custom[host].get("hatchpod_workstations", {}) if host != "_run" else {}
            for name, workstation in workstations.items():
                self._display.display("\n" + "\n".join(describe(host, name, workstation)))
            for note in stats.custom[host].get("hatchpod_notes", []) if host != "_run" else []:
                self._display.display(f"\n{host}: {note}")
        failed = any(stats.failures.values()) or any(stats.dark.values())
        if stats.custom and not failed and not any(stats.changed.values()):
            self._display.display("\nNothing was changed: everything is as it should be.")
