"""The weekly digest: on the picked day at 16:00 in Berlin, once, also late, with what waits and what is new."""

from datetime import UTC, date, datetime, timedelta
from hashlib import md5
from uuid import UUID

import pytest
from django.core import mail
from django.db import transaction

from accounts.models import Digest, MailSettings, Notice, User
from accounts.notices import choices, digests, mails, telling
from activities import approvals
from clevervibes.lib import outbox
from clevervibes.lib.models import OutboxMessage
from tests import mail_server
from tests.concurrency import Meeting, control, in_parallel, rounds
from tests.factories import JOINED, NOON, guardian_of, make_entry, make_user, make_youth

Channel = MailSettings.Channel
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# The Saturday after NOON, 16:00 in Berlin, which is summer time.
SATURDAY = datetime(2026, 9, 19, 14, 0, tzinfo=UTC)


@pytest.fixture
def youth():
    youth = make_youth("Mia")
    joined(guardian_of(youth))
    OutboxMessage.objects.all().delete()
    Notice.objects.all().delete()
    return youth


def joined(person, email="mama@example.org", at=NOON - DAY) -> User:
    User.objects.filter(pk=person.pk).update(email=email, date_joined=at)
    person.refresh_from_db()
    return person


def prefer(person, now=JOINED, weekday=6, **channels):
    choices.choose(person=person, weekday=weekday, now=now, **{"times": "now", "coins": "now", **channels})


def tell(topic, to, at=NOON, **ids):
    with transaction.atomic():
        telling.tell(topic, to=to, now=at, **ids)


def letters(now) -> list:
    """Plan and deliver what is due at `now`."""
    mail.outbox.clear()
    digests.plan(now=now)
    outbox.relay(now)
    return list(mail.outbox)


# ── When ─────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("now", "on", "due"),
    [
        # The clocks go forward and back in the night to Sunday: 16:00 in Berlin is 15:00, then 14:00, then 15:00 UTC.
        ((2027, 3, 27, 15, 0), (2027, 3, 27), 15), ((2027, 3, 27, 14, 59), (2027, 3, 20), 15),
        ((2027, 4, 3, 14, 0), (2027, 4, 3), 14), ((2027, 4, 3, 13, 59), (2027, 3, 27), 15),
        ((2027, 10, 30, 14, 0), (2027, 10, 30), 14), ((2027, 11, 6, 14, 59), (2027, 10, 30), 14),
        ((2027, 11, 6, 15, 0), (2027, 11, 6), 15), ((2027, 1, 1, 0, 0), (2026, 12, 26), 15),
    ],
)  # fmt: skip
def test_saturday_at_four_is_saturday_at_four_also_when_the_clocks_change(now, on, due):
    day = date(*on)

    assert digests.last_due(6, datetime(*now, tzinfo=UTC)) == (day, datetime(*on, due, tzinfo=UTC))


def test_sunday_of_the_change_itself():
    assert digests.due_at(date(2027, 3, 28)) == datetime(2027, 3, 28, 14, tzinfo=UTC)
    assert digests.due_at(date(2027, 10, 31)) == datetime(2027, 10, 31, 15, tzinfo=UTC)


@pytest.mark.django_db
def test_a_guardian_reads_on_saturday_what_waits_and_only_once(youth):
    make_entry(youth)
    make_entry(youth, starts_at=NOON - timedelta(hours=5))

    assert letters(SATURDAY - MINUTE) == []
    (letter,) = letters(SATURDAY)
    for late in (timedelta(), MINUTE, DAY, 6 * DAY):
        assert letters(SATURDAY + late) == []

    assert letter.to == ["mama@example.org"]
    assert letter.subject == "Clever Vibes Club: Ihre Wochenübersicht"
    for part in (letter.body, letter.alternatives[0][0]):
        assert "Mia: 2 Einträge" in part
        assert "/bestaetigen/" in part
    assert Digest.objects.get().on == date(2026, 9, 19)


@pytest.mark.django_db
def test_the_next_week_brings_the_next_one(youth):
    make_entry(youth)

    assert [len(letters(SATURDAY + week * 7 * DAY)) for week in range(4)] == [1, 1, 1, 1]


@pytest.mark.django_db
def test_after_a_pause_the_latest_one_is_made_up_for_once(youth):
    make_entry(youth)

    assert [len(letters(SATURDAY + days * DAY + MINUTE)) for days in (24, 25)] == [1, 0]
    assert Digest.objects.get().on == date(2026, 10, 10)


@pytest.mark.django_db
def test_with_nothing_to_say_no_mail_is_sent_and_the_week_is_done(youth):
    assert letters(SATURDAY) == []
    assert Digest.objects.count() == 1

    make_entry(youth)
    assert letters(SATURDAY + MINUTE) == []


@pytest.mark.django_db
def test_the_picked_day_counts_and_one_that_was_over_brings_nothing(youth):
    mother = guardian_of(youth)
    make_entry(youth)

    prefer(mother, weekday=3, now=SATURDAY - DAY)  # on Friday: Wednesday is over
    assert letters(SATURDAY) == []
    assert len(letters(SATURDAY + 4 * DAY)) == 1
    prefer(mother, weekday=0, now=SATURDAY + 5 * DAY)
    assert letters(SATURDAY + 30 * DAY) == []


@pytest.mark.django_db
def test_who_joined_after_it_or_has_no_address_gets_none(youth):
    make_entry(youth)
    mother = joined(guardian_of(youth), at=SATURDAY + MINUTE)
    assert letters(SATURDAY + DAY) == []

    joined(mother, email="")
    assert letters(SATURDAY + 8 * DAY) == []
    assert not Digest.objects.exists()


@pytest.mark.django_db
def test_switched_off_between_due_and_sent_it_is_not_sent(youth):
    make_entry(youth)
    digests.plan(now=SATURDAY)
    choices.switch_off(person=guardian_of(youth), what=mails.DIGEST, now=SATURDAY)

    assert outbox.relay(SATURDAY) == 1
    assert mail.outbox == []


@pytest.mark.django_db
def test_the_tick_asks_a_few_questions_when_nothing_is_due(youth, django_assert_max_num_queries):
    digests.plan(now=SATURDAY)

    with django_assert_max_num_queries(7 * 3):
        assert digests.plan(now=SATURDAY + MINUTE) == 0


# ── What ─────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_what_somebody_wants_in_the_digest_comes_there_and_not_at_once(youth):
    user = joined(youth.user, email="mia@example.org")
    prefer(user, coins=Channel.DIGEST)
    tell("coins_paid", user, coins=12, open=0)
    tell("coins_paid", user, coins=30, open=0)
    Notice.objects.filter(ids__coins=30).update(read_at=NOON)
    outbox.relay(NOON + MINUTE)
    assert mail.outbox == []

    (letter,) = letters(SATURDAY)

    assert letter.to == ["mia@example.org"]
    assert letter.subject == "Clever Vibes Club: Deine Wochenübersicht"
    assert "Du hast 12 Coins bekommen." in letter.body
    assert "30 Coins" not in letter.body, "read already"
    assert letters(SATURDAY + 7 * DAY) == [], "once"


@pytest.mark.django_db
def test_what_came_at_once_does_not_come_again(youth):
    user = joined(youth.user, email="mia@example.org")
    tell("coins_paid", user, coins=12, open=0)
    outbox.relay(NOON + MINUTE)
    assert len(mail.outbox) == 1

    prefer(user, coins=Channel.DIGEST)
    assert letters(SATURDAY) == []


@pytest.mark.django_db
def test_news_that_are_settled_are_left_out(youth):
    user = joined(youth.user, email="mia@example.org")
    prefer(user, times=Channel.DIGEST)
    entry = make_entry(youth)
    approvals.return_(entry_id=entry.public_id, by=guardian_of(youth), reason="falscher Tag", now=NOON)
    entry.delete()

    assert letters(SATURDAY) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "subject", "said"),
    [("tr", "Haftalık özetiniz", "Sizi bekleyenler"), ("en", "Your weekly summary", "Waiting for you")],
)
def test_the_digest_speaks_the_language_of_the_person(youth, language, subject, said):
    User.objects.filter(pk=guardian_of(youth).pk).update(language=language)
    make_entry(youth)

    (letter,) = letters(SATURDAY)

    assert letter.subject == f"Clever Vibes Club: {subject}"
    assert said in letter.body
    assert "Eintrag" not in letter.body + letter.alternatives[0][0]


@pytest.mark.django_db
def test_its_link_ends_the_digest_and_nothing_else(youth, client):
    make_entry(youth)
    (letter,) = letters(SATURDAY)
    url = letter.extra_headers["List-Unsubscribe"].strip("<>")

    client.post(url)

    chosen = MailSettings.objects.get()
    assert (chosen.weekday, chosen.times, chosen.coins) == (0, "now", "now")
    assert letters(SATURDAY + 7 * DAY) == []


@pytest.mark.django_db
def test_an_app_adds_a_section_of_its_own(youth, monkeypatch):
    monkeypatch.setattr(digests, "_writers", list(digests._writers))
    waiting = digests._writers[0][1]
    digests.section(order=1)(
        lambda person, now: digests.Section("Zuerst", "activities/news/waiting.html", "/start/", "Los", {"youths": []})
    )
    make_entry(youth)

    (letter,) = letters(SATURDAY)

    assert letter.body.index("Zuerst") < letter.body.index("Wartet auf Sie")
    assert waiting(make_user("Niemand"), NOON) is None


# ── A mail server that is away, two beats ────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_tried_again_it_is_the_same_digest(youth, settings):
    user = joined(youth.user, email="mia@example.org")
    prefer(user, coins=Channel.DIGEST)
    tell("coins_paid", user, coins=12, open=0)
    OutboxMessage.objects.all().delete()
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "clevervibes.lib.post.SmtpBackend", "127.0.0.1"
    settings.EMAIL_USE_TLS = False
    with mail_server.running() as gone:
        settings.EMAIL_PORT = gone.port
    digests.plan(now=SATURDAY)
    outbox.relay(SATURDAY)

    with mail_server.running() as server:
        settings.EMAIL_PORT = server.port
        tell("coins_paid", user, at=SATURDAY + MINUTE, coins=99, open=0)
        for minutes in (20, 40):
            digests.plan(now=SATURDAY + minutes * MINUTE)
            outbox.relay(SATURDAY + minutes * MINUTE)

    (letter,) = [letter for letter in server.letters if letter["To"] == "mia@example.org"]
    text = letter.get_payload()[0].get_payload(decode=True).decode()
    assert "12 Coins" in text
    assert OutboxMessage.objects.filter(delivered_at=None).count() == 0
    assert Notice.objects.exclude(digest=None).count() == 2, "what came in before it left stood in it too"


def plan_twice():
    return in_parallel(*[lambda: digests.plan(now=SATURDAY)] * 2)


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_make_one_digest_each(youth):
    for number in range(4):
        joined(make_user(), email=f"p{number}@example.org")

    def play(_source) -> bool:
        Digest.objects.all().delete()
        OutboxMessage.objects.all().delete()
        plan_twice()
        return Digest.objects.count() != 5 or OutboxMessage.objects.count() != 5

    assert rounds(5, play).bad == 0


@pytest.mark.django_db(transaction=True)
def test_control_without_the_row_and_the_key_two_beats_make_two(youth, monkeypatch, superuser_sql):
    superuser_sql.execute("ALTER TABLE accounts_digest DROP CONSTRAINT accounts_one_digest_a_day")
    meeting, have = Meeting(2), digests._without_digest

    def together(weekday, on, due):
        found = list(have(weekday, on, due).values_list("pk", flat=True))
        if weekday == 6:
            meeting.wait()
        return User.objects.filter(pk__in=found)

    monkeypatch.setattr(digests, "_without_digest", together)
    monkeypatch.setattr(
        outbox,
        "put_all",
        lambda topic, messages, now: [
            OutboxMessage.objects.create(topic=topic, to_id=to, payload=ids, created_at=now, due_at=now)
            for to, ids, _key in messages[:1]
        ],
    )

    def play(_source) -> bool:
        Digest.objects.all().delete()
        OutboxMessage.objects.all().delete()
        plan_twice()
        return OutboxMessage.objects.count() > 1

    assert control(10, play).broken


@pytest.mark.django_db
def test_the_key_of_a_digest_is_its_person_and_day(youth):
    digests.plan(now=SATURDAY)

    message = OutboxMessage.objects.get()
    assert message.key == UUID(md5(f"digest {message.to_id} 2026-09-19".encode()).hexdigest())  # noqa: S324
    assert message.payload == {"digest": Digest.objects.get().pk}
