"""What an agent of one session waits for. Each is answered once, by whichever client is first."""

from hatchpod_api.agents.rules import rule_of
from hatchpod_api.errors import ConflictError, ValueNotAllowedError
from hatchpod_api.messages.commands import Approve
from hatchpod_api.messages.sessions import Approval
from hatchpod_api.providers.base import APPROVAL_GONE, Decision


class Approvals:
    """In the order in which they were asked for."""

    def __init__(self) -> None:
        self._pending: dict[str, Approval] = {}

    def __bool__(self) -> bool:
        return bool(self._pending)

    @property
    def pending(self) -> list[Approval]:
        return list(self._pending.values())

    def add(self, approval: Approval) -> None:
        self._pending[approval.tool_use_id] = approval

    def decide(self, command: Approve) -> Decision:
        """What an `approve` means; the approval still waits. Raises `ValueNotAllowedError` for what cannot be done."""
        approval = self.get(command.tool_use_id)
        if command.clear_context and not (approval.kind == "plan" and approval.input.get("plan")):
            raise ValueNotAllowedError(
                "clearContext: there is no plan to carry out in an empty conversation; leave it out",
                field="clearContext",
            )
        return Decision(
            allowed=True,
            updated_input=command.updated_input,
            rule=rule_of(approval, command.always_allow),
            answers=command.answers,
            target_mode=command.target_mode,
            clear_context=command.clear_context,
        )

    def get(self, tool_use_id: str) -> Approval:
        if (approval := self._pending.get(tool_use_id)) is None:
            raise ConflictError(
                "this was answered already, or nobody waits for it any more; nothing needs to be done",
                field="toolUseId",
                code=APPROVAL_GONE,
            )
        return approval

    def remove(self, tool_use_id: str) -> bool:
        return self._pending.pop(tool_use_id, None) is not None
