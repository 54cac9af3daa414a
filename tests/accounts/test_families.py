"""Inviting, joining, ending: who may, how often, and what happens when two do it at once."""

from datetime import date, timedelta

import pytest

from accounts import consent, families, links, registration, selectors
from accounts.mailboxes import same_mailbox
from accounts.models import Consent, EndedBy, Guardianship, OneTimeLink, User, YouthProfile
from accounts.registration import NewPerson
from clevervibes.lib import outbox
from clevervibes.lib.models import OutboxMessage
from tests.concurrency import in_parallel
from tests.factories import NOON, guardian_of, make_consent_text, make_user, make_youth

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=1)


@pytest.fixture
def text():
    return make_consent_text()


def alone(first_name="Mia", *, age=13, **fields):
    """A youth who signed up alone and has nobody yet."""
    today = NOON.date()
    user = make_user(first_name, **fields)
    return registration.join(user=user, birth_date=date(today.year - age, today.month, 1), now=NOON)


def invite(youth, *, by=None):
    return families.invite_guardian(youth=youth, by=by or youth.user, now=NOON)


def accept(link, guardian, text, **more):
    return families.accept_as_guardian(link=link, guardian=guardian, text=text, now=LATER, **more)


def told(topic):
    return {message.to for message in OutboxMessage.objects.filter(topic=topic).select_related("to")}


# ── A guardian joins ─────────────────────────────────────────────────────────────────────────────
def test_following_an_invitation_links_and_consents_in_one(text):
    youth, mother = alone(), make_user("Sabine")
    link = invite(youth)
    accept(link, mother, text)

    assert guardian_of(youth) == mother
    assert selectors.has_consent(youth, at=LATER)
    assert youth.consents.get().given_by == mother
    link.refresh_from_db()
    assert (link.used_by, link.used_at) == (mother, LATER)


@pytest.mark.parametrize(
    ("given", "refusal"), [(None, consent.TextChanged), ("other", consent.TextChanged)], ids=["none", "old"]
)
def test_without_the_text_that_holds_nothing_happens(text, given, refusal):
    youth, mother = alone(), make_user()
    link = invite(youth)
    old = type(text).objects.create(version=99, german="Ein Entwurf.") if given else None
    with pytest.raises(refusal):
        accept(link, mother, old)

    assert not youth.guardianships.exists()
    links.require_open(OneTimeLink.objects.get(pk=link.pk), LATER)


def test_from_sixteen_on_the_guardian_is_linked_and_consents_to_nothing(text):
    youth = alone(age=16)
    accept(invite(youth), make_user(), None)
    assert youth.guardianships.count() == 1
    assert not Consent.objects.exists()


def test_from_eighteen_on_nobody_needs_a_guardian(text):
    youth = alone(age=17)
    link = invite(youth)
    YouthProfile.objects.filter(pk=youth.pk).update(birth_date=date(NOON.year - 18, 1, 1))
    with pytest.raises(families.OfAge):
        accept(link, make_user(), text)
    with pytest.raises(families.OfAge):
        invite(youth)


def test_nobody_is_their_own_guardian(text):
    youth = alone()
    with pytest.raises(registration.SamePerson):
        accept(invite(youth), youth.user, text)


def test_a_friend_of_the_same_age_is_no_guardian(text):
    youth, friend = alone(), alone("Ben")
    with pytest.raises(families.NotOfAge):
        accept(invite(youth), friend.user, text)
    grown = alone("Tim", age=19)
    accept(invite(youth), grown.user, text)


@pytest.mark.parametrize("typed", ["mia.berger@example.org", "Mia.Berger@example.org", "miaberger+mama@example.org"])
def test_who_shares_the_youths_mailbox_is_offered_to_take_it_over(text, typed):
    youth = alone(email="mia.berger@example.org")
    link = invite(youth)
    mother = make_user("Sabine", email="" if typed.lower() == youth.user.email else typed)
    if mother.email:
        with pytest.raises(families.SameMailbox):
            accept(link, mother, text)
        assert not youth.guardianships.exists()

    accept(link, mother, text, move_mail=True)

    youth.user.refresh_from_db()
    mother.refresh_from_db()
    assert (youth.user.email, mother.email) == ("", "mia.berger@example.org")


def test_nobody_with_a_mailbox_of_their_own_takes_the_youths(text):
    youth, mother = alone(email="mia@example.org"), make_user("Sabine", email="sabine@example.org")
    accept(invite(youth), mother, text, move_mail=True)
    youth.user.refresh_from_db()
    mother.refresh_from_db()
    assert (youth.user.email, mother.email) == ("mia@example.org", "sabine@example.org")


def test_a_mailbox_is_the_same_whatever_is_put_into_it():
    assert same_mailbox("Mia.Berger+x@Example.org", "miaberger@example.org")
    assert same_mailbox("m.b@googlemail.com", "mb@gmail.com")
    assert not same_mailbox("mia@example.org", "mia@example.com")
    assert not same_mailbox("", "")


def test_a_second_guardian_joins_the_same_way(text):
    youth = make_youth()
    father = make_user("Thomas")
    accept(invite(youth, by=guardian_of(youth)), father, text)
    assert youth.guardianships.count() == 2


def test_who_is_not_of_the_family_invites_nobody():
    with pytest.raises(families.NotYourFamily):
        invite(make_youth(), by=guardian_of(make_youth("Ben")))
    with pytest.raises(families.NotYourFamily):
        invite(make_youth(), by=make_youth("Ben").user)


@pytest.mark.parametrize("limit", [4, 5])
def test_four_guardians_unless_the_team_allows_more(text, limit):
    youth = make_youth()
    if limit != 4:
        YouthProfile.objects.filter(pk=youth.pk).update(max_guardians=limit, max_guardians_why="Wohngruppe")
    for _ in range(limit - 1):
        accept(invite(youth), make_user(), text)
    with pytest.raises(registration.TooMany, match=str(limit)):
        invite(youth)


@pytest.mark.parametrize("limit", [6, 8])
def test_six_youths_unless_the_team_allows_more(text, limit):
    home = make_user("Heim", **({"max_youths": limit, "max_youths_why": "Vormund"} if limit != 6 else {}))
    for _ in range(limit):
        accept(invite(alone()), home, text)
    link = invite(alone())
    with pytest.raises(registration.TooMany, match=str(limit)):
        accept(link, home, text)
    # The invitation is not lost by it.
    accept(link, make_user(), text)


@pytest.mark.django_db(transaction=True)
def test_one_invitation_makes_one_guardian_however_many_follow_it(text):
    youth = alone()
    link = invite(youth)
    people = [make_user() for _ in range(5)]
    results = in_parallel(*[lambda person=person: accept(link, person, text) for person in people])

    assert sum(isinstance(result, Guardianship) for result in results) == 1
    assert sum(isinstance(result, links.LinkUsed) for result in results) == 4
    assert (youth.guardianships.count(), youth.consents.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_race_is_there_without_the_lock(text, monkeypatch):
    """The control: looked at without a lock, one invitation lets several in."""
    youth = alone()
    link = invite(youth)
    people = [make_user() for _ in range(4)]
    monkeypatch.setattr(links, "use", lambda link, **more: links.require_open(link, LATER))
    monkeypatch.setattr(registration, "MAX_GUARDIANS", 99)
    results = in_parallel(*[lambda person=person: accept(link, person, text) for person in people])
    assert sum(isinstance(result, Guardianship) for result in results) == 4


@pytest.mark.django_db(transaction=True)
def test_two_guardians_at_once_at_the_last_place_are_one(text):
    youth = make_youth()
    for _ in range(2):
        accept(invite(youth), make_user(), text)
    link, invited, added = invite(youth), make_user(), make_user()
    results = in_parallel(
        lambda: accept(link, invited, text),
        lambda: registration.add_guardian(guardian=added, youth=youth, now=LATER),
    )
    assert youth.guardianships.filter(ended_at=None).count() == 4
    assert {type(result) for result in results} == {Guardianship, registration.TooMany}


def test_everybody_is_told_who_came(text):
    youth = make_youth()
    mother = guardian_of(youth)
    User.objects.filter(pk__in=[youth.user_id, mother.pk]).update(email="")
    mother.email = "sabine@example.org"
    mother.save()
    father = make_user("Thomas", email="thomas@example.org")
    accept(invite(youth), father, text)
    assert told(families.JOINED) == {mother, father}


def test_news_are_sent_in_the_words_of_whoever_reads_them(text, mailoutbox):
    youth = alone(email="mia@example.org")
    accept(invite(youth), make_user("Sabine", email="s@example.org"), text)
    outbox.relay(LATER + timedelta(minutes=1))
    mails = {mail.to[0]: mail for mail in mailoutbox if "Familie" in mail.subject}

    assert "Sabine ist jetzt mit Dir verbunden" in mails["mia@example.org"].body
    assert "Sie sind jetzt mit Mia verbunden" in mails["s@example.org"].body
    assert not any(name in mail.subject for mail in mailoutbox for name in ("Mia", "Sabine"))


# ── Mail ─────────────────────────────────────────────────────────────────────────────────────────
def test_an_invitation_goes_out_by_mail_with_the_very_link(mailoutbox):
    link = invite(alone())
    families.send_invitation(link=link, email="mama@example.org", by=link.about, now=NOON)
    # Sent by the database's clock: the link must still be open then.
    OneTimeLink.objects.update(expires_at=NOON + timedelta(days=9999))
    outbox.relay(LATER)

    assert [mail.to for mail in mailoutbox] == [["mama@example.org"]]
    assert links.url_of(link) in mailoutbox[0].body
    assert "Mia" not in mailoutbox[0].subject
    assert "mama" not in str(list(OutboxMessage.objects.values_list("payload", flat=True)))


def test_a_withdrawn_invitation_is_not_sent_any_more(mailoutbox):
    link = invite(alone())
    families.send_invitation(link=link, email="mama@example.org", by=link.about, now=NOON)
    families.withdraw_invitation(youth=link.about.youth, purpose=link.purpose, by=link.about, now=NOON)
    outbox.relay(LATER)
    assert mailoutbox == []


def test_nobody_invites_their_own_mailbox():
    link = invite(alone(email="mia@example.org"))
    with pytest.raises(families.OwnMailbox):
        families.send_invitation(link=link, email="mia+mama@example.org", by=link.about, now=NOON)


# ── Trusted persons ──────────────────────────────────────────────────────────────────────────────
def trust(youth, by, person=None):
    link = families.invite_trusted_person(youth=youth, by=by, now=NOON)
    return families.accept_as_trusted_person(link=link, person=person or make_user("Ursula"), now=LATER)


def test_under_sixteen_a_guardian_names_from_sixteen_on_the_youth():
    young, old = make_youth(age=15), make_youth(age=16)
    assert trust(young, guardian_of(young)).named_by == guardian_of(young)
    assert trust(old, old.user).named_by == old.user
    with pytest.raises(families.NamedByGuardian):
        trust(young, young.user)
    with pytest.raises(families.NamedByYouth):
        trust(old, guardian_of(old))


def test_an_invitation_outlives_no_birthday_and_no_guardianship():
    youth = make_youth(age=15)
    link = families.invite_trusted_person(youth=youth, by=guardian_of(youth), now=NOON)
    YouthProfile.objects.filter(pk=youth.pk).update(birth_date=date(NOON.year - 16, NOON.month, NOON.day + 1))
    with pytest.raises(families.NamedByYouth):
        families.accept_as_trusted_person(link=link, person=make_user(), now=LATER)

    other = make_youth(age=15)
    link = families.invite_trusted_person(youth=other, by=guardian_of(other), now=NOON)
    families.end_guardianship(guardianship=other.guardianships.get(), by=None, how=EndedBy.TEAM, now=NOON)
    with pytest.raises(families.NotYourFamily):
        families.accept_as_trusted_person(link=link, person=make_user(), now=LATER)


def test_three_trusted_persons_and_never_oneself():
    youth = make_youth(age=17)
    with pytest.raises(registration.SamePerson):
        trust(youth, youth.user, youth.user)
    for _ in range(3):
        trust(youth, youth.user)
    with pytest.raises(registration.TooMany):
        families.invite_trusted_person(youth=youth, by=youth.user, now=NOON)


def test_a_trusted_person_with_the_youths_mailbox_is_the_youth():
    youth = make_youth(age=17)
    User.objects.filter(pk=youth.user_id).update(email="mia@example.org")
    with pytest.raises(families.SameMailbox):
        trust(youth, youth.user, make_user("Oma", email="m.ia+oma@example.org"))


def test_an_invitation_for_one_purpose_serves_no_other(text):
    youth = make_youth(age=16)
    link = families.invite_trusted_person(youth=youth, by=youth.user, now=NOON)
    with pytest.raises(links.LinkUnknown):
        accept(link, make_user(), text)
    guardian_link = invite(youth)
    with pytest.raises(links.LinkUnknown):
        families.accept_as_trusted_person(link=guardian_link, person=make_user(), now=LATER)


# ── Guardian first ───────────────────────────────────────────────────────────────────────────────
def bring(guardian, text, *, age=13, username="kim", password="drei kluge worte", now=NOON):  # noqa: S107
    today = now.date()
    return families.bring_youth(
        guardian=guardian,
        person=NewPerson(username=username, first_name="Kim", password=password, club=guardian.club),
        birth_date=date(today.year - age, today.month, 1),
        text=text,
        now=now,
    )


def test_a_guardian_brings_a_youth_and_consents_at_once(text):
    mother = make_user()
    youth = bring(mother, text)
    assert guardian_of(youth) == mother
    assert selectors.has_consent(youth, at=NOON)
    assert youth.user.check_password("drei kluge worte")
    assert youth.user.club == mother.club


@pytest.mark.parametrize("password", [None, ""])
def test_without_a_password_nobody_signs_in_until_one_is_set(text, password):
    youth = bring(make_user(), text, password=password)
    assert not youth.user.has_usable_password()
    assert not youth.user.check_password("")


@pytest.mark.parametrize(
    ("age", "refusal"), [(11, registration.TooYoung), (18, families.OfAge), (21, registration.TooOld)]
)
def test_whose_age_does_not_fit_is_refused_and_not_kept(text, age, refusal):
    with pytest.raises(refusal):
        bring(make_user(), text, age=age)
    assert not User.objects.filter(username="kim").exists()


def test_a_refusal_at_the_end_keeps_nothing_of_the_youth(text):
    with pytest.raises(consent.TextChanged):
        bring(make_user(), None)
    with pytest.raises(families.NotOfAge):
        bring(alone().user, text)
    assert not User.objects.filter(username="kim").exists()


# ── Ending ───────────────────────────────────────────────────────────────────────────────────────
def end(youth, *, by=None, how=EndedBy.FAMILY, why=""):
    return families.end_guardianship(guardianship=youth.guardianships.get(), by=by, how=how, why=why, now=LATER)


def test_after_the_end_a_guardian_sees_nothing(text):
    youth = make_youth()
    mother = guardian_of(youth)
    ended = end(youth, by=youth.user)
    assert (ended.ended_at, ended.ended_by, ended.ended_how) == (LATER, youth.user, EndedBy.FAMILY)
    assert not selectors.youths_guarded_by(mother).exists()
    assert not selectors.youths_confirmed_by(mother).exists()


def test_a_youth_under_sixteen_without_a_guardian_waits_again():
    young, old = make_youth(age=15), make_youth(age=16)
    for youth in (young, old):
        end(youth)
    assert not selectors.has_consent(young, at=LATER)
    assert selectors.has_consent(old, at=LATER)


def test_ending_again_changes_nothing_and_tells_nobody_twice():
    youth = make_youth()
    mother = guardian_of(youth)
    User.objects.filter(pk=mother.pk).update(email="sabine@example.org")
    first = end(youth, by=mother, how=EndedBy.ADULT)
    again = families.end_guardianship(guardianship=first, by=None, how=EndedBy.TEAM, why="doppelt", now=NOON)
    assert (again.ended_at, again.ended_how) == (LATER, EndedBy.ADULT)
    assert OutboxMessage.objects.filter(topic=families.ENDED).count() == 1


def test_who_is_no_guardian_any_more_has_invited_nobody(text):
    youth = make_youth()
    mother = guardian_of(youth)
    link = invite(youth, by=mother)
    end(youth)
    with pytest.raises(links.LinkRevoked):
        accept(link, make_user(), text)


def test_a_trusted_person_is_let_go_by_either_side():
    youth = make_youth(age=17)
    person = make_user()
    row = trust(youth, youth.user, person)
    assert list(families.trusts_seen_by(person, LATER)) == list(families.trusts_seen_by(youth.user, LATER)) == [row]
    assert list(families.trusts_seen_by(guardian_of(youth), LATER)) == []
    families.end_trust(trust=row, by=person, how=EndedBy.ADULT, now=LATER)
    assert not selectors.youths_confirmed_by(person).exists()
