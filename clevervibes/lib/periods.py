"""Days, weeks, months and years as Berlin counts them: half-open, cut at local midnight."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """`[start, end)` in UTC. A day is 23, 24 or 25 hours long, an hour belongs to exactly one period."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def berlin_date(moment: datetime) -> date:
    """Return the Berlin calendar day of an aware `moment`."""
    return moment.astimezone(BERLIN).date()


def midnight(day: date) -> datetime:
    """Return 00:00 Berlin of `day` in UTC. Berlin never changes its clocks at midnight, so it exists once."""
    return datetime.combine(day, time(), BERLIN).astimezone(UTC)


def day(on: date) -> Period:
    return Period(midnight(on), midnight(on + timedelta(days=1)))


def week(on: date) -> Period:
    """Return the ISO week (Monday to Sunday) that holds `on`."""
    monday = on - timedelta(days=on.weekday())
    return Period(midnight(monday), midnight(monday + timedelta(days=7)))


def month(on: date) -> Period:
    first = on.replace(day=1)
    return Period(midnight(first), midnight(next_month(first)))


def year(on: date) -> Period:
    return Period(midnight(date(on.year, 1, 1)), midnight(date(on.year + 1, 1, 1)))


def next_month(first: date) -> date:
    return (first.replace(day=1) + timedelta(days=32)).replace(day=1)


def age(birth_date: date, on: date) -> int:
    """Return the age in whole years on the Berlin day `on`.

    Who was born on 29 February turns a year older on 1 March in a common year: a year of life ends with
    the day before the birthday (§ 188 (2) BGB), here the 28th.
    """
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


def birthday(birth_date: date, years: int) -> date:
    """Return the day on which `years` are completed; 29 February moves to 1 March (see `age`)."""
    try:
        return birth_date.replace(year=birth_date.year + years)
    except ValueError:
        return date(birth_date.year + years, 3, 1)
