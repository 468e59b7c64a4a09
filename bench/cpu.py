"""How much processor time each side took, so that the load is seen not to be the bottleneck."""

import contextlib
import os
import time
from typing import NamedTuple, Self

import psutil


class Cpu(NamedTuple):
    """Processor seconds of the load, the application and the database."""

    load: float
    application: float
    database: float

    def since(self, earlier: Self) -> "Cpu":
        return Cpu(*(now - then for now, then in zip(self, earlier, strict=True)))


class Meter:
    """Reads the processor time that three families of processes have used."""

    def __init__(self, application_pid: int, database_pid: int) -> None:
        self.application_pid, self.database_pid = application_pid, database_pid

    def read(self) -> Cpu:
        # What this process waited for is pgbench.
        times = os.times()
        load = time.process_time() + times.children_user + times.children_system
        return Cpu(load, _family(self.application_pid), _family(self.database_pid))


def _family(pid: int) -> float:
    total = 0.0
    parent = psutil.Process(pid)
    for process in [parent, *parent.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            # Of itself, and of its children that have ended.
            total += sum(process.cpu_times()[:4])
    return total
