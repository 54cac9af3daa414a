"""B5: a club of real processes of which one after the other is taken away; who says so, how often, and how soon.

Nobody waits for minutes here: a part is killed, and the time that it may be silent is taken off its last sign of life.
`RIG_REAL_TIME=1` waits them, with a watch that looks once a minute and a beat that asks for the look at the books.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import pytest

from accounts.security import mails
from clevervibes.lib import db, heartbeats, periods
from clevervibes.operations import health
from coins import alarm
from coins.models import Alarm
from partners.counters import devices
from tests.concurrency import tell
from tests.factories import make_account, make_partner, make_user
from tests.rigs.chaos import wait_for
from tests.rigs.cluster import ROOT
from tests.rigs.running import ALARM_MAIL, Running, Visitor, running

pytestmark = pytest.mark.slow

REAL_TIME = bool(os.environ.get("RIG_REAL_TIME"))
LOOKS_EVERY_SECONDS = 60 if REAL_TIME else 2
PROMISED_SECONDS = 600
MAILBOX = "rana@laden.example"


@pytest.fixture
def place(django_db_setup, django_db_blocker) -> Iterator[Running]:
    """Return a club with everything at work and well, whose last backup was made just now."""
    with django_db_blocker.unblock(), running() as place:
        place.start("web", "worker", "beat")
        place.ask("INSERT INTO lib_heartbeat (name, at) VALUES ('backup', now()), ('watch', now())")
        place.be_well()
        place.start("watch", every=LOOKS_EVERY_SECONDS)
        yield place


def let_pass(place: Running, name: str, seconds: int) -> None:
    """Take `seconds` off the last sign of life of `name`, which gives no other."""
    if not REAL_TIME:
        place.ask("UPDATE lib_heartbeat SET at = at - %s * interval '1 s' WHERE name = %s", seconds, name)


# ── What happens; at the end of the block it is mended ───────────────────────────────────────────
@contextmanager
def beat_is_killed(place: Running) -> Iterator[None]:
    place.kill("beat")
    let_pass(place, heartbeats.BEAT, health.BEAT_SILENT_AT_MOST + 1)
    yield
    place.start("beat")


@contextmanager
def worker_is_killed(place: Running) -> Iterator[None]:
    place.kill("worker")
    let_pass(place, heartbeats.WORKER, health.WORKER_BEHIND_AT_MOST + 60)  # behind beat, which ticks every 20 s
    yield
    place.start("worker")


@contextmanager
def letters_wait(place: Running) -> Iterator[None]:
    """Have both relays hang, as at a mail server that says nothing. The alarm must leave all the same."""
    with closing(place.server.session("club")) as relays, relays.cursor() as cursor:
        for number in range(2):
            cursor.execute("SELECT pg_advisory_lock(%s)", [db._lock_id(f"outbox relay {number}")])
        with place.opened():
            mails.ask_for_reset(mailbox=MAILBOX, now=db.now())
        if not REAL_TIME:
            place.ask(
                "UPDATE lib_outboxmessage SET due_at = due_at - %s * interval '1 s' WHERE delivered_at IS NULL",
                health.OUTBOX_AT_MOST + 1,
            )
        yield
        assert letters_to_the_shop(place) == 0
    wait_for(lambda: letters_to_the_shop(place), "the letter that waited", pause=0.2)
    assert letters_to_the_shop(place) == 1


def letters_to_the_shop(place: Running) -> int:
    return sum(letter["To"] == MAILBOX for letter in place.letters())


@contextmanager
def backup_fails(place: Running) -> Iterator[None]:
    """Call the real script, by an account that may not copy the database."""
    postgres = place.server.postgres
    script = postgres.folder / "backup"
    shutil.copy(ROOT / "clevervibes" / "deploy" / "backup", script)
    options = {name: value for name, value in postgres.options.items() if name != "env"}
    variables = {
        "PATH": f"{postgres.bin}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PGHOST": str(postgres.folder),
        "PGUSER": "postgres", "PGPASSWORD": place.house.secrets()["superuser"], "BACKUP_KEY": "k" * 32,
        "BACKUPS": str(postgres.folder / "backups"),
    }  # fmt: skip
    if owner := options.get("user"):
        os.chown(script, owner, options["group"])
    done = subprocess.run([script, "full"], env=variables, timeout=300, capture_output=True, check=False, **options)
    assert done.returncode == 1
    yield
    place.ask("UPDATE lib_heartbeat SET at = now() WHERE name = 'backup'")


@contextmanager
def backup_is_old(place: Running) -> Iterator[None]:
    seconds = health.BACKUP_AT_MOST + 1  # nobody waits a day, in real time either
    place.ask("UPDATE lib_heartbeat SET at = now() - %s * interval '1 s' WHERE name LIKE 'backup%%'", seconds)
    yield
    place.ask("UPDATE lib_heartbeat SET at = now() WHERE name = 'backup'")


@contextmanager
def valkey_is_killed(place: Running) -> Iterator[None]:
    place.kill("valkey")
    yield
    place.start_valkey()


@contextmanager
def database_is_killed(place: Running) -> Iterator[None]:
    place.server.stop_immediately()
    yield
    place.server.start_again()


@contextmanager
def a_coin_too_many(place: Running) -> Iterator[None]:
    add = "UPDATE coins_balance SET posted = posted + %s WHERE account_id = %s"
    with place.opened():
        account = make_account(coins=7).pk
    place.ask(add, 1, account)
    if not REAL_TIME:
        place.send("coins.tasks.look_at_ledger")  # beat asks for it every five minutes
    yield
    place.ask(add, -1, account)


@contextmanager
def codes_are_guessed(place: Running) -> Iterator[None]:
    """Type fifty unknown codes, as many as the screens of three shops let anybody type."""
    for attempt in range(2):
        today = periods.berlin_date(db.now())
        for shop in range(3):
            with place.opened():
                partner, by = make_partner(f"Laden {attempt} {shop}"), make_user("Team")
                tills = [devices.make_till(partner=partner, name=f"{n}", by=by, now=db.now())[0] for n in range(4)]
            for number in range(17):
                answer = Visitor(place).call(
                    "counter/look-up/", {"code": "KKKK-WWWW"}, Authorization=f"Bearer {tills[number // 5]}"
                )
                assert answer.status == 404, answer.text
        if periods.berlin_date(db.now()) == today:  # they are counted by the day
            break
    yield


Cause = Callable[[Running], AbstractContextManager[None]]
# What happens, the part that /healthz names for it, the alarm, and how long it may be unseen in life: until the part
# counts as silent, and until somebody looks.
CAUSES: list[tuple[Cause, str, str, int]] = [
    (beat_is_killed, "beat", Alarm.Kind.BEAT, health.BEAT_SILENT_AT_MOST + 60),
    (worker_is_killed, "worker", Alarm.Kind.WORKER, health.WORKER_BEHIND_AT_MOST + 60),
    (letters_wait, "outbox", Alarm.Kind.OUTBOX, health.OUTBOX_AT_MOST + 60),
    (backup_fails, "backup", Alarm.Kind.BACKUP, 60),
    (backup_is_old, "backup", Alarm.Kind.BACKUP, 60),
    (valkey_is_killed, "cache", Alarm.Kind.CACHE, 120),
    (database_is_killed, "database", "", 120),
    (a_coin_too_many, "", Alarm.Kind.LEDGER, 300 + 60),
    (codes_are_guessed, "", Alarm.Kind.GUESSING, 60),
]


def test_each_part_that_stops_is_told_once_and_in_time(place):
    with place.opened():
        make_user("Rana", email=MAILBOX)
        team = make_user("Svenja")
    # The control: nothing was taken away.
    place.let_watch_look(3)
    assert (place.failing(), place.alarms()) == ([], [])

    wrong, slowest = [], 0.0
    for happens, part, kind, seconds in CAUSES:
        assert seconds <= PROMISED_SECONDS
        told, expected = len(place.alarms()), str(Alarm.Kind(kind).label if kind else "Die Datenbank antwortet nicht")
        began = time.monotonic()
        with happens(place):
            wait_for(lambda told=told: len(place.alarms()) > told, f"the alarm when {happens.__name__}", pause=0.1)
            slowest = max(slowest, time.monotonic() - began)
            if part and part not in place.failing():
                wrong.append(f"{happens.__name__}: /healthz names {place.failing()}")
            place.let_watch_look()
        place.be_well()
        place.let_watch_look()
        if (news := place.alarms()[told:]) != [f"Clever Vibes Club: Alarm – {expected}"]:
            wrong.append(f"{happens.__name__}: {news}")
        with place.opened():
            for raised in alarm.unseen():
                db.service(alarm.acknowledge)(alarm=raised, by=team, note="Wieder da.", now=db.now())

    told = len(place.alarms())
    place.kill("watch")
    let_pass(place, heartbeats.WATCH, health.WATCH_SILENT_AT_MOST + 1)
    wait_for(lambda: place.failing() == ["watch"], "the watch that is gone", pause=0.2)
    assert len(place.alarms()) == told
    tell(
        "B5 parts taken away: alarm more than once, late, not named or not ended", bad=len(wrong), of=len(CAUSES),
        seed=0, more=f"without one 0 letters, slowest {slowest:.0f} s{'' if REAL_TIME else ' beside the silence'}",
    )  # fmt: skip
    assert wrong == []
    assert {letter["To"] for letter in place.letters()} == {ALARM_MAIL, MAILBOX}
