"""The bare claim: the statement of the product, sent by pgbench."""

import re
import subprocess
from pathlib import Path
from typing import Any

from bench.client import Load
from bench.data import CELLS_OF_VISIT, GRID_MINUTES, VISIT_MINUTES, VISITS_A_DAY
from bench.visits import DAY_SECONDS, STRIDE, Visits
from booking.operations.slots import claim_statement
from config.local_postgres import LocalPostgres, binaries

# Which visit a number means is said in `Visits.visit`.
_CHOOSE = f"""
\\set mine :client_id * :share + :done
\\set done :done + 1
\\set user :first_user + :mine
\\set number :first + :mine
\\set index :number * {STRIDE} % :visits
\\set group :first_group + :index % :groups
\\set service :first_service + :index % :groups / :groups_of_service
\\set time :index / :groups
\\set day :time / {VISITS_A_DAY}
\\set start :first_start + :day * {DAY_SECONDS} + :time % {VISITS_A_DAY} * {VISIT_MINUTES * 60}
"""

_VALUES = {
    f"start_{cell}": f"to_timestamp(:start + {cell * GRID_MINUTES * 60})"
    for cell in range(CELLS_OF_VISIT)
} | {
    "group": ":group::bigint",
    "service": ":service::bigint",
    "second": ":service::bigint",
    "user": ":user::bigint",
    "mandate": "NULL",
    "starts_at": "to_timestamp(:start)",
    "cells": str(CELLS_OF_VISIT),
    "minutes": str(VISIT_MINUTES),
    "people": "1",
    "quota": "3",
    "hold_time": "interval '1 hour'",
    "language": "'fi'",
    "request_id": "gen_random_uuid()",
    "staff": "NULL",
    "beyond_reason": "''",
    "holder": "NULL",
    "id": "gen_random_uuid()",
    "reference": "upper(substr(md5('bench' || :number::bigint), 1, 10))",
}

SCRIPT = f"{_CHOOSE}{claim_statement(CELLS_OF_VISIT) % _VALUES};"


class ClaimsFailed(Exception):
    """pgbench did not do what it was asked; the message ends with what it said."""


def claim(
    server: LocalPostgres,
    database: str,
    folder: Path,
    visits: Visits,
    users: range,
    *,
    clients: int,
) -> Load:
    """Claim a visit for each of `users`, each of `clients` an equal share, one by one."""
    script = folder / "claim.sql"
    script.write_text(SCRIPT)
    groups = visits.groups
    first_group, first_service = groups[0], groups[0].service_id
    share = len(users) // clients
    numbers = visits.take(clients * share)
    variables: dict[str, Any] = {
        "first": numbers.start,
        "share": share,
        "done": 0,
        "first_user": users.start,
        "visits": visits.count,
        "groups": len(groups),
        "first_group": first_group.id,
        "first_service": first_service,
        "groups_of_service": sum(group.service_id == first_service for group in groups),
        "first_start": int(visits.first.timestamp()),
    }
    command = [
        *(str(binaries() / "pgbench"), "--no-vacuum", "--protocol=prepared", "--file", str(script)),
        *("--client", str(clients), "--transactions", str(share)),
        *("--log", "--log-prefix", str(folder / "claims")),
        *(part for name, value in variables.items() for part in ("--define", f"{name}={value}")),
        server.url(database),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise ClaimsFailed(f"pgbench failed:\n{result.stdout}{result.stderr}")
    logs = list(folder.glob("claims.*"))
    load = Load(latencies_in("".join(log.read_text() for log in logs)))
    load.answers, load.seconds = len(load.latencies), len(load.latencies) / rate_in(result.stdout)
    for log in logs:
        log.unlink()
    return load


def rate_in(said: str) -> float:
    """Return the transactions a second that pgbench says it did, connecting left out."""
    found = re.search(r"^tps = ([\d.]+) \(without", said, re.MULTILINE)
    if found is None:
        raise ClaimsFailed(f"pgbench says no rate:\n{said}")
    return float(found[1])


def latencies_in(log: str) -> list[float]:
    """Return the seconds of each transaction in pgbench's log: the third column, microseconds."""
    return [int(line.split()[2]) / 1_000_000 for line in log.splitlines()]
