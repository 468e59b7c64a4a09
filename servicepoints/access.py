"""The only way a view turns a URL into a service point, for the public and for staff."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import Http404

from accounts.models import Device, Role, User
from servicepoints import lookups, municipalities
from servicepoints.guide_models import Choice, Ending, GuideVersion, Question
from servicepoints.models import DeskGroup, Service, ServicePoint
from servicepoints.municipalities import Place
from servicepoints.pair_models import ServicePair

Row = TypeVar("Row", Question, Choice, Ending)
CLERK, ADVISER, MANAGER = Role.Kind.CLERK, Role.Kind.ADVISER, Role.Kind.MANAGER
ANY_ROLE = (CLERK, ADVISER, MANAGER)


def staffed_points(user: User, *kinds: str) -> QuerySet[ServicePoint]:
    """Return the points where `user` has one of the roles; an administrator has all."""
    if not user.is_active:
        return ServicePoint.objects.none()
    if user.is_superuser:
        return ServicePoint.objects.all()
    return ServicePoint.objects.filter(
        pk__in=Role.objects.filter(user=user, kind__in=kinds or ANY_ROLE).values("service_point")
    )


def point_for_staff(user: User, slug: str, *kinds: str) -> ServicePoint:
    """
    Return the point if `user` has one of the roles there.

    Somebody with no role there gets Http404, with another role PermissionDenied (T4).
    """
    point = staffed_points(user).filter(slug=slug).first()
    if point is None:
        raise Http404
    if not staffed_points(user, *kinds).filter(pk=point.pk).exists():
        raise PermissionDenied
    return point


def group_for_staff(user: User, slug: str, group_id: int, *kinds: str) -> DeskGroup:
    """Return a desk group of a point where `user` has one of the roles, else refuse as above."""
    point = point_for_staff(user, slug, *kinds)
    group = DeskGroup.objects.with_supply().filter(service_point=point, pk=group_id).first()
    if group is None:
        raise Http404
    return group


def public_point(slug: str) -> ServicePoint:
    """Return a point that exists today or will, or raise Http404."""
    point = ServicePoint.objects.filter(slug=slug).first()
    if point is None or point.is_over:
        raise Http404
    return point


def allowed_pairs() -> list[ServicePair]:
    """Return the pairs of services that one visit can be for at some point."""
    return list(ServicePair.objects.served_somewhere().with_services())


def public_points() -> list[ServicePoint]:
    """Return the points that exist today, each by its own local date."""
    return [point for point in ServicePoint.objects.all() if point.exists_on(point.today)]


class NamedPlace(NamedTuple):
    """Where somebody is, by a name that people know."""

    name: str
    place: Place


def place_named(name: str) -> NamedPlace | None:
    """Return a municipality by its name, or the town of a point, which may be abroad."""
    municipality = municipalities.find(name)
    if municipality:
        return NamedPlace(municipality.name, municipality.place)
    typed = municipalities.plain(name)
    towns = (point for point in public_points() if municipalities.plain(point.city) == typed)
    return next((NamedPlace(point.city, point.place) for point in towns), None)


def nearest_place(place: Place) -> NamedPlace:
    """Return the municipality or the town of a point that is the nearest to `place`."""
    municipality = municipalities.nearest(place)
    known = [NamedPlace(municipality.name, municipality.place)]
    known += [NamedPlace(point.city, point.place) for point in public_points()]
    return min(known, key=lambda row: place.km_to(row.place))


def public_service(slug: str) -> Service:
    """Return a service by its slug, or raise Http404."""
    service = lookups.service(slug)
    if service is None:
        raise Http404
    return service


def offered_service(service_slug: str, point_slug: str) -> tuple[Service, ServicePoint]:
    """
    Return a service and a point by their slugs, in one query where the point offers it.

    Raise Http404 if either does not exist for the public; whether the service can be booked
    there is for the operation to say.
    """
    offered = lookups.offered(service_slug, point_slug)
    if offered and not offered.service_point.is_over:
        return offered
    return public_service(service_slug), public_point(point_slug)


def devices_for_manager(user: User, point: ServicePoint) -> QuerySet[Device]:
    """Return the kiosks and screens of a point that `user` manages, those in use first."""
    return Device.objects.filter(
        service_point=point, service_point__in=staffed_points(user, MANAGER)
    ).order_by(F("revoked_at").desc(nulls_first=True), "kind", "name")


def device_for_manager(user: User, slug: str, device_id: uuid.UUID) -> Device:
    """Return a kiosk or screen of a point that `user` manages, else refuse as above."""
    point = point_for_staff(user, slug, MANAGER)
    device = Device.objects.filter(service_point=point, pk=device_id).first()
    if device is None:
        raise Http404
    return device


def published_guide() -> GuideVersion | None:
    """Return the guide that people use, with all that belongs to it."""
    return GuideVersion.objects.published().with_tree().first()


def was_in_an_earlier_guide(answers: Sequence[int]) -> bool:
    """Whether the first of these ids of answers belongs to a guide that has been replaced."""
    retired = Choice.objects.filter(question__version__state=GuideVersion.State.RETIRED)
    return retired.filter(pk__in=answers[:1]).exists()


def public_partners(service: Service | None) -> list[ServicePoint]:
    """Return the partner offices that exist today; with a `service`, those that offer it."""
    offering = ServicePoint.objects.offering(service) if service else ServicePoint.objects.all()
    partners = offering.filter(operator=ServicePoint.Operator.PARTNER)
    return [point for point in partners if point.exists_on(point.today)]


def check_guide_editor(user: User) -> None:
    """
    Let managers of any point and administrators pass: the guide is one for the whole agency.

    Whoever works here in another role gets PermissionDenied, anybody else Http404 (T4).
    """
    is_administrator = user.is_active and user.is_superuser
    if is_administrator or staffed_points(user, MANAGER).exists():
        return
    if staffed_points(user).exists():
        raise PermissionDenied
    raise Http404


def guide_versions(user: User) -> QuerySet[GuideVersion]:
    """Return all versions of the guide to somebody who may edit it, the newest first."""
    check_guide_editor(user)
    return GuideVersion.objects.with_people()


def guide_version(user: User, number: int) -> GuideVersion:
    """Return one version with all that belongs to it, for an editor; else refuse as above."""
    version = guide_versions(user).filter(number=number).with_tree().first()  # type: ignore[attr-defined]
    if version is None:
        raise Http404
    return version


def guide_draft(user: User) -> GuideVersion:
    """Return the draft with all that belongs to it, for an editor; else refuse as above."""
    draft = guide_versions(user).drafts().with_tree().first()  # type: ignore[attr-defined]
    if draft is None:
        raise Http404
    return draft


def question_of_draft(user: User, question_id: int) -> tuple[GuideVersion, Question]:
    """Return the draft and a question of it for an editor, else refuse as above."""
    draft = guide_draft(user)
    return draft, _found(draft.questions.filter(pk=question_id).first())


def choice_of_draft(user: User, choice_id: int) -> tuple[GuideVersion, Choice]:
    """Return the draft and an answer of it for an editor, else refuse as above."""
    draft = guide_draft(user)
    of_draft = Choice.objects.filter(question__version=draft).select_related("question")
    return draft, _found(of_draft.filter(pk=choice_id).first())


def ending_of_draft(user: User, ending_id: int) -> tuple[GuideVersion, Ending]:
    """Return the draft and an ending of it for an editor, else refuse as above."""
    draft = guide_draft(user)
    return draft, _found(draft.endings.filter(pk=ending_id).first())


def _found(row: Row | None) -> Row:
    if row is None:
        raise Http404
    return row
