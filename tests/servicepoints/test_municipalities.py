"""Municipalities by their names, and how far it is from them."""

import pytest
from django.utils import translation

from servicepoints.municipalities import Place, find, municipalities, nearest

HELSINKI, TAMPERE = Place(60.1695, 24.9354), Place(61.4991, 23.7871)


def test_every_municipality_has_two_names_and_a_place_in_finland():
    rows = municipalities()
    assert len(rows) == 308
    assert all(row.name_fi and row.name_sv for row in rows)
    assert all(59.5 < row.place.latitude < 70.1 for row in rows)
    assert all(19.3 < row.place.longitude < 31.6 for row in rows)


def test_no_two_municipalities_share_a_name():
    names = [{row.name_fi, row.name_sv} for row in municipalities()]
    assert sum(map(len, names)) == len(set().union(*names))


@pytest.mark.parametrize("typed", ["Ähtäri", "ÄHTÄRI", " ähtäri ", "a\u0308hta\u0308ri", "ahtari"])
def test_a_name_is_found_however_it_is_spelled(typed):
    assert find(typed).name_fi == "Ähtäri"


@pytest.mark.parametrize(
    ("typed", "name"), [("Esbo", "Espoo"), ("St Michel", "Mikkeli"), ("Abo", "Turku")]
)
def test_a_name_is_found_in_swedish_too(typed, name):
    assert find(typed).name_fi == name


@pytest.mark.parametrize("typed", ["", " ", "Atlantis", "Esp", "\x00"])
def test_what_is_no_name_is_not_found(typed):
    assert find(typed) is None


@pytest.mark.parametrize(("language", "name"), [("fi", "Turku"), ("sv", "Åbo"), ("en", "Turku")])
def test_a_name_is_in_the_readers_language(language, name):
    with translation.override(language):
        assert find("Turku").name == name


def test_a_distance_is_as_the_crow_flies():
    assert HELSINKI.km_to(TAMPERE) == TAMPERE.km_to(HELSINKI) == 160
    assert HELSINKI.km_to(HELSINKI) == 0


def test_the_nearest_municipality_is_found():
    assert nearest(Place(60.17, 24.94)).name_fi == "Helsinki"
    assert nearest(Place(69.91, 27.02)).name_fi == "Utsjoki"
