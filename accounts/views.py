"""
Signing in with a code by e-mail: django-allauth's pages, answering 422 to what is wrong.
And the language somebody reads.
"""

from http import HTTPStatus
from typing import Any

from allauth.account import views
from allauth.core.exceptions import RateLimited
from django.conf import settings
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.views import i18n
from django.views.decorators.http import require_POST

from accounts import oidc, pending_identity, sign_in
from accounts.exceptions import TooManyTries
from accounts.models import User


class RequestLoginCodeView(views.RequestLoginCodeView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say who has identified already, and only lacks an address to be written to."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "identity": pending_identity.found(self.request.session),
            "identification": settings.OIDC_NAME if oidc.is_on() else "",
        }

    def form_valid(self, form: BaseForm) -> HttpResponse:
        try:
            response: HttpResponse = super().form_valid(form)
        except RateLimited:
            form.add_error("email", str(TooManyTries()))
            return self.form_invalid(form)
        return response

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return _unprocessable(super().form_invalid(form))


class ConfirmLoginCodeView(views.ConfirmLoginCodeView):
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


def _unprocessable(response: HttpResponse) -> HttpResponse:
    """Say that a page shown again has errors; a redirect, after the last try, stays one."""
    if response.status_code == HTTPStatus.OK:
        response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return response
