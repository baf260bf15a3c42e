"""Put a Docker build context together on the controller: one archive, always the same bytes for the same files.

Used by the `workstation_image` action plugin. Owner, time and every mode bit but "executable" are left out, so
that two checkouts of one revision give one digest.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

_IGNORED_FOLDERS = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"})


@dataclass(frozen=True)
class Context:
    """A build context: an uncompressed tar archive and its SHA-256 in hexadecimal."""

    archive: bytes
    digest: str


def _files(source: Path) -> list[Path]:
    """Return the files under `source`, or `source` itself; symbolic links stand for what they point to."""
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise FileNotFoundError(f"the build context's source {source} does not exist")
    found = []
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if name not in _IGNORED_FOLDERS]
        found += [Path(folder, name) for name in names if not name.endswith(".pyc")]
    return found


def assemble(sources: dict[str, str]) -> Context:
    """Return the context made of `sources`: place in the context -> file or folder on this machine.

    The place "." is the context's root. Raises FileNotFoundError for a source that does not exist.
    """
    members: dict[str, Path] = {}
    for place, location in sources.items():
        source = Path(location)
        for path in _files(source):
            name = os.path.normpath(os.path.join(place, path.relative_to(source))) if path != source else place  # noqa: PTH118 - a name in the archive
            members[name] = path

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, path in sorted(members.items()):
            content = path.read_bytes()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o755 if os.access(path, os.X_OK) else 0o644
            archive.addfile(member, io.BytesIO(content))
    data = buffer.getvalue()
    return Context(data, hashlib.sha256(data).hexdigest())
