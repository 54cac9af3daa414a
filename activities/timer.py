"""The timer: one shared time that is still going on. It lives in the database, not in a browser.

Clocks are read in minutes: both ends are the beginning of a minute, so that the form shows what is stored and one
timer may start in the minute in which the last one stopped.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User, YouthProfile
from activities import entries, selectors
from activities.models import Category, Review, SharedTimeEntry
from clevervibes.lib import db

LIMIT = timedelta(minutes=entries.MAX_MINUTES)

Status = SharedTimeEntry.Status


def minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def ran_too_long(entry: SharedTimeEntry, now: datetime) -> bool:
    """Say whether a running timer is past its limit: then nobody may have looked at it for a while."""
    return minute_of(now) - entry.starts_at > LIMIT


@db.service
def start(*, youth: YouthProfile, by: User, now: datetime) -> SharedTimeEntry:
    """Start the timer. While one is running, return that: two taps or two phones start one.

    The category is that of the last entry for the time being; the form asks for it when the timer stops.

    :raises NotYours: if `by` is not the youth.
    :raises ConsentWithdrawn, Grown: if nothing can be logged any more.
    """
    if by.pk != youth.user_id:
        raise entries.NotYours
    # The entry before the youth, in the order of all who move an entry.
    running = _running(youth).first()
    entries.lock_times_of(youth)
    entries.require_may_log(youth, now)
    # What the other phone started while this one waited.
    running = running or selectors.running_of(youth)
    if running and not ran_too_long(running, now):
        return running
    if running:
        _ask_when_it_ended(running, now)
    entry = SharedTimeEntry.objects.create(
        youth=youth, category=_category_for(youth), starts_at=minute_of(now), status=Status.RUNNING, claimed_by=by,
        claimed_at=now,
    )  # fmt: skip
    entries.note(entry, Review.Step.START, by, now)
    return entry


@db.service
def stop(*, entry_id: UUID, by: User, now: datetime) -> SharedTimeEntry:
    """Stop the timer: it becomes a draft from its start until now. Stopping what has stopped changes nothing.

    Past the limit the draft has no end yet, and asks for it. What has not lasted a minute is thrown away.

    :raises SharedTimeEntry.DoesNotExist: if `by` may not see the entry.
    """
    mine = selectors.entries_of(by).select_related("youth__user", "category")
    entry = mine.select_for_update(of=("self",), no_key=True).get(public_id=entry_id)
    if entry.status != Status.RUNNING:
        return entry
    entries.lock_times_of(entry.youth)
    if ran_too_long(entry, now):
        return _ask_when_it_ended(entry, now)
    if minute_of(now) <= entry.starts_at:
        entry.status = Status.WITHDRAWN
        entry.save(update_fields=["status"])
        entries.note(entry, Review.Step.WITHDRAW, by, now)
        return entry
    entry.status, entry.ends_at, entry.claimed_at = Status.DRAFT, minute_of(now), now
    entry.duration_minutes = entries.duration_minutes(entry.starts_at, entry.ends_at)
    try:
        entries.store(entry, now)
    except entries.Overlaps:
        # A host confirmed something in between. Nothing is lost: the draft waits for an end that fits.
        entry.ends_at, entry.duration_minutes = None, 0
        entries.store(entry, now)
    entries.note(entry, Review.Step.STOP, by, now)
    return entry


@db.service
def end_forgotten(*, now: datetime) -> int:
    """Turn timers past the limit into drafts that ask when they ended; return how many. Each is turned once."""
    # Rounded down like the start: as long as the minutes are not more than the limit, the timer may go on.
    forgotten = _running().filter(starts_at__lt=minute_of(now) - LIMIT).order_by("pk")
    count = 0
    for entry in forgotten:
        _ask_when_it_ended(entry, now)
        count += 1
    return count


def _running(youth: YouthProfile | None = None) -> QuerySet[SharedTimeEntry]:
    """Return running timers, locked: somebody may be stopping them right now."""
    entries_ = SharedTimeEntry.objects.filter(status=Status.RUNNING).select_for_update(of=("self",), no_key=True)
    return entries_.filter(youth=youth) if youth else entries_


def _ask_when_it_ended(entry: SharedTimeEntry, now: datetime) -> SharedTimeEntry:
    entry.status = Status.DRAFT
    entry.save(update_fields=["status"])
    entries.note(entry, Review.Step.STOP, None, now)
    return entry


def _category_for(youth: YouthProfile) -> Category:
    last = SharedTimeEntry.objects.filter(youth=youth, category__counts=True).select_related("category").first()
    return last.category if last else selectors.categories()[0]
