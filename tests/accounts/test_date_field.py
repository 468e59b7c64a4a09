from datetime import date

import pytest
from django import forms

from accounts.date_field import DatePartsField


class BirthForm(forms.Form):
    born = DatePartsField()
    left = DatePartsField(required=False)


def filled(day="", month="", year=""):
    return BirthForm({"born_day": day, "born_month": month, "born_year": year})


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (("14", "12", "1990"), date(1990, 12, 14)),
        (("01", "02", "2000"), date(2000, 2, 1)),
        ((" 1 ", "2", "2000 "), date(2000, 2, 1)),
        (("29", "2", "2024"), date(2024, 2, 29)),
    ],
)
def test_three_numbers_make_a_date(typed, expected):
    form = filled(*typed)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["born"] == expected


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (("", "", ""), "required"),
        (("", "12", "1990"), "day_missing"),
        (("14", " ", "1990"), "month_missing"),
        (("14", "12", ""), "year_missing"),
        (("14", "December", "1990"), "not_numbers"),
        (("-4", "12", "1990"), "not_numbers"),
        (("٤", "12", "1990"), "not_numbers"),
        (("14", "12", "90"), "short_year"),
        (("31", "2", "2026"), "impossible"),
        (("29", "2", "2026"), "impossible"),
        (("14", "13", "2026"), "impossible"),
        (("0", "1", "2026"), "impossible"),
        (("14", "12", "0000"), "impossible"),
        (("9" * 30, "12", "2026"), "impossible"),
    ],
)
def test_what_is_not_a_date_is_refused_with_its_reason(typed, code):
    form = filled(*typed)
    assert form.errors.as_data()["born"][0].code == code


def test_a_date_that_is_not_required_may_be_left_empty():
    form = filled("14", "12", "1990")
    assert form.is_valid()
    assert form.cleaned_data["left"] is None


def test_what_was_typed_is_shown_again_after_an_error():
    html = str(filled("31", "Feb", "26")["born"])
    for typed in ("31", "Feb", "26"):
        assert f'value="{typed}"' in html


def test_an_initial_date_fills_the_three_parts():
    html = str(BirthForm(initial={"born": date(1990, 12, 14)})["born"])
    assert [f'value="{part}"' in html for part in (14, 12, 1990)] == [True] * 3


def test_an_unchanged_date_counts_as_unchanged():
    data = {"born_day": "14", "born_month": "12", "born_year": "1990"}
    form = BirthForm(data, initial={"born": date(1990, 12, 14)})
    assert "born" not in form.changed_data
