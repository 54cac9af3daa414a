"""Whose time may become coins, and on which day that changes."""

from datetime import date, timedelta

import pytest

from accounts import consent, registration, selectors
from accounts.models import Consent
from clevervibes.lib import periods
from tests.factories import JOINED, NOON, guardian_of, make_club, make_consent_text, make_user, make_youth

pytestmark = pytest.mark.django_db


def earns(youth, at=NOON):
    return selectors.earning_youths(at).filter(pk=youth.pk).exists()


def test_a_youth_with_consent_and_a_seen_guardian_earns():
    assert earns(make_youth())


def test_from_eighteen_the_youth_is_the_one_to_be_seen():
    assert earns(make_youth(age=19))
    assert not earns(make_youth(age=19, seen=False))


@pytest.mark.parametrize("missing", [{"consent": False}, {"seen": False}])
def test_without_consent_or_sight_nothing_is_paid(missing):
    assert not earns(make_youth(**missing))


@pytest.mark.parametrize(
    "change",
    [
        lambda youth: setattr(youth, "paused_at", NOON),
        lambda youth: setattr(youth, "left_at", NOON),
        lambda youth: setattr(youth, "joined_at", NOON + timedelta(seconds=1)),
    ],
)
def test_who_is_stopped_left_or_not_yet_here_does_not_earn(change):
    youth = make_youth()
    change(youth)
    youth.save()
    assert not earns(youth)


def test_a_withdrawn_consent_counts_until_the_moment_it_was_withdrawn():
    youth = make_youth()
    Consent.objects.update(withdrawn_at=NOON)
    assert earns(youth, NOON - timedelta(seconds=1))
    assert not earns(youth, NOON)


def test_a_guardian_who_is_none_any_more_does_not_vouch():
    youth = make_youth()
    youth.guardianships.update(ended_at=NOON)
    assert not earns(youth)


def test_another_clubs_youth_is_not_in_ours():
    other = make_youth(club=make_club("Clever Vibes Werne"))
    assert not selectors.earning_youths(NOON, club=make_club()).exists()
    assert list(selectors.earning_youths(NOON, club=other.user.club)) == [other]


@pytest.mark.parametrize("born", [date(2008, 10, 15), date(2008, 2, 29), date(2009, 3, 28)])
@pytest.mark.parametrize("years", [18, 21])
def test_birthdays_turn_at_midnight_in_berlin(born, years):
    """A second before the 18th birthday the guardian's sighting counts, from then on the youth's own; at 21 none."""
    turns = periods.midnight(periods.birthday(born, years))
    user, guardian = make_user(), make_user()
    youth = registration.join(user=user, birth_date=born, now=JOINED - timedelta(days=900))
    registration.add_guardian(guardian=guardian, youth=youth, now=JOINED)
    consent.give(youth=youth, text=make_consent_text(), by=user, now=JOINED)
    registration.see(person=guardian if years == 18 else user, by=make_user(), now=JOINED)
    if turns < JOINED:
        youth.consents.update(given_at=turns - timedelta(days=9))
        guardian.sighting.__class__.objects.update(seen_at=turns - timedelta(days=9))

    assert earns(youth, turns - timedelta(seconds=1))
    assert not earns(youth, turns)


def test_who_confirms_whom():
    youth, other = make_youth(), make_youth("Ben")
    grandmother = make_user("Ursula")
    registration.name_trusted_person(person=grandmother, youth=youth, by=guardian_of(youth), now=NOON)
    assert list(selectors.youths_confirmed_by(guardian_of(youth))) == [youth]
    assert list(selectors.youths_confirmed_by(grandmother)) == [youth]
    assert list(selectors.youths_guarded_by(grandmother)) == []
    assert not selectors.youths_confirmed_by(youth.user).exists()
    assert list(selectors.youths_confirmed_by(guardian_of(other))) == [other]
