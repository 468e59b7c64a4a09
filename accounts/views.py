"""
Signing in with a code by e-mail: django-allauth's pages, answering 422 to what is wrong.
And the language somebody reads.
"""

from http import HTTPStatus
from typing import Any

from allauth.account import views
from django.conf import settings
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.views import i18n
from django.views.decorators.http import require_POST

from accounts import code_requests, known_browser, oidc, pending_identity, sign_in
from accounts.client_address import network_of
from accounts.exceptions import TooFast
from accounts.models import User
from accounts.too_fast import answer_too_fast


class RequestLoginCodeView(views.RequestLoginCodeView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say who has identified already, and only lacks an address to be written to."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "identity": pending_identity.found(self.request.session),
            "identification": settings.OIDC_NAME if oidc.is_on() else "",
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send a code, unless too many were asked for; then show the page with what was typed."""
        email = request.POST.get("email", "")
        try:
            _admit(request, email)
        except TooFast as refusal:
            form = self.get_form_class()(initial={"email": email})
            page = self.render_to_response(self.get_context_data(form=form, too_fast=refusal))
            return answer_too_fast(page, refusal)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return _unprocessable(super().form_invalid(form))


class ConfirmLoginCodeView(views.ConfirmLoginCodeView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Try the code that was typed; or send a new one, which counts like the first."""
        if self._action != "resend":
            return super().post(request, *args, **kwargs)
        try:
            _admit(request, self._process.state["email"])
        except TooFast as refusal:
            form = views.ConfirmLoginCodeForm(code="")
            page = self.render_to_response(self.get_context_data(form=form, too_fast=refusal))
            return answer_too_fast(page, refusal)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return _unprocessable(super().form_invalid(form))


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Show the same page in another language, and write to a signed-in person in it from now on."""
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and language in dict(settings.LANGUAGES):
        sign_in.keep_language(request.user, language)
    response: HttpResponse = i18n.set_language(request)
    return response


def _admit(request: HttpRequest, email: str) -> None:
    proof = request.POST.get("altcha", "")
    is_known = known_browser.knows(request, email)
    code_requests.admit_request(email, network_of(request), is_known=is_known, proof=proof)


def _unprocessable(response: HttpResponse) -> HttpResponse:
    """Say that a page shown again has errors; a redirect, after the last try, stays one."""
    if response.status_code == HTTPStatus.OK:
        response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return response
