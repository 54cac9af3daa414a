"""Three days before a code ends its youth is told, once: day 11 of 14, or the day before the end of an event."""

from datetime import datetime, timedelta
from uuid import uuid5

from django.db.models import F

from accounts.models import User
from accounts.notices.telling import tell
from clevervibes.lib import db
from partners.models import Hold

TOPIC = "hold_ends_soon"
BEFORE_IT_ENDS = timedelta(days=3)


def remind_due(*, now: datetime) -> int:
    """Tell everybody whose code ends within three days, each in a transaction of its own; return how many."""
    told = 0
    while remind_next(now=now):
        told += 1
    return told


@db.service
def remind_next(*, now: datetime) -> bool:
    """Tell the next one. Two ticks at once share the work; twice or late, each hold is told once."""
    due = (
        Hold.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(status=Hold.Status.LIVE, reminded_at=None, expires_at__gt=now, expires_at__lte=now + BEFORE_IT_ENDS)
        # What was set aside within the last three days needs no reminder.
        .filter(placed_at__lt=F("expires_at") - BEFORE_IT_ENDS)
        .order_by("expires_at", "pk")
        .first()
    )
    if due is None:
        return False
    due.reminded_at = now
    due.save(update_fields=["reminded_at"])
    # Nobody any more, once somebody's data is erased.
    youth = User.objects.filter(youth__account_link__account=due.account_id).first()
    if youth is not None:
        tell(TOPIC, to=youth, hold=due.public_id, key=uuid5(due.public_id, TOPIC), now=now)
    return True
