"""Who comes: people, the same person however written, and their names on a visit."""

import datetime
import hashlib
import unicodedata
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction

from accounts.models import User
from booking.exceptions import PersonHasVisit
from booking.models import Appointment, Attendee, WaitingListEntry
from booking.people import without_unseen


class Person(NamedTuple):
    """Someone who comes: any name in any script, and a date of birth."""

    name: str
    birth_date: datetime.date

    @property
    def key(self) -> str:
        """The same for every spelling that differs in case, accents' form or spaces (P4)."""
        name = same_text(self.name)
        return hashlib.sha256(f"{name}|{self.birth_date.isoformat()}".encode()).hexdigest()


def same_text(name: str) -> str:
    """Return a name without what is only spelling: case, accents' form, spaces, what is unseen."""
    return " ".join(without_unseen(unicodedata.normalize("NFKC", name).casefold()).split())


def name_people(hold: Appointment, people: list[Person]) -> None:
    """Name who comes; refuse with PersonHasVisit whoever has a visit for a service of it (P4)."""
    positions = enumerate(people, start=1)
    identified = the_identified(hold.user, people)
    # A visit for two matters can be in the way of two others, and an identity in the way of
    # another spelling, which the constraints find only after each has been written: two at one
    # moment would wait for each other.
    keys = [person.key for person in people]
    lock_keys([*keys, str(hold.user.identity_key)] if identified and hold.user else keys)
    # In the order of the keys, so that two families with people in common cannot deadlock.
    for position, person in sorted(positions, key=lambda row: row[1].key):
        try:
            with transaction.atomic():
                Attendee.objects.create(
                    appointment=hold,
                    position=position,
                    name=person.name,
                    birth_date=person.birth_date,
                    person_key=person.key,
                    identity_key=hold.user.identity_key if person is identified else None,  # type: ignore[union-attr]
                    service_id=hold.service_id,
                    second_service_id=hold.second_service_id,
                )
        except IntegrityError as error:
            raise PersonHasVisit(name=person.name) from error


def lock_keys(keys: list[str]) -> None:
    """Let nobody else name any of these people, by their keys, until the end of the transaction."""
    numbers = sorted({int(key[:15], 16) for key in keys})
    with connection.cursor() as cursor:
        for number in numbers:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def the_identified(user: User | None, people: list[Person]) -> Person | None:
    """
    Return who of `people` is the user who has identified strongly, if one of them is.

    Somebody with the very name and birth date; else with the birth date and a word of the name,
    so that leaving out a second name makes nobody another person (P4).
    """
    if user is None or user.identity_key is None:
        return None
    born = [person for person in people if user.birth_date in (None, person.birth_date)]
    exact = [person for person in born if same_text(person.name) == same_text(user.name)]
    if exact or user.birth_date is None:
        return next(iter(exact), None)
    words = set(same_text(user.name).split())
    return next((person for person in born if words & set(same_text(person.name).split())), None)


def follow_visit(visit: Appointment, people: list[Person]) -> None:
    """
    Let an entry of the same people wait for an earlier time than the visit they just booked.

    Call it in the transaction that confirms the visit.
    """
    keys = {person.key for person in people}
    waiting = WaitingListEntry.objects.waiting().filter(
        user=visit.user_id,
        service=visit.service_id,
        second_service=visit.second_service_id,
        appointment=None,
    )
    for entry in waiting.prefetch_related("persons"):
        if {person.person_key for person in entry.persons.all()} == keys:
            WaitingListEntry.objects.filter(pk=entry.pk).update(appointment=visit)
