"""Who is reminded of what, the day before and afterwards. Each is told once, whoever looks when."""

from datetime import datetime, time, timedelta

from accounts.notices.telling import tell
from activities.chances import attendance, booking, selectors
from activities.models import Booking, Opportunity
from clevervibes.lib import db, periods

TOMORROW = "chance_tomorrow"
HOUR = time(16)
# A list that is older than that is the team's, and no reminder of ours helps any more.
LIST_FOR = attendance.WITHIN


def due_at(starts_at: datetime) -> datetime:
    """Return when somebody is reminded of a date: 16:00 in Berlin the day before."""
    before = periods.berlin_date(starts_at) - timedelta(days=1)
    return datetime.combine(before, HOUR, periods.BERLIN)


def remind(*, now: datetime) -> int:
    """Remind youths of what they have booked for tomorrow, or for today if they booked since; return how many."""
    # Nobody is reminded more than two days ahead: the day before is the farthest.
    soon = Booking.objects.filter(
        status=Booking.Status.BOOKED, reminded_at=None, starts_at__gt=now, starts_at__lte=now + timedelta(days=2),
        opportunity__released_at__isnull=False,
    )  # fmt: skip
    rows = soon.order_by("pk").values_list("pk", "starts_at")
    return sum(_remind(pk, now) for pk, starts_at in list(rows) if due_at(starts_at) <= now)


@db.service
def _remind(pk: int, now: datetime) -> int:
    still = Booking.objects.select_for_update(of=("self",), no_key=True).select_related("youth__user")
    found = still.filter(pk=pk, status=Booking.Status.BOOKED, reminded_at=None).first()
    if found is None:
        return 0
    found.reminded_at = now
    found.save(update_fields=["reminded_at"])
    tell(TOMORROW, to=found.youth.user, booking=found.public_id, now=now)
    return 1


def remind_hosts(*, now: datetime) -> int:
    """Ask the hosts of dates that have just ended for their list; return for how many dates."""
    ended = Opportunity.objects.released().filter(
        ends_at__lte=now, ends_at__gt=now - LIST_FOR, listed_at=None, cancelled_at=None, host_told_at=None,
        bookings__status=Booking.Status.BOOKED,
    )  # fmt: skip
    return sum(_remind_host(pk, now) for pk in list(ended.order_by("pk").values_list("pk", flat=True).distinct()))


@db.service
def _remind_host(pk: int, now: datetime) -> int:
    dates = Opportunity.objects.select_for_update(of=("self",), no_key=True).select_related("host")
    date = dates.filter(pk=pk, host_told_at=None, listed_at=None).first()
    if date is None:
        return 0
    date.host_told_at = now
    date.save(update_fields=["host_told_at"])
    for person in selectors.members_of(date.host):
        tell(attendance.LIST_DUE, to=person, date=date.public_id, now=now)
    return 1


def look(*, now: datetime) -> int:
    """Do all that is due about dates, and return how much it was. Run twice or late, it does the same once."""
    return sum(
        work(now=now)
        for work in (
            booking.free_unanswered,
            booking.free_left,
            booking.fill_all,
            remind,
            remind_hosts,
            attendance.settle_checked_in,
        )
    )
