"""Joining: ages, families, and who may stand up for whom."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts import consent, registration
from accounts.models import Guardianship, TrustedPerson, User, YouthProfile
from clevervibes.lib import periods
from tests.concurrency import in_parallel
from tests.factories import JOINED, NOON, guardian_of, make_consent_text, make_user, make_youth

pytestmark = pytest.mark.django_db

TODAY = periods.berlin_date(NOON)


def born(years, days=0):
    return date(TODAY.year - years, TODAY.month, TODAY.day) + timedelta(days=days)


@pytest.mark.parametrize("birth_date", [born(12), born(21, days=1)])
def test_from_the_twelfth_birthday_to_the_eve_of_the_twenty_first(birth_date):
    assert registration.join(user=make_user(), birth_date=birth_date, now=NOON).joined_at == NOON


@pytest.mark.parametrize(
    ("birth_date", "refusal"), [(born(12, days=1), registration.TooYoung), (born(21), registration.TooOld)]
)
def test_a_day_outside_is_refused_and_no_birth_date_is_kept(birth_date, refusal):
    with pytest.raises(refusal):
        registration.join(user=make_user(), birth_date=birth_date, now=NOON)
    assert not YouthProfile.objects.exists()


def test_nobody_stands_up_for_themself():
    youth = make_youth()
    with pytest.raises(registration.SamePerson):
        registration.add_guardian(guardian=youth.user, youth=youth, now=NOON)
    with pytest.raises(registration.SamePerson):
        registration.name_trusted_person(person=youth.user, youth=youth, by=youth.user, now=NOON)


def test_repeating_a_step_changes_nothing():
    youth = make_youth()
    guardian = guardian_of(youth)
    grandmother = make_user("Ursula")
    for _ in range(2):
        registration.add_guardian(guardian=guardian, youth=youth, now=NOON)
        registration.name_trusted_person(person=grandmother, youth=youth, by=guardian, now=NOON)
        consent.give(youth=youth, text=make_consent_text(), by=guardian, now=NOON)
        registration.see(person=guardian, by=make_user(), now=NOON)
    assert (youth.guardianships.count(), youth.trusted_people.count(), youth.consents.count()) == (1, 1, 1)
    assert guardian.sighting.seen_at == JOINED


def test_four_guardians_six_youths_three_trusted_people():
    youth = make_youth()
    for _ in range(3):
        registration.add_guardian(guardian=make_user(), youth=youth, now=NOON)
    with pytest.raises(registration.TooMany, match="4"):
        registration.add_guardian(guardian=make_user(), youth=youth, now=NOON)

    home = make_user("Heim")
    for _ in range(6):
        make_youth(guardian=home)
    with pytest.raises(registration.TooMany, match="6"):
        make_youth(guardian=home)

    for _ in range(3):
        registration.name_trusted_person(person=make_user(), youth=youth, by=youth.user, now=NOON)
    with pytest.raises(registration.TooMany, match="3"):
        registration.name_trusted_person(person=make_user(), youth=youth, by=youth.user, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_guardians_who_join_at_once_are_still_four():
    youth = make_youth()
    newcomers = [make_user() for _ in range(6)]
    in_parallel(
        *[
            lambda person=person: registration.add_guardian(guardian=person, youth=youth, now=NOON)
            for person in newcomers
        ]
    )
    assert youth.guardianships.count() == registration.MAX_GUARDIANS


def test_the_database_keeps_one_live_link_and_one_owner_of_a_mail():
    youth = make_youth()
    guardian = guardian_of(youth)
    with pytest.raises(IntegrityError, match="accounts_one_live_guardianship"), transaction.atomic():
        Guardianship.objects.create(guardian=guardian, youth=youth, started_at=NOON)
    registration.name_trusted_person(person=guardian, youth=youth, by=guardian, now=NOON)
    with pytest.raises(IntegrityError, match="accounts_trusted_once_per_youth"), transaction.atomic():
        TrustedPerson.objects.create(person=guardian, youth=youth, started_at=NOON)
    make_user(email="Oma@example.org")
    with pytest.raises(IntegrityError, match="accounts_one_user_per_mail"), transaction.atomic():
        make_user(email="oma@EXAMPLE.org")
    assert User.objects.filter(email="").count() > 1


def test_the_hash_of_a_consent_text_is_its_own():
    text = make_consent_text()
    assert len(text.sha256) == 64
    assert text.sha256 != type(text)(version=2, german="Anders").sha256
