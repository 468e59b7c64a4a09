"""What the pages show when axe looks at them: one small agency with all that a page can say."""

import datetime
import itertools
from functools import cached_property
from pathlib import Path

from django.http import HttpResponse
from django.test import Client, override_settings
from django.utils import timezone

from accounts.devices import cookie_name, give_cookie
from accounts.models import Device, Mandate, Representative, Role, User
from accounts.operations import (
    ask_for_mandate,
    ask_to_represent,
    end_mandate,
    enrol,
    new_device,
    record_mandate,
    revoke,
)
from booking import operations as booking
from booking.models import Appointment, Slot
from booking.operations import Person
from config.demo import data
from config.mailbox import Mail, newest_first
from notifications import outbox
from notifications.models import Message
from queueing import operations as queueing
from queueing.models import Ticket
from servicepoints import plan
from servicepoints.models import DateOverride, Desk, DeskGroup, Service, ServicePoint
from servicepoints.pair_models import ServicePair
from servicepoints.plan import ProposedHours
from tests.factories import (
    make_appointment,
    make_group,
    make_hold,
    make_mandate,
    make_opening,
    make_person,
    make_point,
    make_representative,
    make_right,
    make_service,
    make_slots,
    make_user,
    zone_at,
)

DAY = datetime.timedelta(days=1)
MINUTE = datetime.timedelta(minutes=1)
CAPACITY = 60
LONG_NAME = "Ana María de los Ángeles Fernández-Castañeda y Gutiérrez de la Concha Vázquez"
Cookies = dict[str, str]


def demo_service(slug: str, **fields: object) -> Service:
    """One of the demo's services: its names and its list of what to bring are as long as life."""
    row = next(row for row in data.SERVICES if row.slug == slug)
    names = dict(zip(("name_fi", "name_sv", "name_en"), row.names, strict=True))
    bring = dict(zip(("bring_fi", "bring_sv", "bring_en"), row.bring, strict=True))
    defaults = {
        "category": row.category,
        "minutes": row.minutes,
        "can_be_urgent": row.can_be_urgent,
        "position": data.SERVICES.index(row),
    }
    return make_service(slug, **names | bring | defaults | fields)


def name_them(group: DeskGroup, name: str, first_sign: int) -> None:
    """Give a desk group its name, and its desks the signs from `first_sign` on."""
    DeskGroup.objects.filter(pk=group.pk).update(name=name)
    for sign, desk in enumerate(group.desks.order_by("pk"), first_sign):
        Desk.objects.filter(pk=desk.pk).update(sign=str(sign))


class World:
    """Who looks, whatever there is to be seen."""

    def session_of(self, user: User) -> Cookies:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return {"sessionid": client.cookies["sessionid"].value}


class Bare(World):
    """A database in which nothing has been put yet."""

    def __init__(self, mail: Path) -> None:
        for file in mail.glob("*"):
            file.unlink()


class Agency(World):
    """
    A service point that is open now, one run by a partner, and one that has nothing yet.

    What a row of the pages changes is made for that row alone (`new_visit`, `new_hold`, ...).
    """

    def __init__(self, mail: Path) -> None:
        self.mail = mail
        # Mornings in which nothing is planned yet, for what a row makes.
        self.spare_days = itertools.count(90)
        self.make_points()
        self.make_times()
        self.make_people()
        self.make_line()

    # What there is ----------------------------------------------------------------

    def make_points(self) -> None:
        self.card = demo_service("permanent-card-renewal")
        self.work = demo_service("work")
        self.citizenship = demo_service("citizenship")
        ServicePair.objects.create(one=self.card, other=self.work)
        self.full = demo_service("brexit")
        names = {"name_fi": "Helsinki (Malmi)", "name_sv": "Helsingfors (Malm)"}
        zone = zone_at(10)
        self.point = make_point(
            "helsinki",
            **names,
            name_en="Helsinki (Malmi)",
            # A real street with a name of one long word.
            street_address="Hovioikeudenpuistikko 19 A",
            time_zone=zone,
            move_until_hours=4,
            step_free=True,
        )
        self.permits = make_group(self.point, services=[self.card, self.work], desks=4)
        self.others = make_group(self.point, services=[self.citizenship, self.full], desks=2)
        name_them(self.permits, "Oleskeluluvat", 1)
        name_them(self.others, "Kansalaisuus ja EU", 5)
        self.bare = make_point("vaasa", name_sv="Vasa", time_zone=zone)
        self.partner = make_point(
            "visby",
            time_zone=zone,
            operator=ServicePoint.Operator.PARTNER,
            operator_name="Statens servicecenter",
            country="SE",
        )
        make_group(self.partner, services=[self.card], walk_in=False)
        make_point("ended", valid_until=datetime.date(2021, 1, 31))
        self.closed = make_point("rovaniemi", time_zone=zone, tickets_per_day=0)
        make_group(self.closed, services=[self.card])
        for group in (self.permits, self.others):
            for weekday in range(7):
                make_opening(group, weekday, desks=group.desks.count())

    def make_times(self) -> None:
        self.mornings = [self.morning(days) for days in range(7, 75, 4)]
        for morning in self.mornings:
            make_slots(self.permits, 24, starts_at=morning, capacity=CAPACITY)
        self.soon = (timezone.now() + 20 * MINUTE).replace(second=0, microsecond=0)
        make_slots(self.permits, 24, starts_at=self.soon, capacity=CAPACITY)
        self.make_days_of_a_manager()

    def morning(self, days: int) -> datetime.datetime:
        """Return nine o'clock at the point, so many days ahead."""
        date = self.point.today + DAY * days
        return plan.to_utc(date, datetime.time(9), self.point.zone)

    def make_days_of_a_manager(self) -> None:
        self.manager = make_user(name="Maija Päällikkö")
        Role.objects.create(user=self.manager, service_point=self.point, kind="manager")
        today = self.point.today
        self.this_week = today - DAY * today.weekday()
        saturday = self.this_week + DAY * 12
        eight, noon = datetime.time(18), datetime.time(20)
        hours = ProposedHours(saturday, eight, noon, 3, 2, frozenset([self.card.pk]))
        now = timezone.now()
        self.waiting = booking.open_extra_day(
            self.permits, hours, release_at=now + DAY, by=self.manager
        )
        later = ProposedHours(saturday + DAY, eight, noon, 3, 2)
        self.released = booking.open_extra_day(
            self.permits, later, release_at=None, by=self.manager
        )
        self.right = make_right(services=[self.card], points=[self.point])
        reserved = ProposedHours(saturday + 14 * DAY, eight, noon, 3, 2)
        returns_at = self.point.day_bounds(saturday + 12 * DAY)[0]
        booking.open_extra_day(
            self.permits,
            reserved,
            release_at=None,
            by=self.manager,
            reservation=booking.Reservation(self.right, 1, returns_at),
        )
        booking.release_due()
        self.closing = saturday + 2 * DAY
        booking.close_day(self.point, self.closing, by=self.manager, reason="Training day")
        DateOverride.objects.create(
            desk_group=self.others,
            date=saturday,
            kind=DateOverride.Kind.CHANGED,
            opens_at=datetime.time(9),
            closes_at=datetime.time(12),
            desks=1,
            public_desks=1,
            reason="Half a day",
        )

    def make_people(self) -> None:
        self.admin = make_user(name="Ada Admin", is_staff=True, is_superuser=True)
        self.clerk = self.make_clerk(self.point)
        self.clerk_of_two = self.make_clerk(self.point, self.bare)
        self.clerk_of_bare = self.make_clerk(self.bare)
        self.manager_of_bare = make_user()
        Role.objects.create(user=self.manager_of_bare, service_point=self.bare, kind="manager")
        self.manager_of_two = make_user()
        for point in (self.point, self.bare):
            Role.objects.create(user=self.manager_of_two, service_point=point, kind="manager")
        self.newcomer = make_user()
        self.applicant = make_user("a.person.with.a.long.address@university.example")
        self.visit = self.new_visit(self.applicant, [make_person(LONG_NAME), make_person()])
        for days in range(1, 13):
            self.make_past_visit(days)
        self.make_representatives()

    def make_representatives(self) -> None:
        """Somebody who acts for three people, or has; who wants to; and who has no client yet."""
        organisation = "Asianajotoimisto Laki & Oikeus Oy"
        representative = make_representative(organisation=organisation)
        self.representative = representative.user
        self.mandate = make_mandate(
            representative, self.applicant, name=LONG_NAME, valid_until=self.closing + 90 * DAY
        )
        self.asked_mandate = self.ask(representative)
        self.ended_mandate = make_mandate(representative, name="Suharto")
        end_mandate(self.ended_mandate, by=self.ended_mandate.client)
        self.new_visit_under(self.mandate)
        self.representative_without_clients = make_representative().user
        self.would_be = ask_to_represent(
            make_user(), kind="guardian", name="Gunnar Guardian", evidence="The court's decision"
        )
        record_mandate(
            representative,
            name="Dora Donner",
            email="dora@example.org",
            basis="Power of attorney, signed on 3 March",
            by=self.manager,
        )

    def ask(self, representative: Representative) -> Mandate:
        self.asked_client = make_user("grace@example.org")
        return ask_for_mandate(representative, name="Grace Okonkwo", email=self.asked_client.email)

    def new_visit_under(self, mandate: Mandate) -> Appointment:
        """Return a visit that a representative has booked for their client."""
        held = make_hold(self.free_slot(), user=mandate.client, mandate=mandate)
        return booking.confirm(held, people=[make_person()], mandate=mandate)

    def make_clerk(self, *points: ServicePoint) -> User:
        clerk = make_user(name="Kalle Virkailija")
        for point in points:
            Role.objects.create(user=clerk, service_point=point, kind=Role.Kind.CLERK)
        return clerk

    def make_past_visit(self, days: int) -> None:
        visit = self.new_visit(self.applicant)
        ends = {0: "served", 1: "missed", 2: "cancelled"}
        visit.attendees.update(active=False)
        Appointment.objects.filter(pk=visit.pk).update(
            status=ends[days % 3], starts_at=timezone.now() - DAY * days, quota_place=None
        )

    def make_line(self) -> None:
        """Put some people in line, one called and one being served."""
        for service, language in ((self.work, "sv"), (self.card, "en"), (self.work, "fi")):
            self.new_number(service, language)
        self.desks = list(self.permits.desks.all())
        self.clerk_who_serves, self.served = self.call_to(self.desks[0])
        queueing.start(self.served, by=self.clerk_who_serves)
        self.clerk_who_called, self.called = self.call_to(self.desks[1])
        self.clerk_at_desk = self.make_clerk(self.point)
        queueing.sit_down(self.clerk_at_desk, self.desks[2])
        self.clerk_of_partner = self.make_clerk(self.partner)
        queueing.sit_down(self.clerk_of_partner, self.partner.desk_groups.get().desks.get())
        self.new_arrival([make_person(name) for name in data.NAMES[:4]])
        late = self.new_arrival([make_person("Suharto")])
        came_too_late = timezone.now() - 17 * MINUTE
        Appointment.objects.filter(pk=late.appointment_id).update(starts_at=came_too_late)
        Ticket.objects.filter(pk=late.pk).update(serve_at=came_too_late)
        self.make_missed()
        self.waiting_ticket = self.new_number(self.card, "en")

    def make_missed(self) -> None:
        """Let somebody with a long name be called in vain."""
        ticket = self.new_arrival([make_person(f"{LONG_NAME} II")])
        Ticket.objects.filter(pk=ticket.pk).update(serve_at=timezone.now() - DAY)
        clerk, called = self.call_to(self.desks[3])
        self.missed = queueing.miss(called, by=clerk)
        queueing.stand_up(clerk)

    # What a row changes --------------------------------------------------------------

    def call_to(self, desk: Desk) -> tuple[User, Ticket]:
        """Return a clerk at `desk`, and the next in line, whom they have called."""
        clerk = self.make_clerk(self.point)
        queueing.sit_down(clerk, desk)
        return clerk, queueing.call_next(desk, by=clerk)

    def new_number(self, service: Service, language: str) -> Ticket:
        return queueing.take_number(self.point, service, urgent=True, language=language)

    def new_arrival(self, people: list[Person]) -> Ticket:
        """Return the number of someone with an appointment today."""
        coming = Slot.objects.filter(desk_group=self.permits, starts_at__gte=self.soon)
        visit = make_appointment(coming.order_by("starts_at")[0], people=people)
        return queueing.check_in(self.point, visit.reference)

    def new_visit(self, user: User, people: list[Person] | None = None) -> Appointment:
        return make_appointment(self.free_slot(), user=user, people=people or [make_person()])

    def new_visit_for_two(self, user: User) -> Appointment:
        """Return a visit for two matters."""
        held = booking.hold(
            user=user,
            service=self.card,
            second_service=self.work,
            service_point=self.point,
            starts_at=self.free_slot().starts_at,
            people=1,
        )
        return booking.confirm(held, people=[make_person()])

    def new_hold(self, user: User, people: int = 1) -> Appointment:
        return make_hold(self.free_slot(), user=user, people=people)

    def free_slot(self) -> Slot:
        """Return the first slot of the day on which the fewest come."""
        first = Slot.objects.filter(desk_group=self.permits, starts_at__in=self.mornings)
        return first.order_by("taken", "starts_at")[0]

    def has_three(self) -> User:
        """Return someone who has as many visits as one may have."""
        user = make_user()
        for _ in range(3):
            self.new_visit(user)
        return user

    # Who looks ------------------------------------------------------------------------

    def device(self, kind: str, point: ServicePoint | None = None) -> Cookies:
        """Return the cookie of a newly enrolled device."""
        self.last_device, code = new_device(point or self.point, kind, "A device")
        device, token = enrol(code)
        response = HttpResponse()
        give_cookie(response, device, token)
        name = cookie_name(kind)
        return {name: response.cookies[name].value}

    def revoked_device(self, kind: str) -> Cookies:
        cookie = self.device(kind)
        revoke(self.last_device)
        return cookie

    @cached_property
    def kiosk(self) -> Cookies:
        return self.device(Device.Kind.KIOSK)

    @cached_property
    def screen(self) -> Cookies:
        return self.device(Device.Kind.DISPLAY)

    def mails(self) -> list[Mail]:
        """Return what is in the mailbox, now that all that was queued has been sent."""
        backend = "config.mailbox.EmailBackend"
        with override_settings(EMAIL_BACKEND=backend, MAILBOX_DIR=self.mail):
            outbox.send_all_due(Message.Channel.EMAIL, seconds=10)
            return newest_first()
