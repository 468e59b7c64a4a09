"""Who somebody is: users, their roles at a service point, and enrolled devices."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.querysets import UserQuerySet


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
    """A person with a verified e-mail address: an applicant, or someone who works here."""

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


class TryCount(models.Model):
    """
    How often `key` has tried something since `began_at`.

    `key` is an action and a keyed hash of who tries, never an address itself. It is counted in
    the database, so that several servers count together (assurance.md, package notes).
    """

    key = models.CharField(max_length=100, primary_key=True)
    began_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.key
