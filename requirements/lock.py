"""Write the hashed locks from the hand-kept lists. Run it with `make lock`.

Locks hold names, versions and hashes only. No index address is written, so that each machine
uses the index that its own pip is configured for.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
IMAGE_PINS = ROOT / "roles/image/vars/main.yml"
IMAGE_LOCK = ROOT / "roles/image/files/requirements.txt"


def compile_lock(output: Path, *sources: str, python: str, stdin: str | None = None) -> None:
    """Resolve `sources` for every platform and write them with hashes to `output`."""
    subprocess.run(
        [
            *("uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header"),
            *("--python-version", python, "--output-file", str(output.relative_to(ROOT)), *sources, *sys.argv[1:]),
        ],
        cwd=ROOT,
        input=stdin,
        text=True,
        check=True,
    )


def main() -> None:
    """Write the controller's two locks and the image's."""
    compile_lock(ROOT / "requirements/controller.txt", "pyproject.toml", python="3.11")
    pins = yaml.safe_load(IMAGE_PINS.read_text())["_image_python_packages"]
    pinned = "".join(f"{name}=={version}\n" for name, version in pins.items())
    # The tests run the same `claude` and Node.js as the image.
    compile_lock(
        ROOT / "requirements/dev.txt",
        *("pyproject.toml", "api/pyproject.toml", "--group", "pyproject.toml:dev", "-"),
        python="3.11",
        stdin=pinned,
    )
    compile_lock(IMAGE_LOCK, *("api/pyproject.toml", "-"), python="3.13", stdin=pinned)


if __name__ == "__main__":
    main()
