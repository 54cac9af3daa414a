"""One phone for several people: who is on it, and the PIN that confirms."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import identify_hasher
from django.db import IntegrityError, OperationalError, transaction

from accounts import shared_phone
from accounts.models import ConfirmPin, Membership, SharedPhonePerson
from clevervibes.lib import limits
from tests.concurrency import in_parallel
from tests.factories import NOON, guardian_of, make_member, make_organisation, make_user, make_youth

pytestmark = pytest.mark.django_db

PIN = "4711"


@pytest.fixture
def mia():
    return make_youth()


@pytest.fixture
def mother(mia):
    mother = guardian_of(mia)
    shared_phone.set_pin(user=mother, pin=PIN, now=NOON)
    return mother


@pytest.fixture
def phone(mia, mother):
    phone = shared_phone.share(user=mia.user, now=NOON)
    shared_phone.add_person(phone=phone, user=mother, now=NOON)
    return phone


# ── The PIN ──────────────────────────────────────────────────────────────────────────────────────
def test_the_pin_is_stored_like_a_password(mother):
    row = ConfirmPin.objects.get(user=mother)
    assert PIN not in row.pin_hash
    assert identify_hasher(row.pin_hash)


@pytest.mark.parametrize("pin", ["", "123", "12345", "abcd", "1111", "1234", "4321", "١٢٣٩", " 471", "47.1", "²123"])
def test_what_is_no_pin_or_everybodys_first_guess_is_refused(mother, pin):
    with pytest.raises(shared_phone.BadPin):
        shared_phone.set_pin(user=mother, pin=pin, now=NOON)
    shared_phone.check_pin(user=mother, pin=PIN, now=NOON)


def test_who_has_no_pin_confirms_nothing(mia):
    with pytest.raises(shared_phone.NoPin):
        shared_phone.check_pin(user=guardian_of(mia), pin="0000", now=NOON)


def test_five_misses_in_a_quarter_of_an_hour_and_the_right_one_waits(mother):
    for second in range(5):
        with pytest.raises(shared_phone.WrongPin):
            shared_phone.check_pin(user=mother, pin="0000", now=NOON + timedelta(seconds=second))
    with pytest.raises(limits.TooOften):
        shared_phone.check_pin(user=mother, pin=PIN, now=NOON + timedelta(minutes=14))
    shared_phone.check_pin(user=mother, pin=PIN, now=NOON + timedelta(minutes=16))


def guess(user, *, days, a_day):
    """Return how many guesses of `a_day` on each of `days` were looked at."""
    looked_at = 0
    for day in range(days):
        for number in range(a_day):
            at = NOON + timedelta(days=day, minutes=20 * number)
            try:
                shared_phone.check_pin(user=user, pin="0000", now=at)
            except shared_phone.WrongPin:
                looked_at += 1
            except limits.TooOften:
                pass
    return looked_at


def test_a_patient_child_gets_ten_guesses_a_day_and_thirty_in_a_season(mother):
    assert guess(mother, days=1, a_day=40) == 10
    assert guess(mother, days=20, a_day=12) <= 20
    # A right one in between does not bring the guesses back, a new PIN does.
    later = NOON + timedelta(days=40)
    with pytest.raises(limits.TooOften):
        shared_phone.check_pin(user=mother, pin=PIN, now=later)
    shared_phone.set_pin(user=mother, pin="2580", now=later)
    shared_phone.check_pin(user=mother, pin="2580", now=later)


def test_a_right_pin_uses_no_guess_up(mother):
    for second in range(40):
        shared_phone.check_pin(user=mother, pin=PIN, now=NOON + timedelta(seconds=second))


@pytest.mark.django_db(transaction=True)
def test_twenty_guesses_at_once_are_five(mother):
    results = in_parallel(
        *[lambda: shared_phone.check_pin(user=mother, pin="0000", now=NOON) for _ in range(20)]
    )  # fmt: skip
    assert sum(isinstance(result, shared_phone.WrongPin) for result in results) == 5
    assert sum(isinstance(result, limits.TooOften) for result in results) == 15


def test_guesses_that_cannot_be_counted_are_not_looked_at(mother, monkeypatch):
    def broken(*args):
        raise OperationalError("no connection")

    monkeypatch.setattr(limits, "_take", broken)
    with pytest.raises(limits.CannotCount):
        shared_phone.check_pin(user=mother, pin=PIN, now=NOON)


# ── The phone ────────────────────────────────────────────────────────────────────────────────────
def test_people_on_a_phone_are_those_who_signed_in_there(phone, mia, mother):
    assert shared_phone.people_on(phone) == [mia.user, mother]
    with pytest.raises(shared_phone.NotOnPhone):
        shared_phone.person_on(phone, make_user().public_id)


def test_a_new_password_leaves_every_phone(phone, mia, mother):
    mother.set_password("etwas ganz Neues")
    mother.save()
    assert shared_phone.people_on(phone) == [mia.user]
    with pytest.raises(shared_phone.NotOnPhone):
        shared_phone.person_on(phone, mother.public_id)


def test_whoever_confirms_brings_a_pin(mia):
    phone = shared_phone.share(user=mia.user, now=NOON)
    with pytest.raises(shared_phone.NoPin):
        shared_phone.add_person(phone=phone, user=guardian_of(mia), now=NOON)
    shared_phone.add_person(phone=phone, user=guardian_of(mia), pin=PIN, now=NOON)
    shared_phone.add_person(phone=phone, user=make_youth("Ben").user, now=NOON)
    assert len(shared_phone.people_on(phone)) == 3


@pytest.mark.parametrize("office", ["staff", "manager"])
def test_who_has_an_office_is_not_switched_to(phone, mother, office):
    clerk = make_user(is_staff=True) if office == "staff" else make_member(make_organisation(), "manager")
    with pytest.raises(shared_phone.HasOffice):
        shared_phone.share(user=clerk, now=NOON)
    with pytest.raises(shared_phone.HasOffice):
        shared_phone.add_person(phone=phone, user=clerk, now=NOON)

    # Nor when the office came later.
    Membership.objects.create(user=mother, organisation=make_organisation(), role="manager")
    with pytest.raises(shared_phone.HasOffice):
        shared_phone.person_on(phone, mother.public_id)


def test_who_asked_for_two_proofs_is_not_let_in_by_a_tap(phone, mother):
    father = make_user("Thomas")
    for person in (father, mother):
        Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "x"})
    with pytest.raises(shared_phone.HasSecondFactor):
        shared_phone.share(user=father, now=NOON)
    with pytest.raises(shared_phone.HasSecondFactor):
        shared_phone.add_person(phone=phone, user=father, now=NOON)
    with pytest.raises(shared_phone.HasSecondFactor):
        shared_phone.person_on(phone, mother.public_id)


def test_a_phone_without_people_is_none(phone, mia, mother):
    shared_phone.leave(phone=phone, user=mother, now=NOON)
    assert shared_phone.phone_of(phone.public_id) == phone
    shared_phone.leave(phone=phone, user=mia.user, now=NOON)
    assert shared_phone.phone_of(phone.public_id) is None
    with pytest.raises(shared_phone.NotOnPhone):
        shared_phone.add_person(phone=phone, user=mia.user, now=NOON)


def test_ended_from_afar_nobody_is_on_it(phone):
    shared_phone.end(phone=phone, now=NOON)
    assert shared_phone.people_on(phone) == []
    assert shared_phone.phone_of(phone.public_id) is None


def test_nobody_is_on_a_phone_twice(phone, mother):
    shared_phone.add_person(phone=phone, user=mother, now=NOON)
    assert len(shared_phone.people_on(phone)) == 2
    with pytest.raises(IntegrityError, match="accounts_once_per_phone"), transaction.atomic():
        SharedPhonePerson.objects.create(phone=phone, person=mother, added_at=NOON, password_mark="x")


def test_eight_people_fit_on_a_phone(phone):
    for _ in range(6):
        shared_phone.add_person(phone=phone, user=make_youth().user, now=NOON)
    with pytest.raises(shared_phone.TooManyOnPhone):
        shared_phone.add_person(phone=phone, user=make_youth().user, now=NOON)
