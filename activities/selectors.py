"""Which entries somebody sees. Every read of shared time goes through here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncDate, TruncWeek

from accounts import selectors as people
from accounts.models import User, YouthProfile
from activities.models import Category, Review, Sample, SharedTimeEntry
from clevervibes.lib import periods

Status = SharedTimeEntry.Status
# What does not count any more, whatever its minutes.
UNCOUNTED = (Status.RUNNING, Status.WITHDRAWN, Status.REJECTED)


def entries_of(user: User) -> QuerySet[SharedTimeEntry]:
    """Return a youth's own entries."""
    return SharedTimeEntry.objects.filter(youth__user=user).select_related("category")


def entries_written_by(user: User) -> QuerySet[SharedTimeEntry]:
    """Return what `user` may change or take back: a youth's own entries, and what a guardian proposed."""
    proposed = Q(status=Status.PROPOSED, claimed_by=user) & Exists(
        people.youths_guarded_by(user).filter(pk=OuterRef("youth"))
    )
    return SharedTimeEntry.objects.filter(Q(youth__user=user) | proposed).select_related("category")


def listed(user: User) -> QuerySet[SharedTimeEntry]:
    """Return a youth's entries as lists show them: without the timer, and without timers that were thrown away."""
    shown = entries_of(user).exclude(status=Status.RUNNING).exclude(status=Status.WITHDRAWN, ends_at=None)
    return shown.annotate(is_looked_at=is_looked_at())


def proposals_of(user: User) -> QuerySet[SharedTimeEntry]:
    """Return what `user`, a guardian, has proposed and the youth has not answered yet."""
    return (
        entries_written_by(user)
        .filter(status=Status.PROPOSED, claimed_by=user)
        .select_related("youth__user")
        .order_by("youth_id", "starts_at")
    )


def running_of(youth: YouthProfile, *, since: datetime | None = None) -> SharedTimeEntry | None:
    """Return the running timer of `youth`, if it was not started before `since`."""
    running = SharedTimeEntry.objects.filter(youth=youth, status=Status.RUNNING).select_related("category")
    return running.filter(starts_at__gte=since).first() if since else running.first()


def timer_of(youth: YouthProfile) -> SharedTimeEntry | None:
    """Return what the timer shows: what is running, or what ran too long and has no end yet."""
    shown = Q(status=Status.RUNNING) | Q(status=Status.DRAFT, ends_at=None)
    return SharedTimeEntry.objects.filter(shown, youth=youth).select_related("category").order_by("-status").first()


def entries_confirmed_by(user: User, *, at: datetime | None = None) -> QuerySet[SharedTimeEntry]:
    """Return the entries, open or not, of the youths whose time `user` may confirm at the moment `at`, or now."""
    youths = people.youths_confirmed_by(user, at=at).values("pk")
    return SharedTimeEntry.objects.filter(youth__in=youths).exclude(status__in=(Status.RUNNING, Status.DRAFT))


def why_returned(entry: SharedTimeEntry) -> Review | None:
    """Return the step that sent `entry` back, if that is where it stands."""
    if entry.status != Status.RETURNED:
        return None
    return entry.reviews.filter(step=Review.Step.RETURN).select_related("by").last()


def inbox(user: User) -> QuerySet[SharedTimeEntry]:
    """Return what waits for `user`: submitted, and not claimed by them."""
    return (
        entries_confirmed_by(user)
        .filter(status=Status.SUBMITTED)
        .exclude(claimed_by=user)
        .select_related("category", "youth__user")
        .order_by("youth__user__first_name", "youth_id", "starts_at")
    )


def recently_approved_by(user: User, *, now: datetime) -> QuerySet[SharedTimeEntry]:
    """Return what `user` confirmed in the last seven days, newest first, for those who want to undo it."""
    return (
        entries_confirmed_by(user)
        .filter(status=Status.APPROVED, reviewed_by=user, approved_at__gt=now - timedelta(days=7))
        .select_related("category", "youth__user")
        .order_by("-approved_at")
    )


def convertible_entries(cutoff: datetime) -> QuerySet[SharedTimeEntry]:
    """Return the approved entries of categories that count, approved before `cutoff`, that nobody has to look at."""
    # Hashed once a query, whatever statistics know. As NOT EXISTS it is a join, and while nobody has counted the open
    # ones yet it was planned as every entry with every one of them: 12 s instead of 23 ms for 30,000.
    looked_at = Sample.objects.filter(decided_at=None).values("entry")
    return SharedTimeEntry.objects.filter(
        ~Q(pk__in=looked_at), status=Status.APPROVED, approved_at__lt=cutoff, category__counts=True
    )


def entries_looked_at(cutoff: datetime) -> QuerySet[SharedTimeEntry]:
    """Return the entries approved before `cutoff` that would count, had not the team to look at them first."""
    looked_at = Sample.objects.filter(decided_at=None).values("entry")
    return SharedTimeEntry.objects.filter(
        pk__in=looked_at, status=Status.APPROVED, approved_at__lt=cutoff, category__counts=True
    )


def is_looked_at() -> Exists:
    """Ask with an entry whether the team is to look at it before it counts."""
    return Exists(Sample.objects.filter(entry=OuterRef("pk"), decided_at=None))


def waits_for_a_look(entry: SharedTimeEntry) -> bool:
    """Say whether the team is to look at `entry` before it counts."""
    return Sample.objects.filter(entry=entry, decided_at=None).exists()


def in_the_way_of(entry: SharedTimeEntry) -> SharedTimeEntry | None:
    """Return the youth's entry that overlaps `entry`, touching excepted."""
    if entry.ends_at is None:
        return None
    return (
        SharedTimeEntry.objects.filter(youth=entry.youth_id, starts_at__lt=entry.ends_at, ends_at__gt=entry.starts_at)
        .exclude(status__in=SharedTimeEntry.WITHOUT_SLOT)
        .exclude(pk=entry.pk)
        .select_related("category")
        .order_by("starts_at")
        .first()
    )


def minutes_in(youth: YouthProfile, period: periods.Period) -> int:
    """Return the minutes of entries that start in `period` and are submitted or approved."""
    entries = SharedTimeEntry.objects.filter(
        youth=youth,
        starts_at__gte=period.start,
        starts_at__lt=period.end,
        status__in=(Status.SUBMITTED, Status.APPROVED),
    )
    return entries.aggregate(total=Sum("duration_minutes"))["total"] or 0


def entries_in(youth: YouthProfile, period: periods.Period) -> QuerySet[SharedTimeEntry]:
    """Return what starts in `period` and is listed, oldest first."""
    within = Q(starts_at__gte=period.start, starts_at__lt=period.end)
    return listed(youth.user).filter(within).order_by("starts_at", "public_id")


def minutes_by_day(youth: YouthProfile, year: periods.Period) -> dict[date, int]:
    """Return the submitted and approved minutes of each Berlin day on which there were any."""
    days = (
        SharedTimeEntry.objects.filter(
            youth=youth,
            starts_at__gte=year.start,
            starts_at__lt=year.end,
            status__in=(Status.SUBMITTED, Status.APPROVED),
        )
        .annotate(on=TruncDate("starts_at", tzinfo=periods.BERLIN))
        .values("on")
        .annotate(minutes=Sum("duration_minutes"))
        .order_by("on")
    )
    return {row["on"]: row["minutes"] for row in days}


def weeks_of(entries: QuerySet[SharedTimeEntry]) -> QuerySet:
    """Return the Mondays, newest first, of the weeks in which `entries` start."""
    mondays = entries.annotate(monday=TruncWeek("starts_at", tzinfo=periods.BERLIN)).order_by("-monday")
    return mondays.values_list("monday", flat=True).distinct()


def categories() -> QuerySet[Category]:
    """Return the categories that count, in the team's order."""
    return Category.objects.filter(counts=True)


@dataclass
class Week:
    """One ISO week of a youth's entries, newest first."""

    monday: date
    entries: list[SharedTimeEntry] = field(default_factory=list)

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def minutes(self) -> int:
        """Minutes that are confirmed or may still be."""
        return sum(entry.duration_minutes for entry in self.entries if entry.status not in UNCOUNTED)


def by_week(entries: Iterable[SharedTimeEntry]) -> list[Week]:
    """Group entries, which come newest first, by the Berlin week in which they start."""

    def monday(entry: SharedTimeEntry) -> date:
        day = periods.berlin_date(entry.starts_at)
        return day - timedelta(days=day.weekday())

    return [Week(week, list(group)) for week, group in groupby(entries, key=monday)]


@dataclass
class YouthInbox:
    """What waits for confirmation of one youth, by day."""

    youth: YouthProfile
    days: list[tuple[date, list[SharedTimeEntry]]]

    @property
    def count(self) -> int:
        return sum(len(entries) for _day, entries in self.days)

    @property
    def minutes(self) -> int:
        return sum(entry.duration_minutes for _day, entries in self.days for entry in entries)

    @property
    def ids(self) -> str:
        """All of them in one field: a form may have only so many."""
        return ",".join(str(entry.public_id) for _day, entries in self.days for entry in entries)


def inbox_by_youth(entries: Iterable[SharedTimeEntry]) -> list[YouthInbox]:
    """Group an inbox, which comes ordered by youth and time."""
    grouped = []
    for _youth_id, group in groupby(entries, key=lambda entry: entry.youth_id):
        rows = list(group)
        days = [(day, list(some)) for day, some in groupby(rows, key=lambda e: periods.berlin_date(e.starts_at))]
        grouped.append(YouthInbox(rows[0].youth, days))
    return grouped
