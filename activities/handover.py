"""Entries that wait when a youth comes of age: from the guardians to the trusted people."""

from datetime import datetime

from accounts.models import User, YouthProfile
from accounts.notices.telling import tell
from activities.models import SharedTimeEntry
from clevervibes.lib import db

TOPIC = "entries_handed_over"


def to_trusted_people(youth: YouthProfile, now: datetime) -> int:
    """Tell the trusted people of `youth` that what is open now waits for them alone; return how much it is.

    A part of the 18th birthday. They saw these entries before, too: no entry has to be moved, and none is lost. Who
    has named nobody is told so by the birthday's own message.
    """
    db.require_transaction()
    waiting = SharedTimeEntry.objects.filter(youth=youth, status=SharedTimeEntry.Status.SUBMITTED).count()
    if waiting:
        for person in User.objects.filter(trusted_by__youth=youth, trusted_by__ended_at=None):
            tell(TOPIC, to=person, youth=youth.public_id, now=now)
    return waiting
