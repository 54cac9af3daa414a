"""Weeks filled to their cap. What a week may hold is known to whoever counts time; they say so here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.db.models import QuerySet

from accounts.models import YouthProfile
from activities.models import SharedTimeEntry
from clevervibes.lib import periods

Weeks = Mapping[date, list[SharedTimeEntry]]
RUNNING = 3
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Counting:
    """What counts time, asked from below: which weeks (by Monday) are full, and what of a youth is not counted yet."""

    full_weeks: Callable[[Weeks], set[date]]
    uncounted: Callable[[YouthProfile], QuerySet[SharedTimeEntry]]


_counting: list[Counting] = []


def counted_by(counting: Counting) -> None:
    """Register what counts time. Without it no week is ever full."""
    _counting[:] = [counting]


def uncounted(youth: YouthProfile) -> QuerySet[SharedTimeEntry]:
    """Return the confirmed entries of `youth` that no run has taken."""
    if _counting:
        return _counting[0].uncounted(youth)
    return SharedTimeEntry.objects.filter(youth=youth, status=SharedTimeEntry.Status.APPROVED)


def monday_of(entry: SharedTimeEntry) -> date:
    day = periods.berlin_date(entry.starts_at)
    return day - timedelta(days=day.weekday())


def are_full_around(youth: YouthProfile, mondays: set[date]) -> bool:
    """Say whether one of the weeks from `mondays` on belongs to three full weeks in a row, or follows them.

    Only confirmed time fills a week.
    """
    if not _counting or not mondays:
        return False
    first = periods.week(min(mondays) - RUNNING * _WEEK).start
    last = periods.week(max(mondays) + (RUNNING - 1) * _WEEK).end
    entries = (
        SharedTimeEntry.objects.filter(
            youth=youth, status=SharedTimeEntry.Status.APPROVED, starts_at__gte=first, starts_at__lt=last
        )
        .select_related("category")
        .order_by("starts_at")
    )
    weeks = {monday: list(some) for monday, some in groupby(entries, key=monday_of)}
    if len(weeks) < RUNNING:
        return False
    full = _counting[0].full_weeks(weeks)
    begins = {monday for monday in full if {monday + _WEEK, monday + 2 * _WEEK} <= full}
    return any(monday - back * _WEEK in begins for monday in mondays for back in range(RUNNING + 1))
