"""What representatives and their clients are told, each in their own language."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import dateformat, translation
from django.utils.translation import gettext as _

from accounts.models import Mandate, Representative, User
from notifications import outbox


def tell_decision(representative: Representative) -> None:
    """Queue what tells somebody that they may act for others, or not (any more)."""
    user = representative.user
    _queue(
        f"representative-{representative.state}:{representative.pk}",
        "representative_decided",
        user.email,
        user.language,
        is_verified=representative.is_verified,
        was_verified=representative.verified_at is not None,
        url=_address("clients"),
    )


def ask_client(mandate: Mandate) -> None:
    """Queue the question to a client, with the link that answers it."""
    # Who has an account is written to in its language; the answer on the page is the same.
    known = User.objects.filter(email=mandate.client_email).first()
    language = known.language if known else mandate.language
    _queue(
        f"mandate-asked:{mandate.pk}",
        "mandate_asked",
        mandate.client_email,
        language,
        url=_address("mandate", mandate.code),
        **_facts(mandate, language),
    )


def tell_beginning(mandate: Mandate) -> None:
    """Queue what tells both that a mandate is in force."""
    _tell_both(mandate, "mandate_began", _address("client", mandate.pk))


def tell_end(mandate: Mandate) -> None:
    """
    Queue what tells both that a mandate has ended, or that it did not come to be.

    An address that has never answered is not written to again (T12).
    """
    _tell_both(
        mandate, "mandate_ended", _address("clients"), was_active=mandate.began_at is not None
    )


def _tell_both(mandate: Mandate, template: str, clients_url: str, **more: Any) -> None:
    representative, client = mandate.representative.user, mandate.client
    sides = [("representative", representative, clients_url)]
    if client:
        sides.append(("client", client, _address("visits")))
    for side, user, url in sides:
        _queue(
            f"{template}:{mandate.pk}:{side}",
            template,
            user.email,
            user.language,
            is_client=side == "client",
            url=url,
            **_facts(mandate, user.language),
            **more,
        )


def _facts(mandate: Mandate, language: str) -> dict[str, Any]:
    representative = mandate.representative
    with translation.override(language):
        # Translators: a Django date format, as in "Monday 14 December 2026"
        until = mandate.valid_until and dateformat.format(mandate.valid_until, _("l j F Y"))
        return {
            "client": mandate.client_name,
            "representative": str(representative),
            "acts_as": str(representative.get_kind_display()),
            "until": until or "",
            "recorded": mandate.recorded_by_id is not None,
        }


def _queue(key: str, template: str, to: str, language: str, **context: Any) -> None:
    outbox.enqueue(key=key, template=template, to=to, language=language, context=context)


def _address(name: str, *args: Any) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"
