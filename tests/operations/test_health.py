import socket
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, connections

from clevervibes.lib import db, heartbeats
from clevervibes.lib.models import Heartbeat, OutboxMessage
from clevervibes.operations import health

pytestmark = pytest.mark.django_db(transaction=True)

PARTS = ["database", "migrations", "worker", "beat", "outbox", "backup", "watch", "cache"]


@pytest.fixture
def alive():
    """Every part has just shown that it works."""
    now = db.now()
    for name in (heartbeats.WORKER, heartbeats.BEAT, heartbeats.BACKUP, heartbeats.WATCH):
        Heartbeat.objects.create(name=name, at=now)


def ago(name: str, **past: int) -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"at": db.now() - timedelta(**past)})


def message(*, due: timedelta, count: int = 1, **fields: object) -> None:
    """Write messages that were due so long ago."""
    at = db.now() - due
    row = {"topic": "alarm", "created_at": at, "due_at": at, **fields}
    OutboxMessage.objects.bulk_create(OutboxMessage(**row) for _ in range(count))


def ask(client) -> dict:
    answer = client.get("/healthz")
    assert answer.status_code == (503 if answer.json()["failing"] else 200)
    return answer.json()


def test_all_fits(client, alive):
    answer = ask(client)

    assert answer["status"] == "ok"
    assert list(answer["parts"]) == PARTS
    assert all(part["ok"] for part in answer["parts"].values())
    assert all(answer["parts"][name]["age_seconds"] < 60 for name in ("worker", "beat", "outbox", "backup"))


@pytest.mark.parametrize(
    ("name", "happens", "why"),
    [
        ("beat", lambda: ago("beat", seconds=181), "does not tick"),
        ("beat", lambda: Heartbeat.objects.filter(name="beat").delete(), "never ticked"),
        ("worker", lambda: ago("worker", seconds=365), "carries nothing out"),
        ("worker", lambda: Heartbeat.objects.filter(name="worker").delete(), "never worked"),
        ("outbox", lambda: message(due=timedelta(seconds=425)), "letters wait"),
        (
            "outbox",  # put off because the mail server is away
            lambda: message(due=timedelta(minutes=9), due_at=db.now() + timedelta(minutes=2), last_error="ServerDown"),
            "letters wait",
        ),
        (
            "outbox",
            lambda: message(due=timedelta(minutes=9), attempts=5, count=20),
            "20 letters are not taken",
        ),
        ("backup", lambda: ago("backup", hours=26, seconds=5), "too old"),
        ("backup", lambda: ago("backup_failed", seconds=-5), "the last one failed"),
        ("backup", lambda: Heartbeat.objects.filter(name="backup").delete(), "never made"),
        ("watch", lambda: ago("watch", seconds=305), "does not look"),
        ("watch", lambda: Heartbeat.objects.filter(name="watch").delete(), "nobody watches"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_alone(client, alive, name, happens, why):
    happens()

    answer = ask(client)

    assert answer["failing"] == [name]
    assert answer["parts"][name]["why"] == why


@pytest.mark.parametrize(
    "happens",
    [
        lambda: ago("beat", seconds=170),
        lambda: ago("worker", seconds=350),
        lambda: message(due=timedelta(seconds=410)),
        lambda: message(due=timedelta(hours=-3)),
        lambda: message(due=timedelta(days=2), attempts=1, count=19),
        lambda: message(due=timedelta(days=2), delivered_at=db.now()),
        lambda: ago("backup", hours=25),
        lambda: ago("backup_failed", seconds=60),
    ],
)
def test_a_little_late_is_no_alarm(client, alive, happens):
    happens()

    assert ask(client)["failing"] == []


def test_where_nothing_is_sent_the_worker_is_not_to_blame(client, alive):
    ago("beat", hours=2)
    ago("worker", hours=2)

    assert ask(client)["failing"] == ["beat"]


def test_a_demo_needs_no_backup_and_no_watch(client, alive, settings):
    settings.DEMO = True
    Heartbeat.objects.filter(name__in=["backup", "watch"]).delete()

    assert ask(client)["failing"] == []


def test_the_owner_of_the_tables_must_not_serve_pages(client, alive, monkeypatch):
    monkeypatch.setitem(connections.databases, "default", connections["owner"].settings_dict)
    monkeypatch.setattr(connections["default"], "settings_dict", connections["owner"].settings_dict)

    answer = ask(client)

    assert answer["failing"] == ["database"]
    assert answer["parts"]["database"]["why"] == "the role owns the tables"


def test_code_newer_than_the_database_is_named(client, alive, monkeypatch):
    known = health._migrations()
    monkeypatch.setattr(health, "_migrations", lambda: known | {("coins", "9999_to_come")})

    assert ask(client)["failing"] == ["migrations"]


@contextmanager
def silence():
    """Yield the port of a server that takes a call and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(20)
        yield server.getsockname()[1]


def test_nobody_waits_for_stores_that_hang(client, alive, settings, monkeypatch):
    with silence() as port:
        settings.REDIS_URL = f"redis://:canary-password@127.0.0.1:{port}"
        hung = {**connection.settings_dict, "HOST": "127.0.0.1", "PORT": port}
        monkeypatch.setitem(connections.databases, "default", hung)
        before, began = threading.active_count(), time.monotonic()

        answers = [client.get("/healthz") for _ in range(4)]
        web = client.get("/healthz?only=web")

        # Far more than it takes; without the limit it would be forever.
        assert time.monotonic() - began < 20
        assert threading.active_count() <= before + 2
    assert {answer.status_code for answer in answers} == {503}
    assert [answer.json()["failing"] for answer in answers] == [["database", "cache"]] * 4
    assert answers[0].json()["parts"]["beat"] == {"ok": None, "why": "unknown"}
    assert "canary" not in answers[0].content.decode()
    assert (web.status_code, web.json()) == (200, {"status": "ok"})
    for future in list(health._begun.values()):
        future.exception(timeout=20)  # the line was cut with the block above


def test_web_alone_is_asked_without_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz?only=web").status_code == 200


def test_a_counter_waits_for_its_pages_and_for_no_worker(client):
    Heartbeat.objects.all().delete()
    assert client.get("/healthz").status_code == 503
    assert client.get("/healthz?only=pages").status_code == 200


def test_a_sign_of_life_is_written_at_most_every_15_seconds(django_assert_num_queries):
    heartbeats._last.clear()
    heartbeats.beat("somebody")
    first = Heartbeat.objects.get(name="somebody").at
    with django_assert_num_queries(0):
        heartbeats.beat("somebody")
    heartbeats._last.clear()
    heartbeats.beat("somebody")

    assert Heartbeat.objects.get(name="somebody").at > first
