"""Numbers for Prometheus, in a registry of their own. Labels come from fixed sets: no ids, no paths, no names."""

from collections import Counter as Count
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

Metric = GaugeMetricFamily | CounterMetricFamily
Reading = Callable[[], Iterable[Metric]]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_BUCKETS = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0)


class Metrics:
    """`requests` counts as they end; everything else is read from the parts when somebody asks."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        labels = ("method", "route", "status")
        self._requests = Counter("hatchpod_http_requests", "HTTP requests", labels, registry=self._registry)
        self._seconds = Histogram(
            "hatchpod_http_request_seconds",
            "Time to answer an HTTP request",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._prompts = Counter("hatchpod_prompts", "Prompts sent by clients", registry=self._registry)

    def read_from(self, reading: Reading) -> None:
        """Ask this part for its numbers from now on."""
        self._registry.register(_Part(reading))

    def note_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """`route` is the route's template, such as `/api/sessions/{session_id}`."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def note_prompt(self) -> None:
        self._prompts.inc()

    def text(self) -> bytes:
        return generate_latest(self._registry)


class _Part(Collector):
    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def collect(self) -> Iterable[Metric]:
        return self._reading()


def gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"hatchpod_{name}", help_text, value=value)


def counter(name: str, help_text: str, value: float) -> Metric:
    return CounterMetricFamily(f"hatchpod_{name}", help_text, value=value)


def by_label(name: str, help_text: str, label: str, values: Iterable[str]) -> Metric:
    """How often each of the values occurs."""
    family = GaugeMetricFamily(f"hatchpod_{name}", help_text, labels=[label])
    for value, count in sorted(Count(values).items()):
        family.add_metric([value], count)
    return family
