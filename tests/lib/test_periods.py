"""Berlin's days, weeks, months and years, across the changes of the clocks."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from clevervibes.lib import periods

ALL_DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(3 * 365 + 1)]


@pytest.mark.parametrize("of", [periods.day, periods.week, periods.month, periods.year])
def test_every_hour_of_three_years_lies_in_exactly_one_period(of):
    cuts = sorted({(of(day).start, of(day).end) for day in ALL_DAYS})
    assert all(earlier[1] == later[0] for earlier, later in pairwise(cuts))


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2027, 3, 28), 23), (date(2027, 10, 31), 25), (date(2026, 12, 31), 24)]
)
def test_a_day_is_as_long_as_berlin_lives_it(day, hours):
    period = periods.day(day)
    assert period.end - period.start == timedelta(hours=hours)


def test_the_end_belongs_to_the_next_period():
    week = periods.week(date(2026, 9, 16))
    assert week.start == datetime(2026, 9, 13, 22, tzinfo=UTC)
    assert week.start in week
    assert week.end not in week


def test_the_last_month_of_a_year_ends_in_the_next():
    assert periods.month(date(2026, 12, 24)).end == periods.midnight(date(2027, 1, 1))


def test_berlin_is_already_in_the_next_day_when_utc_is_not():
    assert periods.berlin_date(datetime(2026, 6, 30, 22, 15, tzinfo=UTC)) == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(2010, 9, 16), date(2026, 9, 15), 15),
        (date(2010, 9, 16), date(2026, 9, 16), 16),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
    ],
)
def test_age_changes_on_the_birthday(born, on, age):
    assert periods.age(born, on) == age


def test_a_birthday_on_29_february_moves_to_1_march_and_agrees_with_the_age():
    born = date(2008, 2, 29)
    assert periods.birthday(born, 18) == date(2026, 3, 1)
    assert periods.birthday(born, 20) == date(2028, 2, 29)
    for years in (16, 18, 21):
        day = periods.birthday(born, years)
        assert periods.age(born, day) == years
        assert periods.age(born, day - timedelta(days=1)) == years - 1
