"""Reminders on day 3 and 7: one person first, then everybody; once each, and never more than one a day."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from accounts import registration
from accounts.models import Digest, Notice
from activities import approvals, entries, reminders
from activities.models import Reminder
from clevervibes.lib import db, outbox
from tests.factories import NOON, make_details, make_entry, make_user, make_youth

pytestmark = pytest.mark.django_db

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# Sent in on a Wednesday at noon; 17:00 Berlin of that day.
AFTERNOON = NOON + 5 * HOUR


@pytest.fixture
def youth():
    return make_youth()


@pytest.fixture
def second(youth):
    father = make_user("Thomas")
    registration.add_guardian(guardian=father, youth=youth, now=NOON - 50 * DAY)
    return father


def first(youth):
    return youth.guardianships.order_by("started_at").first().guardian


def told():
    return sorted(Notice.objects.filter(topic=reminders.TOPIC).values_list("to__first_name", flat=True))


def test_one_person_on_day_three_everybody_on_day_seven_and_nobody_twice(youth, second):
    make_entry(youth)
    seen = {}
    for hours in range(0, 24 * 10, 6):
        reminders.remind(now=AFTERNOON + hours * HOUR)
        reminders.remind(now=AFTERNOON + hours * HOUR)
        seen[hours // 24] = told()
    assert seen[2] == []
    assert seen[3] == seen[6] == ["Sabine"]
    assert seen[7] == seen[9] == ["Sabine", "Sabine", "Thomas"]


def test_only_in_the_afternoon(youth):
    make_entry(youth)
    assert reminders.remind(now=AFTERNOON + 3 * DAY - timedelta(minutes=1)) == 0
    assert reminders.remind(now=AFTERNOON + 3 * DAY) == 1


def test_whoever_answered_last_is_asked_first(youth, second):
    entry = make_entry(youth, starts_at=NOON - 6 * HOUR)
    approvals.approve(entry_id=entry.public_id, by=second, now=NOON)
    make_entry(youth)
    reminders.remind(now=AFTERNOON + 3 * DAY)
    assert told() == ["Thomas"]


def test_what_was_answered_is_not_reminded_of(youth):
    entry = make_entry(youth)
    approvals.return_(entry_id=entry.public_id, by=first(youth), reason="falscher Tag", now=NOON)
    assert reminders.remind(now=AFTERNOON + 3 * DAY) == 0
    # Sent in again, its days begin anew.
    later = NOON + 4 * DAY
    entries.edit(entry_id=entry.public_id, by=youth.user, details=make_details(), submit=True, now=later)
    assert [reminders.remind(now=AFTERNOON + n * DAY) for n in (6, 7)] == [0, 1]


def test_a_youth_who_logs_every_day_does_not_bring_a_mail_every_day(youth):
    for n in range(14):
        now = NOON + n * DAY
        make_entry(youth, now=now, starts_at=now - 2 * HOUR)
        reminders.remind(now=now + 5 * HOUR)
    assert 4 <= len(told()) <= 7


def test_three_youths_of_a_guardian_make_one_mail(youth):
    mother = first(youth)
    for name in ("Ben", "Lena"):
        sibling = make_youth(name, guardian=mother)
        make_entry(sibling)
    make_entry(youth)
    assert reminders.remind(now=AFTERNOON + 3 * DAY) == 3
    assert told() == ["Sabine"]


def test_after_a_pause_of_the_clock_it_is_made_up_for_once(youth, second):
    make_entry(youth)
    assert [reminders.remind(now=AFTERNOON + n * DAY) for n in (20, 20, 21)] == [1, 0, 0]
    assert told() == ["Sabine", "Thomas"]


def test_the_digest_of_that_day_said_it_already(youth):
    make_entry(youth)
    due = AFTERNOON + 3 * DAY
    Digest.objects.create(to=first(youth), on=due.date(), due_at=due - HOUR)
    reminders.remind(now=due)
    assert told() == []
    assert Reminder.objects.get().day == reminders.FIRST


@pytest.mark.parametrize("who", ["left", "stopped", "alone"])
def test_where_nobody_can_act_nobody_is_asked(youth, who):
    make_entry(youth)
    if who == "alone":
        youth.guardianships.update(ended_at=NOON)
    else:
        youth.left_at, youth.paused_at = (NOON, None) if who == "left" else (None, NOON)
        youth.save()
    assert reminders.remind(now=AFTERNOON + 9 * DAY) == 0
    assert told() == []


def test_the_mail_opens_the_list_without_signing_in(youth, client):
    mother = first(youth)
    mother.email = "sabine@example.org"
    mother.save()
    now = db.now()
    make_entry(youth, now=now - 4 * DAY, starts_at=now - 4 * DAY - 2 * HOUR)
    reminders.remind(now=now)
    while outbox.relay(db.now()):
        pass
    (letter,) = mail.outbox
    assert "Mia: 1 Eintrag" in letter.body
    assert "/bestaetigen/mail/" in letter.body
    # Behind the bell there is no such link: who looks there is signed in.
    client.force_login(mother)
    assert "/bestaetigen/mail/" not in client.get(reverse("accounts:notices")).content.decode()


# ── The team's list ──────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def team(client):
    person = make_user("Svenja", is_staff=True, is_superuser=True)
    client.force_login(person)
    return person


LIST = "/admin/activities/waitingentry/"


def test_the_team_sees_what_waits_the_oldest_first_and_who_can_be_asked(client, team, youth, second):
    now = db.now()
    old = make_entry(youth, now=now - 8 * DAY, starts_at=now - 8 * DAY - 2 * HOUR)
    new = make_entry(youth, now=now, starts_at=now - 2 * HOUR)
    reminders.remind(now=now)

    page = client.get(LIST)
    assert [row.pk for row in page.context["cl"].result_list] == [old.pk, new.pk]
    text = page.content.decode()
    assert "8 Tage" in text
    assert "2 Personen" in text
    assert "Tag 7" in text
    assert "Mia" not in text
    assert [row.pk for row in client.get(f"{LIST}?days=7").context["cl"].result_list] == [old.pk]


def test_who_has_nobody_is_named_as_such(client, team, youth):
    make_entry(youth, now=db.now(), starts_at=db.now() - 2 * HOUR)
    youth.guardianships.update(ended_at=db.now())
    assert "bitte anrufen" in client.get(LIST).content.decode()


def test_the_list_asks_the_database_as_often_for_many_as_for_few(client, team, youth):
    from tests.activities.test_pages import queries_of

    now = db.now()
    make_entry(youth, now=now, starts_at=now - 2 * HOUR)
    few = queries_of(client, LIST)
    for n in range(2, 40):
        make_entry(youth, now=now, minutes=30, starts_at=now - 2 * n * HOUR)
    assert queries_of(client, LIST) == few


def test_the_team_rejects_with_a_reason_from_the_page_of_an_entry(client, team, youth):
    now = db.now()
    entry = make_entry(youth, now=now, starts_at=now - 2 * HOUR)
    url = reverse("admin:activities_sharedtimeentry_reject", args=[entry.pk])
    client.post(url, {"reason": "Anruf der Schule wegen der Stunde"})  # opens the record
    assert client.get(url).context["form"].initial["seen"] == "submitted"

    assert client.post(url, {"reason": "", "seen": "submitted", "then": "go"}).status_code == 200
    client.post(url, {"reason": "Das war Unterricht.", "seen": "submitted", "then": "go"})
    entry.refresh_from_db()
    assert (entry.status, entry.reviewed_by) == ("rejected", team)
    assert client.get(url).status_code == 403
