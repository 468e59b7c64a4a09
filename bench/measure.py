"""What is measured, in which order, on which data."""

import contextlib
import datetime
import time
from collections import defaultdict
from collections.abc import Iterator

from django.core.management import call_command
from django.db import connections

from bench import client, data, drop, pgbench, report, server
from bench.client import Load, UnexpectedAnswer
from bench.cpu import Cpu, Meter
from bench.report import Figures
from bench.requests import Requests
from bench.visits import Visits
from booking import operations
from booking.models import Appointment
from config.local_postgres import LocalPostgres
from config.local_run import Part

CONNECTIONS = 16
WARM_UP = 1.5
PGBENCH_CLIENTS = 8
# Bounds of one round: so many claims are prepared for.
CLAIMS_BY_PGBENCH = 16_000
CLAIMS_BY_API = 12_000
SERVICES = 10

CLAIM_SQL = "(a) claim: the statement alone, pgbench"
CLAIM_API = "(b) claim: POST /api/v1/appointments"
FIRST_FREE = "(c) first free times of all points, {}"
FREE_TIMES = "(c) free times of a day, {}"
FREE_DAYS = "(c) free days of a month, {}"
EMPTY = "(d) empty page, anonymous, {}"
EMPTY_SIGNED_IN = "(d) empty page, signed in"
SMALL, LARGE = "100 thousand slots", "1 million slots"

# What stands above what, and the reference that a sketch of this software reached.
RATIOS = [
    ("(b):(a)", CLAIM_API, CLAIM_SQL, 0.12),
    ("(b):(d) signed in", CLAIM_API, EMPTY_SIGNED_IN, 0.6),
    *(
        (name.format(size).replace("(c)", "(c):(d)"), name.format(size), EMPTY.format(size), 0.3)
        for name in (FIRST_FREE, FREE_TIMES)
        for size in (SMALL, LARGE)
    ),
]
# The database's own time of a claim through the API, in those of the bare statement.
DATABASE_REFERENCE = 1.4


class Bench:
    """One run: fill, measure in rounds, so that a noisy minute touches all alike, and report."""

    def __init__(self, database: LocalPostgres, port: int, rounds: int, seconds: float) -> None:
        self.database, self.port = database, port
        self.rounds, self.seconds = rounds, seconds
        self.requests = Requests(port)
        self.measured: dict[str, list[Figures]] = defaultdict(list)

    def run(self) -> None:
        began = time.monotonic()
        self.prepare()
        with self.web():
            self.measure_searches(SMALL)
        self.fill(SERVICES - 1)
        with self.web():
            self.measure_everything()
            self.drop()
        self.say_report(time.monotonic() - began)

    @contextlib.contextmanager
    def web(self) -> Iterator[None]:
        """
        Run the web server, and measure it.

        For each size anew: its connections keep the plans that were good for the size they met.
        """
        with server.web(self.port, self.database.url(server.DATABASE)) as web:
            self.meter = meter_of(web, self.database)
            yield

    def prepare(self) -> None:
        say("Making the tables, people and sessions")
        call_command("migrate", verbosity=0)
        by_pgbench, by_api = self.rounds * CLAIMS_BY_PGBENCH, self.rounds * CLAIMS_BY_API
        self.users = data.make_users(by_pgbench + by_api + drop.PEOPLE)
        sessions = data.sign_in(self.users[by_pgbench:])
        self.sessions, self.crowd = sessions[:by_api], sessions[by_api:]
        data.make_points()
        self.fill(1)

    def fill(self, services: int) -> None:
        say(f"Filling in the slots of {services * data.POINTS} desk groups")
        data.add_services(services)
        data.tidy()
        self.groups = data.groups()
        self.visits = Visits(self.groups, data.free_from(), data.last_date())
        say(f"There are {data.slot_count():,} slots")
        connections.close_all()

    def measure_searches(self, size: str) -> None:
        for number in range(self.rounds):
            say(f"Round {number + 1} of {self.rounds}, {size}")
            self.searches(size)

    def searches(self, size: str) -> None:
        services = sorted({group.service for group in self.groups})
        points = sorted({group.point for group in self.groups})
        dates = [data.free_from() + datetime.timedelta(days=days) for days in range(0, 60, 6)]
        self.load(EMPTY.format(size), self.requests.empty())
        self.load(FIRST_FREE.format(size), self.requests.first_free(services))
        self.load(FREE_TIMES.format(size), self.requests.free_times(services, points, dates))
        months = sorted({f"{date:%Y-%m}" for date in dates})
        self.load(FREE_DAYS.format(size), self.requests.free_days(services, points, months))

    def measure_everything(self) -> None:
        for number in range(self.rounds):
            say(f"Round {number + 1} of {self.rounds}, {LARGE}")
            self.searches(LARGE)
            self.load(EMPTY_SIGNED_IN, self.requests.empty_signed_in(self.sessions))
            self.claims_by_api(number)
            self.claims_by_pgbench(number)

    def claims_by_api(self, number: int) -> None:
        mine = self.sessions[number * CLAIMS_BY_API :][:CLAIMS_BY_API]
        claims = self.requests.claims(self.visits, self.visits.take(CLAIMS_BY_API), mine)
        before = self.holds()
        load = self.load(CLAIM_API, claims, status=201)
        self.check_claims(before, load)

    def claims_by_pgbench(self, number: int) -> None:
        before, used = self.holds(), self.meter.read()
        load = pgbench.claim(
            self.database,
            server.DATABASE,
            server.FOLDER,
            self.visits,
            self.users[number * CLAIMS_BY_PGBENCH :][:CLAIMS_BY_PGBENCH],
            clients=PGBENCH_CLIENTS,
        )
        self.keep(CLAIM_SQL, load, self.meter.read().since(used))
        self.check_claims(before, load)

    def drop(self) -> None:
        """Release the places of the drop at one moment, with everybody waiting for them."""
        service = data.add_drop(drop.dates_from(data.free_from()), drop.VISITS_A_DAY)
        data.tidy()
        say(f"The drop: {drop.PLACES:,} places, {drop.PEOPLE:,} people")
        before = self.holds()
        crowd = drop.Crowd((server.HOST, self.port), self.requests, service, self.crowd)
        try:
            operations.release_due()
            connections.close_all()
            self.dropped = crowd.rush()
        finally:
            crowd.close()
        sold, served = self.holds() - before, self.dropped.ends[drop.SERVED]
        if not sold == served == drop.PLACES:
            raise UnexpectedAnswer(f"{sold} sold, {served} served of {drop.PLACES} places")

    def load(self, name: str, requests: Iterator[bytes], status: int = 200) -> Load:
        figures = figures_of(self.port, requests, self.seconds, self.meter, status)
        self.keep(name, figures.load, figures.cpu)
        return figures.load

    def keep(self, name: str, load: Load, cpu: Cpu) -> None:
        self.measured[name].append(Figures(load, cpu))
        say(f"  {name:<{report.WIDTH}}{load.rate:>8,.0f}/s")

    def holds(self) -> int:
        count = Appointment.objects.filter(status="held").count()
        connections.close_all()
        return count

    def check_claims(self, before: int, load: Load) -> None:
        """Every claim that was answered must be there, and no other."""
        if self.holds() - before != load.answers:
            raise UnexpectedAnswer(f"{load.answers} claims, {self.holds() - before} holds")

    def rates(self) -> dict[str, float]:
        names = {
            drop.FIRST_FREE: FIRST_FREE.format(LARGE),
            drop.FREE_DAYS: FREE_DAYS.format(LARGE),
            drop.FREE_TIMES: FREE_TIMES.format(LARGE),
            drop.CLAIM: CLAIM_API,
        }
        return {what: report.rate_of(self.measured[name]) for what, name in names.items()}

    def say_report(self, seconds: float) -> None:
        say("", report.figures_table(self.measured), "")
        say(report.RATIO_HEAD)
        for name, of, to, reference in RATIOS:
            say(report.ratio_line(name, self.measured[of], self.measured[to], reference))
        database = report.database_ratio(self.measured[CLAIM_API], self.measured[CLAIM_SQL])
        say(
            f"The database's own time of (b) in those of (a): {database:.2f}"
            f" (at most {DATABASE_REFERENCE})"
        )
        say("", report.drop_lines(self.dropped, self.rates()))
        say("", f"{self.rounds} rounds, {seconds:.0f} s in all.")


def figures_of(
    port: int, requests: Iterator[bytes], seconds: float, meter: Meter, status: int = 200
) -> Figures:
    """Send requests to the web server on `port` for so long; `meter` is of it."""
    bounds: list[Cpu] = []
    load = client.send_load(
        (server.HOST, port),
        requests,
        status=status,
        connections=CONNECTIONS,
        warm_up=WARM_UP,
        seconds=seconds,
        at_bounds=lambda: bounds.append(meter.read()),
    )
    return Figures(load, bounds[1].since(bounds[0]))


def meter_of(web: Part, database: LocalPostgres) -> Meter:
    assert database.process is not None
    return Meter(web.process.pid, database.process.pid)


def say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)
