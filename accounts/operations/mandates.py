"""Mandates: ask, confirm, record, end; and to act under one."""

import contextlib
import datetime
from collections.abc import Iterable, Iterator

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts import mandate_messages, sign_in
from accounts.exceptions import (
    MandateEnded,
    MandateExists,
    MandateOfOneself,
    NotARepresentative,
)
from accounts.models import Mandate, Representative, User
from accounts.tries import count_try

# How long a client may take to answer.
ANSWER_TIME = datetime.timedelta(days=14)
# Whatever a representative asks, a stranger's mailbox is not filled (T12).
ASKED_OF_ONE_ADDRESS = 3
ASKED_BY_ONE = 50
A_DAY = datetime.timedelta(days=1)


def ask_for_mandate(
    representative: Representative,
    *,
    name: str,
    email: str,
    valid_until: datetime.date | None = None,
    language: str = "",
) -> Mandate:
    """
    Ask somebody by e-mail to let `representative` act for them.

    It is all the same whether the address has an account (T6): nothing is looked up but the
    language to write in. `valid_until` is the last day, None for until it is ended. Refuses with
    NotARepresentative, MandateOfOneself, MandateExists and TooManyTries.
    """
    email = email.lower()
    _check_can_ask(representative, email)
    count_try("mandate-asked-by", str(representative.pk), limit=ASKED_BY_ONE, period=A_DAY)
    count_try("mandate-asked-of", email, limit=ASKED_OF_ONE_ADDRESS, period=A_DAY)
    try:
        with transaction.atomic():
            mandate = Mandate.objects.create(
                representative=representative,
                client_name=name,
                client_email=email,
                language=sign_in.known_language(language),
                valid_until=valid_until,
                answer_until=timezone.now() + ANSWER_TIME,
            )
            mandate_messages.ask_client(mandate)
    except IntegrityError as error:
        raise MandateExists from error
    return mandate


def record_mandate(
    representative: Representative,
    *,
    name: str,
    email: str,
    basis: str,
    by: User,
    valid_until: datetime.date | None = None,
    language: str = "",
) -> Mandate:
    """
    Let `representative` act for a client at once, since staff have seen the mandate; tell both.

    `basis` says what was seen, and `by` answers for it. A client without an account gets one,
    which waits for its first sign-in; what was only asked for begins now. Refuses with
    NotARepresentative, MandateOfOneself, MandateExists, and MandateEnded for a closed account.
    """
    email = email.lower()
    _check_can_ask(representative, email)
    client = sign_in.user_for_sign_in(email, language=language)
    if client is None:
        raise MandateEnded
    given = {
        "state": Mandate.State.ACTIVE,
        "client": client,
        "client_name": name,
        "valid_until": valid_until,
        "recorded_by": by,
        "basis": basis,
    }
    try:
        with transaction.atomic():
            asked = Mandate.objects.filter(
                representative=representative, client_email=email, state="asked"
            )
            if not asked.update(began_at=Now(), **given):
                Mandate.objects.create(
                    representative=representative,
                    client_email=email,
                    began_at=timezone.now(),
                    language=client.language,
                    **given,
                )
            mandate = Mandate.objects.open().get(representative=representative, client_email=email)
            mandate_messages.tell_beginning(mandate)
    except IntegrityError as error:
        raise MandateExists from error
    return mandate


def _check_can_ask(representative: Representative, email: str) -> None:
    if not Representative.objects.verified().filter(pk=representative.pk).exists():
        raise NotARepresentative
    if email == representative.user.email:
        raise MandateOfOneself


@transaction.atomic
def confirm_mandate(mandate: Mandate, *, by: User) -> Mandate:
    """
    Let the client, signed in as `by`, give the mandate they were asked for; tell both.

    Confirming twice is harmless. Refuses with MandateEnded what was ended, not answered in time,
    or asked by somebody who may not act for others any more; and with MandateOfOneself.
    """
    list(Representative.objects.filter(pk=mandate.representative_id).lock_for_change())
    if by.pk == mandate.representative.user_id:
        raise MandateOfOneself
    waiting = Mandate.objects.filter(
        pk=mandate.pk,
        state="asked",
        representative__in=Representative.objects.verified(),
    ).exclude(pk__in=Mandate.objects.outdated())
    confirmed = waiting.update(state=Mandate.State.ACTIVE, client=by, began_at=Now())
    current = Mandate.objects.with_people().get(pk=mandate.pk)
    if confirmed:
        mandate_messages.tell_beginning(current)
    if not current.is_active:
        raise MandateEnded
    return current


@transaction.atomic
def end_mandate(mandate: Mandate, *, by: User) -> None:
    """
    End a mandate, or decline or withdraw what was asked for; tell both. Twice is harmless.

    The representative loses the client's visits with the commit. The visits stay booked: they
    are the client's.
    """
    list(Representative.objects.filter(pk=mandate.representative_id).lock_for_change())
    end_locked_mandates([mandate], by=by)


def end_outdated_mandates() -> int:
    """End the mandates whose last day is over, and requests not answered; return how many."""
    total = 0
    for mandate in Mandate.objects.outdated():
        with transaction.atomic():
            list(Representative.objects.filter(pk=mandate.representative_id).lock_for_change())
            total += end_locked_mandates([mandate], by=None)
    return total


def end_locked_mandates(mandates: Iterable[Mandate], *, by: User | None) -> int:
    """
    End those of these mandates that are open, and tell both sides; return how many.

    Lock their representatives first, so that nothing is under way under them.
    """
    total = 0
    for mandate in mandates:
        ended = (
            Mandate.objects.open()
            .filter(pk=mandate.pk)
            .update(state=Mandate.State.ENDED, ended_at=Now(), ended_by=by)
        )
        if ended:
            mandate_messages.tell_end(Mandate.objects.with_people().get(pk=mandate.pk))
        total += ended
    return total


@contextlib.contextmanager
def acting(mandate: Mandate) -> Iterator[None]:
    """
    Do what follows, in one transaction, only while `mandate` is in force; else MandateEnded.

    A representative does one thing at a time, and ending a mandate waits for it or comes first:
    both lock the representative's row, before any slot or appointment.
    """
    with transaction.atomic():
        list(Representative.objects.filter(pk=mandate.representative_id).lock_for_change())
        # A statement of its own: the one that waited for the lock still sees what was before.
        if not Mandate.objects.in_force().filter(pk=mandate.pk).exists():
            raise MandateEnded
        yield
