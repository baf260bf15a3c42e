"""What the host tells the web server of all sessions: how each looks in the list, and what people may want to know."""

from collections import deque
from collections.abc import Callable

from hatchpod_api.agents.lines import encode_line
from hatchpod_api.agents.protocol import FeedEvent, FeedLine, FeedRateLimit, FeedSnapshot
from hatchpod_api.agents.story import Subscriber
from hatchpod_api.messages.frames import RateLimit

KEPT_EVENTS = 200


class Feed:
    """Events that nobody listened to are kept for whoever comes next, so that a restart there loses none."""

    def __init__(self) -> None:
        self._subscribers: set[Subscriber] = set()
        self._unheard: deque[FeedEvent] = deque(maxlen=KEPT_EVENTS)
        self._rate_limits: dict[str, RateLimit] = {}

    @property
    def rate_limits(self) -> list[RateLimit]:
        return list(self._rate_limits.values())

    def publish(self, line: FeedLine) -> None:
        if isinstance(line, FeedEvent) and not self._subscribers:
            self._unheard.append(line)
        if self._subscribers:
            encoded = encode_line(line)
            for subscriber in self._subscribers:
                subscriber.send(encoded)

    def rate_limited(self, limit: RateLimit) -> bool:
        """The newest word on a kind of limit; false when it is the same as before."""
        if self._rate_limits.get(limit.kind) == limit:
            return False
        self._rate_limits[limit.kind] = limit
        self.publish(FeedRateLimit(rate_limit=limit))
        return True

    def subscribe(self, subscriber: Subscriber, snapshot: Callable[[], FeedSnapshot]) -> None:
        subscriber.replay([encode_line(line) for line in (snapshot(), *self._unheard)])
        self._unheard.clear()
        self._subscribers.add(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.discard(subscriber)
