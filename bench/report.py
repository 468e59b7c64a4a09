"""Figures and their ratios, as a person reads them. Pure."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.client import Load
from bench.cpu import Cpu
from bench.drop import REFUSED, SERVED, Drop

WIDTH = 60
DROP_REFERENCE = 1.5


@dataclass
class Figures:
    """One measurement: its load and the processor time that each side took meanwhile."""

    load: Load
    cpu: Cpu

    @property
    def processor(self) -> float:
        """Processor seconds of application and database for each request."""
        return (self.cpu.application + self.cpu.database) / len(self.load.latencies)

    @property
    def database(self) -> float:
        """Processor seconds of the database for each request."""
        return self.cpu.database / len(self.load.latencies)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def ratio(of: Sequence[Figures], to: Sequence[Figures]) -> tuple[float, float, float]:
    """Return the median, lowest and highest ratio of two rates, each within one round."""
    ratios = [one.load.rate / other.load.rate for one, other in zip(of, to, strict=True)]
    return statistics.median(ratios), min(ratios), max(ratios)


def processor_ratio(of: Sequence[Figures], to: Sequence[Figures]) -> float:
    """
    Return the median ratio of what two requests cost in processor time, as a ratio of rates.

    It is what the ratio of the rates would be if nothing else ran on this machine.
    """
    return statistics.median(
        other.processor / one.processor for one, other in zip(of, to, strict=True)
    )


def database_ratio(of: Sequence[Figures], to: Sequence[Figures]) -> float:
    """Return how many times as much of the database's time one takes as the other, the median."""
    return statistics.median(
        one.database / other.database for one, other in zip(of, to, strict=True)
    )


def figures_table(measured: dict[str, list[Figures]]) -> str:
    """Return a line for each thing measured: the median of its rounds."""
    lines = [
        f"{'':<{WIDTH}}{'rate':>8}{'p50':>8}{'p95':>8}{'load':>9}{'application':>14}{'database':>11}",
        f"{'':<{WIDTH}}{'/s':>8}{'ms':>8}{'ms':>8}{'of a core':>11}{'ms each':>12}{'ms each':>11}",
    ]
    return "\n".join(lines + [_line(name, rounds) for name, rounds in measured.items()])


def _line(name: str, rounds: list[Figures]) -> str:
    def middle(values: Iterable[float]) -> float:
        return statistics.median(values)

    rate = middle(row.load.rate for row in rounds)
    p50, p95 = (
        1000 * middle(percentile(row.load.latencies, share) for row in rounds)
        for share in (0.50, 0.95)
    )
    load = 100 * middle(row.cpu.load / row.load.seconds for row in rounds)
    application, database = (
        1000 * middle(row.cpu[side] / len(row.load.latencies) for row in rounds) for side in (1, 2)
    )
    return (
        f"{name:<{WIDTH}}{rate:>8,.0f}{p50:>8.1f}{p95:>8.1f}"
        f"{load:>7.0f} %{application:>14.2f}{database:>11.2f}"
    )


def ratio_line(name: str, of: list[Figures], to: list[Figures], reference: float | None) -> str:
    """Return one ratio: of the rates with its range, by processor time, and what to reach."""
    middle, low, high = ratio(of, to)
    text = (
        f"{name:<{WIDTH}}{middle:>8.2f}   {low:.2f} to {high:.2f}{processor_ratio(of, to):>14.2f}"
    )
    return f"{text}{reference:>14}" if reference else text


RATIO_HEAD = (
    f"{'Ratios of two rates, each within a round':<{WIDTH}}"
    f"{'median':>8}{'range':>11}{'by processor':>17}{'reference':>14}"
)


def rate_of(rounds: Sequence[Figures]) -> float:
    return statistics.median(row.load.rate for row in rounds)


def drop_lines(drop: Drop, rates: dict[str, float]) -> str:
    """Return what came of the drop, beside the time that as much takes at the rates measured."""
    usual = sum(count / rates[what] for what, count in drop.asked.items())
    asked = ", ".join(f"{count:,} {what}" for what, count in sorted(drop.asked.items()))
    middle, late = (percentile(drop.waits, share) for share in (0.5, 0.95))
    return (
        f"The drop: {drop.ends[SERVED]:,} served, {drop.ends[REFUSED]:,} refused"
        f" in {drop.seconds:.0f} s; half within {middle:.0f} s, 95 % within {late:.0f} s\n"
        f"  asked: {asked}\n"
        f"  as much at the rates above: {usual:.0f} s; ratio {drop.seconds / usual:.2f}"
        f" (at most {DROP_REFERENCE})"
    )


SLOWER_HEAD = f"{'How many times slower':<{2 * WIDTH}}{'median':>8}{'database':>10}{'at most':>9}"


def slower_line(of: str, to: str, measured: dict[str, list[Figures]], most: float) -> str:
    """Return how many times slower one is than another: by rate, and of the database's time."""
    slower, _low, _high = ratio(measured[to], measured[of])
    database = database_ratio(measured[of], measured[to])
    return f"{of} : {to}".ljust(2 * WIDTH) + f"{slower:>8.2f}{database:>10.2f}{most:>9}"
