"""Who may be told of changes at a service point, and for how long (T11)."""

from collections.abc import Collection
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now
from django.http import Http404, HttpRequest

from accounts.devices import device_from
from accounts.exceptions import DeviceRefused
from accounts.models import Device, User
from queueing.access import ticket_by_code
from queueing.models import Ticket
from servicepoints.access import point_for_staff

STREAMS_PER_ACTOR = 3


@dataclass(frozen=True)
class Watch:
    """
    The right to be told of changes at a point.

    `right` is what it rests on: "ticket" (holder: its code), "device" (holder: its id), or
    "staff" (holder: the user's id, with the session they are signed in with).
    """

    point_id: int
    right: str
    holder: str
    session_key: str = ""

    @property
    def actor(self) -> str:
        """Whose streams are counted together."""
        return f"{self.right}:{self.holder}"


def watch_ticket(code: str) -> Watch:
    """Return the right of who has a ticket's private link, or raise Http404."""
    return Watch(ticket_by_code(code).queue_day.service_point_id, "ticket", code)


def watch_point(request: HttpRequest, slug: str) -> Watch:
    """
    Return the right of a lobby screen of the point, or of its staff.

    Anybody else gets Http404, a revoked screen DeviceRefused.
    """
    refused = None
    try:
        device = device_from(request, Device.Kind.DISPLAY)
        if device and device.service_point.slug == slug:  # type: ignore[attr-defined]
            return Watch(device.service_point_id, "device", str(device.pk))  # type: ignore[attr-defined]
    except DeviceRefused as error:
        refused = error
    user = _user_of(request)
    if user is None:
        raise refused or Http404
    point = point_for_staff(user, slug)
    return Watch(point.pk, "staff", str(user.pk), request.session.session_key or "")


def _user_of(request: HttpRequest) -> User | None:
    """Return who is signed in: streams pass by the middleware that usually says so."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    user = get_user(request)
    return user if isinstance(user, User) else None


def still_allowed(watches: Collection[Watch]) -> set[Watch]:
    """Return those of `watches` whose right still holds: three queries, however many there are."""
    return {
        *_tickets_of_today([watch for watch in watches if watch.right == "ticket"]),
        *_working_devices([watch for watch in watches if watch.right == "device"]),
        *_staff_signed_in([watch for watch in watches if watch.right == "staff"]),
    }


def _tickets_of_today(watches: Collection[Watch]) -> list[Watch]:
    tickets = Ticket.objects.filter(
        code__in=[watch.holder for watch in watches], queue_day__closed_at=None
    ).select_related("queue_day__service_point")
    today = {
        ticket.code
        for ticket in tickets
        if ticket.queue_day.date == ticket.queue_day.service_point.today
    }
    return [watch for watch in watches if watch.holder in today]


def _working_devices(watches: Collection[Watch]) -> list[Watch]:
    working = set(
        Device.objects.filter(
            pk__in=[watch.holder for watch in watches],
            token_hash__isnull=False,
            revoked_at__isnull=True,
        ).values_list("pk", flat=True)
    )
    return [watch for watch in watches if watch.holder in {str(pk) for pk in working}]


def _staff_signed_in(watches: Collection[Watch]) -> list[Watch]:
    sessions = set(
        Session.objects.filter(
            session_key__in=[watch.session_key for watch in watches], expire_date__gt=Now()
        ).values_list("session_key", flat=True)
    )
    rights = User.objects.filter(
        Q(is_superuser=True) | Q(roles__isnull=False),
        pk__in=[watch.holder for watch in watches],
        is_active=True,
    ).values_list("pk", "is_superuser", "roles__service_point")
    everywhere = {str(user) for user, is_superuser, _point in rights if is_superuser}
    somewhere = {(str(user), point) for user, _is_superuser, point in rights}
    return [
        watch
        for watch in watches
        if watch.session_key in sessions
        and (watch.holder in everywhere or (watch.holder, watch.point_id) in somewhere)
    ]


class Places:
    """
    At most STREAMS_PER_ACTOR streams for each actor, counted over all processes.

    A place is an advisory lock of this process's connection, so that whatever ends the
    process gives its places back. Use it from one thread.
    """

    def __init__(self) -> None:
        self._held: dict[str, set[int]] = {}

    def take(self, actor: str) -> int | None:
        """Return a place for one more stream of `actor`, or None if all are taken."""
        held = self._held.setdefault(actor, set())
        # A connection gets a lock that it holds already once more, so those are passed over.
        for place in set(range(STREAMS_PER_ACTOR)) - held:
            if self._lock("pg_try_advisory_lock", actor, place):
                held.add(place)
                return place
        return None

    def give_back(self, actor: str, place: int) -> None:
        """Free a place that `take` gave."""
        self._lock("pg_advisory_unlock", actor, place)
        held = self._held.get(actor, set())
        held.discard(place)
        if not held:
            self._held.pop(actor, None)

    def _lock(self, function: str, actor: str, place: int) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(hashtext(%s), %s::int)", [actor, place])
            return bool(cursor.fetchone()[0])
