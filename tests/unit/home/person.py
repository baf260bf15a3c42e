"""A home of a test's own, and what is laid into it."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LIBRARY = Path(__file__).parents[3] / "roles/image/files/rootfs/usr/lib/hatchpod"


@dataclass
class Home:
    """A home, and what is said of it."""

    path: Path
    part: str
    secrets: dict[str, str] = field(default_factory=dict)

    def apply(self, check: bool = False, boot: bool = False, **wanted: Any) -> dict[str, Any]:
        """Apply a document; the answer has the names of what changed as `changes`."""
        command = importlib.import_module("hatchpod_home.command")
        answer: dict[str, Any] = command.apply(self._request(wanted, check, boot), self.path)
        json.dumps(answer)
        answer["changes"] = [change["what"].removeprefix(f"{self.path}/") for change in answer["changes"]]
        answer["kept"] = [one.removeprefix(f"{self.path}/") for one in answer["kept"]]
        return answer

    def apply_until(self, sign: Path, programs: Path, **wanted: Any) -> None:
        """Apply a document in a process of its own, which is killed once a file is there."""
        code = f"import sys; sys.path.insert(0, {str(LIBRARY)!r}); from hatchpod_home.command import main; main()"
        environment = {"HOME": str(self.path), "PATH": f"{programs}:{os.environ['PATH']}"}
        command = [sys.executable, "-c", code]
        process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, start_new_session=True, text=True)
        assert process.stdin
        with process:
            json.dump(self._request(wanted), process.stdin)
            process.stdin.close()
            while not sign.exists():
                assert process.poll() is None
                time.sleep(0.02)
            os.killpg(process.pid, signal.SIGKILL)

    def _request(self, wanted: dict[str, Any], check: bool = False, boot: bool = False) -> dict[str, Any]:
        return {"name": self.part, "wanted": wanted, "secrets": self.secrets, "check": check, "boot": boot}

    def json(self, name: str) -> Any:
        """Return the content of a JSON file in the home."""
        return json.loads((self.path / name).read_text())

    def write(self, name: str, content: Any) -> None:
        """Write a file of the person's own."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))

    def files(self) -> dict[str, bytes]:
        """Return every file with its content."""
        return {str(one.relative_to(self.path)): one.read_bytes() for one in self.path.rglob("*") if one.is_file()}
