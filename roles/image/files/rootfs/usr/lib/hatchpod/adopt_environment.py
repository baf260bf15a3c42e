"""Make /run/hatchpod from the container's environment, where no such folder is mounted.

For people who run the image without Ansible. The environment's names are those of the documentation; what
is not given is generated once, kept in the home volume and shown by `hatchpod-credentials`, never logged.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

from hatchpod_api import password_policy

CONFIGURATION = Path("/run/hatchpod")
GENERATED = Path("/home/hatchpod/.hatchpod/secrets")
HASH_API_PASSWORD = ["/opt/hatchpod/venv/bin/hatchpod-api", "hash-password"]
HASH_LOGIN_PASSWORD = ["openssl", "passwd", "-6", "-stdin"]
AGENTS_VARIABLES = ("ALLOW_BYPASS_PERMISSIONS", "HATCHPOD_MAX_RUNNING")
API_VARIABLES = ("ALLOWED_HOSTS", "TRUSTED_PROXIES", "OPEN_METRICS", "WEBHOOK_ALLOW_PRIVATE", *AGENTS_VARIABLES)
DOTFILES_VARIABLES = (
    "DOTFILES_REPO",
    "DOTFILES_BRANCH",
    "DOTFILES_UPDATE",
    "DOTFILES_TIMEOUT",
    "DOTFILES_KNOWN_HOSTS",
    "DOTFILES_SSH_KEY",
    "DOTFILES_TOKEN",
)
CLAUDE_CODE_VARIABLES = ("CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL")
IDENTITY_VARIABLES = ("GH_TOKEN",)
TAILSCALE_VARIABLES = (
    "TS_AUTHKEY",
    "TS_EPHEMERAL",
    "TS_EXIT_NODE",
    "TS_EXIT_NODE_ALLOW_LAN_ACCESS",
    "TS_EXTRA_ARGS",
    "TS_HOSTNAME",
    "TS_LOGIN_SERVER",
    "TS_ROUTES",
    "TS_SERVE",
    "TS_USERSPACE",
)


def write(path: Path, text: str) -> None:
    """Write `text` to `path`, readable by root alone from its first byte."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def password(name: str, value: str | None) -> str:
    """Return the given password, or the one generated for `name` at an earlier start, or a new one."""
    stored = GENERATED / name
    if value is None and stored.is_file():
        return stored.read_text().rstrip("\n")
    if value is None:
        value = secrets.token_urlsafe(18)
    elif problem := password_policy.problem(value):
        sys.exit(f"init: error: {name}: {problem}. Set {name} to another value, or leave it out to have one generated.")
    write(stored, f"{value}\n")
    return value


def hashed(command: list[str], value: str) -> str:
    """Return the hash that `command` makes of the value on its standard input."""
    return subprocess.run(command, input=value, text=True, capture_output=True, check=True).stdout.strip()


def home_variables(part: str, names: tuple[str, ...], environment: dict[str, str]) -> None:
    """Hand variables to the user's own programs, as `apply-home` takes them."""
    given = [name for name in names if environment.get(name)]
    for name in given:
        write(CONFIGURATION / part / "secrets" / name, f"{environment[name]}\n")
    if given:
        wanted: dict[str, object] = {"secrets": given, "secret_variables": given}
        wanted |= {"github_host": "github.com"} if part == "identity" else {}
        write(CONFIGURATION / part / "WANTED.json", json.dumps(wanted))


def main() -> None:
    """Write every service's folder."""
    environment = dict(os.environ)
    if "CLAUDE_USER_PASSWORD" in environment:
        sys.stderr.write("init: warning: CLAUDE_USER_PASSWORD is deprecated, use SSH_PASSWORD instead\n")
        environment.setdefault("SSH_PASSWORD", environment["CLAUDE_USER_PASSWORD"])

    username = environment.get("TTYD_USERNAME", "hatchpod")
    if not username or ":" in username or not username.isprintable():
        sys.exit("init: error: TTYD_USERNAME must be printable and without a colon")
    ssh = password("SSH_PASSWORD", environment.get("SSH_PASSWORD"))
    ttyd = password("TTYD_PASSWORD", environment.get("TTYD_PASSWORD"))
    api = password("API_PASSWORD", environment.get("API_PASSWORD"))
    write(GENERATED / "TTYD_USERNAME", f"{username}\n")

    write(CONFIGURATION / "sshd/PASSWORD_HASH", hashed(HASH_LOGIN_PASSWORD, ssh))
    write(CONFIGURATION / "ttyd/htpasswd", f"{username}:{hashed(HASH_LOGIN_PASSWORD, ttyd)}\n")
    write(CONFIGURATION / "api/API_PASSWORD_HASH", hashed(HASH_API_PASSWORD, api))
    for service, names in (
        ("agents", AGENTS_VARIABLES),
        ("api", API_VARIABLES),
        ("dotfiles", DOTFILES_VARIABLES),
        ("tailscaled", TAILSCALE_VARIABLES),
    ):
        for name in names:
            if environment.get(name):
                write(CONFIGURATION / service / name, environment[name])
    if environment.get("TS_AUTHKEY"):
        write(CONFIGURATION / "api/TAILNET_NAME", environment.get("TS_HOSTNAME") or "hatchpod")
    home_variables("claude_code", CLAUDE_CODE_VARIABLES, environment)
    home_variables("identity", IDENTITY_VARIABLES, environment)


if __name__ == "__main__":
    main()
