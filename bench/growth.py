"""
How a search grows: two databases of 100 thousand and 10 million slots beside each other, and in
the large one a service whose half-year is booked out, and one that is open from today.
"""

import time
from collections import defaultdict

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from bench import data, report, server
from bench.data import Shape
from bench.measure import figures_of, meter_of, say
from bench.report import Figures
from bench.requests import Requests
from config.local_postgres import LocalPostgres

SMALL_DATABASE = f"{server.DATABASE}_small"
SERVICES = 98
SHORT, OPEN, BOOKED_OUT = (
    Shape(10, days, has_appointments=False) for days in (data.BOOKED_OUT_DAYS, 0, data.DAYS + 1)
)
PEOPLE = 4

ONE, FOUR = "one cell", f"{PEOPLE} cells"
EMPTY = "(d) empty page, anonymous"
FIRST_FREE = "(c) first free times of all points, {}, {}"
SMALL, LARGE = "100 thousand slots", "10 million slots"
OPEN_FROM_TODAY, BOOKED = "open from today", "half-year booked out"

# How many times slower it may be.
RATIOS = [
    *(
        (FIRST_FREE.format(cells, LARGE), FIRST_FREE.format(cells, SMALL), most)
        for cells, most in ((ONE, 1.25), (FOUR, 1.5))
    ),
    (FIRST_FREE.format(ONE, BOOKED), FIRST_FREE.format(ONE, OPEN_FROM_TODAY), 1.2),
]


class Growth:
    """One run; `port` and the one after it are the web servers'."""

    def __init__(self, database: LocalPostgres, port: int, rounds: int, seconds: float) -> None:
        self.database, self.port, self.small_port = database, port, server.another_port(port)
        self.rounds, self.seconds = rounds, seconds
        self.measured: dict[str, list[Figures]] = defaultdict(list)

    def run(self) -> None:
        began = time.monotonic()
        self.prepare()
        small, large = (self.database.url(name) for name in (SMALL_DATABASE, server.DATABASE))
        with (
            server.web(self.small_port, small) as small_web,
            server.web(self.port, large) as large_web,
        ):
            self.small_meter = meter_of(small_web, self.database)
            self.meter = meter_of(large_web, self.database)
            for number in range(self.rounds):
                say(f"Round {number + 1} of {self.rounds}")
                self.measure()
        self.say_report(time.monotonic() - began)

    def prepare(self) -> None:
        say("Filling in 100 thousand slots")
        call_command("migrate", verbosity=0)
        data.make_points()
        self.few = data.add_services(1, SHORT)
        connections.close_all()
        self._copy_to(SMALL_DATABASE)
        say("Filling in 10 million slots")
        self.many = self.few + data.add_services(SERVICES, SHORT)
        self.open = data.add_services(1, OPEN)
        self.booked_out = data.add_services(1, BOOKED_OUT)
        data.tidy()
        say(f"There are {data.slot_count():,} slots")
        connections.close_all()

    def _copy_to(self, name: str) -> None:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(server.DATABASE)
        )
        with psycopg.connect(self.database.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)
        with psycopg.connect(self.database.url(name), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")

    def measure(self) -> None:
        self.load(EMPTY, self.port, None)
        for cells, people in ((ONE, 1), (FOUR, PEOPLE)):
            name = FIRST_FREE.format(cells, "{}")
            self.load(name.format(SMALL), self.small_port, self.few, people)
            self.load(name.format(LARGE), self.port, self.many, people)
        self.load(FIRST_FREE.format(ONE, OPEN_FROM_TODAY), self.port, self.open)
        self.load(FIRST_FREE.format(ONE, BOOKED), self.port, self.booked_out)

    def load(self, name: str, port: int, services: list[str] | None, people: int = 1) -> None:
        ask = Requests(port)
        requests = ask.empty() if services is None else ask.first_free(services, people)
        meter = self.meter if port == self.port else self.small_meter
        figures = figures_of(port, requests, self.seconds, meter)
        self.measured[name].append(figures)
        say(f"  {name:<{report.WIDTH}}{figures.load.rate:>8,.0f}/s")

    def say_report(self, seconds: float) -> None:
        say("", report.figures_table(self.measured), "")
        say(report.SLOWER_HEAD)
        for of, to, most in RATIOS:
            say(report.slower_line(of, to, self.measured, most))
        say("", f"{self.rounds} rounds, {seconds:.0f} s in all.")
