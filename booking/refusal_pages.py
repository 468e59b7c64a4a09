"""A refusal as a page: what happened, what to do next, with everything that was answered kept."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import Refusal
from booking import availability, time_choice
from booking.answers import Answers
from booking.forms import TimeForm
from booking.models import Appointment
from servicepoints.models import ServicePoint

TITLES: dict[str, str | Promise] = {
    "time_taken": _("Someone else just took this time"),
    "no_such_time": _("This time cannot be booked"),
    "in_the_past": _("This time has already passed"),
    "outside_horizon": _("This day is too far ahead"),
    "not_offered": _("This service cannot be booked there"),
    "not_in_one_visit": _("These two need two visits"),
    "hold_expired": _("The time is no longer kept for you"),
    "right_does_not_fit": _("Your invitation is for something else"),
    "right_used_up": _("Your invitation has been used"),
    "quota_reached": _("You have as many times as you can have"),
    "client_quota_reached": _("The client has as many times as one can have"),
    "mandate_ended": _("You cannot act for this person any more"),
    "person_has_visit": _("This person already has a time"),
    "not_active": _("This time is no longer yours"),
    "already_handled": _("This visit cannot be changed any more"),
    "moved_too_often": _("This time cannot be moved any more"),
    "too_late_to_move": _("It is too late to move this time"),
    "changed_meanwhile": _("The booking has changed"),
}


def refused(
    request: HttpRequest, refusal: Refusal, links: list[tuple[str | Promise, str]]
) -> HttpResponse:
    """Show why something cannot be done, and `links`: words and addresses of ways to go on."""
    context = {
        "title": title_of(refusal),
        "text": str(refusal),
        "links": [{"label": label, "url": url} for label, url in links],
        "has_errors": True,
    }
    return render(request, "booking/refused.html", context, status=refusal.status)


def booking_refused(request: HttpRequest, refusal: Refusal, answers: Answers) -> HttpResponse:
    """Show a refusal of a hold: the next free times, or the visits that use the quota up."""
    assert answers.service
    assert answers.people
    assert answers.point
    if refusal.code in {"mandate_ended", "client_quota_reached"}:
        return refused(request, refusal, [(_("Go to your clients"), reverse("clients"))])
    if refusal.code == "quota_reached":
        return refused(request, refusal, [(_("Go to my visits"), reverse("visits"))])
    after = answers.point.day_bounds(answers.point.today)[0]
    context = {
        "carried": answers.carried | {"request": str(uuid.uuid4())},
        "action": reverse("book_hold"),
        "all_times_url": answers.url("book_time"),
        "other_points_url": answers.without("point").url("book_point"),
        "waiting_url": answers.waiting_url,
        **_next_times(answers, after),
    }
    return _other_times(request, refusal, context)


def move_refused(
    request: HttpRequest, refusal: Refusal, appointment: Appointment, point: ServicePoint
) -> HttpResponse:
    """Show a refusal of a move; the old time is still the person's own."""
    is_own = appointment.user_id == request.user.pk
    answers = Answers(
        appointment.service, appointment.people, point, second=appointment.second_service
    )
    after = point.day_bounds(point.today)[0]
    context = {
        "appointment": appointment,
        "carried": {"point": point.slug},
        "action": reverse("visit_move_check", args=[appointment.pk]),
        "all_times_url": f"{reverse('visit_move_time', args=[appointment.pk])}?point={point.slug}",
        "other_points_url": reverse("visit_move", args=[appointment.pk]),
        "waiting_url": reverse("visit_earlier", args=[appointment.pk]) if is_own else "",
        **_next_times(answers, after),
    }
    return _other_times(request, refusal, context)


def title_of(refusal: Refusal) -> str | Promise:
    return TITLES.get(refusal.code, _("This cannot be done"))


def _next_times(answers: Answers, after: Any) -> dict[str, Any]:
    assert answers.service
    assert answers.people
    assert answers.point
    times = availability.next_free_times(
        answers.service, answers.point, answers.people, after, second=answers.second
    )
    days = time_choice.grouped(times, answers.point.zone)
    return {"form": TimeForm(days=days), "point": answers.point, "answers": answers}


def _other_times(request: HttpRequest, refusal: Refusal, context: dict[str, Any]) -> HttpResponse:
    context |= {"title": title_of(refusal), "text": str(refusal), "has_errors": True}
    return render(request, "booking/other_times.html", context, status=refusal.status)
