"""Who says yes or no for whom, to which text, and what follows at once."""

import hashlib
import threading
from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from accounts import consent, registration, selectors
from accounts.consent import State
from accounts.models import Consent, ConsentText, Ending
from activities import entries
from activities.models import SharedTimeEntry
from clevervibes.lib import db, outbox, periods
from clevervibes.lib.models import OutboxMessage
from tests.concurrency import in_parallel, rounds
from tests.factories import JOINED, NOON, guardian_of, make_consent_text, make_details, make_user, make_youth

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def make_draft(version: int = 2) -> ConsentText:
    return ConsentText.objects.create(version=version, german=f"Text {version}.", turkish=f"Metin {version}.")


def add_guardian(youth, name="Murat"):
    guardian = make_user(name)
    registration.add_guardian(guardian=guardian, youth=youth, now=JOINED)
    return guardian


def stands(youth, at=NOON):
    """By all ways of asking: the page, the service of entries, the conversion run."""
    answers = {
        selectors.has_consent(youth, at=at),
        selectors.consented_at(youth, at=at) is not None,
        selectors.earning_youths(at).filter(pk=youth.pk).exists(),
    }
    assert len(answers) == 1, answers
    return answers.pop()


# ── The text ─────────────────────────────────────────────────────────────────────────────────────
def test_a_published_text_is_neither_changed_nor_deleted_by_any_way():
    text = consent.publish(text=make_draft(), now=NOON)
    ways = [
        lambda: ConsentText.objects.filter(pk=text.pk).update(german="Anders."),
        lambda: ConsentText.objects.filter(pk=text.pk).update(turkish="Başka."),
        lambda: ConsentText.objects.filter(pk=text.pk).update(published_at=None, required_from=None),
        lambda: ConsentText.objects.filter(pk=text.pk).update(required_from=NOON),
        lambda: ConsentText.objects.filter(pk=text.pk).delete(),
        lambda: connection.cursor().execute("DELETE FROM accounts_consenttext"),
    ]
    for way in ways:
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            way()
        assert db.constraint(refusal.value) == "accounts_published_text_stays"


def test_who_published_a_text_can_still_be_forgotten():
    text = consent.publish(text=make_draft(), by=make_user("Team"), now=NOON)
    text.published_by.delete()
    text.refresh_from_db()
    assert text.published_by is None


def test_a_hash_that_is_not_the_texts_own_is_refused():
    draft = make_draft()
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        ConsentText.objects.filter(pk=draft.pk).update(german="Anders, mit alter Prüfsumme.")
    assert db.constraint(refusal.value) == "accounts_consent_text_hash"


def test_a_text_is_published_with_the_day_from_which_it_is_needed():
    draft = make_draft()
    for wrong in ({"published_at": NOON}, {"published_at": NOON, "required_from": NOON - HOUR}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ConsentText.objects.filter(pk=draft.pk).update(**wrong)


def test_publishing_counts_from_a_midnight_in_berlin_and_happens_once():
    draft = make_draft()
    text = consent.publish(text=draft, days_to_answer=14, now=NOON)
    assert text.required_from == periods.midnight(date(2026, 9, 30))
    assert consent.publish(text=draft, days_to_answer=1, now=NOON + HOUR).required_from == text.required_from


def test_an_older_draft_is_not_published_over_a_newer_text():
    old = make_draft(2)
    consent.publish(text=make_draft(3), now=NOON)
    with pytest.raises(consent.NotPublishable):
        consent.publish(text=old, now=NOON)
    for days in (-1, 91):
        with pytest.raises(consent.NotPublishable):
            consent.publish(text=make_draft(90 + days), days_to_answer=days, now=NOON)


def test_line_ends_of_a_browser_do_not_change_the_hash():
    typed = ConsentText.objects.create(version=5, german="Eins\r\nZwei")
    assert (typed.german, typed.sha256) == ("Eins\nZwei", hashlib.sha256(b"Eins\nZwei").hexdigest())


# ── A new version asks again ─────────────────────────────────────────────────────────────────────
def test_until_its_day_the_old_consent_counts_and_from_then_on_only_the_new_one():
    youth = make_youth()
    text = consent.publish(text=make_draft(), days_to_answer=14, now=NOON)
    last = text.required_from - timedelta(seconds=1)

    assert stands(youth, last)
    assert not stands(youth, text.required_from)

    consent.give(youth=youth, text=text, by=guardian_of(youth), now=text.required_from + HOUR)
    assert stands(youth, text.required_from + HOUR)
    assert list(youth.consents.order_by("pk").values_list("text__version", "text_sha256")) == [
        (1, make_consent_text().sha256),
        (2, text.sha256),
    ]


def test_while_an_answer_is_missing_drafts_are_kept_and_sent_in_afterwards():
    youth = make_youth()
    text = consent.publish(text=make_draft(), days_to_answer=0, now=NOON)
    later = NOON + timedelta(days=30)

    draft = entries.log(youth=youth, by=youth.user, details=make_details(), now=NOON)
    with pytest.raises(entries.ConsentMissing):
        entries.submit(entry_id=draft.public_id, by=youth.user, now=NOON)

    consent.give(youth=youth, text=text, by=guardian_of(youth), now=later)
    sent = entries.submit(entry_id=draft.public_id, by=youth.user, now=later + timedelta(days=13))
    assert sent.status == sent.Status.SUBMITTED


def test_only_the_newest_text_is_consented_to():
    youth = make_youth(consent=False)
    old = make_consent_text()
    consent.publish(text=make_draft(), now=NOON)
    for text in (old, make_draft(3)):
        with pytest.raises(consent.TextChanged):
            consent.give(youth=youth, text=text, by=guardian_of(youth), now=NOON)


def test_publishing_writes_once_to_everybody_who_has_to_answer():
    mother = make_user("Sabine", email="sabine@example.org")
    mia, ben = make_youth("Mia", guardian=mother), make_youth("Ben", guardian=mother)
    old = make_youth("Lea", age=17)
    old.user.email = "lea@example.org"
    old.user.save(update_fields=["email"])
    never = make_youth("Tom", consent=False)
    for person in (mia.user, guardian_of(old), guardian_of(never)):
        person.email = f"{person.username}@example.org"
        person.save(update_fields=["email"])

    OutboxMessage.objects.all().delete()  # that a consent was given
    consent.publish(text=make_draft(), now=NOON)
    outbox.relay(NOON + HOUR)

    assert sorted(message.to[0] for message in mail.outbox) == ["lea@example.org", "sabine@example.org"]
    assert all(name not in message.subject for message in mail.outbox for name in ("Mia", "Ben", "Lea"))
    assert ben.consents.count() == 1


# ── Whose it is to decide ────────────────────────────────────────────────────────────────────────
def test_under_sixteen_a_guardian_decides_and_nobody_else():
    youth, stranger = make_youth(consent=False), make_user()
    grandmother = make_user("Ursula")
    registration.name_trusted_person(person=grandmother, youth=youth, by=guardian_of(youth), now=NOON)
    text = make_consent_text()
    with pytest.raises(consent.TooYoungToConsent):
        consent.give(youth=youth, text=text, by=youth.user, now=NOON)
    for person in (stranger, grandmother):
        with pytest.raises(consent.NotYours):
            consent.give(youth=youth, text=text, by=person, now=NOON)

    consent.give(youth=youth, text=text, by=guardian_of(youth), now=NOON)
    assert stands(youth)
    with pytest.raises(consent.TooYoungToConsent):
        consent.withdraw(youth=youth, by=youth.user, now=NOON)
    for person in (stranger, grandmother):
        with pytest.raises(consent.NotYours):
            consent.withdraw(youth=youth, by=person, now=NOON)
    assert stands(youth)


def test_a_no_of_any_guardian_wins_and_only_they_take_it_back():
    youth = make_youth()
    mother, father = guardian_of(youth), add_guardian(youth)
    consent.withdraw(youth=youth, by=father, now=NOON)
    assert not stands(youth)

    with pytest.raises(consent.SaidNo):
        consent.give(youth=youth, text=make_consent_text(), by=mother, now=NOON)
    consent.give(youth=youth, text=make_consent_text(), by=father, now=NOON + HOUR)
    assert stands(youth, NOON + HOUR)


def test_the_team_resumes_what_a_guardian_withdrew():
    youth = make_youth()
    mother, father = guardian_of(youth), add_guardian(youth)
    consent.withdraw(youth=youth, by=father, now=NOON)
    team = make_user("Team", is_staff=True)
    given = consent.record_on_paper(
        youth=youth, text=make_consent_text(), signed_by=mother, by=team, note="Gespräch mit beiden", now=NOON + HOUR
    )
    assert stands(youth, NOON + HOUR)
    assert (given.how, given.given_by, given.recorded_by) == (Consent.How.PAPER, mother, team)


def test_whoever_said_no_and_left_is_still_not_overruled():
    youth = make_youth()
    mother, father = guardian_of(youth), add_guardian(youth)
    consent.withdraw(youth=youth, by=father, now=NOON)
    father.delete()
    with pytest.raises(consent.SaidNo):
        consent.give(youth=youth, text=make_consent_text(), by=mother, now=NOON + HOUR)


def test_from_sixteen_silence_changes_nothing_and_a_word_of_the_youth_decides():
    youth = make_youth(age=15)
    mother = guardian_of(youth)
    later = NOON + timedelta(days=365)  # 16 by now
    assert stands(youth, later)

    consent.give(youth=youth, text=make_consent_text(), by=youth.user, now=later)
    with pytest.raises(consent.DecidesAlone):
        consent.withdraw(youth=youth, by=mother, now=later + HOUR)
    assert stands(youth, later + HOUR)
    consent.withdraw(youth=youth, by=youth.user, now=later + HOUR)
    assert not stands(youth, later + HOUR)
    with pytest.raises(consent.DecidesAlone):
        consent.give(youth=youth, text=make_consent_text(), by=mother, now=later + HOUR)


def test_at_sixteen_a_guardian_may_withdraw_what_stands_until_the_youth_has_spoken():
    youth = make_youth(age=15)
    later = NOON + timedelta(days=365)
    consent.withdraw(youth=youth, by=guardian_of(youth), now=later)
    assert not stands(youth, later)

    consent.give(youth=youth, text=make_consent_text(), by=youth.user, now=later + HOUR)
    assert stands(youth, later + HOUR)


def test_at_eighteen_only_the_own_consent_counts():
    youth = make_youth(age=17, consent=False)
    # Given by the mother while Mia was 15.
    born = youth.birth_date
    Consent.objects.create(youth=youth, text=make_consent_text(), given_by=guardian_of(youth), given_at=JOINED)
    adult = periods.midnight(periods.birthday(born, 18))
    registration.see(person=youth.user, by=make_user(), now=JOINED)

    assert stands(youth, adult - timedelta(seconds=1))
    assert not stands(youth, adult)
    standing = consent.standing_of(youth, seen_by=youth.user, now=adult)
    assert (standing.state, standing.asks) == (State.OWN, True)
    for refused in (consent.give, consent.withdraw):
        more = {"text": make_consent_text()} if refused is consent.give else {}
        with pytest.raises(consent.NotYours):
            refused(youth=youth, by=guardian_of(youth), now=adult, **more)

    consent.give(youth=youth, text=make_consent_text(), by=youth.user, now=adult)
    assert stands(youth, adult)


def test_the_last_guardian_leaves_and_another_one_may_consent():
    youth = make_youth()
    youth.guardianships.update(ended_at=NOON)
    assert db.service(consent.lapse_without_guardian)(youth=youth, now=NOON)
    assert consent.standing_of(youth, seen_by=youth.user, now=NOON).state == State.MISSING

    consent.give(youth=youth, text=make_consent_text(), by=add_guardian(youth), now=NOON + HOUR)
    assert selectors.has_consent(youth, at=NOON + HOUR)


# ── What follows ─────────────────────────────────────────────────────────────────────────────────
def test_after_a_withdrawal_nothing_is_written_at_the_next_request():
    youth = make_youth()
    draft = entries.log(youth=youth, by=youth.user, details=make_details(), now=NOON)
    consent.withdraw(youth=youth, by=guardian_of(youth), now=NOON)

    details = make_details(starts_at=NOON - timedelta(hours=9))
    for write in (
        lambda: entries.log(youth=youth, by=youth.user, details=details, now=NOON),
        lambda: entries.edit(entry_id=draft.public_id, by=youth.user, details=details, now=NOON),
        lambda: entries.submit(entry_id=draft.public_id, by=youth.user, now=NOON),
    ):
        with pytest.raises(entries.ConsentWithdrawn):
            write()
    assert youth.entries.get().status == "draft"
    # What was written may be taken back all the same.
    assert entries.withdraw(entry_id=draft.public_id, by=youth.user, now=NOON).status == "withdrawn"


def test_coins_can_be_spent_for_ninety_whole_days_and_a_new_yes_calls_that_off():
    youth = make_youth()
    consent.withdraw(youth=youth, by=guardian_of(youth), now=NOON)
    consent.withdraw(youth=youth, by=guardian_of(youth), now=NOON + timedelta(days=5))
    ending = Ending.objects.get()
    assert (ending.started_at, ending.spend_until) == (NOON, periods.midnight(date(2026, 12, 16)))

    consent.give(youth=youth, text=make_consent_text(), by=guardian_of(youth), now=NOON + HOUR)
    assert Ending.objects.get().called_off_at == NOON + HOUR


def test_all_guardians_and_the_youth_are_told():
    youth = make_youth()
    mother, father = guardian_of(youth), add_guardian(youth)
    for person in (youth.user, mother, father):
        person.email = f"{person.username}@example.org"
        person.save(update_fields=["email"])

    consent.withdraw(youth=youth, by=father, now=NOON)
    outbox.relay(NOON + HOUR)

    assert {message.to[0] for message in mail.outbox} == {
        f"{person.username}@example.org" for person in (youth.user, mother, father)
    }
    assert all("Mia" not in message.subject for message in mail.outbox)


def test_repeating_a_yes_or_a_no_changes_nothing():
    youth = make_youth()
    for _ in range(2):
        consent.give(youth=youth, text=make_consent_text(), by=guardian_of(youth), now=NOON)
    assert youth.consents.count() == 1
    for hours in (0, 1):
        consent.withdraw(youth=youth, by=guardian_of(youth), now=NOON + hours * HOUR)
    assert youth.consents.get().withdrawn_at == NOON


# ── At the same moment ───────────────────────────────────────────────────────────────────────────
def written_despite_a_withdrawal() -> bool:
    """Log while a withdrawal is written but not committed yet; True if the log went through."""
    youth = make_youth()
    mother = guardian_of(youth)
    said, done = threading.Event(), threading.Event()

    def withdraw():
        with transaction.atomic():
            consent.withdraw.__wrapped__(youth=youth, by=mother, now=NOON)
            said.set()
            # Committed once the other one waits for it, or is through already.
            while not done.is_set() and not somebody_waits():
                done.wait(0.01)

    def log():
        said.wait(60)
        try:
            return entries.log(youth=youth, by=youth.user, details=make_details(), now=NOON)
        finally:
            done.set()

    _withdrawn, logged = in_parallel(withdraw, log)
    assert isinstance(logged, entries.ConsentWithdrawn | SharedTimeEntry), logged
    return isinstance(logged, SharedTimeEntry)


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                       " AND datname = current_database())")  # fmt: skip
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_logging_beside_a_withdrawal_waits_for_it_and_is_refused():
    assert rounds(8, lambda source: written_despite_a_withdrawal()).bad == 0


@pytest.mark.django_db(transaction=True)
def test_the_control_without_the_lock_writes_every_time(monkeypatch):
    monkeypatch.setattr(entries, "lock_times_of", lambda youth: None)
    assert rounds(8, lambda source: written_despite_a_withdrawal()).bad == 8
