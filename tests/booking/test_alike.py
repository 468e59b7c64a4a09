"""Names that are nearly the same, in any script."""

import pytest

from booking.alike import are_alike


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Amina Said", "AMINA SAID"),
        ("Amina Said", "Said, Amina"),
        ("José Álvarez", "Jose Alvarez"),
        ("Katarzyna Nowak", "Katarzina Nowak"),
        ("Мария Иванова", "Марія Иванова"),
        ("Nguyễn Thị Hoa", "Nguyen Thi Hoa"),
        ("Amina Said", "A\u200bm\u200bi\u200bna Said"),
    ],
)
def test_names_that_differ_by_little_are_alike(one, other):
    assert are_alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Amina Said", "Amina Khan"),
        ("Li Wei", "Wang Wei"),
        ("Suharto", "Sukarno"),
        ("", "A"),
        ("P 1", "P 2"),
    ],
)
def test_other_names_are_not(one, other):
    assert not are_alike(one, other)
