"""Raising a concern without being known, and who reads it."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _

from accounts.models import Club, Concern, ConcernLook, ProtectionMember, User
from accounts.notices.telling import tell
from accounts.security.limits import address_of
from clevervibes.lib import db, limits
from clevervibes.lib.errors import DomainError

RAISED, UNREAD = "concern_raised", "concern_without_reader"
# A school shares one address; a machine that writes all day does not get past the second one.
FROM_ADDRESS = limits.Limit("concern-address", 10, timedelta(hours=1))
FROM_ALL = limits.Limit("concern-all", 300, timedelta(days=1))


class NotProtecting(DomainError):
    code = "not_protecting"
    message = _("Das liest nur das Schutz-Team des Clubs.")
    status = 403


class NoteMissing(DomainError):
    code = "note_missing"
    message = _("Bitte schreiben Sie, was getan ist.")
    status = 400
    field = "note"


# ── Raising ──────────────────────────────────────────────────────────────────────────────────────
def raise_(
    *, request: HttpRequest, what: str, place: str, reach: str, page: str, club: Club | None, key: UUID, now: datetime
) -> None:
    """Keep a concern and call those who read it. Sent twice under one `key`, it is one.

    The request is asked for nothing but how often its address has written; that is kept as a hash, for an hour.

    :raises lib.limits.TooOften, CannotCount: and nothing is stored.
    """
    if Concern.objects.filter(public_id=key).exists():
        return
    with limits.counting((FROM_ADDRESS, address_of(request)), (FROM_ALL, "all"), now=now):
        keep(what=what, place=place, reach=reach, page=page, club=club, key=key, now=now)


@db.service
def keep(*, what: str, place: str, reach: str, page: str, club: Club | None, key: UUID, now: datetime) -> Concern:
    """Store a concern, once under each `key`, and call those who read it; how often somebody may is said above."""
    concern, new = Concern.objects.get_or_create(
        public_id=key,
        defaults={"what": what, "place": place, "reach": reach, "page": page, "club": club, "raised_at": now},
    )
    if new:
        readers = readers_of(concern)
        # Nobody is named to read it: those who can name somebody learn that, and no more.
        people = readers or User.objects.filter(is_superuser=True, is_staff=True, is_active=True)
        for person in people:
            message = uuid5(key, f"concern {person.pk}")
            tell(RAISED if readers else UNREAD, to=person, concern=key, now=now, key=message)
    return concern


def page_of(request: HttpRequest) -> str:
    """Return the page from which the form was opened; an empty string if it was none of ours."""
    sent = urlsplit(request.headers.get("referer", ""))
    return shape_of(sent.path) if sent.netloc == request.get_host() else ""


def shape_of(path: str) -> str:
    """Return a page of ours without its query; what a word in its address would open is left out."""
    try:
        match = resolve(path)
    except (Resolver404, ValueError):
        return ""
    if any(isinstance(value, str) for value in match.kwargs.values()):
        path = "/" + match.route.partition("<")[0].removeprefix("^")
    return path[:200]


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────
def clubs_protected_by(person: User) -> QuerySet[Club]:
    """Return the clubs whose concerns `person` reads: named, still of the team."""
    named = ProtectionMember.objects.filter(person=person, ended_at=None)
    return Club.objects.filter(pk__in=named.values("club")) if _is_of_team(person) else Club.objects.none()


def concerns_read_by(person: User) -> QuerySet[Concern]:
    """Return the concerns of the clubs that `person` protects, and those that name no club."""
    clubs = list(clubs_protected_by(person).values_list("pk", flat=True))
    return Concern.objects.filter(Q(club__in=clubs) | Q(club=None)) if clubs else Concern.objects.none()


def readers_of(concern: Concern) -> list[User]:
    """Return who reads a concern: those named for its club; where nobody is, or no club was named, all who are."""
    people = User.objects.filter(protects__ended_at=None, protects__isnull=False, is_active=True, is_staff=True)
    of_club = people.filter(protects__club=concern.club, protects__ended_at=None) if concern.club else people.none()
    return list((of_club if of_club.exists() else people).distinct().order_by("pk"))


def _is_of_team(person: User) -> bool:
    return person.is_active and person.is_staff


@db.service
def look(*, concern: Concern, by: User, now: datetime) -> None:
    """Note that `by` opens a concern.

    :raises NotProtecting: unless they are named.
    """
    if not concerns_read_by(by).filter(pk=concern.pk).exists():
        raise NotProtecting
    ConcernLook.objects.create(concern=concern, by=by, at=now)


@db.service
def close(*, concern: Concern, by: User, note: str, now: datetime) -> Concern:
    """Say what was done; it is kept for a year from now. Closing again changes nothing.

    :raises NotProtecting, NoteMissing: and nothing has changed.
    """
    found = concerns_read_by(by).select_for_update(no_key=True).filter(pk=concern.pk).first()
    if found is None:
        raise NotProtecting
    if not note.strip():
        raise NoteMissing
    if found.closed_at is None:
        found.closed_at, found.closed_by, found.note = now, by, note.strip()[:2000]
        found.save(update_fields=["closed_at", "closed_by", "note"])
    return found
