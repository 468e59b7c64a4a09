"""
The Celery application, and when each repeated job runs.

Jobs that come too late to matter expire, so that a queue which nobody emptied for a night is
harmless: every one of them does all that is due whenever it runs.
"""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import (
    beat_init,
    before_task_publish,
    setup_logging,
    task_postrun,
    task_prerun,
)

from config.logs import request_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("vuoro")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def every(seconds: int, task: str) -> dict[str, Any]:
    """Schedule a job; one that was not started before the next is due is dropped."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


app.conf.beat_schedule = {
    # Hourly at five past: so it is nightly at 00:05 in every time zone, and catches up.
    "open-horizon": {
        "task": "booking.tasks.open_horizon",
        "schedule": crontab(minute="5"),
        "options": {"expires": 3000},
    },
    "release-due": every(10, "booking.tasks.release_due"),
    "expire-holds": every(15, "booking.tasks.expire_holds"),
    "return-reserved": every(15, "booking.tasks.return_reserved"),
    "offer-freed-times": every(20, "booking.tasks.offer_freed_times"),
    "end-waiting": every(3600, "booking.tasks.end_waiting"),
    "remind": every(300, "booking.tasks.remind"),
    "send-due": every(15, "notifications.tasks.send_due"),
    "send-due-texts": every(15, "notifications.tasks.send_due_texts"),
    "forget-messages": every(3600, "notifications.tasks.forget_old"),
    "forget-unproved": every(3600, "accounts.tasks.forget_unproved"),
    "end-outdated-mandates": every(3600, "accounts.tasks.end_outdated_mandates"),
    "forget-requests": every(300, "accounts.tasks.forget_requests"),
    "forget-sessions": every(3600, "accounts.tasks.forget_sessions"),
    "close-days": every(300, "queueing.tasks.close_days"),
}


@beat_init.connect
def catch_up(**_: Any) -> None:
    """Ask for every job when beat starts: it may have been down when one was due."""
    for entry in app.conf.beat_schedule.values():
        app.send_task(entry["task"], **entry["options"])


@setup_logging.connect
def keep_django_logging(**_: Any) -> None:
    """Celery leaves logging alone when this signal has a receiver: LOGGING is in force."""


@before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_: Any) -> None:
    headers.setdefault("request_id", request_id.get())


@task_prerun.connect
def take_request_id(task: Any, **_: Any) -> None:
    request_id.set(getattr(task.request, "request_id", None) or task.request.id or "")


@task_postrun.connect
def forget_request_id(**_: Any) -> None:
    request_id.set("")
