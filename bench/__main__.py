"""`python -m bench`: one run of at most ten minutes; `growth`: another. See the package."""

import argparse
import sys

from bench import server
from config.local_postgres import LocalPostgres, PostgresDidNotStart
from config.local_run import CannotRun, Stopped, only_one_run, until_stopped


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument("what", nargs="?", choices=["all", "growth"], default="all")
    options.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    options.add_argument("--seconds", type=float, default=8, help="how long each time")
    chosen = options.parse_args()
    port = server.free_port()
    lock = server.FOLDER.with_suffix(".lock")
    try:
        with until_stopped(), only_one_run(lock), server.database() as database:
            server.settle_environment(database.url(server.DATABASE))
            _run(chosen.what, database, port, chosen.rounds, chosen.seconds)
    except Stopped:
        print("Stopped; everything is removed.")
        return 130
    except (CannotRun, PostgresDidNotStart) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _run(what: str, database: LocalPostgres, port: int, rounds: int, seconds: float) -> None:
    # After the environment is settled, since it loads the settings.
    import django

    django.setup()
    from bench.growth import Growth
    from bench.measure import Bench

    run = Growth if what == "growth" else Bench
    run(database, port, rounds, seconds).run()


if __name__ == "__main__":
    sys.exit(main())
