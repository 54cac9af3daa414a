"""What becomes of bookings when their date is moved, or does not take place."""

from datetime import datetime

from accounts.models import User
from accounts.notices.telling import tell
from accounts.registration import OWN_CONSENT_AGE
from activities import entries
from activities.chances import booking, selectors
from activities.models import Booking, Opportunity
from clevervibes.lib import db


def follow(date: Opportunity, now: datetime) -> None:
    """Take the bookings of a changed date along to its new time, and tell everybody. A part; the date is locked.

    Who is somewhere else at the new time cannot be in two places: they keep what they had there.
    """
    db.require_transaction()
    live = date.bookings.filter(status__in=Booking.LIVE).select_related("youth__user").order_by("youth_id")
    for one in live:
        entries.lock_times_of(one.youth)
        moved = (one.starts_at, one.ends_at) != (date.starts_at, date.ends_at)
        if moved and one.status != Booking.Status.WAITING and _is_elsewhere(one, date):
            booking.end(one, Booking.Ended.CLASH, now)
            tell_youth_and_guardians(booking.CANCELLED, one, now)
            continue
        if moved:
            one.starts_at, one.ends_at, one.reminded_at = date.starts_at, date.ends_at, None
            if one.answer_by:
                one.answer_by = min(one.answer_by, date.starts_at)
            one.save(update_fields=["starts_at", "ends_at", "reminded_at", "answer_by"])
        tell_youth_and_guardians(booking.CHANGED, one, now)
    booking.fill(date, now)


def _is_elsewhere(one: Booking, date: Opportunity) -> bool:
    return (
        Booking.objects.filter(
            youth=one.youth, status__in=Booking.COMING, starts_at__lt=date.ends_at, ends_at__gt=date.starts_at
        )
        .exclude(pk=one.pk)
        .exists()
    )


def call_off(date: Opportunity, *, by: User, why: str, now: datetime) -> None:
    """Cancel a locked date and everything booked for it; all are told. A part."""
    db.require_transaction()
    date.cancelled_at, date.cancelled_by, date.cancelled_why = now, by, why
    date.save(update_fields=["cancelled_at", "cancelled_by", "cancelled_why"])
    for one in date.bookings.filter(status__in=Booking.LIVE).select_related("youth__user"):
        booking.end(one, Booking.Ended.DATE, now)
        tell_youth_and_guardians(booking.CANCELLED, one, now)


def tell_youth_and_guardians(topic: str, one: Booking, now: datetime) -> None:
    """Tell the youth, under 16 the guardians too."""
    people = [one.youth.user]
    if one.youth.age_at(now) < OWN_CONSENT_AGE:
        people += selectors.guardians_of(one.youth)
    for person in people:
        tell(topic, to=person, booking=one.public_id, youth=one.youth.public_id, now=now)
