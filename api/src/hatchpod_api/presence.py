"""Who is looking at which session: nobody needs to be told of what they see."""

from collections.abc import Iterator
from contextlib import contextmanager


class Viewer:
    """One open stream. A client says when its page is hidden; until then it counts as seen."""

    visible = True


class Presence:
    def __init__(self) -> None:
        self._viewers: dict[str, set[Viewer]] = {}

    @contextmanager
    def enter(self, session_id: str) -> Iterator[Viewer]:
        """A viewer of this session, for as long as the context lasts."""
        viewer = Viewer()
        self._viewers.setdefault(session_id, set()).add(viewer)
        try:
            yield viewer
        finally:
            viewers = self._viewers[session_id]
            viewers.discard(viewer)
            if not viewers:
                del self._viewers[session_id]

    @property
    def seen(self) -> list[str]:
        """What somebody looks at, each by the id that the stream was opened with."""
        return [name for name, viewers in self._viewers.items() if any(viewer.visible for viewer in viewers)]

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return sum(map(len, self._viewers.values()))
