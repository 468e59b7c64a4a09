import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.template.loader import render_to_string
from django.utils import translation

from accounts.date_field import DatePartsField
from config.templatetags import components

HELSINKI, STOCKHOLM = ZoneInfo("Europe/Helsinki"), ZoneInfo("Europe/Stockholm")


class Question(forms.Form):
    name = forms.CharField(help_text="All names.")
    born = DatePartsField()
    service = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    agree = forms.BooleanField()
    note = forms.CharField(required=False, widget=forms.Textarea)
    time = forms.ChoiceField(
        choices=[("Monday", [("1", "9.20"), ("2", "9.40")]), ("Tuesday", [("3", "8.00")])],
        widget=forms.RadioSelect,
    )


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def shown(component, **parameters):
    return render_to_string(f"components/{component}.html", parameters)


def ids(html):
    return set(re.findall(r'\bid="([^"]+)"', html))


def test_every_link_of_the_summary_leads_to_an_input():
    form = Question({})
    page = shown("error_summary", form=form) + shown("fields", form=form)
    targets = re.findall(r'href="#([^"]+)"', page)
    assert len(targets) == 5
    assert set(targets) <= ids(page)


def test_a_summary_without_errors_shows_nothing():
    assert shown("error_summary", form=Question()).strip() == ""


def test_a_summary_of_several_forms_keeps_their_order():
    first, second = Question({}, prefix="first"), Question({}, prefix="second")
    html = shown("error_summary", forms=[first, second])
    assert html.index("#id_first-name") < html.index("#id_second-name")


def test_what_describes_an_input_is_on_the_page():
    html = shown("fields", form=Question({}))
    described = {
        each for found in re.findall(r'describedby="([^"]+)"', html) for each in found.split()
    }
    assert described
    assert described <= ids(html)


def test_an_input_with_an_error_is_marked_and_keeps_what_was_typed():
    form = Question({"name": "", "note": "<b>kept</b>"})
    assert 'aria-invalid="true"' in shown("field", field=form["name"])
    assert "&lt;b&gt;kept&lt;/b&gt;" in shown("field", field=form["note"])


def test_a_chosen_time_stays_chosen():
    html = shown("time_list", field=Question({"time": "3"})["time"])
    assert re.findall(r'value="(\d)"[^>]*checked', html) == ["3"]


def test_the_first_time_has_the_id_that_a_summary_links_to():
    field = Question({})["time"]
    assert components.first_control_id(field) in ids(shown("time_list", field=field))


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fi", "maanantai 14. joulukuuta"),
        ("sv", "måndag 14 december"),
        ("en", "Monday 14 December"),
    ],
)
def test_a_date_is_written_as_people_say_it(language, expected):
    with translation.override(language):
        assert components.weekday_date(date(2026, 12, 14)) == expected


def test_a_moment_is_written_in_the_zone_of_its_point():
    moment = datetime(2026, 12, 14, 7, 5, tzinfo=UTC)
    assert components.clock(moment, HELSINKI) == "9.05"
    assert components.clock(moment, STOCKHOLM) == "8.05"
    assert components.clock(time(9, 20)) == "9.20"


def test_a_moment_before_midnight_in_utc_is_tomorrow_at_the_point():
    moment = datetime(2026, 12, 13, 22, 30, tzinfo=UTC)
    assert components.weekday_date(moment, HELSINKI) == "Monday 14 December"
