"""What somebody looks for when choosing a point: it stands in the address, and can be said."""

import datetime
from dataclasses import dataclass

from django.utils import dateformat
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.messages import time_text
from booking.wanted import ANYTHING, Wanted
from servicepoints.languages import names_of
from servicepoints.municipalities import Place

ANY, MORNING, AFTERNOON = "any", "morning", "afternoon"
EARLIEST, NEAREST = "time", "distance"

ON_WEEKDAYS: dict[int, str | Promise] = {
    0: gettext_lazy("Mondays"),
    1: gettext_lazy("Tuesdays"),
    2: gettext_lazy("Wednesdays"),
    3: gettext_lazy("Thursdays"),
    4: gettext_lazy("Fridays"),
    5: gettext_lazy("Saturdays"),
    6: gettext_lazy("Sundays"),
}


@dataclass(frozen=True)
class Search:
    """What a time is wanted to be like, from where distances are told, and what comes first."""

    wanted: Wanted = ANYTHING
    near: str = ""
    place: Place | None = None
    by_distance: bool = False

    @property
    def query(self) -> dict[str, str]:
        """Return the search as it stands in an address."""
        wanted = self.wanted
        values = {
            "near": self.near,
            "order": NEAREST if self.by_distance else "",
            "weekdays": ",".join(map(str, wanted.weekdays)),
            "hours": hours_of(wanted),
            "step_free": "on" if wanted.step_free else "",
            "language": wanted.language,
        }
        if wanted.before:
            date = wanted.before
            values |= {
                "before_day": str(date.day),
                "before_month": str(date.month),
                "before_year": str(date.year),
            }
        return {name: value for name, value in values.items() if value}

    @property
    def only_before(self) -> "Search":
        """Return what tells how pressing it is: the date before which somebody wants to come."""
        return Search(Wanted(before=self.wanted.before))

    @property
    def without_hours(self) -> "Search":
        """Return the same search at any day and hour."""
        wanted = self.wanted._replace(weekdays=(), from_time=None, until_time=None)
        return Search(wanted, self.near, self.place, self.by_distance)

    def words(self) -> str:
        """Say what is looked for: "Mondays and Tuesdays, before 12, before 3 March 2027"."""
        said = [hours_in_words(self.wanted), *self._other_words()]
        text = ", ".join(filter(None, said))
        return text[:1].upper() + text[1:]

    def _other_words(self) -> list[str]:
        wanted, said = self.wanted, []
        if wanted.before:
            said.append(_("before %(date)s") % {"date": long_date(wanted.before)})
        if wanted.step_free:
            said.append(_("accessible with a wheelchair"))
        if wanted.language:
            (language,) = names_of([wanted.language])
            said.append(_("language of service: %(language)s") % {"language": language})
        if self.near:
            said.append(_("distances from: %(place)s") % {"place": self.near})
        return said


def hours_of(wanted: Wanted) -> str:
    """Return the part of the day that is wanted, as it stands in an address; empty for any."""
    if wanted.until_time:
        return MORNING
    return AFTERNOON if wanted.from_time else ""


def hours_in_words(wanted: Wanted) -> str:
    """Say which weekdays and hours are wanted; nothing if any will do."""
    said = [_listed([str(ON_WEEKDAYS[number]) for number in wanted.weekdays])]
    if wanted.from_time:
        said.append(_("from %(time)s") % {"time": _hour(wanted.from_time)})
    if wanted.until_time:
        said.append(_("before %(time)s") % {"time": _hour(wanted.until_time)})
    return ", ".join(filter(None, said))


def long_date(date: datetime.date) -> str:
    """Return a date without its weekday: 3 March 2027."""
    # Translators: a Django date format, as in "3 March 2027"
    return dateformat.format(date, _("j F Y"))


def _hour(time: datetime.time) -> str:
    return time_text(time) if time.minute else str(time.hour)


def _listed(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    first, last = ", ".join(names[:-1]), names[-1]
    return _("%(first)s and %(last)s") % {"first": first, "last": last}


EVERYTHING = Search()
