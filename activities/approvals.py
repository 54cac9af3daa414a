"""Confirm shared time, or send it back. Claimant and reviewer are always two people."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.notices.telling import tell
from accounts.team import rights
from activities import selectors
from activities.models import Review, Sample, SharedTimeEntry
from activities.sampling import raising
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

TAKEN = "activities_entry_taken"
REJECTED = "entry_rejected"
REJECTABLE = (*SharedTimeEntry.OPEN, SharedTimeEntry.Status.APPROVED)

# What a guardian can tap instead of typing.
REASONS = {
    "time": _("Uhrzeit stimmt nicht"),
    "day": _("falscher Tag"),
    "category": _("andere Kategorie"),
    "who": _("war nicht mit uns"),
    "text": _("bitte genauer beschreiben"),
}


class OwnClaim(DomainError):
    code = "own_claim"
    message = _("Was man selbst eingetragen hat, bestätigt immer jemand anderes.")
    status = 403


class EntryNotOpen(DomainError):
    code = "entry_not_open"
    message = _("Dieser Eintrag wartet nicht mehr auf Bestätigung: Er ist {status}.")


class AlreadyTaken(DomainError):
    code = "already_taken"
    message = _("Diese Zeit ist schon in Coins umgerechnet. Das Club-Team kann das noch richtigstellen.")


class ReasonMissing(DomainError):
    code = "reason_missing"
    message = _("Bitte sagen Sie mit einem Wort, was geändert werden soll.")
    status = 400
    field = "reason"


class NotOfTheTeam(DomainError):
    code = "not_of_the_team"
    message = _("Ablehnen kann nur das Team des eigenen Clubs.")
    status = 403


@db.service
def approve(*, entry_id: UUID, by: User, now: datetime) -> SharedTimeEntry:
    """Approve a submitted entry as guardian or trusted person.

    Approving what the same person approved already changes nothing.

    :raises SharedTimeEntry.DoesNotExist: if `by` may not see the entry.
    :raises OwnClaim: if `by` claimed the entry.
    :raises EntryNotOpen: if it was returned, rejected, withdrawn or edited since the page was drawn.
    """
    entry = _approve(_locked(entry_id, by, now), by, now)
    raising.consider([entry], now=now)
    return entry


@db.service
def approve_all(*, entry_ids: Sequence[UUID], by: User, now: datetime) -> list[SharedTimeEntry]:
    """Approve several entries; those that are no longer open are left as they are.

    :returns: the entries that are approved by `by` now.
    """
    entries = _inbox(by, now).filter(public_id__in=entry_ids).order_by("pk")
    approved = []
    for entry in entries:
        if entry.status in (entry.Status.SUBMITTED, entry.Status.APPROVED) and entry.claimed_by_id != by.pk:
            if entry.status == entry.Status.APPROVED and entry.reviewed_by_id != by.pk:
                continue
            approved.append(_approve(entry, by, now))
    raising.consider(approved, now=now)
    return approved


@db.service
def return_(*, entry_id: UUID, by: User, reason: str, now: datetime) -> SharedTimeEntry:
    """Send a submitted entry back with the reason the youth reads.

    :raises SharedTimeEntry.DoesNotExist: if `by` may not see the entry.
    :raises ReasonMissing: without a reason.
    :raises OwnClaim, EntryNotOpen: as in `approve`.
    """
    reason = reason.strip()
    if not reason:
        raise ReasonMissing
    entry = _locked(entry_id, by, now)
    _require_reviewer(entry, by)
    if entry.status != entry.Status.SUBMITTED:
        raise EntryNotOpen(status=entry.get_status_display())
    entry.status, entry.reviewed_by = entry.Status.RETURNED, by
    entry.save(update_fields=["status", "reviewed_by"])
    Review.objects.create(entry=entry, step=Review.Step.RETURN, by=by, at=now, reason=reason[:300])
    tell("entry_returned", to=entry.youth.user, entry=entry.public_id, now=now)
    return entry


@db.service
def undo(*, entry_id: UUID, by: User, now: datetime) -> SharedTimeEntry:
    """Take back one's own confirmation, as long as no run has taken the entry. It waits again.

    Undoing what waits already changes nothing.

    :raises SharedTimeEntry.DoesNotExist: if `by` may not see the entry.
    :raises AlreadyTaken: if a conversion run has counted it.
    :raises EntryNotOpen: if somebody else confirmed it, or it was returned or ended.
    """
    entry = _locked(entry_id, by, now)
    if entry.status == entry.Status.SUBMITTED:
        return entry
    if entry.status != entry.Status.APPROVED or entry.reviewed_by_id != by.pk:
        raise EntryNotOpen(status=entry.get_status_display())
    return _undo(entry, by, now)


@db.service
def undo_all(*, entry_ids: Sequence[UUID], by: User, now: datetime) -> list[SharedTimeEntry]:
    """Take back several confirmations of one's own; what a run has counted, or somebody moved on, stays as it is.

    :returns: the entries that wait again.
    """
    undone = []
    entries = _inbox(by, now).filter(public_id__in=entry_ids, status=SharedTimeEntry.Status.APPROVED, reviewed_by=by)
    for entry in entries.order_by("pk"):
        try:
            with transaction.atomic():
                undone.append(_undo(entry, by, now))
        except AlreadyTaken:
            continue
    return undone


@db.service
def reject(*, entry_id: UUID, by: User, reason: str, seen: str, now: datetime) -> SharedTimeEntry:
    """Reject an entry for good, as somebody of the team, with a reason that the family reads.

    `seen` is the state in which they saw it: whoever was quicker is not overruled by a page drawn before.

    :raises SharedTimeEntry.DoesNotExist: if there is no such entry.
    :raises NotOfTheTeam, ReasonMissing, OwnClaim, EntryNotOpen, AlreadyTaken: as in `rejected`.
    """
    entries = SharedTimeEntry.objects.select_related("youth__user", "category")
    entry = _for_update(entries).get(public_id=entry_id)
    if entry.status != seen:
        raise EntryNotOpen(status=entry.get_status_display())
    return rejected(entry, by=by, reason=reason, now=now)


def rejected(entry: SharedTimeEntry, *, by: User, reason: str, now: datetime) -> SharedTimeEntry:
    """Reject `entry`, which its caller has locked, as a part of a service; the family is told.

    :raises NotOfTheTeam: unless `by` works with entries for the youth's club.
    :raises ReasonMissing: without a reason.
    :raises OwnClaim: if `by` wrote it down, or is the youth.
    :raises EntryNotOpen: if it waits for nobody and is not approved either.
    :raises AlreadyTaken: if a conversion run has counted it.
    """
    db.require_transaction()
    reason = reason.strip()
    if not rights.may_in(by, "change", SharedTimeEntry, entry.youth.user.club_id):
        raise NotOfTheTeam
    if not reason:
        raise ReasonMissing
    _require_reviewer(entry, by)
    if entry.status not in REJECTABLE:
        raise EntryNotOpen(status=entry.get_status_display())
    confirmed_by = entry.reviewed_by if entry.status == entry.Status.APPROVED else None
    entry.status, entry.reviewed_by, entry.approved_at = entry.Status.REJECTED, by, None
    _save_unless_taken(entry)
    Review.objects.create(entry=entry, step=Review.Step.REJECT, by=by, at=now, reason=reason[:300])
    raising.decide_open(entry, Sample.Decision.REJECTED, by=by, reason=reason, now=now)
    # Whoever had confirmed it learns it too; the youth is told once where that is the same person.
    for person in {entry.youth.user, confirmed_by}:
        if person is not None:
            tell(REJECTED, to=person, entry=entry.public_id, now=now)
    return entry


def _undo(entry: SharedTimeEntry, by: User, now: datetime) -> SharedTimeEntry:
    entry.status, entry.reviewed_by, entry.approved_at, entry.sheet = entry.Status.SUBMITTED, None, None, None
    _save_unless_taken(entry)
    Review.objects.create(entry=entry, step=Review.Step.UNDO, by=by, at=now)
    return entry


def _save_unless_taken(entry: SharedTimeEntry) -> None:
    try:
        entry.save(update_fields=["status", "reviewed_by", "approved_at", "sheet"])
    except IntegrityError as error:
        # Who counts approved time puts a guard of this name on the table (coins does): what is counted stays.
        if db.constraint(error) != TAKEN:
            raise
        raise AlreadyTaken from None


def _approve(entry: SharedTimeEntry, by: User, now: datetime) -> SharedTimeEntry:
    _require_reviewer(entry, by)
    if entry.status == entry.Status.APPROVED and entry.reviewed_by_id == by.pk:
        return entry
    if entry.status != entry.Status.SUBMITTED:
        raise EntryNotOpen(status=entry.get_status_display())
    entry.status, entry.reviewed_by, entry.approved_at, entry.sheet = entry.Status.APPROVED, by, now, None
    entry.save(update_fields=["status", "reviewed_by", "approved_at", "sheet"])
    Review.objects.create(entry=entry, step=Review.Step.APPROVE, by=by, at=now)
    return entry


def _require_reviewer(entry: SharedTimeEntry, by: User) -> None:
    if by.pk in (entry.claimed_by_id, entry.youth.user_id):
        raise OwnClaim


def _inbox(by: User, now: datetime) -> QuerySet[SharedTimeEntry]:
    # Locked before it is read: the other guardian, the youth or staff may be moving it right now.
    # no_key: rows that merely point at the entry need not wait.
    return _for_update(selectors.entries_confirmed_by(by, at=now).select_related("youth__user", "category"))


def _for_update(entries: QuerySet[SharedTimeEntry]) -> QuerySet[SharedTimeEntry]:
    return entries.select_for_update(of=("self",), no_key=True)


def _locked(entry_id: UUID, by: User, now: datetime) -> SharedTimeEntry:
    return _inbox(by, now).get(public_id=entry_id)
