"""SSH key pairs, by the host's own `ssh-keygen`.

It is there wherever sshd is, knows every format sshd accepts, and spares the host python3-cryptography.
Arguments never hold a secret: keys go through standard input, or a folder only its owner can enter.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path

from ansible.module_utils.secrets_store.model import SecretError

KEY_TYPES: dict[str, tuple[str, ...]] = {"ed25519": (), "rsa": ("-b", "4096")}
TIME_LIMIT = 120


def generate(key_type: str, comment: str, scratch: Path) -> str:
    """A new private key without pass phrase, as text. `scratch` is a folder to be made and removed."""
    file = scratch / "key"
    try:
        scratch.mkdir(mode=0o700)
        done = _ssh_keygen("-q", "-t", key_type, *KEY_TYPES[key_type], "-N", "", "-C", comment, "-f", str(file))
        if done.returncode != 0:
            raise SecretError(f"ssh-keygen could not make a key in {scratch.parent}: {done.stderr.strip()}")
        return file.read_text(encoding="ascii").removesuffix("\n")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@functools.lru_cache
def public_key(private_key: str) -> str | None:
    """The public line of a private key; None when it is no readable key without pass phrase."""
    if not private_key.startswith("-----BEGIN "):
        return None
    done = _ssh_keygen("-y", "-P", "", "-f", "/dev/stdin", text=f"{private_key}\n")
    return done.stdout.strip() if done.returncode == 0 else None


def same_key(one: str, other: str) -> bool:
    """Compare public lines without their comments."""
    return one.split()[:2] == other.split()[:2]


def _ssh_keygen(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["ssh-keygen", *arguments], input=text, capture_output=True, text=True, timeout=TIME_LIMIT, check=False
        )
    except FileNotFoundError:
        raise SecretError("ssh-keygen is not installed on this host. Run: apt-get install openssh-client") from None
    except subprocess.TimeoutExpired:
        raise SecretError(f"ssh-keygen did not end within {TIME_LIMIT} seconds") from None
