"""Mail and a mail server that misbehaves: nothing is lost, nothing is doubled, and what is not known is said so."""

import logging
import smtplib
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection, transaction

from clevervibes.lib import db, outbox, post
from clevervibes.lib.models import OutboxMessage
from clevervibes.lib.tasks import relay_outbox
from tests import mail_server
from tests.concurrency import Meeting, control, in_parallel, rounds

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


@outbox.handles("letter")
def write(message):
    number = message.payload["n"]
    post.send(EmailMessage("Clever Vibes Club", f".{number}\n.\nHallo", to=[f"person{number}@example.org"]))


@outbox.handles("two letters")
def write_two(message):
    write(message)
    write(message)


@outbox.handles("long letter")
def write_long(message):
    """Longer than what the network keeps on its way: the writer notices when nobody reads on."""
    body = f"{'Hallo ' * 12}\n" * 100_000
    post.send(EmailMessage("Clever Vibes Club", body, to=["person@example.org"]))


def put(*numbers, topic="letter"):
    with transaction.atomic():
        for number in numbers:
            outbox.put(topic, n=number)


@pytest.fixture
def server(settings):
    with mail_server.running() as running:
        use(settings, running.port)
        yield running


def use(settings, port):
    settings.EMAIL_BACKEND = "clevervibes.lib.post.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER, settings.EMAIL_USE_TLS = "", False
    settings.EMAIL_TIMEOUT = 30


def waiting() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(delivered_at=None).order_by("pk"))


def everything_is_due():
    OutboxMessage.objects.filter(delivered_at=None).update(due_at=db.now(), leased_until=None)


def test_many_letters_leave_by_one_connection_and_arrive_as_they_were_written(server):
    put(*range(20))

    relay_outbox()

    assert waiting() == []
    assert set(server.recipients().values()) == {1}
    assert len(server.recipients()) == 20
    assert server.talks == 1
    assert server.letters[3].get_payload() == ".3\r\n.\r\nHallo\r\n"
    assert server.letters[3]["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("letters", [30, pytest.param(200, marks=pytest.mark.slow)])
def test_a_server_that_is_away_for_an_hour_costs_nothing_and_nothing_is_doubled(letters, settings, server):
    """The messages wait for it, whatever the tick; they do not use up their tries, and each arrives once."""
    put(*range(letters))
    start, port = db.now(), server.port
    server.close()

    for minutes in range(0, 60, 5):
        for _ in range(2):
            outbox.relay(start + minutes * MINUTE)
    assert len(waiting()) == letters
    assert {(message.attempts, message.last_error) for message in waiting()} == {(0, "ServerDown")}
    assert max(message.due_at for message in waiting()) <= start + 75 * MINUTE

    with mail_server.running() as again:
        use(settings, again.port)
        assert again.port != port
        while outbox.relay(start + 80 * MINUTE):
            pass
        assert waiting() == []
        assert len(again.recipients()) == len(again.copies()) == len(again.letters) == letters


def test_who_is_away_is_asked_once_a_visit_and_not_for_each_letter(server, monkeypatch):
    put(*range(5))
    asked = []
    monkeypatch.setattr(post.SmtpBackend, "open", lambda self: asked.append(1) or refuse())

    outbox.relay(db.now())

    assert len(asked) == 1
    assert {message.last_error for message in waiting()} == {"ServerDown"}


def refuse():
    raise ConnectionRefusedError


def test_a_server_that_hangs_up_in_the_middle_of_a_letter_has_nothing_of_it(server):
    put(1, topic="long letter")
    server.mood = mail_server.HANGS_UP_WHILE_WRITING

    outbox.relay(db.now())
    (message,) = waiting()
    assert (message.attempts, message.last_error) == (1, "SMTPServerDisconnected")

    server.mood = ""
    everything_is_due()
    outbox.relay(db.now())
    assert list(server.copies().values()) == [1]


@pytest.mark.parametrize("mood", [mail_server.HANGS_UP_HAVING_IT, mail_server.SILENT_HAVING_IT])
def test_a_letter_of_which_nobody_knows_is_sent_again_hours_later_as_the_same_letter(server, mood, monkeypatch):
    """This is what at-least-once means: a copy more is possible, and can be told to be one."""
    monkeypatch.setattr(post, "LAST_WORD_SECONDS", 0.2)
    put(1)
    server.mood = mood

    outbox.relay(now := db.now())
    (message,) = waiting()
    assert (message.attempts, message.last_error) == (outbox.DOUBT, "InDoubt")
    assert message.due_at == now + timedelta(hours=4)

    server.mood = ""
    outbox.relay(message.due_at)
    assert waiting() == []
    assert list(server.copies().values()) == [2]


def test_a_server_that_never_says_that_it_took_a_letter_gets_it_three_times_and_no_more(server):
    put(1)
    server.mood = mail_server.HANGS_UP_HAVING_IT

    for _ in range(6):
        everything_is_due()
        outbox.relay(db.now())

    assert list(server.copies().values()) == [3]
    (message,) = waiting()
    assert message.attempts >= outbox.MAX_ATTEMPTS


def test_a_server_that_thinks_longer_than_we_wait_for_a_word_is_waited_for_at_the_end(server, settings):
    settings.EMAIL_TIMEOUT = 0.5
    over = threading.Event()
    server.before_the_last_word = lambda: over.wait(1.5)
    put(1)

    outbox.relay(db.now())

    assert waiting() == []
    assert list(server.copies().values()) == [1]


def test_control_with_djangos_own_conversation_the_slow_server_gets_the_letter_again(server, settings, monkeypatch):
    settings.EMAIL_TIMEOUT = 0.5
    over = threading.Event()
    server.before_the_last_word = lambda: over.wait(1.5)
    monkeypatch.setattr(post.SmtpBackend, "connection_class", smtplib.SMTP)
    put(1)

    for _ in range(2):
        everything_is_due()
        outbox.relay(db.now())

    assert list(server.copies().values()) == [2]


@pytest.mark.parametrize(("mood", "tries"), [(mail_server.REFUSES_FOR_NOW, 40), (mail_server.REFUSES_FOR_GOOD, 8)])
def test_a_refusal_waits_longer_each_time_and_ends_some_day(server, mood, tries):
    put(1)
    server.mood, pauses = mood, []

    for _ in range(50):
        everything_is_due()
        outbox.relay(now := db.now())
        pauses.append(waiting()[0].due_at - now)

    (message,) = waiting()
    assert message.attempts == outbox.MAX_ATTEMPTS
    assert message.last_error == f"SMTPRecipientsRefused {451 if tries == 40 else 550}"
    assert pauses[:tries] == sorted(pauses[:tries])
    assert pauses[tries - 1] == timedelta(hours=4)
    assert server.letters == []


def test_one_letter_that_is_refused_keeps_no_other_one_back(server, monkeypatch):
    put(1, 2, 3)
    rcpt = smtplib.SMTP.rcpt
    monkeypatch.setattr(
        post.Talk, "rcpt", lambda self, to, options: (550, b"no") if "person2" in to else rcpt(self, to, options)
    )

    outbox.relay(db.now())

    assert [message.payload["n"] for message in waiting()] == [2]
    assert sorted(server.recipients()) == ["person1@example.org", "person3@example.org"]


def test_a_server_that_closes_after_one_letter_gets_the_others_by_new_connections(server):
    put(1, 2, 3)
    server.mood = mail_server.CLOSES_AFTER_ONE

    for _ in range(3):
        everything_is_due()
        outbox.relay(db.now())

    assert waiting() == []
    assert sorted(server.copies().values()) == [1, 1, 1]


def test_no_transaction_waits_for_the_mail_server(server):
    """PostgreSQL ends a transaction that idles for 30 s: the letter would be out and count as not sent."""
    put(1)
    seen = []

    def look():
        with_other = connection.copy()
        with with_other.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND state LIKE 'idle in transaction%'"
            )
            seen.append(cursor.fetchone()[0])
        with_other.close()

    server.before_the_last_word = look
    outbox.relay(db.now())

    assert seen == [0]
    assert waiting() == []


def test_a_worker_that_dies_with_a_letter_is_followed_by_another_when_its_time_is_over(server, monkeypatch):
    put(1)
    now = db.now()
    with monkeypatch.context() as killed:
        killed.setattr(outbox, "_update", die)
        with pytest.raises(SystemExit):
            outbox.relay(now)

    assert outbox.relay(now + outbox.LEASE - MINUTE) == 0
    assert outbox.relay(now + outbox.LEASE) == 1
    assert list(server.copies().values()) == [2], "killed after the server's answer, before ours to the database"
    assert len(server.letters) == 2


def die(*args, **kwargs):
    raise SystemExit


def test_whoever_comes_back_after_the_lease_does_not_speak_for_the_other(server, monkeypatch):
    put(1)
    now = db.now()
    claimed = outbox._claim(now)
    assert outbox.relay(now + outbox.LEASE) == 1

    outbox._failed(claimed, smtplib.SMTPServerDisconnected(), now)

    assert waiting() == []


def test_a_message_writes_one_letter(server):
    put(1, topic="two letters")

    outbox.relay(db.now())

    assert server.letters == []
    assert waiting()[0].last_error == "OneLetterEach"


def test_what_a_mail_server_says_about_people_is_not_logged(server, caplog):
    put(7)
    server.mood = mail_server.REFUSES_FOR_GOOD

    with caplog.at_level(logging.DEBUG):
        outbox.relay(db.now())

    assert "SMTPRecipientsRefused 550" in caplog.text
    assert "person7" not in caplog.text
    assert "person7" not in "".join(str(record.exc_info) for record in caplog.records)


def test_a_server_that_is_slow_holds_two_workers_and_no_third(server):
    put(1, 2, 3)
    third = []
    met = threading.Barrier(2)

    def both_are_here():
        met.wait(30)
        if not third:
            third.append(in_parallel(lambda: outbox.relay(db.now())))
        met.wait(30)

    server.before_the_last_word = lambda: both_are_here() if len(server.letters) <= 2 else None
    in_parallel(*[lambda: outbox.relay(db.now())] * 2)

    assert [0] in third
    assert waiting() == []
    assert sorted(server.copies().values()) == [1, 1, 1]


# ── Two relays, one message ──────────────────────────────────────────────────────────────────────
def test_two_relays_send_one_message_once(server):
    def play(_source) -> bool:
        server.letters.clear()
        put(1)
        in_parallel(*[lambda: outbox.relay(db.now())] * 2)
        return len(server.letters) != 1

    report = rounds(10, play)

    assert report.bad == 0


def test_control_without_the_claim_both_send_it(server, monkeypatch):
    meeting = Meeting(2)

    def read_only(now, only=None):
        message = outbox._waiting(now).order_by("due_at", "id").first()
        meeting.wait()
        return message

    monkeypatch.setattr(outbox, "_claim", read_only)
    monkeypatch.setattr(outbox, "BATCH", 1)

    def play(_source) -> bool:
        server.letters.clear()
        put(1)
        in_parallel(*[lambda: outbox.relay(db.now())] * 2)
        OutboxMessage.objects.all().delete()
        return len(server.letters) != 1

    assert control(10, play).broken


def test_outside_of_a_delivery_a_letter_leaves_at_once():
    post.send(EmailMessage("Clever Vibes Club", "Hallo", to=["mia@example.org"]))

    assert len(mail.outbox) == 1
