"""Hooks of django-allauth, and nothing else."""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import code_requests, known_browser, operations, pending_identity, sign_in
from accounts.exceptions import Refusal
from accounts.models import User
from notifications import outbox

# allauth's mails that carry a code, for a first and for a later sign-in.
CODE_MAILS = {
    "account/email/login_code",
    "account/email/email_confirmation",
    "account/email/email_confirmation_signup",
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": _("The code is not right. Check it in the e-mail and type it again."),
        "too_many_login_attempts": _(
            "There were too many attempts. Wait a few minutes and ask for a new code."
        ),
        "rate_limited": _("There were too many attempts. Wait a few minutes and try again."),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """
        Queue the mail with the code; a request never waits for a mail server.

        allauth's other mails are dropped: nothing but a code is sent to an address that has
        not proved itself (T12), and there are no passwords to write about.
        """
        if template_prefix in CODE_MAILS:
            outbox.enqueue(
                key=f"sign-in-code:{uuid.uuid4()}",
                template="sign_in_code",
                to=email,
                language=(get_language() or "fi")[:2],
                context={"code": context["code"]},
            )

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Show allauth's errors only: its pages say themselves what went well."""
        if level >= messages.ERROR:
            super().add_message(request, level, *args, **kwargs)

    def pre_login(
        self, request: HttpRequest, user: User, *, email: str | None = None, **kwargs: Any
    ) -> HttpResponse | None:
        """Refuse a code that went to an address which is not the person's any more."""
        if email and email.lower() != user.email:
            messages.error(request, _("The e-mail address has changed. Ask for a new code."))
            return redirect("account_login")
        response: HttpResponse | None = super().pre_login(request, user, email=email, **kwargs)
        return response

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """
        Keep the language of the page, so that mails are in the language a person chose; and let
        who reads the mails of an address ask for codes anew.
        """
        sign_in.keep_language(user, get_language() or "")
        code_requests.forget_requests(user.email)
        self._keep_identity(request, user)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        known_browser.remember(response, user.email)
        return response

    def _keep_identity(self, request: HttpRequest, user: User) -> None:
        """Keep who it is, of somebody who identified first and has now proved the address."""
        identity = pending_identity.found(request.session)
        pending_identity.forget(request.session)
        if identity is None:
            return
        try:
            operations.identify(user, identity)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            text = _("You have identified as %(name)s.") % {"name": identity.name}
            messages.success(request, text)
