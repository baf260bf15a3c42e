"""What a turn that failed means for the person who waits: the reason, and what to do."""

from typing import Any

_ADVICE = {
    400: "the request was refused; start a new session if it stays so",
    401: "log in to Claude again (Settings, or `claude` in a terminal), or put the API key right",
    402: "check the account's billing",
    403: "this account may not use it; choose another model or account",
    404: "choose another model",
    413: "compact the conversation with /compact, or attach less",
    429: "wait until the limit resets, then send the prompt again",
    500: "send the prompt again in a moment",
    503: "send the prompt again in a moment",
    529: "Claude is overloaded: send the prompt again in a moment",
}
_ENDS = {
    "error_max_turns": "the limit of turns for one prompt is reached; send a prompt to go on",
    "error_max_budget_usd": "the budget is used up; raise it, or start a new session",
    "error_during_execution": "Claude Code stopped in the middle; send a prompt to go on",
}


def was_interrupted(result: dict[str, Any]) -> bool:
    """Whether a person ended this turn."""
    return str(result.get("terminal_reason") or "").startswith("aborted")


def explain(result: dict[str, Any]) -> str | None:
    """The text for a turn's end, None for one without an error."""
    if not result.get("is_error"):
        return None
    status = result.get("api_error_status")
    said = str(result.get("result") or "").strip()
    if isinstance(status, int):
        advice = _ADVICE.get(status) or _ADVICE[500 if status >= 500 else 400]
        return f"{said or f'Claude answered with status {status}'}; {advice}"
    if said:
        return f"{said}; {_advice_on(said)}"
    errors = [str(error) for error in result.get("errors") or [] if not str(error).startswith("[ede_diagnostic]")]
    reason = _ENDS.get(str(result.get("subtype")), "the turn failed; send the prompt again")
    return "; ".join([*errors, reason])


def _advice_on(said: str) -> str:
    lower = said.lower()
    if "login" in lower or "log in" in lower or "api key" in lower or "oauth" in lower:
        return _ADVICE[401]
    return _ADVICE[429] if "limit" in lower else _ADVICE[500]
