"""Records of youths are masked for the team until somebody says why they open one; the family sees who it was."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Reveal, User, YouthProfile
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

# Long enough for one telephone call.
OPEN_FOR = timedelta(minutes=30)
REASON_AT_LEAST = 5


class ReasonMissing(DomainError):
    code = "reason_missing"
    message = _("Bitte schreiben Sie in ein paar Worten, weshalb. Die Familie liest es.")
    status = 400
    field = "reason"


@db.service
def reveal(*, youth: YouthProfile, by: User, reason: str, now: datetime) -> Reveal:
    """Open the record of `youth` for `by` for half an hour, with the reason that the family reads.

    :raises ReasonMissing: without at least five letters.
    """
    reason = reason.strip()
    if len(reason) < REASON_AT_LEAST:
        raise ReasonMissing
    return Reveal.objects.create(youth=youth, by=by, reason=reason[:200], at=now)


def is_open(youth: YouthProfile, *, by: User, now: datetime) -> bool:
    """Say whether `by` has opened the record within the last half hour."""
    return Reveal.objects.filter(youth=youth, by=by, at__gt=now - OPEN_FOR, at__lte=now).exists()


def of(youth: YouthProfile) -> QuerySet[Reveal]:
    """Return who opened the record, newest first, for the family to see."""
    return Reveal.objects.filter(youth=youth).select_related("by")


def masked_person(person: User | None) -> str:
    """Return somebody as they stand in lists: the first letter, and a short code that tells two of them apart."""
    return f"{masked(person.first_name)} {str(person.public_id)[:8]}" if person else "–"


def masked(name: str) -> str:
    """Return a name as it stands in lists: enough to tell two rows apart, too little to know somebody."""
    return f"{name[:1]}…" if name else "–"
