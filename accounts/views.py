"""Signing in with a code by e-mail: django-allauth's pages, answering 422 to what is wrong."""

from http import HTTPStatus

from allauth.account import views
from django.forms import BaseForm
from django.http import HttpResponse


class RequestLoginCodeView(views.RequestLoginCodeView):
    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return _unprocessable(super().form_invalid(form))


class ConfirmLoginCodeView(views.ConfirmLoginCodeView):
    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return _unprocessable(super().form_invalid(form))


def _unprocessable(response: HttpResponse) -> HttpResponse:
    """Say that a page shown again has errors; a redirect, after the last try, stays one."""
    if response.status_code == HTTPStatus.OK:
        response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return response
