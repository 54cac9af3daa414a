"""The nightly proof and the short look: what does not hold is said in the log, on the first page and by mail."""

import logging
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from clevervibes.celery import app
from clevervibes.lib import db, outbox
from clevervibes.lib.models import OutboxMessage
from coins import alarm, conversion, seal, tasks
from coins.conversion import policy_on
from coins.models import Alarm, BalanceSnapshot, ConversionRun, LedgerSeal, Transfer
from tests.coins import books
from tests.coins.test_conversion import convert
from tests.concurrency import let_transactions_end
from tests.factories import NOON, make_approved, make_club, make_pool, make_user, make_youth

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def mailbox(settings):
    settings.ALARM_MAIL = ["vorstand@example.org"]
    return mail.outbox


def kinds() -> set[str]:
    return set(Alarm.objects.values_list("kind", flat=True))


def drift(superuser_sql, account) -> None:
    superuser_sql.execute("UPDATE coins_balance SET posted = posted + 1 WHERE account_id = %s", [account.pk])


# ── What it finds ────────────────────────────────────────────────────────────────────────────────
def test_good_books_raise_nothing_and_leave_seal_and_snapshots(mailbox):
    books.make_pool(coins=10)
    let_transactions_end()

    tasks.prove_ledger()
    tasks.look_at_ledger()

    assert kinds() == set()
    assert LedgerSeal.objects.count() == 1
    assert BalanceSnapshot.objects.count() == 2
    assert mailbox == []


@pytest.mark.corrupts_ledger
@pytest.mark.parametrize("task", [tasks.look_at_ledger, tasks.prove_ledger])
def test_one_coin_of_drift_is_alarmed(superuser_sql, mailbox, caplog, task):
    drift(superuser_sql, books.make_pool(coins=10))

    with caplog.at_level(logging.ERROR, logger="coins.alarm"):
        task()
        task()
    outbox.relay(db.now())

    raised = Alarm.objects.get()
    assert (raised.kind, raised.seen_at) == ("ledger", None)
    assert "balances sum to zero per asset: 1 bad, asset 1: 1" in raised.detail
    assert sum("balances sum to zero" in record.message for record in caplog.records) == 2
    (letter,) = mailbox
    assert letter.to == ["vorstand@example.org"]
    assert "Die Bücher stimmen nicht" in letter.subject
    assert "asset 1: 1" in letter.body
    assert reverse("admin:coins_alarm_change", args=[raised.pk]) in letter.body


@pytest.mark.corrupts_ledger
def test_a_rewritten_transfer_breaks_the_seal(superuser_sql):
    pool, other = books.make_pool(coins=10), books.make_pool()
    row = books.move(pool, other, 3)
    let_transactions_end()
    seal.seal()
    superuser_sql.execute(
        "SET session_replication_role = replica; UPDATE coins_transfer SET effective_on = '2020-01-01' WHERE id = %s",
        [row.pk],
    )

    tasks.prove_ledger()

    raised = Alarm.objects.get()
    assert (raised.kind, raised.detail) == ("seal", f"transfer {row.pk}: changed since seal 1")


def test_transfers_that_stay_unsealed_are_noticed(superuser_sql):
    pool, other = books.make_pool(coins=10), books.make_pool()
    let_transactions_end()
    seal.seal()
    late = books.move(pool, other, 3)
    superuser_sql.execute(
        "SET session_replication_role = replica;"
        f"UPDATE coins_transfer SET posted_at = posted_at - interval '2 days', xid = 99999999 WHERE id = {late.pk}"
    )

    tasks.prove_ledger()

    assert kinds() == {"seal_behind", "seal"}


def test_a_proof_that_breaks_off_is_an_alarm_and_the_rest_goes_on(superuser_sql, caplog):
    books.make_pool(coins=10)
    superuser_sql.execute("ALTER FUNCTION coins_seal(integer) RENAME TO coins_seal_elsewhere")

    tasks.prove_ledger()

    assert Alarm.objects.get().detail == "seal_all: ProgrammingError"
    assert BalanceSnapshot.objects.exists()


def test_a_run_that_does_not_end_is_noticed():
    run = ConversionRun.objects.create(
        club=make_club(), cutoff=NOON, effective_on=NOON.date(), policy=policy_on(NOON.date()), started_at=db.now()
    )
    tasks.look_at_ledger()
    assert kinds() == set()

    ConversionRun.objects.update(started_at=db.now() - timedelta(minutes=31))
    tasks.look_at_ledger()

    assert kinds() == {"run_open"}
    assert f"run {run.pk}" in Alarm.objects.get().detail


def test_the_end_of_a_run_is_sealed():
    make_pool(coins=100)
    make_approved(make_youth(), minutes=60)

    convert()

    # How much of it depends on who else is at work: the tests beside us, too.
    sealed = seal.verify().transfers
    let_transactions_end()
    assert sealed + seal.seal() == Transfer.objects.count()


@pytest.mark.corrupts_ledger
def test_a_clearing_account_that_is_not_empty_is_alarmed():
    make_pool(coins=100)
    make_approved(make_youth(), minutes=60)
    run = conversion.plan(run=conversion.start(club=make_club(), cutoff=LATER, now=LATER))
    conversion.pay_chunk(run=run, number=0)
    release = Transfer.objects.get(kind=Transfer.Kind.RELEASE)
    clearing = release.credit
    books.move(release.debit, clearing, 1, Transfer.Kind.RELEASE)

    with pytest.raises(conversion.ClearingNotEmpty):
        conversion.close(run=run)

    assert kinds() == {"clearing"}
    assert Alarm.objects.get().detail == f"run {run.pk}: clearing account {clearing.pk} is not empty"
    assert ConversionRun.objects.get().closed_at is None


def test_beat_calls_them():
    called = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert called >= {
        f"coins.tasks.{name}" for name in ("seal_ledger", "look_at_ledger", "take_snapshots", "prove_ledger")
    }
    tasks.seal_ledger()
    tasks.take_snapshots()


# ── Until somebody has seen it ───────────────────────────────────────────────────────────────────
def test_an_alarm_is_raised_once_while_unseen_and_again_afterwards(mailbox):
    first = alarm.raise_(alarm.Kind.LEDGER, "one")
    assert alarm.raise_(alarm.Kind.LEDGER, "two") == first
    assert alarm.raise_(alarm.Kind.SEAL, "other") != first
    with transaction.atomic():
        alarm.acknowledge(alarm=first, by=make_user("Team"), note="nachgesehen", now=db.now())

    again = alarm.raise_(alarm.Kind.LEDGER, "three")

    assert again != first
    assert [row.detail for row in alarm.unseen()] == ["other", "three"]
    outbox.relay(db.now())
    assert len(mailbox) == 3


def test_the_database_keeps_one_unseen_alarm_of_a_kind():
    alarm.raise_(alarm.Kind.LEDGER, "one")

    with pytest.raises(IntegrityError, match="coins_alarm_once_while_unseen"):
        Alarm.objects.create(kind="ledger", detail="two", raised_at=NOON)
    with pytest.raises(IntegrityError, match="coins_alarm_seen_with_a_note"):
        Alarm.objects.create(kind="seal", detail="two", raised_at=NOON, seen_at=NOON)


def test_without_an_address_nothing_is_sent(mailbox, settings):
    settings.ALARM_MAIL = []
    alarm.raise_(alarm.Kind.LEDGER, "one")

    outbox.relay(db.now())

    assert mailbox == []
    assert OutboxMessage.objects.get().delivered_at


# ── The team's first page ────────────────────────────────────────────────────────────────────────
BANNER = 'id="alarms"'


@pytest.fixture
def desk(client):
    client.force_login(make_user("Team", is_staff=True, is_superuser=True))
    return client


def test_the_first_page_shows_it_until_somebody_says_what_was_done(desk):
    raised = alarm.raise_(alarm.Kind.LEDGER, "account 7: stored 3, transfers say 2")
    page = reverse("admin:coins_alarm_change", args=[raised.pk])
    first_page = desk.get("/admin/").content.decode()
    assert BANNER in first_page
    assert "account 7: stored 3, transfers say 2" in first_page
    assert page in first_page

    refused = desk.post(page, {"note": "  "})
    assert refused.context["adminform"].form.errors.keys() == {"note"}
    assert desk.post(page, {"note": "Zeile aus der Sicherung hergestellt."}).status_code == 302

    raised.refresh_from_db()
    assert (raised.note, raised.seen_by.first_name) == ("Zeile aus der Sicherung hergestellt.", "Team")
    assert raised.seen_at
    assert BANNER not in desk.get("/admin/").content.decode()
    # Written once: a second look cannot rewrite what the first one said.
    assert desk.post(page, {"note": "anders"}).status_code == 403
    raised.refresh_from_db()
    assert raised.note == "Zeile aus der Sicherung hergestellt."


def test_who_may_not_see_alarms_sees_none(client):
    alarm.raise_(alarm.Kind.LEDGER, "one")
    client.force_login(make_user("Hilfe", is_staff=True))

    assert BANNER not in client.get("/admin/").content.decode()
    assert client.get(reverse("admin:coins_alarm_changelist")).status_code == 403


def test_nobody_adds_or_deletes_alarms(desk):
    raised = alarm.raise_(alarm.Kind.LEDGER, "one")

    assert desk.get(reverse("admin:coins_alarm_add")).status_code == 403
    assert desk.post(reverse("admin:coins_alarm_delete", args=[raised.pk])).status_code == 403
    assert Transfer.objects.count() == 0
