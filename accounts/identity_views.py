"""Strong identification: to the provider and back."""

from allauth.account.utils import perform_login
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import oidc, operations, pending_identity
from accounts.exceptions import Refusal
from accounts.models import User
from accounts.operations import Identity


@require_POST
@never_cache
def identify(request: HttpRequest) -> HttpResponse:
    """
    Send somebody to the provider.

    By a page that goes on by itself: after a form, the policy (CSP) lets a browser be redirected
    within this site only, and a provider may send it on to any bank.
    """
    if not oidc.is_on():
        raise Http404
    try:
        address = oidc.begin(request, _safe(request, request.POST.get("next", "")))
    except Refusal as refusal:
        return _refused(request, refusal)
    return render(request, "account/identify.html", {"address": address})


@require_safe
@never_cache
def identified(request: HttpRequest) -> HttpResponse:
    """
    Take who comes back: signed in as before, or by the identity; else the e-mail is asked next.

    An account is never found by an e-mail address that a provider sends (T13).
    """
    if not oidc.is_on():
        raise Http404
    try:
        identity, next_url = oidc.finish(request)
        if isinstance(request.user, User):
            return _identify(request, request.user, identity, next_url)
    except Refusal as refusal:
        return _refused(request, refusal)
    user = operations.user_of_identity(identity)
    if user is None:
        pending_identity.keep(request.session, identity)
        login = reverse("account_login")
        return redirect(f"{login}?{urlencode({'next': next_url})}" if next_url else login)
    operations.identify(user, identity)
    # The address was proved before the identity was kept, so that no code is asked for.
    response: HttpResponse = perform_login(
        request, user, email_verification="none", redirect_url=next_url or None
    )
    return response


def _identify(request: HttpRequest, user: User, identity: Identity, next_url: str) -> HttpResponse:
    operations.identify(user, identity)
    messages.success(request, _("You have identified as %(name)s.") % {"name": identity.name})
    return redirect(next_url or "visits")


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    messages.error(request, str(refusal))
    return redirect("visits" if request.user.is_authenticated else "account_login")


def _safe(request: HttpRequest, url: str) -> str:
    """Return an address of this site, or nothing."""
    allowed = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(url, allowed, require_https=request.is_secure())
    return url if safe else ""
