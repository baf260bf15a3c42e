"""Claude Code as a provider: the real `claude` command, driven through its SDK.

The SDK costs tens of megabytes, so nothing here imports it before the first run starts.
"""

from hatchpod_api.providers.claude.provider import ClaudeProvider

__all__ = ["ClaudeProvider"]
