"""`/-/live`, `/-/ready` and `/-/metrics`, for balancers and monitoring."""

from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from config import metrics


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "live"})


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Requests can be served: 503 without the database or with migrations missing."""
    parts = {"database": _database(), "redis": _redis()}
    serving = parts["database"] == "ok"
    fine = serving and parts["redis"] in {"ok", "not used"}
    answer: dict[str, Any] = {
        "status": "ready" if fine else "degraded" if serving else "unavailable",
        **parts,
    }
    return JsonResponse(answer, status=200 if serving else 503)


@require_safe
def prometheus(request: HttpRequest) -> HttpResponse:
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "away"
    return "migrations missing" if waiting else "ok"


def _redis() -> str:
    if not settings.REDIS_URL:
        return "not used"
    # Here, since the package takes a second to load and most set-ups of one machine lack Redis.
    from redis import Redis, RedisError

    try:
        with Redis.from_url(settings.REDIS_URL, **settings.REDIS_OPTIONS) as redis:
            redis.ping()
    except (RedisError, OSError):
        return "away"
    return "ok"
