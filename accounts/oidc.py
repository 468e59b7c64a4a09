"""
Strong identification by an OpenID provider, with django-allauth's client.

What the client leaves unchecked is checked here: the issuer is the one of the settings, the
signature is verified, the nonce is ours, the level is high enough, and what the provider says
at its userinfo endpoint is about the same person (T13).
"""

import datetime
import logging
import secrets
from typing import Any, cast

import jwt
from allauth.socialaccount.internal import jwtkit, statekit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from requests import RequestException

from accounts.exceptions import IdentificationCancelled, IdentificationFailed
from accounts.operations import Identity

logger = logging.getLogger(__name__)

PROVIDER = "identity"
# Never a shared secret, nor no signature at all.
ALGORITHMS = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}
# What a provider that lies, fails or is away can make the client raise.
FAILURES = (OAuth2Error, RequestException, jwt.PyJWTError, KeyError, TypeError, ValueError)


def is_on() -> bool:
    """Whether people can identify: a provider is in the settings."""
    return bool(settings.OIDC_ISSUER)


class IdentityProvider(OpenIDConnectProvider):
    """The one provider of the settings; nothing about it is kept in the database."""

    def __init__(self, request: HttpRequest) -> None:
        app = SocialApp(
            provider=self.id,
            provider_id=PROVIDER,
            name=settings.OIDC_NAME,
            client_id=settings.OIDC_CLIENT_ID,
            secret=settings.OIDC_CLIENT_SECRET,
            settings={
                "server_url": settings.OIDC_ISSUER.rstrip("/"),
                "oauth_pkce_enabled": True,
                "scope": settings.OIDC_SCOPES,
            },
        )
        super().__init__(request, app=app)

    def get_oauth2_adapter(self, request: HttpRequest) -> "IdentityAdapter":
        return IdentityAdapter(request)


class IdentityAdapter(OpenIDConnectOAuth2Adapter):
    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request, PROVIDER)

    def get_provider(self) -> IdentityProvider:
        return IdentityProvider(self.request)

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return request.build_absolute_uri(reverse("identify_callback"))

    @property
    def openid_config(self) -> dict[str, Any]:
        config = cast(dict[str, Any], super().openid_config)
        if config["issuer"] != settings.OIDC_ISSUER:
            raise OAuth2Error("The provider calls itself by another name.")
        return config

    def claims(self, answer: dict[str, Any], nonce: str) -> dict[str, Any]:
        """Return what the provider says about the person, from a token that it signed for us."""
        token = self._checked_token(answer["id_token"], nonce)
        if "name" in token or "userinfo_endpoint" not in self.openid_config:
            return token
        more = self._fetch_user_info(answer["access_token"])
        if more["sub"] != token["sub"]:
            raise OAuth2Error("The provider speaks of two people.")
        return more | token

    def _checked_token(self, id_token: str, nonce: str) -> dict[str, Any]:
        if jwt.get_unverified_header(id_token)["alg"] not in ALGORITHMS:
            raise OAuth2Error("The token is not signed by a key of the provider's.")
        token: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=settings.OIDC_ISSUER,
            audience=settings.OIDC_CLIENT_ID,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        if not {"exp", "sub"} <= token.keys():
            raise OAuth2Error("The token does not say until when, or about whom, it is.")
        if not secrets.compare_digest(str(token["nonce"]), nonce):
            raise OAuth2Error("The token answers another question.")
        if token.get("azp", settings.OIDC_CLIENT_ID) != settings.OIDC_CLIENT_ID:
            raise OAuth2Error("The token is for somebody else.")
        if settings.OIDC_ACR_VALUES and token.get("acr") not in settings.OIDC_ACR_VALUES:
            raise OAuth2Error("The person was not identified strongly enough.")
        return token


def begin(request: HttpRequest, next_url: str) -> str:
    """
    Return the provider's address to go to; whoever comes back goes on to `next_url`.

    Refuses with IdentificationFailed when the provider cannot be reached.
    """
    nonce = secrets.token_urlsafe(32)
    asked = {"nonce": nonce, "ui_locales": get_language() or ""}
    if settings.OIDC_ACR_VALUES:
        asked["acr_values"] = " ".join(settings.OIDC_ACR_VALUES)
    provider = IdentityProvider(request)
    try:
        # An address, and not where to go at once: see identity_views.identify.
        return str(
            provider.redirect(
                request, process="login", next_url=next_url, auth_params=asked, nonce=nonce
            ).url
        )
    except FAILURES as error:
        raise _failed(error) from error


def finish(request: HttpRequest) -> tuple[Identity, str]:
    """
    Return who came back from the provider, and where they wanted to go.

    An answer works once, and only in the session that asked. Refuses with
    IdentificationCancelled who turned back, and with IdentificationFailed all else.
    """
    state = statekit.unstash_state(
        request, provider_id=PROVIDER, state_id=request.GET.get("state", "")
    )
    if state is None:
        raise IdentificationFailed
    if request.GET.get("error") == "access_denied":
        raise IdentificationCancelled
    adapter = IdentityAdapter(request)
    try:
        client = adapter.get_client(request, adapter.get_provider().app)
        answer = client.get_access_token(
            request.GET["code"], pkce_code_verifier=state["pkce_code_verifier"]
        )
        return _identity(adapter.claims(answer, state["nonce"])), state.get("next", "")
    except FAILURES as error:
        raise _failed(error) from error


def _identity(claims: dict[str, Any]) -> Identity:
    """Return what is kept of the claims; the rest, and the subject itself, goes no further."""
    subject = claims[settings.OIDC_IDENTITY_CLAIM]
    if not subject or not isinstance(subject, str):
        raise OAuth2Error("The provider does not say who it is.")
    parts = [claims.get("given_name"), claims.get("family_name")]
    name = claims.get("name") or " ".join(str(part) for part in parts if part)
    return Identity.of(
        settings.OIDC_ISSUER,
        subject,
        name=" ".join(str(name).split())[:200],
        birth_date=_birth_date(claims.get(settings.OIDC_BIRTH_DATE_CLAIM)),
    )


def _birth_date(text: Any) -> datetime.date | None:
    """Return a whole date; a year alone, which the standard allows too, is none."""
    try:
        return datetime.date.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def _failed(error: Exception) -> IdentificationFailed:
    # The kind alone: the text of some holds what the provider sent.
    logger.warning("Identification failed: %s", type(error).__name__)
    return IdentificationFailed()
