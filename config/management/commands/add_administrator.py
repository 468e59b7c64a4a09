"""The first administrator, who lets in everybody else."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts.staff import make_administrator


class Command(BaseCommand):
    help = (
        "Let the person with this e-mail address administer everything. They sign in like "
        "everybody, with a code that is sent there; there is no password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
        except ValidationError as error:
            raise CommandError(f"{options['email']}: {' '.join(error.messages)}") from None
        user = make_administrator(options["email"])
        self.stdout.write(f"{user.email} is an administrator now, and signs in at /account/login/.")
