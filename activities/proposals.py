"""Time that a guardian writes down for a youth. The youth confirms: claimant and reviewer stay two people."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts import selectors as people
from accounts.models import User, YouthProfile
from accounts.notices.telling import tell
from activities import entries, selectors
from activities.approvals import EntryNotOpen, OwnClaim
from activities.models import Review, SharedTimeEntry
from activities.sampling import raising
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

TOPIC = "entry_proposed"

Status = SharedTimeEntry.Status


class CannotCount(DomainError):
    code = "cannot_count"
    message = _("Für {name} zählt gerade keine Zeit. Auf der Startseite steht, was fehlt.")


@db.service
def propose(*, youth: YouthProfile, by: User, details: entries.Details, now: datetime,
            public_id: UUID | None = None) -> SharedTimeEntry:  # fmt: skip
    """Write down a time for `youth`, who is asked whether it is true. Sent twice under one name it is one entry.

    :raises NotYours: if `by` is not a guardian of the youth.
    :raises WrongTime, DoesNotCount: as in `entries.log`.
    :raises CannotCount: if nothing of the youth's counts at present.
    """
    if not people.youths_guarded_by(by, at=now).filter(pk=youth.pk).exists():
        raise entries.NotYours
    minutes = entries.require_valid(youth, details, now)
    entries.lock_times_of(youth)
    try:
        entries.require_may_log(youth, now)
        entries.require_counts(youth, now)
    except DomainError:
        # The reasons are told to the youth in words meant for the youth; the start page tells them to a guardian.
        raise CannotCount(name=youth.first_name) from None
    entry, is_new = entries.named(public_id, youth, details)
    if not is_new:
        return entry
    entry.status, entry.duration_minutes, entry.submitted_at = Status.PROPOSED, minutes, now
    entry.claimed_by, entry.claimed_at = by, now
    entries.store(entry, now)
    entries.note(entry, Review.Step.LOG, by, now)
    tell(TOPIC, to=youth.user, entry=entry.public_id, now=now)
    return entry


@db.service
def confirm(*, entry_id: UUID, by: User, now: datetime) -> SharedTimeEntry:
    """Say as the youth that a guardian's entry is true: it is approved. Confirming twice changes nothing.

    :raises SharedTimeEntry.DoesNotExist: if it is not the youth's own.
    :raises OwnClaim: if the youth has written it down.
    :raises EntryNotOpen: if it was taken back, or never was a proposal.
    :raises ConsentWithdrawn, Grown, ConsentMissing, Stopped: if nothing counts at present.
    """
    mine = selectors.entries_of(by).select_related("youth__user", "category")
    entry = mine.select_for_update(of=("self",), no_key=True).get(public_id=entry_id)
    if entry.claimed_by_id == by.pk:
        raise OwnClaim
    if entry.status == Status.APPROVED and entry.reviewed_by_id == by.pk:
        return entry
    if entry.status != Status.PROPOSED:
        raise EntryNotOpen(status=entry.get_status_display())
    entries.lock_times_of(entry.youth)
    entries.require_may_log(entry.youth, now)
    entries.require_counts(entry.youth, now)
    entry.status, entry.reviewed_by, entry.approved_at = Status.APPROVED, by, now
    entry.save(update_fields=["status", "reviewed_by", "approved_at"])
    entries.note(entry, Review.Step.APPROVE, by, now)
    raising.consider([entry], now=now)
    return entry
