"""Who was there: the host ticks the list, or the youth's phone has read the host's screen. Both are shared time.

The entry needs nobody else's yes: the youth said so by coming, the host confirms. What the youth had written down for
the same time themself gives way; what is coins already stays, and the longest stretch beside it counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User, YouthProfile
from accounts.notices.telling import tell
from activities import entries
from activities.approvals import TAKEN
from activities.chances import selectors
from activities.models import Booking, Opportunity, Relation, Review, SharedTimeEntry
from activities.sampling import raising
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

WITHIN = timedelta(hours=24)
# The team may still do it as long as an entry may be written down at all.
TEAM_WITHIN = timedelta(days=entries.MAX_DAYS_BACK)
STEP_MINUTES = 15

CONFIRMED, LIST_DUE = "chance_confirmed", "chance_list_due"

Status = Booking.Status


class NotOver(DomainError):
    code = "not_over"
    message = _("Die Liste lässt sich bestätigen, sobald der Termin vorbei ist.")


class ListClosed(DomainError):
    code = "list_closed"
    message = _("Die 24 Stunden sind um. Bitte rufen Sie das Club-Team an: Es trägt nach, wer da war.")


class OwnTime(DomainError):
    code = "own_claim"
    message = _("Sie stehen selbst auf dieser Liste. Bitte lassen Sie sie von jemand anderem bestätigen.")
    status = 403


@dataclass(frozen=True)
class Stretch:
    """A time between two moments."""

    starts_at: datetime
    ends_at: datetime

    @property
    def minutes(self) -> int:
        return entries.duration_minutes(self.starts_at, self.ends_at)


def lists_due(dates: QuerySet[Opportunity], now: datetime) -> QuerySet[Opportunity]:
    """Return which of `dates` (with counts) wait for their host's list, most urgent first."""
    due = dates.filter(released_at__isnull=False, listed_at=None, cancelled_at=None)
    return due.filter(Q(taken__gt=0), ends_at__gt=now - WITHIN, ends_at__lte=now).order_by("ends_at", "pk")


def lengths(date: Opportunity) -> list[int]:
    """Return how many minutes somebody may have been there: all of it first, then shorter by quarters of an hour."""
    full = date.minutes
    return [full, *range((full - 1) // STEP_MINUTES * STEP_MINUTES, entries.MIN_MINUTES - 1, -STEP_MINUTES)]


@db.service
def confirm(*, opportunity_id: UUID, by: User, minutes: Mapping[UUID, int], now: datetime) -> Opportunity:
    """Keep who was there, as host or as the team. Who is not in `minutes` was there all the time, 0 is not at all.

    Each gets an entry that is approved; everybody is told, also who was struck. Again changes nothing.

    :raises Opportunity.DoesNotExist: if `by` does not look after the date.
    :raises NotOver, ListClosed: before its end, and for hosts a day after it.
    :raises OwnTime: if `by` is on the list.
    """
    date = selectors.hosted_by(by).select_for_update(of=("self",), no_key=True).get(public_id=opportunity_id)
    if date.listed_at:
        return date
    if date.ends_at > now or date.cancelled_at:
        raise NotOver
    if now > date.ends_at + (TEAM_WITHIN if selectors.is_team(by) else WITHIN):
        raise ListClosed
    there = list(date.bookings.filter(status=Status.BOOKED).select_related("youth__user").order_by("youth_id"))
    if any(booking.youth.user_id == by.pk for booking in there):
        raise OwnTime
    allowed = lengths(date)
    for booking in there:
        wanted = minutes.get(booking.public_id, date.minutes)
        stayed = next((one for one in allowed if one <= wanted), 0)
        _settle(booking, date, stayed, by, now)
    date.listed_at, date.listed_by = now, by
    date.save(update_fields=["listed_at", "listed_by"])
    return date


def settle_checked_in(*, now: datetime) -> int:
    """Keep who checked in by the code where no host has ticked a list within a day; return how many.

    The screen that showed the code stands for whoever opened it. The others wait for the team.
    """
    late = Opportunity.objects.filter(
        bookings__status=Status.BOOKED, bookings__checked_in_at__isnull=False, ends_at__lte=now - WITHIN,
        ends_at__gt=now - TEAM_WITHIN, listed_at=None, cancelled_at=None, code_shown_by__isnull=False,
    )  # fmt: skip
    return sum(_settle_checked_in(pk, now) for pk in list(late.values_list("pk", flat=True).distinct()))


@db.service
def _settle_checked_in(pk: int, now: datetime) -> int:
    dates = Opportunity.objects.select_for_update(of=("self",), no_key=True).select_related("host__organisation")
    date = dates.select_related("code_shown_by", "host__organisation").get(pk=pk)
    if date.listed_at or date.code_shown_by is None:
        return 0
    booked = date.bookings.filter(status=Status.BOOKED).select_related("youth__user").order_by("youth_id")
    here = [one for one in booked if one.checked_in_at and one.youth.user_id != date.code_shown_by_id]
    for booking in here:
        _settle(booking, date, date.minutes, date.code_shown_by, now)
    if len(here) == len(booked):
        date.listed_at, date.listed_by = now, date.code_shown_by
        date.save(update_fields=["listed_at", "listed_by"])
    return len(here)


def _settle(booking: Booking, date: Opportunity, minutes: int, by: User, now: datetime) -> None:
    booking.status, gave_way = Status.MISSED, 0
    if minutes:
        booking.status = Status.ATTENDED
        booking.entry, gave_way = _write_down(booking.youth, date, minutes, by, now)
    booking.save(update_fields=["status", "entry"])
    tell(CONFIRMED, to=booking.youth.user, booking=booking.public_id, gave_way=gave_way, now=now)


def _write_down(
    youth: YouthProfile, date: Opportunity, minutes: int, by: User, now: datetime
) -> tuple[SharedTimeEntry | None, int]:
    """Store the time at a date as an approved entry of the youth, if any of it is left to count.

    :returns: the entry, and how many of the youth's own gave way to it.
    """
    starts_at = date.starts_at.astimezone(UTC)
    there = Stretch(starts_at, starts_at + timedelta(minutes=minutes))
    in_the_way = _overlapping(youth, there)
    entries.lock_times_of(youth)
    try:
        entries.require_may_log(youth, now)
    except DomainError:
        return None, 0
    stays = [entry for entry in in_the_way if not _give_way(entry, by, now)]
    gave_way = len(in_the_way) - len(stays)
    left = _longest_beside(stays, there)
    if left.minutes < entries.MIN_MINUTES:
        return None, gave_way
    entry = SharedTimeEntry(
        youth=youth, category=date.category, starts_at=left.starts_at, ends_at=left.ends_at,
        duration_minutes=left.minutes, companion_relation=Relation.COMPANY,
        did=Truncator(f"{date.title} ({date.host})").chars(500), status=SharedTimeEntry.Status.APPROVED,
        host_confirmed=True, claimed_by=youth.user, claimed_at=now, submitted_at=now, reviewed_by=by, approved_at=now,
    )  # fmt: skip
    entry.save()
    entries.note(entry, Review.Step.LOG, youth.user, now)
    entries.note(entry, Review.Step.APPROVE, by, now)
    raising.consider([entry], now=now)
    return entry, gave_way


def _overlapping(youth: YouthProfile, there: Stretch) -> list[SharedTimeEntry]:
    # Entries before the youth, in the order of all who move an entry.
    return list(
        SharedTimeEntry.objects.filter(youth=youth, starts_at__lt=there.ends_at, ends_at__gt=there.starts_at)
        .exclude(status__in=SharedTimeEntry.WITHOUT_SLOT)
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )


def _longest_beside(stays: list[SharedTimeEntry], there: Stretch) -> Stretch:
    """Return the longest stretch of a time that none of the entries takes; of no minutes if there is none."""
    free, since = [], there.starts_at
    for entry in sorted(stays, key=lambda one: one.starts_at):
        free.append(Stretch(since, max(since, entry.starts_at)))
        since = max(since, entry.ends_at or since)
    free.append(Stretch(since, max(since, there.ends_at)))
    return max(free, key=lambda stretch: stretch.minutes)


def _give_way(entry: SharedTimeEntry, by: User, now: datetime) -> bool:
    """Take back what the youth wrote down for that time, for a host's minutes count for more; not if it is coins."""
    entry.status = SharedTimeEntry.Status.WITHDRAWN
    try:
        with transaction.atomic():
            entry.save(update_fields=["status"])
    except IntegrityError as error:
        if db.constraint(error) != TAKEN:
            raise
        return False
    reason = gettext("Der Betrieb hat diese Zeit bestätigt: Sie zählt anderthalbfach.")
    entries.note(entry, Review.Step.WITHDRAW, by, now, reason=reason)
    return True
