"""Who reads concerns: named and ended one by one, and all who are named learn of it."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.models import Club, ProtectionMember, User
from accounts.notices.telling import tell
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

CHANGED = "protection_changed"


class NotOfTheTeam(DomainError):
    code = "not_of_the_team"
    message = _("Benannt wird, wer im Team des Clubs arbeitet.")
    status = 400
    field = "person"


@db.service
def name(*, club: Club, person: User, by: User, now: datetime) -> ProtectionMember:
    """Let somebody of the team read the concerns of `club`. Naming them again changes nothing.

    :raises NotOfTheTeam: if they do not work for the club.
    """
    if not (person.is_staff and person.is_active and person.club_id == club.pk):
        raise NotOfTheTeam
    member, new = ProtectionMember.objects.get_or_create(
        club=club, person=person, ended_at=None, defaults={"named_by": by, "named_at": now}
    )
    if new:
        _tell_all(club, now)
    return member


@db.service
def end(*, member: ProtectionMember, by: User, now: datetime) -> ProtectionMember:
    """Let somebody read no more. Ending it again changes nothing."""
    found = ProtectionMember.objects.select_for_update(no_key=True).get(pk=member.pk)
    if found.ended_at is None:
        # Also whoever leaves is told.
        _tell_all(found.club, now)
        found.ended_at = now
        found.save(update_fields=["ended_at"])
    return found


def members_of(club: Club) -> list[User]:
    return list(User.objects.filter(protects__club=club, protects__ended_at=None).distinct().order_by("pk"))


def _tell_all(club: Club, now: datetime) -> None:
    for person in members_of(club):
        tell(CHANGED, to=person, club=club.public_id, now=now)
