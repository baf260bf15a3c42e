"""Messages of any session, live or past: from the agent host as far as it holds them, else from the transcript."""

from hatchpod_api.agents.client import AgentsClient
from hatchpod_api.agents.protocol import Messages
from hatchpod_api.errors import NotFoundError, UnavailableError
from hatchpod_api.history.index import HistoryIndex
from hatchpod_api.messages.transcript import MessagePage, NormalizedMessage

PAGE = 500


async def message_page(
    session_id: str, agents: AgentsClient, history: HistoryIndex, *, before: int | None, limit: int
) -> MessagePage:
    """The `limit` messages before the one with index `before`, or the newest. Raises `NotFoundError`."""
    session_id = agents.resolve(session_id)
    if session_id in agents.sessions:
        try:
            return await agents.call(Messages(id=session_id, before=before, limit=limit), MessagePage)
        except (NotFoundError, UnavailableError):
            pass
    return await history.messages(session_id, before=before, limit=limit)


async def all_messages(
    session_id: str, agents: AgentsClient, history: HistoryIndex, *, limit: int
) -> list[NormalizedMessage]:
    """The newest `limit` messages, oldest first. Raises `NotFoundError`."""
    pages: list[list[NormalizedMessage]] = []
    before, missing = None, limit
    while missing > 0:
        page = await message_page(session_id, agents, history, before=before, limit=min(PAGE, missing))
        pages.append(page.messages)
        missing -= len(page.messages)
        if not page.has_more or not page.messages:
            break
        before = page.oldest_index
    return [message for page in reversed(pages) for message in page]
