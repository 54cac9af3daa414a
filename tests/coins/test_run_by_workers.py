"""A run by workers: who sends what, what is left when a message or a worker is lost, and that one is enough."""

import random
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import translation
from kombu.pools import producers

from clevervibes.celery import app
from clevervibes.lib import db, outbox
from clevervibes.lib.models import OutboxMessage
from coins import conversion, ledger, progress, tasks
from coins.models import ConversionRun
from tests.concurrency import MEET, control, in_parallel, rounds
from tests.factories import NOON, make_account, make_approved, make_club, make_pool, make_youth

pytestmark = pytest.mark.django_db

State = ConversionRun.State
LATER = NOON + timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr("coins.planning.YOUTHS_IN_A_CHUNK", 2)


@pytest.fixture
def youths():
    """Five of them, with an hour each: three chunks."""
    youths = [make_youth(f"Kind{n}") for n in range(5)]
    make_pool(coins=100)
    for youth in youths:
        make_approved(youth, minutes=60)
    return youths


def start(cutoff=LATER) -> ConversionRun:
    return conversion.start(club=make_club(), cutoff=cutoff, now=cutoff)


def balances(youths) -> list[int]:
    return [ledger.balance(make_account(youth=youth)) for youth in youths]


def lose_leases(run) -> None:
    run.chunks.update(leased_until=db.now() - timedelta(seconds=1))


# ── Undisturbed ──────────────────────────────────────────────────────────────────────────────────
def test_a_run_is_planned_paid_and_closed_by_what_the_tasks_send_each_other(queue, youths):
    run = start()

    assert tasks.wake(run)
    # Afterwards the clock's own run, which finds nothing.
    assert queue.work()[:8] == ["plan_run", *["count_chunk"] * 3, *["pay_chunk"] * 3, "convert_due"]

    run.refresh_from_db()
    assert run.state == State.CLOSED
    assert balances(youths) == [10] * 5


def test_the_tick_starts_the_run_of_coin_tag_club_after_club(queue):
    clubs = [make_club(), make_club("Clever Vibes Selm")]

    tasks.convert_due()
    assert ConversionRun.objects.filter(closed_at=None).count() == 1
    queue.work()
    queue.work()

    runs = ConversionRun.objects.order_by("pk")
    assert [(run.club, run.state) for run in runs] == [(club, State.CLOSED) for club in clubs]
    assert {run.cutoff for run in runs} == {conversion.last_coin_day(db.now())}


def test_a_beat_that_was_away_for_a_day_catches_up_once(youths):
    coin_day = conversion.last_coin_day(NOON)

    runs = {conversion.due(now=coin_day + timedelta(hours=26)) for _restart in range(20)}
    conversion.carry_on(runs.pop())

    assert not runs
    assert conversion.due(now=coin_day + timedelta(hours=27)) is None
    assert ConversionRun.objects.get().cutoff == coin_day


# ── Something is lost ────────────────────────────────────────────────────────────────────────────
def plan(run):
    conversion.plan(run=run)


def lay_out(run):
    conversion.lay_out(run=run)


def lay_out_and_count_one(run):
    lay_out(run)
    conversion.count_chunk(run=run, number=1)


def count_and_die_in_a_chunk(run):
    lay_out_and_count_one(run)
    assert conversion.claim(run=run, number=2, step=State.COUNTING)
    lose_leases(run)


def count_all(run):
    lay_out(run)
    for number in range(3):
        conversion.count_chunk(run=run, number=number)


def plan_and_pay_one(run):
    plan(run)
    conversion.pay_chunk(run=run, number=1)


def plan_and_die_in_a_chunk(run):
    plan_and_pay_one(run)
    conversion.claim(run=run, number=2)
    lose_leases(run)


def pay_all(run):
    plan(run)
    for number in range(3):
        conversion.pay_chunk(run=run, number=number)


SO_FAR = [
    lambda run: None, lay_out, lay_out_and_count_one, count_and_die_in_a_chunk, count_all, plan, plan_and_pay_one,
    plan_and_die_in_a_chunk, pay_all,
]  # fmt: skip


@pytest.mark.parametrize("so_far", SO_FAR)
@pytest.mark.parametrize("tick", [tasks.carry_on, tasks.convert_due])
def test_the_next_tick_carries_on_wherever_a_run_was_broken_off(queue, youths, so_far, tick):
    run = start()
    so_far(run)

    tick()
    queue.work()

    run.refresh_from_db()
    assert run.state == State.CLOSED
    assert balances(youths) == [10] * 5


def test_a_chunk_under_a_live_lease_is_left_alone(queue, youths):
    run = start()
    plan(run)
    conversion.claim(run=run, number=1)

    tasks.convert_due()
    assert [message.args for message in queue.take()] == [[run.pk, 0], [run.pk, 2]]

    tasks.pay_chunk(run.pk, 1)
    assert run.chunks.get(number=1).paid_at is None
    lose_leases(run)
    tasks.convert_due()
    assert [run.pk, 1] in [message.args for message in queue.take()]


def test_who_comes_late_to_count_does_not_hold_up_who_pays(youths):
    run = start()
    plan(run)

    assert not conversion.count_chunk(run=run, number=1)

    assert conversion.pay_chunk(run=run, number=1) == 2


def test_nothing_is_sent_while_no_run_is_open(queue):
    conversion.carry_on(start())

    tasks.carry_on()

    assert queue.take() == []


def test_a_run_without_payments_closes_too(queue):
    run = start()
    tasks.wake(run)

    assert queue.work()[:4] == ["plan_run", "share_out", "close_run", "convert_due"]
    run.refresh_from_db()
    assert run.state == State.CLOSED


@pytest.fixture
def no_broker(settings, monkeypatch):
    """Nobody listens at the broker's address."""
    settings.WAKE_RELAY = True
    nowhere = app.connection_for_write("redis://127.0.0.1:1/0")
    monkeypatch.setattr(app.amqp, "_producer_pool", producers[nowhere])


def test_without_a_broker_a_run_waits_for_the_next_tick(no_broker, youths):
    run = start()

    assert not tasks.wake(run)
    tasks.convert_due()
    tasks.plan_run(run.pk)
    for number in range(3):
        tasks.count_chunk(run.pk, number)

    run.refresh_from_db()
    assert run.state == State.PAYING


def test_the_broker_is_back(queue, youths):
    tasks.convert_due()

    assert [message.name for message in queue.take()] == ["coins.tasks.plan_run"]


# ── Two at once ──────────────────────────────────────────────────────────────────────────────────
def claim_at_once(source, statement=conversion._CLAIM) -> bool:
    """True if two workers think that a chunk is theirs."""
    youth = make_youth()
    make_pool(coins=10)
    make_approved(youth, minutes=60)
    run = start(LATER + timedelta(minutes=ConversionRun.objects.count()))
    plan(run)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conversion, "_CLAIM", statement)
        fences = in_parallel(*[lambda: conversion.claim(run=run, number=0)] * 4)

    taken = [fence for fence in fences if fence is not None]
    lose_leases(run)
    conversion.carry_on(run)
    return len(taken) != 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_get_the_same_chunk():
    assert rounds(8, claim_at_once).bad == 0


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_two_workers_get_it(superuser_sql):
    superuser_sql.execute(MEET)
    lock = "FOR UPDATE OF c SKIP LOCKED"
    assert lock in conversion._CLAIM
    # None of them takes what it saw before all have looked.
    unlocked = conversion._CLAIM.replace(lock, "AND meet(4, 10)")

    assert control(10, lambda source: claim_at_once(source, unlocked)).broken


def start_at_once(source) -> bool:
    """True if more than one run was started."""
    before = ConversionRun.objects.count()
    cutoffs = [LATER + timedelta(hours=before, minutes=n) for n in range(4)]
    source.shuffle(cutoffs)

    results = in_parallel(*[lambda cutoff=cutoff: start(cutoff) for cutoff in cutoffs])

    assert all(isinstance(result, ConversionRun | conversion.RunUnderWay) for result in results), results
    started = ConversionRun.objects.filter(closed_at=None)
    wrong = started.count() != 1
    for run in started.order_by("cutoff"):
        conversion.carry_on(run)
    return wrong


@pytest.mark.django_db(transaction=True)
def test_several_starts_at_once_are_one_run():
    assert rounds(8, start_at_once).bad == 0


@pytest.mark.django_db(transaction=True)
def test_control_without_the_constraint_they_are_several(superuser_sql, monkeypatch):
    superuser_sql.execute("DROP INDEX coins_one_open_run")
    # What is looked up after the insert counts on the constraint too.
    monkeypatch.setattr(conversion, "_refuse_before_the_last", lambda club, cutoff: None)

    assert control(10, start_at_once).broken


def click_at_once(source) -> bool:
    """True if four clicks on the button of one form start more than one run."""
    club, key, at = make_club(), uuid4(), LATER + timedelta(hours=ConversionRun.objects.count())

    def click(second):
        return conversion.start(club=club, cutoff=at + timedelta(seconds=second), now=at + DAY, key=key)

    results = in_parallel(*[lambda second=second: click(second) for second in range(4)])
    assert all(isinstance(result, ConversionRun) for result in results), results
    started = {result.pk: result for result in results}
    for run in sorted(started.values(), key=lambda run: run.cutoff):
        conversion.carry_on(run)
    return len(started) != 1


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_by_two_clicks_at_once_is_one_run():
    assert rounds(6, click_at_once).bad == 0


def tick_at_once(queue) -> Callable[[random.Random], bool]:
    """Return a round: three beats find the same club's run due. True if that is not one closed run."""

    def play(source) -> bool:
        club = make_club(f"Club {source.random()}")
        assert in_parallel(*[tasks.convert_due] * 3) == [None] * 3
        started = ConversionRun.objects.filter(club=club).count()
        queue.work()
        return started != 1 or ConversionRun.objects.get(club=club).state != State.CLOSED

    return play


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_start_one_run(queue):
    assert rounds(4, tick_at_once(queue)).bad == 0


def several_runs_at_once(superuser_sql, monkeypatch, *, starts: int) -> None:
    """Take out what makes several starts one, and let nobody insert a run before all have looked for one."""
    superuser_sql.execute(f"""
        {MEET};
        DROP INDEX coins_one_open_run;
        ALTER TABLE coins_conversionrun DROP CONSTRAINT coins_one_run_per_cutoff;
        ALTER TABLE coins_conversionrun DROP CONSTRAINT coins_conversionrun_public_id_key;
        CREATE FUNCTION rest() RETURNS trigger LANGUAGE plpgsql
          AS $$ BEGIN PERFORM meet({starts}, 10); RETURN new; END $$;
        CREATE TRIGGER rest BEFORE INSERT ON coins_conversionrun FOR EACH ROW EXECUTE FUNCTION rest()
    """)
    monkeypatch.setattr(conversion, "_refuse_before_the_last", lambda club, cutoff: None)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_constraints_each_click_starts_a_run(superuser_sql, monkeypatch):
    several_runs_at_once(superuser_sql, monkeypatch, starts=4)

    assert rounds(4, click_at_once).bad == 4


@pytest.mark.django_db(transaction=True)
def test_control_without_the_constraints_each_beat_starts_a_run(superuser_sql, monkeypatch, queue):
    several_runs_at_once(superuser_sql, monkeypatch, starts=3)

    assert rounds(3, tick_at_once(queue)).bad == 3


def test_messages_that_come_twice_do_not_multiply(queue, youths):
    clubs = [make_club(f"Club {n}") for n in range(3)]
    for club in clubs:
        for n in range(3):
            make_approved(make_youth(f"Kind{n}", club=club), minutes=60)
    make_pool(coins=100)
    sent = []

    tasks.convert_due()
    while (messages := queue.take()) and len(sent) < 100:
        sent += messages
        for message in messages:
            message.deliver()
            message.deliver()

    assert ConversionRun.objects.filter(state=State.CLOSED).count() == 4
    # For each club: the tick, the plan (each tick of two asks for it), two or three chunks to count and to pay.
    assert len(sent) <= 4 * (1 + 2 + 3 + 3)


# ── The end ──────────────────────────────────────────────────────────────────────────────────────
def with_mail(youth, address="mia@example.org", language="de"):
    youth.user.email, youth.user.language = address, language
    youth.user.save(update_fields=["email", "language"])


def test_who_got_coins_and_has_a_mail_address_is_told_once(youths):
    with_mail(youths[0])
    with_mail(make_youth("Noah"), "noah@example.org")  # nothing to convert
    run = conversion.carry_on(start())

    message = OutboxMessage.objects.get()
    assert (message.topic, message.to) == ("coins_paid", youths[0].user)
    assert message.payload == {"run": str(run.public_id), "coins": 10, "open": 0}

    ConversionRun.objects.update(state=State.PAYING, closed_at=None)
    assert conversion.close(run=run).state == State.CLOSED
    assert OutboxMessage.objects.count() == 1


def test_the_mail_says_how_many_and_what_is_open(youths):
    with_mail(youths[0])
    make_approved(youths[0], starts_at=NOON - timedelta(days=2), minutes=240)
    youths[0].user.refresh_from_db()
    run = conversion.carry_on(start())
    paid = run.lines.get(account=make_account(youth=youths[0]))
    assert paid.open_out_coins == 0

    outbox.relay(db.now())

    (letter,) = mail.outbox
    assert letter.to == ["mia@example.org"]
    assert "Du hast 50 Coins bekommen." in letter.body
    assert "offen" not in letter.body
    assert "/coins/" in letter.body
    assert not any(number in letter.subject for number in "0123456789")


@pytest.mark.parametrize(
    ("language", "said"), [("de", "4 Coins bleiben noch offen"), ("en", "4 coins are still open"), ("tr", "4 coin")]
)
def test_the_mail_speaks_the_youth_s_language(language, said):
    youth = make_youth()
    with_mail(youth, language=language)
    make_pool(coins=6)
    make_approved(youth, minutes=60)
    conversion.carry_on(start())

    with translation.override("de"):
        outbox.relay(db.now())

    assert said in mail.outbox[0].body


def test_many_messages_become_due_at_a_pace():
    youths = [make_youth(f"Kind{n}") for n in range(3)]
    make_pool(coins=100)
    for n, youth in enumerate(youths):
        with_mail(youth, f"kind{n}@example.org")
        make_approved(youth, minutes=60)

    conversion.carry_on(start())

    due = sorted(OutboxMessage.objects.values_list("due_at", flat=True))
    assert [at - due[0] for at in due] == [n * timedelta(seconds=1) / outbox.MANY_A_SECOND for n in range(3)]


# ── How far it is ────────────────────────────────────────────────────────────────────────────────
def test_progress_counts_coins_and_chunks(youths):
    run = start()
    assert (progress.of(run).percent, progress.of(run).chunks) == (0, 0)
    plan_and_pay_one(run)
    run.refresh_from_db()

    now = progress.of(run)
    assert (now.coins, now.percent, now.paid_chunks, now.chunks) == (20, 40, 1, 3)

    done = progress.of(conversion.carry_on(run))
    assert (done.coins, done.percent, done.paid_chunks, done.stalled) == (50, 100, 3, False)


def test_progress_while_it_counts(youths):
    run = start()
    lay_out_and_count_one(run)
    run.refresh_from_db()

    now = progress.of(run)
    assert (now.is_counting, now.percent, now.counted_chunks, now.chunks, now.coins) == (True, 33, 1, 3, 0)


def test_a_run_stands_still_when_nobody_is_at_it_for_a_minute(youths):
    run = start()
    assert progress.of(run).stalled  # started long ago, by this test's clock

    ConversionRun.objects.update(started_at=db.now())
    run.refresh_from_db()
    assert not progress.of(run).stalled

    plan(run)
    ConversionRun.objects.update(started_at=NOON, planned_at=NOON)
    run.chunks.update(counted_at=NOON)
    run.refresh_from_db()
    assert progress.of(run).stalled
    conversion.claim(run=run, number=0)
    assert not progress.of(run).stalled
    lose_leases(run)
    assert progress.of(run).stalled


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_being_planned_does_not_stand_still(youths):
    run = start()

    @db.service
    def look_while_planning():
        db.lock_name(conversion.PLANNING)
        return in_parallel(lambda: progress.of(run).stalled)[0]

    assert look_while_planning() is False
    assert progress.of(run).stalled
