"""Hooks of django-allauth, and nothing else."""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.utils.translation import get_language

from notifications import outbox

# allauth's mails that carry a code, for a first and for a later sign-in.
CODE_MAILS = {
    "account/email/login_code",
    "account/email/email_confirmation",
    "account/email/email_confirmation_signup",
}


class AccountAdapter(DefaultAccountAdapter):
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
