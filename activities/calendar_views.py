"""A month as a calendar."""

from calendar import Calendar
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from activities import selectors
from activities.models import SharedTimeEntry
from activities.selectors import UNCOUNTED
from activities.views import youth_of
from clevervibes.lib import db, periods

MONDAY = 0


@dataclass(frozen=True)
class Day:
    on: date
    is_in_month: bool
    entries: list[SharedTimeEntry] = field(default_factory=list)

    @property
    def minutes(self) -> int:
        return sum(entry.duration_minutes for entry in self.entries if entry.status not in UNCOUNTED)


@require_safe
@login_required
def month(request: HttpRequest) -> HttpResponse:
    youth = youth_of(request)
    today = periods.berlin_date(db.now())
    joined = periods.berlin_date(youth.joined_at)
    first = _first_of(request.GET.get("monat", ""), today)
    by_day: dict[date, list[SharedTimeEntry]] = defaultdict(list)
    for entry in selectors.entries_in(youth, periods.month(first)):
        by_day[periods.berlin_date(entry.starts_at)].append(entry)
    weeks = [
        [Day(on, on.month == first.month, by_day.get(on, [])) for on in week]
        for week in Calendar(MONDAY).monthdatescalendar(first.year, first.month)
    ]
    days = [day for week in weeks for day in week if day.entries]
    earlier = (first.replace(day=1) - periods.ONE_DAY).replace(day=1)
    context = {
        "first": first,
        "today": today,
        "weeks": weeks,
        "days": days,
        "minutes": sum(day.minutes for day in days),
        # Before joining there is nothing, and the future has not happened.
        "earlier": earlier if periods.next_month(earlier) > joined.replace(day=1) else None,
        "later": periods.next_month(first) if periods.next_month(first) <= today else None,
    }
    return render(request, "activities/calendar.html", context)


def _first_of(typed: str, today: date) -> date:
    """Return the first day of the month in the address; of this one if there is none that can be."""
    try:
        first = datetime.strptime(typed, "%Y-%m").date()  # noqa: DTZ007 (a month has no time zone)
    except ValueError:
        return today.replace(day=1)
    return min(max(first, date(2020, 1, 1)), today.replace(day=1))
