"""At a point of contact: who stands there, that they were seen, and a new password for whoever is locked out.

What a person shows is a QR with a signed, short-lived name for themself. It opens nothing: only somebody who vouches
for a point of contact of the same club can act on it.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import links, registration, selectors
from accounts.models import (
    ContactPoint,
    Guardianship,
    Membership,
    OneTimeLink,
    Sighting,
    TrustedPerson,
    User,
    YouthProfile,
)
from accounts.notices.telling import tell
from accounts.registration import ADULT_AGE
from accounts.security import mails
from accounts.team import rights
from clevervibes.lib import db, limits, periods
from clevervibes.lib.errors import DomainError

SHOWN_FOR = timedelta(minutes=10)
UNDO_FOR = timedelta(minutes=15)
PASSWORD_SET = "password_set_by_qr"  # noqa: S105 (a topic)
# Whoever vouches or guards helps a few people a day; more is somebody trying names.
HELPED = limits.Limit("password-link", 20, timedelta(days=1))
LOOKED_UP = limits.Limit("looked-up-by-name", 40, timedelta(days=1))
_SIGNATURE_BYTES = 16


class ShownUnknown(DomainError):
    code = "shown_unknown"
    message = _("Diesen QR-Code kennen wir nicht. Bitte lassen Sie sich „Mein QR-Code“ aus dem Club zeigen.")
    status = 404


class ShownExpired(DomainError):
    code = "shown_expired"
    message = _("Dieser QR-Code ist älter als 10 Minuten. Bitte lassen Sie ihn neu zeigen und scannen Sie noch einmal.")
    status = 410


class NotVouching(DomainError):
    code = "not_vouching"
    message = _("Das kann nur eine Anlaufstelle des Clubs.")
    status = 404


class OtherClub(DomainError):
    code = "other_club"
    message = _("Diese Person gehört zu einem anderen Club. Bitte verweisen Sie sie an dessen Anlaufstelle.")


class NobodyToSee(DomainError):
    code = "nobody_to_see"
    message = _("Für {name} muss niemand gesehen werden: Gesehen wird bis 18 ein Elternteil, ab 18 man selbst.")


class Oneself(DomainError):
    code = "oneself"
    message = _("Sich selbst kann niemand bestätigen. Bitte lassen Sie das eine Kollegin oder das Club-Team machen.")


class TooLate(DomainError):
    code = "too_late"
    message = _("Das lässt sich nur 15 Minuten lang zurücknehmen. Das Club-Team kann helfen.")


class NotHelpedHere(DomainError):
    """Who works for the club or a shop has more to lose than a forgotten password: the team helps them."""

    code = "not_helped_here"
    message = _(
        "Für diese Person kann hier kein neues Passwort gesetzt werden. Bitte wenden Sie sich an das Club-Team."
    )


# ── What people show ─────────────────────────────────────────────────────────────────────────────
def url_to_show(user: User, now: datetime) -> str:
    """Return the address behind a person's own QR, good for 10 minutes."""
    until = int((now + SHOWN_FOR).timestamp())
    message = user.public_id.bytes + until.to_bytes(5, "big")
    token = base64.urlsafe_b64encode(message + _signature(settings.CODE_KEYS[0], message)).decode().rstrip("=")
    return settings.PUBLIC_URL + reverse("accounts:shown-link", args=[token])


def person_shown(token: str, now: datetime) -> User:
    """Return who is behind a scanned QR.

    :raises ShownUnknown: if we did not make it.
    :raises ShownExpired: after 10 minutes.
    """
    try:
        given = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ShownUnknown from None
    if base64.urlsafe_b64encode(given).decode().rstrip("=") != token:
        raise ShownUnknown  # the last letter has bits to spare: one code has one spelling
    message, signature = given[:21], given[21:]
    if not any(hmac.compare_digest(signature, _signature(key, message)) for key in settings.CODE_KEYS):
        raise ShownUnknown
    if datetime.fromtimestamp(int.from_bytes(message[16:], "big"), UTC) <= now:
        raise ShownExpired
    person = User.objects.filter(public_id=UUID(bytes=message[:16]), is_active=True).first()
    if person is None:
        raise ShownUnknown
    return person


def _signature(key: str, message: bytes) -> bytes:
    own = hmac.digest(base64.urlsafe_b64decode(key), b"clevervibes shown person", "sha256")
    return hmac.digest(own, message, "sha256")[:_SIGNATURE_BYTES]


# ── Seen ─────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Shown:
    """What a point of contact sees of a person: names, nothing else."""

    person: User
    youths: list[YouthProfile]
    counts: bool  # seeing this person makes coins possible for somebody
    sighting: Sighting | None


def points_of(user: User) -> QuerySet[ContactPoint]:
    """Return the points of contact that `user` vouches for."""
    mine = Membership.objects.filter(
        user=user, role=Membership.Role.VOUCHER, organisation=OuterRef("organisation")
    )  # fmt: skip
    return ContactPoint.objects.filter(Exists(mine)).select_related("organisation__club").order_by("organisation__name")


def shown(person: User, now: datetime) -> Shown:
    youths = sorted(selectors.youths_guarded_by(person), key=lambda youth: youth.first_name)
    own: YouthProfile | None = getattr(person, "youth", None)
    grown = own is not None and own.age_at(now) >= ADULT_AGE
    return Shown(person, youths, bool(youths) or grown, Sighting.objects.filter(person=person).first())


@db.service
def vouch(*, person: User, point: ContactPoint, by: User, now: datetime) -> Sighting:
    """Record that `by` saw `person` at `point`; the first time stays.

    :raises NotVouching: if `by` does not vouch there.
    :raises Oneself: if it is oneself.
    :raises OtherClub: if the person belongs to another club.
    :raises NobodyToSee: if nothing depends on this person being seen.
    """
    _require_vouching(by, point)
    if person.club_id != point.organisation.club_id:
        raise OtherClub
    return _see(person, by, point, now)


@db.service
def vouch_as_team(*, person: User, by: User, now: datetime) -> Sighting:
    """Record that somebody of the team saw `person`; the first time stays.

    :raises Oneself, OtherClub, NobodyToSee: as in `vouch`.
    """
    if not rights.may_in(by, "add", Sighting, person.club_id):
        raise OtherClub
    return _see(person, by, None, now)


def _see(person: User, by: User, point: ContactPoint | None, now: datetime) -> Sighting:
    if person.pk == by.pk:
        raise Oneself
    if not shown(person, now).counts:
        raise NobodyToSee(name=person.first_name or person.username)
    return registration.record_sighting(person=person, by=by, contact_point=point, now=now)


@db.service
def undo(*, person: User, by: User, now: datetime) -> None:
    """Take back a wrong "gesehen" of one's own within 15 minutes; without one nothing changes.

    :raises TooLate: after that.
    """
    sighting = Sighting.objects.select_for_update(no_key=True).filter(person=person, seen_by=by).first()
    if sighting is None:
        return
    if sighting.seen_at <= now - UNDO_FOR:
        raise TooLate
    sighting.delete()


def seen_today(point: ContactPoint, now: datetime) -> QuerySet[Sighting]:
    """Return who was seen at `point` on this Berlin day, the latest first."""
    today = periods.day(periods.berlin_date(now))
    return (
        Sighting.objects.filter(contact_point=point, seen_at__gte=today.start, seen_at__lt=today.end)
        .select_related("person", "seen_by")
        .order_by("-seen_at", "-pk")
    )


def can_undo(sighting: Sighting, by: User, now: datetime) -> bool:
    return sighting.seen_by_id == by.pk and sighting.seen_at > now - UNDO_FOR


@dataclass(frozen=True)
class ToBeSeen:
    """Who of a family must still go to a point of contact, and where that is."""

    who: str  # "guardian" or "youth"
    points: list[ContactPoint]
    youths: list[YouthProfile]


def still_to_be_seen(youth: YouthProfile, now: datetime) -> ToBeSeen | None:
    """Return what is missing for coins to be paid; None once somebody was seen."""
    if selectors.is_seen(youth, now):
        return None
    who = "youth" if youth.age_at(now) >= ADULT_AGE else "guardian"
    return ToBeSeen(who, list(points_near(youth.user)), [youth])


def guardian_to_be_seen(user: User, now: datetime) -> ToBeSeen | None:
    """Return what a guardian must still do for the youths who wait because nobody was seen; None if nobody waits."""
    waiting = [youth for youth in selectors.youths_guarded_by(user) if not selectors.is_seen(youth, now)]
    return ToBeSeen("guardian", list(points_near(user)), waiting) if waiting else None


def points_near(user: User) -> QuerySet[ContactPoint]:
    """Return the points of contact of a person's club."""
    return (
        ContactPoint.objects.filter(organisation__club=user.club)
        .select_related("organisation")
        .order_by("organisation__name")
    )


def _require_vouching(by: User, point: ContactPoint) -> None:
    if not points_of(by).filter(pk=point.pk).exists():
        raise NotVouching


# ── A new password without a mail ────────────────────────────────────────────────────────────────
def find_by_name(*, username: str, first_name: str, point: ContactPoint) -> User | None:
    """Return the person of this point's club who answers to both names. Somebody locked out cannot show a QR."""
    return User.objects.filter(
        _plain_people(),
        username__iexact=username.strip(),
        first_name__iexact=first_name.strip(),
        club=point.organisation.club,
        is_active=True,
    ).first()


def _plain_people() -> Q:
    """Youths, guardians and trusted persons without any office."""
    return Q(is_staff=False, is_superuser=False) & ~Exists(Membership.objects.filter(user=OuterRef("pk"))) & (
        Exists(YouthProfile.objects.filter(user=OuterRef("pk")))
        | Exists(Guardianship.objects.filter(guardian=OuterRef("pk"), ended_at=None))
        | Exists(TrustedPerson.objects.filter(person=OuterRef("pk"), ended_at=None))
    )  # fmt: skip


def may_help(person: User, by: User) -> bool:
    """Say whether `by` may show `person` the QR for a new password: their guardian, or their club's voucher or team."""
    if person.pk == by.pk or not User.objects.filter(_plain_people(), pk=person.pk, is_active=True).exists():
        return False
    if selectors.youths_guarded_by(by).filter(user=person).exists():
        return True
    if rights.may_in(by, "change", User, person.club_id):
        return True
    return points_of(by).filter(organisation__club=person.club).exists()


def help_in(*, person: User, by: User, now: datetime) -> OneTimeLink:
    """Make the QR for a new password, counted for whoever helps; see `make_password_link`.

    :raises NotHelpedHere: if `by` may not, or the person has an office.
    :raises TooOften: past 20 a day.
    """
    if not may_help(person, by):
        raise NotHelpedHere
    limits.take((HELPED, str(by.pk)), now=now)
    return make_password_link(person=person, by=by, now=now)


@db.service
def make_password_link(*, person: User, by: User, now: datetime) -> OneTimeLink:
    """Make the QR by which `person` sets a new password: once, within 15 minutes. Earlier ones open nothing any more.

    :raises NotHelpedHere: if `by` may not, or the person has an office.
    """
    if not may_help(person, by):
        raise NotHelpedHere
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    return links.make(purpose=OneTimeLink.Purpose.PASSWORD, about=person, by=by, now=now)


@db.service
def set_password(*, link: OneTimeLink, password: str, now: datetime) -> User:
    """Set the password of the person a QR was made for. Every session of theirs ends; nobody is signed in by it.

    :raises LinkUsed, LinkRevoked, LinkExpired: if the QR opens nothing any more.
    :raises NotHelpedHere: if the person has got an office meanwhile.
    :raises ValidationError: if the password is a bad one.
    """
    links.require_purpose(link, OneTimeLink.Purpose.PASSWORD)
    person = User.objects.select_for_update(no_key=True).get(pk=link.about_id)
    links.use(link, by=person, now=now)
    if not User.objects.filter(_plain_people(), pk=person.pk, is_active=True).exists():
        raise NotHelpedHere
    validate_password(password, person)
    mails.replace_password(user=person, password=password, now=now)
    tell(PASSWORD_SET, to=person, now=now)
    return person
