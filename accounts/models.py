"""Who somebody is: users, roles at a service point, devices, and who acts for whom."""

import secrets
import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.querysets import MandateQuerySet, RepresentativeQuerySet, UserQuerySet


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Create a user who signs in with codes sent to `email`; a password is not needed."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Create an administrator of the whole system."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """
    A person with a verified e-mail address: an applicant, or someone who works here.

    Whoever has identified strongly has an `identity_key`, the keyed hash of who an identity
    provider says they are: the same person again, and nothing that could be read (T14).
    """

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    is_staff = models.BooleanField(_("may use the admin"), default=False)
    is_superuser = models.BooleanField(
        _("administrator"),
        default=False,
        help_text=_("Sees and changes everything, at every point, without a role."),
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Not active: the person is signed out at once and cannot sign in any more."),
    )
    birth_date = models.DateField(_("date of birth"), null=True, editable=False)
    # Empty is NULL, since most people have none while it is unique.
    identity_key = models.CharField(  # noqa: DJ001
        max_length=64, null=True, editable=False
    )
    identified_at = models.DateTimeField(_("identified at"), null=True, editable=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="one_user_per_email_whatever_its_case",
                violation_error_code="email_in_use",
                violation_error_message=_("Somebody else has this e-mail address."),
            ),
            models.UniqueConstraint(fields=["identity_key"], name="one_user_per_strong_identity"),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.Model):
    """What a member of staff may do at one service point. An administrator needs none."""

    class Kind(models.TextChoices):
        CLERK = "clerk", _("Clerk")
        ADVISER = "adviser", _("Adviser")
        MANAGER = "manager", _("Manager")

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="roles", verbose_name=_("user")
    )
    # A lazy reference: accounts lies below servicepoints and imports nothing of it.
    service_point = models.ForeignKey(
        "servicepoints.ServicePoint",
        on_delete=models.CASCADE,
        related_name="roles",
        verbose_name=_("service point"),
    )
    kind = models.CharField(_("role"), max_length=10, choices=Kind.choices)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "service_point", "kind"],
                name="a_role_is_given_once",
                violation_error_code="given_twice",
                violation_error_message=_("The person has this role at this point already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_kind_display()}"


class Device(models.Model):
    """
    A kiosk or lobby screen of one service point.

    A manager gets a one-time code; typing it on the device exchanges it for a token in a
    cookie. Only hashes are kept. A revoked device is refused at its next request (T8).
    """

    class Kind(models.TextChoices):
        KIOSK = "kiosk", _("Kiosk")
        DISPLAY = "display", _("Lobby screen")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service_point = models.ForeignKey(
        "servicepoints.ServicePoint",
        on_delete=models.CASCADE,
        related_name="devices",
        verbose_name=_("service point"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=100)
    code_hash = models.CharField(max_length=64, blank=True, editable=False)
    code_expires_at = models.DateTimeField(null=True, editable=False)
    # Empty is NULL, since many devices wait for theirs while a token is unique.
    token_hash = models.CharField(  # noqa: DJ001
        max_length=64, null=True, unique=True, editable=False
    )
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    enrolled_at = models.DateTimeField(_("enrolled at"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("taken out of use at"), null=True, blank=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")

    def __str__(self) -> str:
        return self.name

    @property
    def is_enrolled(self) -> bool:
        """Whether it holds a token that works."""
        return bool(self.token_hash) and self.revoked_at is None


class Representative(models.Model):
    """
    Somebody who asks to act for others, or may: a counsel, a guardian, an employer's agent.

    Staff look at the request and verify it. A request or role that has ended stays, so that
    one can see who was let in by whom; whoever wants to begin again asks again.
    """

    class Kind(models.TextChoices):
        COUNSEL = "counsel", _("Counsel")
        GUARDIAN = "guardian", _("Guardian")
        EMPLOYER = "employer", _("Employer's agent")

    class State(models.TextChoices):
        ASKED = "asked", _("Waits to be verified")
        VERIFIED = "verified", _("Verified")
        ENDED = "ended", _("Not in force")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="representations", verbose_name=_("user")
    )
    kind = models.CharField(_("acts as"), max_length=10, choices=Kind.choices)
    # Clients see it, and an account need not have a name.
    name = models.CharField(_("name"), max_length=200)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    evidence = models.CharField(_("how it can be checked"), max_length=500)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    verified_at = models.DateTimeField(_("verified at"), null=True)
    verified_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("verified by")
    )
    ended_at = models.DateTimeField(_("ended at"), null=True)
    ended_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("ended by")
    )

    objects = RepresentativeQuerySet.as_manager()

    class Meta:
        verbose_name = _("representative")
        verbose_name_plural = _("representatives")
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(state__in=["asked", "verified"]),
                name="one_open_representation_per_user",
            ),
            models.CheckConstraint(
                condition=~Q(state="verified")
                | Q(verified_at__isnull=False, verified_by__isnull=False),
                name="a_verified_representative_was_verified_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False)
                | (~Q(state="ended") & Q(ended_at__isnull=True)),
                name="an_ended_representation_says_when",
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(filter(None, [self.name, self.organisation]))

    @property
    def is_verified(self) -> bool:
        return self.state == self.State.VERIFIED


def new_mandate_code() -> str:
    """Return a code for a link in a mail: 128 bits, so that it cannot be guessed (T5)."""
    return secrets.token_urlsafe(16)


class Mandate(models.Model):
    """
    A client lets a representative book, move and cancel visits for them.

    It is asked for by e-mail and begins when the client confirms it, signed in with that
    address; or staff record it, having seen it on paper. Until it begins nobody knows whether
    the address has an account (T6): there is no `client` yet. `valid_until` is its last day.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("Waits for the client")
        ACTIVE = "active", _("In force")
        ENDED = "ended", _("Ended")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    representative = models.ForeignKey(
        Representative,
        on_delete=models.CASCADE,
        related_name="mandates",
        verbose_name=_("representative"),
    )
    client = models.ForeignKey(
        User,
        null=True,
        on_delete=models.CASCADE,
        related_name="mandates_given",
        verbose_name=_("client"),
    )
    # As the representative knows them; the client's own account is never shown.
    client_name = models.CharField(_("client's name"), max_length=200)
    client_email = models.EmailField(_("client's e-mail"))
    # What is written to somebody who has no account, and so no language, yet.
    language = models.CharField(
        _("language"), max_length=2, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    code = models.CharField(max_length=30, unique=True, default=new_mandate_code, editable=False)
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.ASKED)
    valid_until = models.DateField(_("last day"), null=True)
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    answer_until = models.DateTimeField(null=True)
    began_at = models.DateTimeField(_("began at"), null=True)
    recorded_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    basis = models.CharField(_("what was seen"), max_length=300, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    # Nobody: its last day was over, or it was not answered.
    ended_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("ended by")
    )

    objects = MandateQuerySet.as_manager()

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        ordering = ["client_name", "asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["representative", "client_email"],
                condition=Q(state__in=["asked", "active"]),
                name="one_open_mandate_per_representative_and_address",
            ),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(client__isnull=False, began_at__isnull=False),
                name="an_active_mandate_has_a_client",
            ),
            models.CheckConstraint(
                condition=~Q(state="asked") | Q(client__isnull=True, answer_until__isnull=False),
                name="a_mandate_asked_for_waits_for_its_client",
            ),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False)
                | (~Q(state="ended") & Q(ended_at__isnull=True)),
                name="an_ended_mandate_says_when",
            ),
            models.CheckConstraint(
                condition=Q(recorded_by__isnull=True) | ~Q(basis=""),
                name="a_recorded_mandate_says_what_was_seen",
            ),
        ]

    def __str__(self) -> str:
        return self.client_name

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE


class TryCount(models.Model):
    """
    How often `key` has tried something since `began_at`.

    `key` is an action and a keyed hash of who tries, never an address itself. It is counted in
    the database, so that several servers count together (assurance.md, package notes). The
    table is unlogged: counting waits for no disk, and after a crash all counts begin anew.
    """

    key = models.CharField(max_length=100, primary_key=True)
    began_at = models.DateTimeField()
    count = models.PositiveIntegerField()
    last_at = models.DateTimeField(null=True)
    # From then on nothing is known of who tried: the row is removed.
    ends_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["ends_at"], name="tries_by_end")]

    def __str__(self) -> str:
        return self.key


class SpentChallenge(models.Model):
    """
    A proof of work that has been used (T1). It is remembered for as long as it could be used
    again, and says nothing about who used it.
    """

    signature = models.CharField(max_length=64)
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["signature"], name="a_challenge_is_spent_once")
        ]
        indexes = [models.Index(fields=["ends_at"], name="spent_challenges_by_end")]

    def __str__(self) -> str:
        return self.signature
