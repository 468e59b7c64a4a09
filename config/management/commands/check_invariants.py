"""Recount in SQL what must hold at every moment, also under live load."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from config.invariants import INVARIANTS, Invariant, offending

SHOWN = 100


class Command(BaseCommand):
    help = (
        "Check the invariants I1, I2, I4, I5 and I11 in one snapshot of the database: one line "
        "for each, the offending rows (ids only), and an exit code that is not zero if any is "
        "broken."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            # One moment for all queries, so that what they say of work going on fits together.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            broken = [invariant.number for invariant in INVARIANTS if not self._check(invariant)]
        if broken:
            raise CommandError(f"Broken: {', '.join(broken)}.")

    def _check(self, invariant: Invariant) -> bool:
        began = time.monotonic()
        lines = offending(invariant)
        outcome = f"broken by {len(lines)} rows" if lines else "holds"
        seconds = time.monotonic() - began
        self.stdout.write(f"{invariant.number} {outcome}: {invariant.says}. {seconds:.2f} s")
        for line in lines[:SHOWN]:
            self.stdout.write(f"   {line}")
        if len(lines) > SHOWN:
            self.stdout.write(f"   and {len(lines) - SHOWN} more")
        return not lines
