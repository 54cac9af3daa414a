"""Each minute belongs to one day, week, month and year, in Python and in the run's SQL alike."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from activities.models import SharedTimeEntry
from clevervibes.lib import periods
from coins import planning
from tests.coins.test_conversion import convert, item_of
from tests.factories import make_approved, make_pool, make_youth

MINUTE = timedelta(minutes=1)
CLOCKS_CHANGE = [
    date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31), date(2028, 3, 26), date(2028, 10, 29),
]  # fmt: skip
MONTH_ENDS = [
    periods.next_month(date(year, month, 1)) - timedelta(days=1)
    for year in (2026, 2027, 2028)
    for month in range(1, 13)
]
KINDS = [periods.day, periods.week, periods.month, periods.year]


def minutes_around(day: date) -> list[datetime]:
    """Every minute of `day` and of the three hours on either side."""
    whole = periods.day(day)
    start, end = whole.start - timedelta(hours=3), whole.end + timedelta(hours=3)
    return [start + n * MINUTE for n in range((end - start) // MINUTE)]


def length(period: periods.Period) -> int:
    return (period.end - period.start) // MINUTE


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_minute_is_in_exactly_one(kind):
    looked_at = 0
    for day in sorted({*CLOCKS_CHANGE, *MONTH_ENDS}):
        near = {kind(day + timedelta(days=days)) for days in (-370, -35, -8, -2, -1, 0, 1, 2, 8, 35, 370)}
        for minute in minutes_around(day):
            looked_at += 1
            holds = [period for period in near if minute in period]
            assert holds == [kind(periods.berlin_date(minute))], minute
    assert looked_at > 40 * 24 * 60


def test_a_day_is_as_long_as_its_clocks_say():
    hours = {day: length(periods.day(day)) // 60 for day in CLOCKS_CHANGE}

    assert list(hours.values()) == [23, 25] * 3
    others = [day for day in MONTH_ENDS if day not in hours]
    assert {length(periods.day(day)) for day in others} == {24 * 60}


def test_the_sums_add_up():
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(3 * 365 + 1)]
    for kind in (periods.month, periods.year):
        sums: dict[periods.Period, int] = {}
        for day in days:
            sums[kind(day)] = sums.get(kind(day), 0) + length(periods.day(day))
        assert all(length(period) == minutes for period, minutes in sums.items())
    weeks = sorted({periods.week(day) for day in days}, key=lambda week: week.start)
    assert all(one.end == other.start for one, other in itertools.pairwise(weeks))
    assert {length(week) // 60 for week in weeks} == {167, 168, 169}


@pytest.mark.django_db
def test_the_run_s_sql_counts_days_and_weeks_the_same():
    done_on = "(a.starts_at AT TIME ZONE 'Europe/Berlin')::date"
    monday = "done_on - (done_on - date '2001-01-01') % 7"
    # The very words of the plan: what is compared here is what counts there.
    assert done_on in planning._TO_COUNT
    assert monday in planning._ENTRIES.replace("%%", "%")
    minutes = [minute for day in {*CLOCKS_CHANGE, *MONTH_ENDS} for minute in minutes_around(day)]
    days = [periods.berlin_date(minute) for minute in minutes]
    mondays = [periods.berlin_date(periods.week(day).start) for day in days]

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(*) FILTER (WHERE day.done_on <> a.day OR {monday.replace('%', '%%')} <> a.monday)"
            "  FROM unnest(%s::timestamptz[], %s::date[], %s::date[]) AS a (starts_at, day, monday)"
            f" CROSS JOIN LATERAL (SELECT {done_on} AS done_on) day",
            [minutes, days, mondays],
        )
        compared, different = cursor.fetchone()

    print(f"different {different} of {compared}")
    assert compared == len(minutes) > 40 * 24 * 60
    assert different == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("starts_at", "minutes", "said"),
    [
        # 01:30 to 03:30 by the clock is one hour: the one from two to three is missing.
        (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), 60, "03:30"),
        # 01:30 to 03:30 by the clock is three hours: the one from two to three is there twice.
        (datetime(2027, 10, 30, 23, 30, tzinfo=UTC), 180, "03:30"),
        # Midnight in Berlin is not midnight in UTC.
        (datetime(2027, 3, 27, 22, 59, tzinfo=UTC), 60, "00:59"),
        (datetime(2027, 3, 27, 23, 0, tzinfo=UTC), 60, "01:00"),
    ],
)
def test_an_entry_over_a_change_of_clocks_counts_real_minutes(starts_at, minutes, said):
    youth = make_youth(age=13)
    make_pool(coins=100)
    now = starts_at + timedelta(days=1)

    entry = make_approved(youth, starts_at=starts_at, minutes=minutes, now=now)
    convert(now + timedelta(hours=1), now=now + timedelta(hours=2))

    entry = SharedTimeEntry.objects.get(pk=entry.pk)
    assert f"{entry.ends_at.astimezone(periods.BERLIN):%H:%M}" == said
    item = item_of(entry)
    assert (entry.duration_minutes, item.minutes, item.counted_minutes) == (minutes, minutes, minutes)
    assert item.done_on == starts_at.astimezone(periods.BERLIN).date()
