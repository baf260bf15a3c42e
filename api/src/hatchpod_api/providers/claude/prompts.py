"""Prompts as Claude Code takes them: pictures and PDF files as blocks, files of the workspace by mention."""

from typing import Any

from hatchpod_api.errors import ValueNotAllowedError
from hatchpod_api.messages.sessions import Attachment
from hatchpod_api.providers.base import ProviderPrompt

_BLOCKS = {
    "image/png": "image",
    "image/jpeg": "image",
    "image/gif": "image",
    "image/webp": "image",
    "application/pdf": "document",
}


def user_frame(prompt: ProviderPrompt, message_uuid: str) -> dict[str, Any]:
    """The line that says a prompt. The transcript has it under `message_uuid`."""
    return {
        "type": "user",
        "message": {"role": "user", "content": content(prompt)},
        "parent_tool_use_id": None,
        "session_id": "default",
        "uuid": message_uuid,
    }


def content(prompt: ProviderPrompt) -> str | list[dict[str, Any]]:
    """Text alone as it is: only so are slash commands seen as such."""
    mentions = [_mention(attachment.path) for attachment in prompt.attachments if _by_path(attachment)]
    text = "\n\n".join([*filter(None, [prompt.text]), *filter(None, [" ".join(mentions)])])
    blocks = [_block(attachment) for attachment in prompt.attachments if not _by_path(attachment)]
    if not blocks:
        return text
    return [*blocks, *([{"type": "text", "text": text}] if text else [])]


def _by_path(attachment: Attachment) -> bool:
    return attachment.path is not None and not (attachment.data and attachment.media_type in _BLOCKS)


def _mention(path: str | None) -> str:
    return f'@"{path}"' if path and any(character.isspace() for character in path) else f"@{path}"


def _block(attachment: Attachment) -> dict[str, Any]:
    kind = _BLOCKS.get(attachment.media_type or "")
    if kind is None or not attachment.data:
        raise ValueNotAllowedError(
            f"attachments: {attachment.name or 'one'} is of type {attachment.media_type!r}, expected one of "
            f"{', '.join(_BLOCKS)}; upload other files to the workspace and attach them by path",
            field="attachments",
        )
    source = {"type": "base64", "media_type": attachment.media_type, "data": attachment.data}
    return {"type": kind, "source": source}
