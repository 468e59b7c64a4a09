"""Keep the translations: `manage.py messages update`, `compile` or `check`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import translations


class Command(BaseCommand):
    help = "Extract strings into the catalogues, compile them, or list what is not translated."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["update", "compile", "check"])

    def handle(self, *, action: str, **options: Any) -> None:
        if action == "update":
            translations.update_catalogs()
            self.stdout.write("\n".join(translations.problems()))
        elif action == "compile":
            translations.compile_catalogs()
        elif found := translations.problems():
            raise CommandError("\n".join([*found, f"{len(found)} strings need a translator."]))
