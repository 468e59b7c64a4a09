"""What Prometheus reads at `/-/metrics`. Labels are routes and states, never people."""

import os
from collections.abc import Iterable

from django.db import DatabaseError
from django.db.models import Min
from django.utils import timezone
from prometheus_client import CollectorRegistry, Histogram, generate_latest, multiprocess
from prometheus_client.core import REGISTRY, GaugeMetricFamily, Metric

from notifications.models import Message

REQUESTS = Histogram(
    "vuoro_request_seconds",
    "Time to answer, by route.",
    ["method", "route", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


class Outbox:
    """How long the oldest message has been waiting: the first sign of a worker that is gone."""

    def collect(self) -> Iterable[Metric]:
        try:
            due = Message.objects.due().aggregate(oldest=Min("next_attempt_at"))["oldest"]
        except DatabaseError:
            # The other metrics are wanted most when the database is away.
            return
        late = (timezone.now() - due).total_seconds() if due else 0
        yield GaugeMetricFamily("vuoro_outbox_late_seconds", "Lateness of the oldest.", value=late)


def exposition() -> bytes:
    """Return all metrics in Prometheus' text format, over all web processes."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    own = CollectorRegistry()
    own.register(Outbox())
    return generate_latest(registry) + generate_latest(own)
