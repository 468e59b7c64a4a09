"""Reminders of visits, a week and a day before."""

import datetime
import uuid
import zoneinfo

from django.db import transaction
from django.utils import timezone

from booking import messages, reminder_days
from booking.models import Appointment
from booking.querysets import AppointmentQuerySet
from servicepoints import plan
from servicepoints.models import ServicePoint

ONE_DAY = datetime.timedelta(days=1)


def remind() -> int:
    """
    Queue the reminders that are due, each once for each time a visit has had; return how many.

    Harmless at any time: whatever was missed is caught up with while it is still true, and
    nobody is reminded within a day of booking or moving.
    """
    names = ServicePoint.objects.order_by("time_zone").values_list("time_zone", flat=True)
    zones = [zoneinfo.ZoneInfo(name) for name in names.distinct()]
    return sum(
        _remind_of_day(zone, due.days, due.first + ONE_DAY * i)
        for zone in zones
        for due in reminder_days.due_days(timezone.now(), zone)
        for i in range((due.last - due.first).days + 1)
    )


def _remind_of_day(zone: zoneinfo.ZoneInfo, days: int, date: datetime.date) -> int:
    begins, ends = (plan.to_utc(day, datetime.time.min, zone) for day in (date, date + ONE_DAY))
    told_before = reminder_days.moment(date, days, zone) - reminder_days.TOLD_ENOUGH
    visits = (
        Appointment.objects.not_yet_reminded(days)
        .filter(desk_group__service_point__time_zone=zone.key, starts_at__gt=timezone.now())
        .between(begins, ends)
        .told_before(told_before)
    )
    return sum(_remind(visits, pk, days) for pk in list(visits.values_list("pk", flat=True)))


@transaction.atomic
def _remind(visits: AppointmentQuerySet, visit_id: uuid.UUID, days: int) -> bool:
    # Locked and asked again: what is cancelled or moved meanwhile is not reminded of.
    visit = visits.with_place().lock_for_change().filter(pk=visit_id).first()
    if visit is None:
        return False
    messages.queue_reminder(visit, days)
    return True
