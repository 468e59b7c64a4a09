"""
The rules of booking in plain Python, without a database: what test_state_machine.py expects.

One desk group with a grid of ten minutes, one service of one cell a person. Cells are numbers,
in the order of time; users and people are numbers too. An operation returns what is to come of
it, or the name of the refusal.
"""

from dataclasses import dataclass, field

QUOTA, MOVES = 2, 2
# Minutes: a hold, and the longest that one can be kept.
HOLD, LONGEST = 10, 30


@dataclass
class Cell:
    """A cell with its places: how many there are, are taken, and are kept for the list."""

    capacity: int
    released: bool
    taken: int = 0
    kept: int = 0

    @property
    def has_room(self) -> bool:
        return self.released and self.taken + self.kept < self.capacity


@dataclass(eq=False)
class Visit:
    """A time that is held, confirmed, or gone (expired, let go or cancelled)."""

    user: int
    start: int
    cells: int
    status: str = "held"
    people: frozenset[int] = frozenset()
    moves: int = 0
    # Of a hold, in minutes.
    age: int = 0
    until: int = HOLD

    @property
    def span(self) -> range:
        return range(self.start, self.start + self.cells)


@dataclass(eq=False)
class Freed:
    """A place that came back: kept, offered, booked or reopened. `due` when it may be public."""

    start: int
    cells: int
    status: str = "kept"
    due: bool = False

    @property
    def span(self) -> range:
        return range(self.start, self.start + self.cells)


@dataclass(eq=False)
class Entry:
    """Some people who wait; `first` is the first cell of a day at which they can come."""

    user: int
    people: frozenset[int]
    need: int
    first: int
    visit: Visit | None = None
    status: str = "waiting"
    lapses: int = 0


@dataclass(eq=False)
class Offer:
    entry: Entry
    freed: Freed
    outcome: str = "open"
    is_late: bool = False


@dataclass
class Model:
    cells: list[Cell]
    # The numbers of the cells of each day.
    days: list[range]
    visits: list[Visit] = field(default_factory=list)
    freed: list[Freed] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)

    # What is free, who has what ---------------------------------------------------------------

    def free_starts(self, people: int) -> list[int]:
        """Each run of cells with room is offered in steps of a whole visit."""
        found: list[int] = []
        for day in self.days:
            cell = day.start
            while cell + people <= day.stop:
                fits = self._room(range(cell, cell + people))
                found += [cell] * fits
                cell += people if fits else 1
        return found

    def active(self, user: int) -> list[Visit]:
        return [v for v in self.visits if v.user == user and v.status != "gone"]

    def has_visit(self, people: frozenset[int]) -> bool:
        return any(v.people & people for v in self.visits if v.status == "confirmed")

    def open_offer(self, entry: Entry) -> Offer | None:
        return next((o for o in self.offers if o.entry is entry and o.outcome == "open"), None)

    def _room(self, span: range) -> bool:
        return self._is_one_day(span) and all(self.cells[i].has_room for i in span)

    def _is_one_day(self, span: range) -> bool:
        return any(span.start in day and span.stop <= day.stop for day in self.days)

    def _take(self, span: range, places: int) -> None:
        for i in span:
            self.cells[i].taken += places

    def _why_not(self, span: range) -> str:
        exists = self._is_one_day(span) and all(self.cells[i].released for i in span)
        return "TimeTaken" if exists else "NoSuchTime"

    # A time of one's own ----------------------------------------------------------------------

    def hold(self, user: int, start: int, people: int) -> Visit | str:
        """Whoever chooses a time lets the one go that was held before, also where it fails."""
        for visit in self.active(user):
            if visit.status == "held":
                self._end(visit)
        visit = Visit(user, start, people)
        if len(self.active(user)) >= QUOTA:
            return "QuotaReached"
        if not self._room(visit.span):
            return self._why_not(visit.span)
        self._take(visit.span, 1)
        self.visits.append(visit)
        return visit

    def extend(self, visit: Visit) -> bool | str:
        if visit.status != "held":
            return "HoldExpired"
        if visit.until >= LONGEST:
            return False
        visit.until = min(visit.age + HOLD, LONGEST)
        return True

    def grow_old(self, visit: Visit, minutes: int) -> None:
        visit.age += minutes
        if visit.status == "held" and visit.age >= visit.until:
            self._end(visit)

    def let_go(self, visit: Visit) -> None:
        if visit.status == "held":
            self._end(visit)

    def confirm(self, visit: Visit, people: frozenset[int]) -> str:
        if visit.status != "held":
            return "confirmed" if visit.status == "confirmed" else "HoldExpired"
        if self.has_visit(people):
            return "PersonHasVisit"
        visit.status, visit.people = "confirmed", people
        for entry in self.entries:
            mine = entry.user == visit.user and entry.people == people
            if entry.status == "waiting" and entry.visit is None and mine:
                entry.visit = visit
        return "confirmed"

    def cancel(self, visit: Visit) -> None:
        was_confirmed = visit.status == "confirmed"
        if visit.status != "gone":
            self._end(visit)
        if was_confirmed:
            self._keep_back(visit.span)

    def move(self, visit: Visit, start: int) -> str:
        if visit.status != "confirmed":
            return "NotActive"
        if start == visit.start:
            return "confirmed"
        if visit.moves >= MOVES:
            return "MovedTooOften"
        old, new = visit.span, range(start, start + visit.cells)
        self._take(old, -1)
        if not self._room(new):
            self._take(old, 1)
            return self._why_not(new)
        self._take(new, 1)
        visit.start, visit.moves = start, visit.moves + 1
        self._keep_back([i for i in old if i not in new])
        return "confirmed"

    def _end(self, visit: Visit) -> None:
        visit.status = "gone"
        self._take(visit.span, -1)

    def _keep_back(self, cells: range | list[int]) -> None:
        """Keep the places of a visit; what it goes on using may cut them in two."""
        runs: list[list[int]] = []
        for i in cells:
            self.cells[i].kept += 1
            if runs and runs[-1][-1] == i - 1:
                runs[-1].append(i)
            else:
                runs.append([i])
        self.freed += [Freed(run[0], len(run)) for run in runs]

    # The waiting list -------------------------------------------------------------------------

    def join(self, user: int, people: frozenset[int], need: int, first: int) -> Entry | str:
        if self.has_visit(people):
            return "PersonHasVisit"
        return self._join(Entry(user, people, need, first))

    def wait_for_earlier(self, visit: Visit, first: int) -> Entry | str:
        if visit.status != "confirmed":
            return "AlreadyHandled"
        return self._join(Entry(visit.user, visit.people, 3, first, visit))

    def _join(self, entry: Entry) -> Entry | str:
        if any(e.people & entry.people for e in self.entries if e.status == "waiting"):
            return "AlreadyWaiting"
        self.entries.append(entry)
        return entry

    def leave(self, entry: Entry) -> None:
        offer = self.open_offer(entry)
        if offer:
            self._refuse(offer, "declined")
        if entry.status == "waiting":
            entry.status = "left"

    def end_waiting(self) -> None:
        for entry in self.entries:
            is_over = entry.visit is not None and entry.visit.status == "gone"
            if entry.status == "waiting" and is_over and not self.open_offer(entry):
                entry.status = "ended"

    # Offers -----------------------------------------------------------------------------------

    def offer_freed_times(self) -> int:
        self.lapse()
        made = 0
        while more := sum(map(self._offer, self._kept())):
            made += more
        return made

    def _kept(self) -> list[Freed]:
        return sorted((f for f in self.freed if f.status == "kept"), key=lambda f: f.start)

    def _offer(self, freed: Freed) -> bool:
        for entry in sorted(self.entries, key=lambda e: e.need):
            start = self._start_in(freed, entry) if self._may_be_asked(freed, entry) else None
            if start is not None:
                self._split(freed, start, len(entry.people))
                freed.status = "offered"
                self.offers.append(Offer(entry, freed))
                return True
        if freed.due:
            freed.status = "reopened"
            for i in freed.span:
                self.cells[i].kept -= 1
        return False

    def _may_be_asked(self, freed: Freed, entry: Entry) -> bool:
        if entry.status != "waiting" or self.open_offer(entry):
            return False
        if any(o.entry is entry and o.freed is freed for o in self.offers):
            return False
        if entry.visit:
            return entry.visit.status == "confirmed"
        return not self.has_visit(entry.people) and len(self.active(entry.user)) < QUOTA

    def _start_in(self, freed: Freed, entry: Entry) -> int | None:
        """The first start of a visit of these people in a freed time, before the one they have."""
        day = next(day for day in self.days if freed.start in day)
        for start in range(freed.start, freed.span.stop - len(entry.people) + 1):
            is_earlier = entry.visit is None or start < entry.visit.start
            if start - day.start >= entry.first and is_earlier:
                return start
        return None

    def _split(self, freed: Freed, start: int, cells: int) -> None:
        before, after = start - freed.start, freed.span.stop - start - cells
        for first, length in ((freed.start, before), (start + cells, after)):
            if length:
                self.freed.append(Freed(first, length, due=freed.due))
        freed.start, freed.cells = start, cells

    def accept(self, offer: Offer) -> str:
        entry, visit = offer.entry, offer.entry.visit
        if offer.outcome == "accepted":
            return "confirmed" if visit and visit.status == "confirmed" else "gone"
        if offer.outcome != "open" or offer.is_late:
            return "OfferEnded"
        if visit and visit.status != "confirmed":
            return "AlreadyHandled"
        if visit:
            self._take(visit.span, -1)
            self._keep_back(visit.span)
            visit.start = offer.freed.start
        elif len(self.active(entry.user)) >= QUOTA:
            return "QuotaReached"
        elif self.has_visit(entry.people):
            return "PersonHasVisit"
        else:
            visit = Visit(
                entry.user, offer.freed.start, offer.freed.cells, "confirmed", entry.people
            )
            self.visits.append(visit)
        for i in offer.freed.span:
            self.cells[i].kept -= 1
            self.cells[i].taken += 1
        offer.outcome, offer.freed.status = "accepted", "booked"
        entry.status, entry.visit, entry.lapses = "booked", visit, 0
        return "confirmed"

    def decline(self, offer: Offer) -> None:
        if offer.outcome == "open":
            self._refuse(offer, "declined")
        offer.entry.lapses = 0

    def lapse(self) -> None:
        for offer in self.offers:
            if offer.outcome == "open" and offer.is_late:
                self._refuse(offer, "lapsed")
                offer.entry.lapses += 1
                if offer.entry.lapses >= 2 and offer.entry.status == "waiting":
                    offer.entry.status = "ended"

    def _refuse(self, offer: Offer, outcome: str) -> None:
        offer.outcome, offer.freed.status = outcome, "kept"

    # Releases ---------------------------------------------------------------------------------

    def release(self, cells: range, policy: str) -> None:
        """At once to everybody, or to the list first: one freed time for each desk."""
        for i in cells:
            self.cells[i].released = True
            self.cells[i].kept = 0 if policy == "at_once" else self.cells[i].capacity
        if policy != "at_once":
            most = max(self.cells[i].capacity for i in cells)
            self.freed += [Freed(cells.start, len(cells)) for _desk in range(most)]
