"""Giving and ending roles: one proposes, another gives. Taking away is done by one, at once."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Club, ProtectionMember, StaffRole, User
from accounts.team import rights
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from clevervibes.lib.team import Role


class NotYours(DomainError):
    code = "not_yours"
    message = _("Rollen vergibt die Leitung dieses Clubs.")


class TwoPeople(DomainError):
    code = "two_people"
    message = _("Eine Rolle vergeben zwei: Wer sie vorschlägt oder selbst bekommt, vergibt sie nicht.")


class NotForThem(DomainError):
    code = "not_for_them"
    message = _("Eine Rolle im Team bekommt, wer zum Club gehört, erwachsen ist und sich anmelden kann.")
    status = 400
    field = "user"


class AlreadyDecided(DomainError):
    code = "already_decided"
    message = _("Darüber ist schon entschieden.")


@db.service
def propose(*, user: User, club: Club, role: str, by: User, now: datetime) -> StaffRole:
    """Propose a role for somebody; it counts once another person has given it. Proposed again, nothing changes.

    :raises NotYours: unless `by` may give roles in `club`.
    :raises NotForThem: for youths, for people of another club, for accounts that are shut.
    """
    _require_leading(by, club)
    _require_fit(user, club)
    row, _new = StaffRole.objects.get_or_create(
        user=user, club=club, role=Role(role), ended_at=None, defaults={"asked_by": by, "asked_at": now}
    )
    return row


@db.service
def grant(*, role: StaffRole, by: User, now: datetime) -> StaffRole:
    """Give a proposed role. Given again by the same person, nothing changes.

    :raises NotYours: unless `by` may give roles in its club.
    :raises TwoPeople: to whoever proposed it or gets it; the database refuses them too.
    :raises AlreadyDecided: if it was given by somebody else, or ended.
    :raises NotForThem: if the person has left the club since.
    """
    row = _locked(role)
    _require_leading(by, row.club)
    if row.granted_at and row.granted_by_id == by.pk and row.ended_at is None:
        return row
    if row.granted_at or row.ended_at:
        raise AlreadyDecided
    if by.pk in (row.asked_by_id, row.user_id):
        raise TwoPeople
    _require_fit(row.user, row.club)
    row.granted_by, row.granted_at = by, now
    row.save(update_fields=["granted_by", "granted_at"])
    _enter(row.user)
    return row


@db.service
def end(*, role: StaffRole, by: User, now: datetime) -> StaffRole:
    """Take a role away at once, or refuse a proposed one. Who has none left is no more of the team.

    :raises NotYours: unless `by` may give roles in its club.
    """
    row = _locked(role)
    _require_leading(by, row.club)
    if row.ended_at is None:
        row.ended_by, row.ended_at = by, now
        row.save(update_fields=["ended_by", "ended_at"])
        _leave_if_last(row.user)
    return row


@db.service
def set_up(*, user: User, club: Club, role: str, now: datetime) -> StaffRole:
    """Give a role from the command line: the first ones of a club, or one in a second club, where nobody could yet.

    :raises NotForThem: for youths and for accounts that are shut.
    """
    _require_grown(user)
    row, _new = StaffRole.objects.get_or_create(
        user=user, club=club, role=Role(role), ended_at=None, defaults={"asked_at": now, "granted_at": now}
    )
    if row.granted_at is None:
        row.granted_at = now
        row.save(update_fields=["granted_at"])
    _enter(user)
    return row


def live() -> QuerySet[StaffRole]:
    return StaffRole.objects.filter(granted_at__isnull=False, ended_at=None)


def proposed_to(user: User) -> QuerySet[StaffRole]:
    """Return the proposals that `user` may decide about."""
    open_ones = StaffRole.objects.filter(granted_at=None, ended_at=None).exclude(asked_by=user).exclude(user=user)
    return rights.reach(user, open_ones, "approve")


def _require_leading(by: User, club: Club) -> None:
    if club.pk not in rights.clubs_for(by, "approve", StaffRole):
        raise NotYours


def _require_fit(user: User, club: Club) -> None:
    _require_grown(user)
    if user.club_id != club.pk:
        raise NotForThem


def _require_grown(user: User) -> None:
    if not user.is_active or hasattr(user, "youth"):
        raise NotForThem


def _enter(user: User) -> None:
    if not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    rights.forget(user)


def _leave_if_last(user: User) -> None:
    rights.forget(user)
    stays = user.is_superuser or ProtectionMember.objects.filter(person=user, ended_at=None).exists()
    if not stays and not live().filter(user=user).exists():
        user.is_staff = False
        user.save(update_fields=["is_staff"])


def _locked(role: StaffRole) -> StaffRole:
    rows = StaffRole.objects.select_for_update(of=("self",), no_key=True).select_related("user", "club")
    return rows.get(pk=role.pk)
