"""P5, I3: the line is cut after COMMIT and the same is sent again; one result comes of it."""

import json
import socket
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.operations import issue_token
from booking import operations
from booking.answers import value_of
from booking.models import Appointment, Offer, Slot, WaitingListEntry
from config import invariants
from notifications.models import Message
from tests.factories import (
    free,
    make_appointment,
    make_entry,
    make_group,
    make_hold,
    make_slots,
    make_user,
)
from tests.faults.site import PATIENCE, Site, api_headers, cookie_of, eventually, hold_body

AMINA = {"name": "Amina Ali", "birth_date": "1990-06-05"}
CSRF = "onlyforthistest" * 2 + "xx"


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, redis_url="")
    site.start_web()
    yield site
    site.stop()


@pytest.fixture
def slots(transactional_db: None) -> list[Slot]:
    return make_slots(make_group(), 3, capacity=3)


class Sender:
    """Somebody's program or browser, which can send the same bytes again."""

    def __init__(self, site: Site, user: User) -> None:
        self.site, self.user = site, user
        self.token = issue_token(user)[0]
        self.cookies = f"{cookie_of(user)}; csrftoken={CSRF}"

    def api(self, path: str, body: dict[str, Any], key: str = "") -> bytes:
        return post(f"/api/v1/{path}", json.dumps(body), **api_headers(self.token, key))

    def form(self, path: str, **fields: Any) -> bytes:
        content = urlencode(fields | {"csrfmiddlewaretoken": CSRF})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return post(path, content, Cookie=self.cookies, **kind)

    def cut(self, request: bytes, committed: Callable[[], Any]) -> None:
        """Send a request, and hang up when its change is committed, deaf to the answer."""
        with self._line() as line:
            line.sendall(request)
            eventually(committed)

    def ask(self, request: bytes) -> tuple[int, dict[str, str], str]:
        """Send a request, and return status, headers and body of its answer."""
        with self._line() as line:
            line.sendall(request)
            heard = b""
            while more := line.recv(65536):
                heard += more
        head, _, body = heard.decode().partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return int(first.split()[1]), headers, body

    def _line(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.site.port), timeout=PATIENCE)


def post(path: str, body: str, **headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body.encode())}", "", body]
    return "\r\n".join(lines).encode()


@pytest.fixture
def sender(site: Site) -> Sender:
    return Sender(site, make_user())


# Programs --------------------------------------------------------------------------------


def test_a_hold_whose_answer_was_lost_is_given_again(sender: Sender, slots: list[Slot]) -> None:
    request = sender.api("appointments", hold_body(slots[0]))
    sender.cut(request, Appointment.objects.exists)

    status, _headers, body = sender.ask(request)

    held = Appointment.objects.get()
    assert (status, json.loads(body)["id"], held.status) == (201, str(held.pk), "held")
    assert Slot.objects.get(pk=slots[0].pk).taken == 1


def test_a_hold_whose_answer_was_lost_is_made_anew_without_its_key(
    sender: Sender, slots: list[Slot]
) -> None:
    sender.cut(sender.api("appointments", hold_body(slots[0])), Appointment.objects.exists)

    assert sender.ask(sender.api("appointments", hold_body(slots[0])))[0] == 201

    assert Appointment.objects.count() == 2


def test_a_key_whose_answer_was_lost_is_refused_for_another_request(
    sender: Sender, slots: list[Slot]
) -> None:
    key = str(uuid.uuid4())
    sender.cut(sender.api("appointments", hold_body(slots[0]), key), Appointment.objects.exists)

    status, _headers, body = sender.ask(sender.api("appointments", hold_body(slots[1]), key))

    assert (status, json.loads(body)["code"]) == (422, "idempotency_key_reused")
    assert Appointment.objects.get().starts_at == slots[0].starts_at


def is_confirmed() -> bool:
    return Appointment.objects.filter(status="confirmed").exists()


def test_a_confirmation_whose_answer_was_lost_is_given_again(
    sender: Sender, slots: list[Slot]
) -> None:
    held = make_hold(slots[0], user=sender.user)
    request = sender.api(f"appointments/{held.pk}/confirm", {"people": [AMINA]})
    sender.cut(request, is_confirmed)

    status, _headers, body = sender.ask(request)

    assert (status, json.loads(body)["status"]) == (200, "confirmed")
    assert Message.objects.filter(template="visit_confirmed").count() == 1
    assert invariants.broken() == {}


def test_a_move_whose_answer_was_lost_is_made_once(sender: Sender, slots: list[Slot]) -> None:
    visit = make_appointment(slots[0], user=sender.user)
    body = hold_body(slots[1])
    to = {"service_point": body["service_point"], "starts_at": body["starts_at"]}
    request = sender.api(f"appointments/{visit.pk}/move", to)
    sender.cut(request, Appointment.objects.filter(moves=1).exists)

    assert sender.ask(request)[0] == 200

    assert Appointment.objects.get().moves == 1
    assert invariants.broken() == {}


def test_a_cancellation_whose_answer_was_lost_frees_the_time_once(
    sender: Sender, slots: list[Slot]
) -> None:
    visit = make_appointment(slots[0], user=sender.user)
    make_appointment(slots[0])
    request = sender.api(f"appointments/{visit.pk}/cancel", {})
    sender.cut(request, Appointment.objects.filter(status="cancelled").exists)

    assert sender.ask(request)[0] == 200

    assert Slot.objects.get(pk=slots[0].pk).taken == 1
    assert invariants.broken() == {}


def join_body(slot: Slot, **changes: Any) -> dict[str, Any]:
    body = hold_body(slot)
    last_date = timezone.localdate() + timezone.timedelta(days=60)
    return {
        "service": body["service"],
        "service_points": [body["service_point"]],
        "people": [AMINA],
        "last_date": last_date.isoformat(),
        "notice_hours": 2,
    } | changes


def test_a_place_in_line_whose_answer_was_lost_is_given_again(
    sender: Sender, slots: list[Slot]
) -> None:
    request = sender.api("waiting-list", join_body(slots[0]))
    sender.cut(request, WaitingListEntry.objects.exists)

    status, _headers, body = sender.ask(request)

    assert (status, json.loads(body)["id"]) == (201, str(WaitingListEntry.objects.get().pk))


def test_an_offer_whose_acceptance_was_not_heard_is_accepted_once(
    sender: Sender, slots: list[Slot]
) -> None:
    make_entry(slots[0])
    free(slots[0])
    operations.offer_freed_times()
    request = sender.api(f"offers/{Offer.objects.get().code}/accept", {})
    sender.cut(request, is_confirmed)

    assert sender.ask(request)[0] == 200

    assert Appointment.objects.active().count() == 1
    assert invariants.broken() == {}


# Browsers ----------------------------------------------------------------------------------


def page_of(slot: Slot) -> dict[str, str]:
    """What the page of the times sends, with its id."""
    body = hold_body(slot)
    return {
        "service": body["service"],
        "people": "1",
        "point": body["service_point"],
        "time": value_of(slot.starts_at),
        "request": str(uuid.uuid4()),
    }


def test_a_page_that_did_not_come_back_holds_once_when_it_is_sent_again(
    sender: Sender, slots: list[Slot]
) -> None:
    request = sender.form("/book/hold/", **page_of(slots[0]))
    sender.cut(request, Appointment.objects.exists)

    status, headers, _body = sender.ask(request)

    held = Appointment.objects.get()
    assert (status, headers["location"]) == (302, f"/book/{held.pk}/details/")
    assert Slot.objects.get(pk=slots[0].pk).taken == 1


def test_a_page_that_did_not_come_back_holds_twice_without_its_id(
    sender: Sender, slots: list[Slot]
) -> None:
    request = sender.form("/book/hold/", **page_of(slots[0]) | {"request": ""})
    sender.cut(request, Appointment.objects.exists)

    assert sender.ask(request)[0] == 302

    assert Appointment.objects.count() == 2


TYPED = {
    "p1-name": AMINA["name"],
    "p1-birth_date_day": "5",
    "p1-birth_date_month": "6",
    "p1-birth_date_year": "1990",
    "contact-phone": "",
}


def test_a_confirmation_that_did_not_come_back_is_shown_when_it_is_sent_again(
    sender: Sender, slots: list[Slot]
) -> None:
    held = make_hold(slots[0], user=sender.user)
    assert sender.ask(sender.form(f"/book/{held.pk}/details/", **TYPED))[0] == 302
    request = sender.form(f"/book/{held.pk}/check/")
    sender.cut(request, is_confirmed)

    status, headers, _body = sender.ask(request)

    assert (status, headers["location"]) == (302, f"/book/{held.pk}/confirmed/")
    assert Message.objects.filter(template="visit_confirmed").count() == 1
    assert invariants.broken() == {}


def joining(sender: Sender, slot: Slot, page_id: str, **changes: str) -> bytes:
    body = join_body(slot)
    year, month, day = body["last_date"].split("-")
    wished = {
        "service": body["service"],
        "people": "1",
        "points": body["service_points"][0],
        "last_date_day": day,
        "last_date_month": month,
        "last_date_year": year,
        "time_of_day": "any",
        "notice": "2",
    }
    fields = TYPED | {"need-need": "3", "request": page_id} | changes
    return sender.form(f"/waiting/people/?{urlencode(wished)}", **fields)


def test_a_place_in_line_that_did_not_come_back_is_shown_when_it_is_asked_for_again(
    sender: Sender, slots: list[Slot]
) -> None:
    request = joining(sender, slots[0], str(uuid.uuid4()))
    sender.cut(request, WaitingListEntry.objects.exists)

    status, headers, _body = sender.ask(request)

    assert (status, headers["location"]) == (
        302,
        f"/waiting/{WaitingListEntry.objects.get().pk}/",
    )


def test_a_page_that_did_not_come_back_joins_nobody_else(sender: Sender, slots: list[Slot]) -> None:
    page_id = str(uuid.uuid4())
    sender.cut(joining(sender, slots[0], page_id), WaitingListEntry.objects.exists)

    another = joining(sender, slots[0], page_id, **{"p1-name": "Somebody Else"})

    assert sender.ask(another)[0] == 422
    assert WaitingListEntry.objects.get().persons.get().name == AMINA["name"]
