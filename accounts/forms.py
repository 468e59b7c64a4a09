"""Sign-in: the one form for everybody, known or new."""

from typing import Any

from allauth.account.forms import RequestLoginCodeForm as AllauthRequestLoginCodeForm
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.validators import MaxLengthValidator
from django.utils.translation import get_language

from accounts import sign_in
from accounts.models import User


class RequestLoginCodeForm(AllauthRequestLoginCodeForm):
    """
    Ask for a code. A new address gets its account here, not proved yet.

    So the answer, the mail and the steps after it are the same for an address that is known
    and for one that is not (T6): nobody can find out who has booked.
    """

    _user: AbstractBaseUser | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        longest = User._meta.get_field("email").max_length
        self.fields["email"].validators.append(MaxLengthValidator(longest))
        # It only repeats the label, and goes away when somebody types.
        self.fields["email"].widget.attrs.pop("placeholder", None)

    def clean_email(self) -> str:
        email: str = super().clean_email()
        self._user = sign_in.user_for_sign_in(email, language=get_language() or "")
        return email
