"""One phone for several people of a family: who may be switched to by one tap, and the PIN that confirms.

The phone is known by its session alone. A tap shows another person's pages, it never lets anybody change something in
a guardian's name: that takes the PIN, and what is more than family business takes the password.
"""

import hmac
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import selectors
from accounts.models import ConfirmPin, Membership, SharedPhone, SharedPhonePerson, User
from accounts.security import second_factor
from clevervibes.lib import db, limits
from clevervibes.lib.errors import DomainError

PIN_GOOD_FOR = timedelta(minutes=10)
MAX_PEOPLE = 8
# Four digits are 10,000. A child who has the phone every day gets 30 guesses in three months, a chance of 0.3 %; then
# the guardian sets a new PIN with the password.
PER_QUARTER = limits.Limit("pin-quarter-hour", 5, timedelta(minutes=15))
PER_DAY = limits.Limit("pin-day", 10, timedelta(days=1))
PER_SEASON = limits.Limit("pin-season", 30, timedelta(days=90))


class WrongPin(DomainError):
    code = "wrong_pin"
    message = _("Diese PIN stimmt nicht.")
    status = 403


class NoPin(DomainError):
    code = "no_pin"
    message = _("Sie haben noch keine PIN.")


class BadPin(DomainError):
    code = "bad_pin"
    message = _("Bitte wählen Sie vier Ziffern, die nicht alle gleich sind und nicht aufeinander folgen.")
    status = 400


class NotOnPhone(DomainError):
    code = "not_on_phone"
    message = _("Diese Person ist auf diesem Handy nicht angemeldet.")
    status = 404


class TooManyOnPhone(DomainError):
    code = "too_many_on_phone"
    message = _("Mehr als 8 Personen passen nicht auf ein Handy.")


class HasOffice(DomainError):
    """Who works for the club, a shop or a point of contact signs in with the password, each time."""

    code = "has_office"
    message = _("Wer für den Club, einen Partner oder eine Anlaufstelle arbeitet, meldet sich immer mit Passwort an.")


class HasSecondFactor(DomainError):
    """Whoever asked to be let in by two proofs is not let in by a tap."""

    code = "has_second_factor"
    message = _("Wer sich mit einer Code-App anmeldet, kann nicht mit einem Tipp gewechselt werden.")


# ── The PIN ──────────────────────────────────────────────────────────────────────────────────────
def set_pin(*, user: User, pin: str, now: datetime) -> None:
    """Set the PIN of `user`, who has just shown the password; misses of the old one are forgotten.

    :raises BadPin: if it is not four digits, or one of those everybody tries first.
    """
    db.service(_store_pin)(user, pin, now)
    for limit in (PER_QUARTER, PER_DAY, PER_SEASON):
        limits.clear(limit, str(user.pk))


def _store_pin(user: User, pin: str, now: datetime) -> None:
    db.require_transaction()
    if not is_good_pin(pin):
        raise BadPin
    ConfirmPin.objects.update_or_create(user=user, defaults={"pin_hash": make_password(pin), "set_at": now})


def is_good_pin(pin: str) -> bool:
    if len(pin) != 4 or not pin.isascii() or not pin.isdigit():
        return False
    steps = {int(b) - int(a) for a, b in pairwise(pin)}
    return steps not in ({0}, {1}, {-1})


def has_pin(user: User) -> bool:
    return ConfirmPin.objects.filter(user=user).exists()


def check_pin(*, user: User, pin: str, now: datetime) -> None:
    """Accept the right PIN. A try is counted and committed first, and given back when it was right.

    :raises NoPin: if there is none yet.
    :raises WrongPin: if it is another.
    :raises TooOften: after 5 misses in a quarter of an hour, 10 a day or 30 in 90 days.
    :raises CannotCount: if tries cannot be counted; nothing is looked at then.
    """
    row = ConfirmPin.objects.filter(user=user).first()
    if row is None:
        raise NoPin
    who = str(user.pk)
    tried = limits.take((PER_QUARTER, who), (PER_DAY, who), (PER_SEASON, who), now=now)
    if not (pin.isascii() and pin.isdigit() and check_password(pin, row.pin_hash)):
        raise WrongPin
    limits.give_back(tried)


# ── The phone ────────────────────────────────────────────────────────────────────────────────────
@db.service
def share(*, user: User, now: datetime) -> SharedPhone:
    """Mark the phone that `user` is signed in on as shared, with `user` as the first person on it.

    :raises HasOffice, HasSecondFactor: if `user` works for somebody, or signs in with two proofs.
    """
    phone = SharedPhone.objects.create(created_at=now)
    _place(phone, user, now)
    return phone


@db.service
def add_person(*, phone: SharedPhone, user: User, pin: str = "", now: datetime) -> None:
    """Put somebody who has just signed in on `phone`; a guardian or trusted person brings a PIN or sets one here.

    :raises HasOffice, HasSecondFactor, TooManyOnPhone, NoPin, BadPin: if that does not work.
    :raises NotOnPhone: if the phone is not shared any more.
    """
    phone = SharedPhone.objects.select_for_update(no_key=True).get(pk=phone.pk)
    if phone.ended_at:
        raise NotOnPhone
    if pin:
        _store_pin(user, pin, now)
    if needs_pin(user) and not has_pin(user):
        raise NoPin
    if phone.places.exclude(person=user).count() >= MAX_PEOPLE:
        raise TooManyOnPhone
    _place(phone, user, now)


def _place(phone: SharedPhone, user: User, now: datetime) -> None:
    _require_a_tap_is_enough(user)
    SharedPhonePerson.objects.update_or_create(
        phone=phone, person=user, defaults={"added_at": now, "password_mark": _mark(user)}
    )


@db.service
def leave(*, phone: SharedPhone, user: User, now: datetime) -> None:
    """Take `user` off the phone; with nobody left it is no shared phone any more."""
    phone.places.filter(person=user).delete()
    if not phone.places.exists():
        SharedPhone.objects.filter(pk=phone.pk, ended_at=None).update(ended_at=now)


@db.service
def end(*, phone: SharedPhone, now: datetime) -> None:
    """Let nobody be switched to on this phone any more."""
    phone.places.all().delete()
    SharedPhone.objects.filter(pk=phone.pk, ended_at=None).update(ended_at=now)


def phone_of(public_id: UUID | str | None) -> SharedPhone | None:
    """Return the shared phone that a session names, while it is one."""
    return SharedPhone.objects.filter(public_id=public_id, ended_at=None).first() if public_id else None


def people_on(phone: SharedPhone) -> list[User]:
    """Return who can be switched to: everybody whose password is still the one they signed in with here."""
    places = phone.places.select_related("person").filter(person__is_active=True).order_by("added_at", "pk")
    return [place.person for place in places if hmac.compare_digest(place.password_mark, _mark(place.person))]


def person_on(phone: SharedPhone, public_id: UUID) -> User:
    """Return the person on `phone` to switch to.

    :raises NotOnPhone: if they are not on it, or have changed their password since.
    :raises HasOffice, HasSecondFactor: if they work for somebody by now, or sign in with two proofs.
    """
    person = next((person for person in people_on(phone) if person.public_id == public_id), None)
    if person is None:
        raise NotOnPhone
    _require_a_tap_is_enough(person)
    return person


def phones_of(user: User) -> QuerySet[SharedPhone]:
    return user.shared_phones.filter(ended_at=None).order_by("created_at", "pk")


def needs_pin(user: User) -> bool:
    """Say whether `user` confirms for somebody else, so that a tap alone must not do it."""
    return selectors.youths_confirmed_by(user).exists()


def _require_a_tap_is_enough(user: User) -> None:
    if has_office(user):
        raise HasOffice
    if second_factor.is_asked_of(user):
        raise HasSecondFactor


def has_office(user: User) -> bool:
    return user.is_staff or user.is_superuser or Membership.objects.filter(user=user).exists()


def _mark(user: User) -> str:
    # Changes with the password, and says nothing about it.
    return user.get_session_auth_hash()
