"""Fill an empty database with the demo data."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.demo import load
from servicepoints.models import ServicePoint


class Command(BaseCommand):
    help = (
        "Fill an empty database with the demo: ten points, three partner offices, staff and "
        "six months of times. With --today, keep Helsinki open today so that the kiosk works "
        "at any hour."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--today", action="store_true", help="only open Helsinki today")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["today"]:
            if load.is_loaded():
                load.open_today()
            return
        if ServicePoint.objects.exists():
            raise CommandError("The database has service points already; the demo needs none.")
        began = time.monotonic()
        counts = load.load()
        rows = ", ".join(f"{count} {name}" for name, count in counts.items())
        self.stdout.write(f"Demo loaded: {rows} in {time.monotonic() - began:.0f} s.")
