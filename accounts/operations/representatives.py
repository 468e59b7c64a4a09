"""Who may act for others: ask, verify, end."""

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from accounts import mandate_messages
from accounts.exceptions import AlreadyRepresentative, NotARepresentative
from accounts.models import Mandate, Representative, User
from accounts.operations.mandates import end_locked_mandates


def ask_to_represent(
    user: User, *, kind: str, name: str, evidence: str, organisation: str = ""
) -> Representative:
    """
    Ask to be let act for others; staff look at it.

    Refuses a second request at a time, and that of a representative, with AlreadyRepresentative.
    """
    try:
        with transaction.atomic():
            return Representative.objects.create(
                user=user, kind=kind, name=name, organisation=organisation, evidence=evidence
            )
    except IntegrityError as error:
        raise AlreadyRepresentative from error


@transaction.atomic
def verify_representative(representative: Representative, *, by: User) -> None:
    """
    Let somebody act for others, from now until it is ended, and tell them.

    `by` looked at their evidence, and answers for it. Twice is harmless: the first one counts.
    One whose request has ended must ask again: raise NotARepresentative.
    """
    verified = Representative.objects.filter(pk=representative.pk, state="asked").update(
        state=Representative.State.VERIFIED, verified_at=Now(), verified_by=by
    )
    current = Representative.objects.with_people().get(pk=representative.pk)
    if verified:
        mandate_messages.tell_decision(current)
    if not current.is_verified:
        raise NotARepresentative


@transaction.atomic
def end_representative(representative: Representative, *, by: User) -> None:
    """
    Turn a request down, or end the role with every mandate under it; tell all of them.

    From the commit on nothing can be done under it, not even what was begun. Twice is harmless.
    """
    list(Representative.objects.filter(pk=representative.pk).lock_for_change())
    ended = (
        Representative.objects.open()
        .filter(pk=representative.pk)
        .update(state=Representative.State.ENDED, ended_at=Now(), ended_by=by)
    )
    if not ended:
        return
    for mandate in Mandate.objects.open().filter(representative=representative):
        end_locked_mandates([mandate], by=by)
    mandate_messages.tell_decision(Representative.objects.with_people().get(pk=representative.pk))
