"""From supply to planned desks. Nothing here touches a database or the clock."""

import datetime
import zoneinfo
from dataclasses import dataclass, field

from servicepoints import plan

HELSINKI = zoneinfo.ZoneInfo("Europe/Helsinki")
MONDAY = datetime.date(2026, 12, 14)
SATURDAY = datetime.date(2026, 12, 19)
SPRING = datetime.date(2027, 3, 28)  # 3.00 becomes 4.00
AUTUMN = datetime.date(2027, 10, 31)  # 4.00 becomes 3.00


def at(text):
    return datetime.time.fromisoformat(text) if text else None


@dataclass
class Weekly:
    weekday: int = 0
    opens: str = "08:00"
    closes: str = "16:00"
    desks: int = 2
    public_desks: int = 2
    valid_from: datetime.date = datetime.date(2020, 1, 1)
    valid_until: datetime.date | None = None

    @property
    def opens_at(self):
        return at(self.opens)

    @property
    def closes_at(self):
        return at(self.closes)


@dataclass
class Override:
    kind: str
    date: datetime.date = MONDAY
    opens: str = ""
    closes: str = ""
    desks: int = 1
    public_desks: int = 1
    service_ids: frozenset[int] | None = field(default=None)

    opens_at = Weekly.opens_at
    closes_at = Weekly.closes_at


def planned(date=MONDAY, openings=(), overrides=(), holiday=False):
    return plan.planned_hours(
        date=date, zone=HELSINKI, openings=openings, overrides=overrides, holiday=holiday
    )


def local(hours):
    """The hours as the clock on the wall shows them, with desks."""
    return [
        (
            f"{row.starts_at.astimezone(HELSINKI):%H:%M}",
            f"{row.ends_at.astimezone(HELSINKI):%H:%M}",
            row.desks,
        )
        for row in hours
    ]


def test_a_weekly_opening_gives_hours_on_its_weekday_only():
    series = [Weekly(weekday=0)]

    assert local(planned(openings=series)) == [("08:00", "16:00", 2)]
    assert planned(MONDAY + datetime.timedelta(days=1), openings=series) == []


def test_an_opening_counts_from_the_first_to_the_last_day_of_its_period():
    series = [Weekly(valid_from=MONDAY, valid_until=MONDAY)]
    week = datetime.timedelta(days=7)

    assert planned(MONDAY, openings=series)
    assert not planned(MONDAY - week, openings=series)
    assert not planned(MONDAY + week, openings=series)


def test_two_periods_follow_each_other_without_gap_or_overlap():
    summer = Weekly(closes="12:00", valid_until=MONDAY)
    autumn = Weekly(closes="16:00", valid_from=MONDAY + datetime.timedelta(days=1))
    next_monday = MONDAY + datetime.timedelta(days=7)

    assert local(planned(MONDAY, [summer, autumn])) == [("08:00", "12:00", 2)]
    assert local(planned(next_monday, [summer, autumn])) == [("08:00", "16:00", 2)]


def test_changed_hours_replace_the_series():
    changed = Override("changed", opens="10:00", closes="12:00", desks=1)

    assert local(planned(openings=[Weekly()], overrides=[changed])) == [("10:00", "12:00", 1)]


def test_changed_hours_hold_for_their_date_only():
    changed = Override("changed", opens="10:00", closes="12:00")
    next_monday = MONDAY + datetime.timedelta(days=7)

    assert local(planned(next_monday, [Weekly()], [changed])) == [("08:00", "16:00", 2)]


def test_a_closing_wins_over_everything_else():
    overrides = [
        Override("extra", opens="17:00", closes="19:00"),
        Override("changed", opens="10:00", closes="12:00"),
        Override("closed"),
    ]

    assert planned(openings=[Weekly()], overrides=overrides) == []


def test_extra_hours_come_on_top_of_the_series():
    extra = Override("extra", opens="16:00", closes="19:00", desks=3)

    assert local(planned(openings=[Weekly()], overrides=[extra])) == [
        ("08:00", "16:00", 2),
        ("16:00", "19:00", 3),
    ]


def test_extra_hours_open_a_day_that_has_no_series():
    extra = Override("extra", SATURDAY, "09:00", "15:00", 6, 6, frozenset({7}))

    hours = planned(SATURDAY, [Weekly()], [extra])

    assert local(hours) == [("09:00", "15:00", 6)]
    assert hours[0].service_ids == frozenset({7})


def test_a_public_holiday_closes_the_series():
    assert planned(openings=[Weekly()], holiday=True) == []


def test_a_public_holiday_is_open_where_the_date_says_so():
    extra = Override("extra", opens="10:00", closes="12:00")
    changed = Override("changed", opens="13:00", closes="15:00")

    hours = planned(openings=[Weekly()], overrides=[extra, changed], holiday=True)

    assert local(hours) == [("10:00", "12:00", 1), ("13:00", "15:00", 1)]


def test_an_opening_without_desks_plans_nothing():
    assert planned(openings=[Weekly(desks=0, public_desks=0)]) == []


def test_a_leap_day_is_a_day_like_any_other():
    leap_day = datetime.date(2028, 2, 29)

    assert local(planned(leap_day, [Weekly(weekday=leap_day.weekday())])) == [("08:00", "16:00", 2)]


def test_winter_and_summer_hours_have_the_same_wall_time_and_other_instants():
    winter, summer = planned(MONDAY, [Weekly()]), planned(datetime.date(2027, 6, 14), [Weekly()])

    assert winter[0].starts_at.hour == 6
    assert summer[0].starts_at.hour == 5


def test_an_ordinary_opening_on_a_clock_change_day_keeps_its_wall_time():
    for day, first_hour in ((SPRING, 5), (AUTUMN, 6)):
        hours = planned(day, [Weekly(weekday=6)])
        assert local(hours) == [("08:00", "16:00", 2)]
        assert hours[0].starts_at.hour == first_hour


def test_an_opening_across_the_spring_change_is_an_hour_shorter():
    hours = planned(SPRING, [Weekly(weekday=6, opens="02:00", closes="06:00")])

    assert hours[0].ends_at - hours[0].starts_at == datetime.timedelta(hours=3)
    assert len(plan.cells(hours, 15)) == 12


def test_an_opening_across_the_autumn_change_is_an_hour_longer():
    hours = planned(AUTUMN, [Weekly(weekday=6, opens="02:00", closes="06:00")])
    cells = plan.cells(hours, 15)

    assert hours[0].ends_at - hours[0].starts_at == datetime.timedelta(hours=5)
    assert len({cell.starts_at for cell in cells}) == 20


def test_the_clock_skips_an_hour_in_spring_only():
    assert plan.is_skipped(SPRING, at("03:30"), HELSINKI)
    assert not plan.is_skipped(SPRING, at("04:00"), HELSINKI)
    assert not plan.is_skipped(AUTUMN, at("03:30"), HELSINKI)
    assert not plan.is_skipped(MONDAY, at("03:30"), HELSINKI)


def test_hours_are_cut_into_cells_of_the_grid():
    cells = plan.cells(planned(openings=[Weekly(opens="08:00", closes="09:00")]), 10)

    assert [cell.starts_at.minute for cell in cells] == [0, 10, 20, 30, 40, 50]
    assert {cell.desks for cell in cells} == {2}


def test_what_does_not_fill_a_whole_cell_is_left_over():
    hours = planned(openings=[Weekly(opens="08:05", closes="08:34")])

    assert [cell.starts_at.minute for cell in plan.cells(hours, 10)] == [5, 15]
    assert plan.cells(planned(openings=[Weekly(opens="08:00", closes="08:09")]), 10) == []


def test_desks_of_overlapping_hours_add_up():
    overrides = [
        Override("extra", opens="08:10", closes="08:30", desks=3, public_desks=1),
    ]
    hours = planned(openings=[Weekly(opens="08:00", closes="08:20")], overrides=overrides)

    cells = plan.cells(hours, 10)

    assert [(cell.desks, cell.public_desks) for cell in cells] == [(2, 2), (5, 3), (3, 1)]


def test_overlapping_hours_serve_what_any_of_them_serves():
    some = [
        Override("extra", opens="08:00", closes="08:10", service_ids=frozenset({1})),
        Override("extra", opens="08:00", closes="08:10", service_ids=frozenset({2})),
    ]
    everything = [*some, Override("extra", opens="08:00", closes="08:10")]

    assert plan.cells(planned(overrides=some), 10)[0].service_ids == frozenset({1, 2})
    assert plan.cells(planned(overrides=everything), 10)[0].service_ids is None


def test_visits_fit_where_enough_cells_follow_each_other():
    saturday = Override("extra", SATURDAY, "09:00", "15:00", desks=6, public_desks=6)
    cells = plan.cells(planned(SATURDAY, overrides=[saturday]), 10)

    assert plan.starts_that_fit(cells, 10, 1) == 216
    assert plan.starts_that_fit(cells, 10, 3) == 72
    assert plan.starts_that_fit(cells, 10, 37) == 0


def test_no_visit_spans_a_gap_between_hours():
    hours = planned(
        openings=[
            Weekly(opens="08:00", closes="08:20", desks=1, public_desks=1),
            Weekly(opens="08:30", closes="08:50", desks=1, public_desks=1),
        ]
    )

    assert plan.starts_that_fit(plan.cells(hours, 10), 10, 2) == 2
    assert plan.starts_that_fit(plan.cells(hours, 10), 10, 3) == 0
