import sys
from pathlib import Path

import pytest

from hatchpod_api.claude_code.command import ClaudeCommand
from hatchpod_api.claude_code.login import Attempt
from hatchpod_api.errors import UpstreamError

pytestmark = pytest.mark.anyio


async def test_a_code_for_a_command_that_has_ended_goes_to_nobody_else(tmp_path: Path) -> None:
    """Its descriptor is closed then, and the next file that is opened may have its number."""
    program = tmp_path / "claude"
    program.write_text(f"#!{sys.executable}\nprint('visit https://claude.ai/ok\\nno network')\n")
    program.chmod(0o755)
    attempt = await Attempt.begin(ClaudeCommand({"PATH": str(tmp_path)}), "claudeai", tmp_path)
    try:
        assert await attempt.wait_for_url() == "https://claude.ai/ok"
        await attempt._until(lambda: False, 20)
        with (tmp_path / "other").open("wb"), pytest.raises(UpstreamError, match="given up the login: no network"):
            await attempt.send_code("the-code")
        assert (tmp_path / "other").read_bytes() == b""
    finally:
        await attempt.close()
