"""How people, families and organisations come into the club."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    Club,
    ContactPoint,
    Guardianship,
    Sighting,
    TrustedPerson,
    User,
    YouthProfile,
)
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError

MIN_AGE, MAX_AGE = 12, 20
MAX_GUARDIANS = 4
MAX_YOUTHS = 6
MAX_TRUSTED = 3
OWN_CONSENT_AGE = 16
ADULT_AGE = 18


class TooYoung(DomainError):
    code = "too_young"
    message = _("Schön, dass Du mitmachen willst! Der Club ist ab 12 Jahren. Komm an Deinem 12. Geburtstag wieder.")
    status = 400


class TooOld(DomainError):
    code = "too_old"
    message = _("Der Club ist für alle von 12 bis 20. Als Mentorin oder Mentor bist Du herzlich willkommen.")
    status = 400


class UsernameTaken(DomainError):
    code = "username_taken"
    message = _("Diesen Benutzernamen hat schon jemand. Wie wäre es mit einer Zahl dahinter?")


class SamePerson(DomainError):
    code = "same_person"
    message = _("Man kann nicht sein eigener Elternteil und nicht seine eigene Vertrauensperson sein.")


class TooMany(DomainError):
    code = "too_many"
    message = _("Mehr als {limit} sind hier nicht vorgesehen. Das Club-Team kann eine Ausnahme machen.")


def require_age(birth_date: date, *, now: datetime) -> int:
    """Return the age today in Berlin.

    :raises TooYoung: under 12 years.
    :raises TooOld: over 20 years.
    """
    age = periods.age(birth_date, periods.berlin_date(now))
    if age < MIN_AGE:
        raise TooYoung
    if age > MAX_AGE:
        raise TooOld
    return age


@dataclass(frozen=True)
class NewPerson:
    """What somebody says about themself to get an account."""

    username: str
    first_name: str
    password: str | None  # None: nobody signs in until one is set
    last_name: str = ""
    club: Club | None = None
    language: str = "de"
    mailbox: str = ""  # counts once somebody there has confirmed it


def make_person(new: NewPerson) -> User:
    """Give somebody an account, as a part of a service.

    :raises UsernameTaken: if somebody has the username, whatever its capital letters.
    """
    db.require_transaction()
    user = User(
        username=new.username, first_name=new.first_name, last_name=new.last_name, club=new.club, language=new.language
    )
    user.set_password(new.password or None)  # an empty one would be one
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise UsernameTaken from error
    return user


@db.service
def join(*, user: User, birth_date: date, now: datetime) -> YouthProfile:
    """Make `user` a youth of their club. Nothing counts before consent.

    :raises TooYoung: under 12 years.
    :raises TooOld: over 20 years.
    """
    require_age(birth_date, now=now)
    return YouthProfile.objects.create(user=user, birth_date=birth_date, joined_at=now)


def link_guardian(*, guardian: User, youth: YouthProfile, now: datetime) -> Guardianship:
    """Link a guardian and a youth as a part of a service; see `add_guardian`."""
    db.require_transaction()
    if guardian.pk == youth.user_id:
        raise SamePerson
    # The youth's row is the lock: two guardians who join at once are counted one after the other.
    most_guardians = YouthProfile.objects.select_for_update(no_key=True).get(pk=youth.pk).max_guardians or MAX_GUARDIANS
    most_youths = User.objects.select_for_update(no_key=True).get(pk=guardian.pk).max_youths or MAX_YOUTHS
    live = Guardianship.objects.filter(ended_at=None)
    if link := live.filter(guardian=guardian, youth=youth).first():
        return link
    if live.filter(youth=youth).count() >= most_guardians:
        raise TooMany(limit=most_guardians)
    if live.filter(guardian=guardian).count() >= most_youths:
        raise TooMany(limit=most_youths)
    return Guardianship.objects.create(guardian=guardian, youth=youth, started_at=now)


@db.service
def add_guardian(*, guardian: User, youth: YouthProfile, now: datetime) -> Guardianship:
    """Link a guardian and a youth; linking them again changes nothing.

    :raises SamePerson: if both are one person.
    :raises TooMany: past 4 guardians a youth or 6 youths a guardian, unless the team allowed more.
    """
    return link_guardian(guardian=guardian, youth=youth, now=now)


def link_trusted_person(*, person: User, youth: YouthProfile, by: User, now: datetime) -> TrustedPerson:
    """Link a trusted person and a youth as a part of a service; see `name_trusted_person`."""
    db.require_transaction()
    if person.pk == youth.user_id:
        raise SamePerson
    YouthProfile.objects.select_for_update(no_key=True).get(pk=youth.pk)
    live = TrustedPerson.objects.filter(youth=youth, ended_at=None)
    if link := live.filter(person=person).first():
        return link
    if live.count() >= MAX_TRUSTED:
        raise TooMany(limit=MAX_TRUSTED)
    return TrustedPerson.objects.create(person=person, youth=youth, named_by=by, started_at=now)


@db.service
def name_trusted_person(*, person: User, youth: YouthProfile, by: User, now: datetime) -> TrustedPerson:
    """Let `person` confirm for `youth`; naming them again changes nothing.

    :raises SamePerson: if both are one person.
    :raises TooMany: past three.
    """
    return link_trusted_person(person=person, youth=youth, by=by, now=now)


@db.service
def see(*, person: User, by: User, contact_point: ContactPoint | None = None, now: datetime) -> Sighting:
    """Record that `person` was seen in person; the first sighting stays."""
    return record_sighting(person=person, by=by, contact_point=contact_point, now=now)


def record_sighting(*, person: User, by: User, contact_point: ContactPoint | None = None, now: datetime) -> Sighting:
    """Record a sighting as a part of a service; see `see`."""
    db.require_transaction()
    sighting, _created = Sighting.objects.get_or_create(
        person=person, defaults={"seen_by": by, "seen_at": now, "contact_point": contact_point}
    )
    return sighting
