"""The only way a view turns a URL into a representative or a mandate."""

import uuid

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404

from accounts.models import Mandate, Representative, Role, User
from accounts.querysets import MandateQuerySet


def roles_of(user: User) -> tuple[set[str], bool]:
    """Return the kinds of role `user` has at any point, and whether they act for others."""
    represents = Exists(Representative.objects.open().filter(user=OuterRef("pk")))
    rows = list(User.objects.filter(pk=user.pk).values_list("roles__kind", represents))
    return {kind for kind, _represents in rows if kind}, any(row[1] for row in rows)


def representation_of(user: User) -> Representative | None:
    """Return the request of `user` to act for others, or their role; None for most people."""
    return Representative.objects.open().filter(user=user).first()


def verified_representative(user: User) -> Representative:
    """Return the role of `user` to act for others; whoever has none is refused."""
    representative = Representative.objects.verified().filter(user=user).first()
    if representative is None:
        raise PermissionDenied
    return representative


def clients_of(user: User) -> MandateQuerySet:
    """Return the mandates of `user` as a verified representative, whatever became of them."""
    return Mandate.objects.with_people().filter(
        representative__in=Representative.objects.verified().filter(user=user)
    )


def clients_in_force(user: User) -> MandateQuerySet:
    """Return the mandates under which `user` may act now."""
    return Mandate.objects.in_force().with_people().filter(representative__user=user)


def own_client(user: User, mandate_id: uuid.UUID) -> Mandate:
    """
    Return a mandate under which `user` acts, has acted or wants to act.

    To anybody else, and to the client, it does not exist (T4).
    """
    return _found(clients_of(user), pk=mandate_id)


def mandates_given(user: User) -> MandateQuerySet:
    """Return who may act for `user`, and who did not end it yet."""
    return Mandate.objects.with_people().filter(client=user, state="active")


def mandate_given(user: User, mandate_id: uuid.UUID) -> Mandate:
    """Return a mandate that `user` has given, whatever became of it."""
    return _found(Mandate.objects.with_people().filter(client=user), pk=mandate_id)


def mandate_by_code(user: User, code: str) -> Mandate:
    """
    Return the mandate that a mail asks for, to whoever has signed in with the mail's address.

    The link alone opens nothing: it may have been forwarded (T4, T5).
    """
    return _found(Mandate.objects.with_people().filter(client_email=user.email), code=code)


def _found(mandates: QuerySet[Mandate], **which: object) -> Mandate:
    mandate = mandates.filter(**which).first()
    if mandate is None:
        raise Http404
    return mandate


def check_may_verify(user: User) -> None:
    """
    Let managers of any point and administrators pass: representatives act everywhere.

    Whoever works here in another role gets PermissionDenied, anybody else Http404 (T4).
    """
    if not user.is_active:
        raise Http404
    kinds = set(user.roles.values_list("kind", flat=True))
    if user.is_superuser or Role.Kind.MANAGER in kinds:
        return
    if kinds:
        raise PermissionDenied
    raise Http404


def representatives_for_manager(user: User) -> QuerySet[Representative]:
    """Return all representatives and requests to somebody who may verify them."""
    check_may_verify(user)
    return Representative.objects.with_people()


def representative_for_manager(user: User, representative_id: uuid.UUID) -> Representative:
    """Return one of them, to somebody who may verify; else refuse as above."""
    found = representatives_for_manager(user).filter(pk=representative_id).first()
    if found is None:
        raise Http404
    return found


def mandate_for_manager(user: User, representative_id: uuid.UUID, mandate_id: uuid.UUID) -> Mandate:
    """Return a mandate of a representative, to somebody who may verify; else refuse as above."""
    representative = representative_for_manager(user, representative_id)
    return _found(Mandate.objects.filter(representative=representative), pk=mandate_id)
