"""A host's places: drafted, handed in, released by the team, changed and released again, closed."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from accounts.notices.telling import tell
from activities.models import Host, Place, Topic
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

RELEASED = "place_released"


class NotHosting(DomainError):
    code = "not_hosting"
    message = _("Das kann nur, wer bei diesem Betrieb Plätze anbietet.")
    status = 404


class Closed(DomainError):
    code = "place_closed"
    message = _("Dieser Platz ist geschlossen und lässt sich nicht mehr ändern.")


class NotHandedIn(DomainError):
    code = "not_handed_in"
    message = _("„{title}“ ist noch ein Entwurf des Betriebs oder schon geschlossen.")


@dataclass(frozen=True, kw_only=True)
class Details:
    """What youths read of a place."""

    kind: str
    title: str
    text: str
    topic: Topic | None = None
    where: str = ""
    starts_on: date | None = None
    apply_until: date | None = None
    minimum_age: int = 12


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────
def hosts_of(user: User) -> QuerySet[Host]:
    """Return the hosts that `user` works for."""
    mine = Membership.objects.filter(user=user, role=Membership.Role.HOST).values("organisation")
    return Host.objects.filter(organisation__in=mine).select_related("organisation__club")


def places_of(user: User) -> QuerySet[Place]:
    """Return the places of the hosts that `user` works for, in every standing."""
    return Place.objects.filter(host__in=hosts_of(user)).select_related("host__organisation__club")


def people_of(host: Host) -> QuerySet[User]:
    """Return who works for a host, and is told what comes in."""
    return User.objects.filter(
        memberships__organisation=host.organisation_id, memberships__role=Membership.Role.HOST, is_active=True
    ).order_by("pk")


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────
@db.service
def propose(
    *, host: Host, by: User, details: Details, hand_in: bool, now: datetime, public_id: UUID | None = None
) -> Place:
    """Write down a place; handed in, the team looks at it. Sent twice under one name it is one place.

    :raises NotHosting: if `by` does not work there.
    """
    if not hosts_of(by).filter(pk=host.pk).exists():
        raise NotHosting
    if public_id:
        # The same form twice: the second waits, and finds the first.
        db.lock_name(f"place {public_id}")
        if known := Place.objects.filter(host=host, public_id=public_id).first():
            return known
    named = {"public_id": public_id} if public_id else {}
    return Place.objects.create(host=host, submitted_at=now if hand_in else None, **vars(details), **named)


@db.service
def change(*, place_id: UUID, by: User, details: Details, hand_in: bool, now: datetime) -> Place:
    """Change what youths read. What was released waits for the team again and is not shown until then.

    Changing nothing leaves the release as it is.

    :raises Place.DoesNotExist: if `by` does not work for its host.
    :raises Closed: after its end.
    """
    place = locked(place_id, by)
    if place.closed_at:
        raise Closed
    new = vars(details)
    changed = [name for name, value in new.items() if getattr(place, name) != value]
    was_seen = place.released_at is not None or place.submitted_at is not None
    if not changed and (place.released_at or not hand_in or place.submitted_at):
        return place
    for name, value in new.items():
        setattr(place, name, value)
    # What was handed in once is not taken out of the team's sight by a change.
    place.submitted_at = now if hand_in or was_seen else None
    place.released_at, place.released_by = None, None
    place.save(update_fields=[*new, "submitted_at", "released_at", "released_by"])
    return place


@db.service
def release(*, place_id: UUID, by: User, now: datetime) -> Place:
    """Show a place to the youths. Releasing it twice changes nothing.

    :raises NotHandedIn: if it is still the host's draft, or closed.
    """
    place = Place.objects.select_for_update(no_key=True, of=("self",)).select_related("host").get(public_id=place_id)
    if place.closed_at or not place.submitted_at:
        raise NotHandedIn(title=place.title)
    if place.released_at:
        return place
    place.released_at, place.released_by = now, by
    place.save(update_fields=["released_at", "released_by"])
    for person in people_of(place.host):
        tell(RELEASED, to=person, place=place.public_id, key=_once(place, now, person), now=now)
    return place


def locked(place_id: UUID, by: User) -> Place:
    """Return a place of a host that `by` works for, locked.

    :raises Place.DoesNotExist: if there is none.
    """
    return places_of(by).select_for_update(of=("self",), no_key=True).get(public_id=place_id)


def _once(place: Place, now: datetime, person: User) -> UUID:
    return uuid5(place.public_id, f"{RELEASED} {now.timestamp()} {person.pk}")
