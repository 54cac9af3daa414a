from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection, connections, transaction

from accounts.models import User
from clevervibes.lib import db, heartbeats
from clevervibes.lib.models import Heartbeat, OutboxMessage
from clevervibes.operations.watch import Watch
from coins import alarm, proof
from coins.models import Alarm
from partners import limits
from tests.factories import make_account, make_partner, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def alive(settings):
    settings.ALARM_MAIL = ["vorstand@example.org"]
    heartbeats._last.clear()
    for name in (heartbeats.WORKER, heartbeats.BEAT, heartbeats.BACKUP):
        Heartbeat.objects.create(name=name, at=db.now())


def ago(name: str, **past: int) -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"at": db.now() - timedelta(**past)})


def a_letter_that_waits() -> None:
    at = db.now() - timedelta(minutes=8)
    OutboxMessage.objects.create(topic="accounts.nobody", created_at=at, due_at=at)


CASES = {
    "beat": lambda: ago("beat", minutes=4),
    "worker": lambda: ago("worker", minutes=7),
    "outbox": a_letter_that_waits,
    "backup": lambda: ago("backup_failed", seconds=-1),
}


@pytest.mark.parametrize("kind", CASES)
def test_what_stands_still_is_told_once_by_a_letter_of_the_watchs_own(kind):
    watch = Watch()
    watch.look()
    assert (Alarm.objects.count(), len(mail.outbox)) == (0, 0)

    CASES[kind]()
    watch.look()
    watch.look()
    Watch().look()  # a watch that was restarted

    assert [raised.kind for raised in Alarm.objects.all()] == [kind]
    (letter,) = mail.outbox
    assert letter.to == ["vorstand@example.org"]
    assert str(Alarm.Kind(kind).label) in letter.subject


def test_a_cause_that_comes_back_is_told_again():
    watch = Watch()
    ago("beat", minutes=4)
    watch.look()
    with transaction.atomic():
        alarm.acknowledge(alarm=Alarm.objects.get(), by=make_user("Team"), note="Neu gestartet.", now=db.now())
    watch.look()
    assert len(mail.outbox) == 1, "it lasts, and somebody knows"

    ago("beat", seconds=0)
    watch.look()
    ago("beat", minutes=4)
    watch.look()

    assert len(mail.outbox) == 2
    assert Alarm.objects.filter(seen_at=None).count() == 1


def test_valkey_away_twice_in_a_row_is_an_alarm(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1"
    watch = Watch()
    watch.look()
    assert not mail.outbox, "a restart"

    watch.look()
    watch.look()

    (letter,) = mail.outbox
    assert letter.subject == "Clever Vibes Club: Alarm – Der Zwischenspeicher antwortet nicht"


def test_a_database_that_is_gone_is_told_once_without_it(monkeypatch):
    gone = {**connection.settings_dict, "HOST": "127.0.0.1", "PORT": 1}
    monkeypatch.setitem(connections.databases, "default", gone)
    watch = Watch()

    for _minute in range(4):
        watch.look()

    (letter,) = mail.outbox
    assert letter.subject == "Clever Vibes Club: Alarm – Die Datenbank antwortet nicht"
    assert "/healthz" in letter.body


def test_fifty_missed_codes_are_an_alarm_that_leaves_without_worker_and_broker():
    shops = [make_partner(f"Laden {number}") for number in range(3)]
    for shop in shops:
        for number in range(17):
            limits.take_try(device=f"{shop.pk}-{number // 5}", partner_id=shop.pk, now=db.now())
            limits.watch(now=db.now())
            if (shop, number) == (shops[2], 14):
                assert not Alarm.objects.exists(), "the 49th"

    Watch().look()

    assert Alarm.objects.get().kind == Alarm.Kind.GUESSING
    assert len(mail.outbox) == 1


@pytest.mark.corrupts_ledger
def test_one_coin_too_many_is_an_alarm_that_leaves_without_worker_and_broker(superuser_sql):
    account = make_account(coins=7)
    superuser_sql.execute("UPDATE coins_balance SET posted = posted + 1 WHERE account_id = %s", [account.pk])

    proof.look()  # beat asks for it every five minutes
    Watch().look()

    assert Alarm.objects.get().kind == Alarm.Kind.LEDGER
    assert len(mail.outbox) == 1


def test_the_command_looks_and_leaves_a_sign(tmp_path):
    call_command("watch", "--once", "--alive", tmp_path / "looked")

    assert (tmp_path / "looked").exists()
    assert Heartbeat.objects.filter(name="watch").exists()
    assert not User.objects.exists()
