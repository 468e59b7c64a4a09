"""
The municipalities of Finland, for telling how far a service point is. Pure but for the file.

The list is `municipalities.csv`, which names its source and licence. An agency of another
country puts its own in its place.
"""

import csv
import math
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import get_language

_FILE = Path(__file__).with_name("municipalities.csv")
EARTH_RADIUS_KM = 6371.0


class Place(NamedTuple):
    """Where somebody is: degrees of latitude and longitude (WGS 84)."""

    latitude: float
    longitude: float

    def km_to(self, other: "Place") -> int:
        """Return the distance as the crow flies, in whole kilometres."""
        here, there = (tuple(map(math.radians, place)) for place in (self, other))
        half = (
            math.sin((there[0] - here[0]) / 2) ** 2
            + math.cos(here[0]) * math.cos(there[0]) * math.sin((there[1] - here[1]) / 2) ** 2
        )
        return round(2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half)))


class Municipality(NamedTuple):
    """A municipality by both of its names, and where its centre is."""

    name_fi: str
    name_sv: str
    place: Place

    @property
    def name(self) -> str:
        """Its name in the reader's language; English uses the Finnish one."""
        return self.name_sv if (get_language() or "")[:2] == "sv" else self.name_fi


@cache
def municipalities() -> tuple[Municipality, ...]:
    """Return all municipalities in the alphabetical order of the file."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return tuple(
            Municipality(
                row["name_fi"],
                row["name_sv"],
                Place(float(row["latitude"]), float(row["longitude"])),
            )
            for row in rows
        )


def find(name: str) -> Municipality | None:
    """Return the municipality of this Finnish or Swedish name, however it is spelled."""
    return _by_name().get(plain(name))


def nearest(place: Place) -> Municipality:
    """Return the municipality whose centre is the nearest to `place`."""
    return min(municipalities(), key=lambda row: place.km_to(row.place))


@cache
def _by_name() -> dict[str, Municipality]:
    return {plain(name): row for row in municipalities() for name in (row.name_fi, row.name_sv)}


def plain(name: str) -> str:
    """Leave out case, accents, dots and spaces, which people type in many ways."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())
