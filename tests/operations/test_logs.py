"""P12: forty canaries through the flows and their errors, and not one of them in a line, a message or the cache."""

import io
import json
import logging
import re
from datetime import timedelta

import pytest
import redis
from celery import current_app
from django.conf import settings as club
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from clevervibes.lib import db, logs, outbox
from clevervibes.lib.models import OutboxMessage
from partners import redemption
from tests.factories import give_coins, make_club, make_hold, make_pool, make_screen, make_user, make_youth

BIRDS = [f"Kanarienvogel{number:02}" for number in range(1, 34)]
MAILS = [f"kanarie{number:02}@vogel.example" for number in range(1, 4)]
IBAN, CODE, PIN, TOKEN = "DE02120300000000202051", "KKKK-WWWW", "7391", "QzX7kanarieToken0123456789abcdefABCDEF"
CANARIES = [*BIRDS, *MAILS, IBAN, CODE, f"pin={PIN}", TOKEN]


@pytest.fixture
def written():
    """Return everything that the console gets, down to the level that an installation may choose."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter())
    handler.addFilter(logs.RequestId())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def hits(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary.lower() in text.lower()]


def everything_in_valkey(url: str = "") -> str:
    found = []
    with redis.Redis.from_url(f"{url or club.REDIS_URL}/0") as broker:
        for number in range(16):
            broker.select(number)
            for key in broker.scan_iter():
                kind = broker.type(key)
                read = {b"string": broker.get, b"list": lambda k: broker.lrange(k, 0, -1), b"hash": broker.hgetall,
                        b"set": broker.smembers, b"zset": lambda k: broker.zrange(k, 0, -1)}  # fmt: skip
                found.append(f"{key!r} {read[kind](key)!r}")
    return "\n".join(found)


@pytest.mark.django_db(transaction=True)
def test_forty_canaries_leave_no_trace(client, written, monkeypatch, settings):
    make_club()
    settings.WAKE_RELAY = True
    bird = iter(BIRDS)
    client.raise_request_exception = False

    # Joining, signing in, asking for a new password: what is typed is a name, an address, a secret.
    client.post(
        reverse("accounts:sign-up"),
        {"first_name": next(bird), "username": next(bird), "birth_date": "2012-02-30", "password": next(bird)},
    )
    born = (db.now() - timedelta(days=14 * 366)).date().isoformat()
    joined = {"first_name": next(bird), "username": next(bird), "birth_date": born, "password": f"lang {TOKEN}"}
    assert client.post(reverse("accounts:sign-up"), joined).status_code == 302
    Client().post(reverse("account_login"), {"login": next(bird), "password": next(bird)})
    Client().post(reverse("account_login"), {"login": MAILS[0], "password": next(bird)})
    Client().post(reverse("account_reset_password"), {"email": MAILS[1]})

    # Addresses that let somebody in, or hold what somebody looked for.
    for path in (f"/nirgends/{TOKEN}/", f"/zeiten/?suche={next(bird)}&pin={PIN}", f"/einladung/{TOKEN}/"):
        client.get(path)
    client.get("/", headers={"user-agent": next(bird), "referer": f"https://x.example/?{next(bird)}"})
    client.get("/", headers={"host": f"{next(bird)}.example"})

    # Time spent together, in words.
    client.post("/zeiten/neu/", {"did": next(bird), "learned": next(bird), "companion_name": next(bird)})

    # A counter: a code that does not exist, and one that does.
    hold = make_hold()
    shown = redemption.show_code(hold=hold)
    make_screen(partner=hold.offer.partner)
    client.post("/api/v1/counter/look-up/", {"code": CODE}, content_type="application/json")
    client.post("/api/v1/tokens/", {"username": next(bird), "password": next(bird)}, content_type="application/json")

    # It breaks while somebody is typing: the page itself, and the database with the row in its words.
    def breaks(self, raw):
        raise ValueError(f"cannot use {raw} of {IBAN}, {MAILS[2]}")

    def is_refused(self, raw):
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO auth_group (name) VALUES (%(name)s), (%(name)s)", {"name": raw})

    for number, what in enumerate((breaks, is_refused)):
        monkeypatch.setattr(User, "set_password", what)
        again = {
            "first_name": next(bird),
            "username": next(bird),
            "birth_date": born,
            "password": f"{next(bird)} {TOKEN}",
        }
        answer = Client(raise_request_exception=False).post(reverse("accounts:sign-up"), again)
        assert answer.status_code == 500, number
    task_that_fails(next(bird))

    # A message that is not delivered.
    youth = make_youth(next(bird))
    give_coins(youth, 7, pool=make_pool(coins=100))
    outbox.relay(db.now())

    said = written.getvalue()
    assert hits(said) == []
    assert shown.code not in said
    assert shown.token not in said
    assert hits(everything_in_valkey()) == []
    kept = "\n".join(map(str, OutboxMessage.objects.values_list("topic", "payload", "last_error")))
    assert hits(kept) == []
    assert len(lines(written)) > 15
    errors = [line["error"].splitlines()[-1] for line in lines(written) if "error" in line]
    assert {"ValueError", "RuntimeError"} <= set(errors)
    assert "django.db.utils.IntegrityError" in errors
    assert any("auth_group_name_key" in line.get("error", "") for line in lines(written))
    assert len(CANARIES) == 40


def task_that_fails(word: str) -> None:
    """Have Celery itself tell that a task failed, with the words of its failure."""

    @current_app.task(name="tests.kaputt")
    def kaputt(who: str) -> None:
        raise RuntimeError(f"not with {who}")

    kaputt.apply(args=[word], throw=False)
    current_app.tasks.unregister("tests.kaputt")


@pytest.mark.django_db
def test_a_row_that_is_refused_names_its_constraint_and_not_its_values(written):
    make_user(BIRDS[0])
    with pytest.raises(IntegrityError) as refused, connection.cursor() as cursor:
        cursor.execute("INSERT INTO accounts_user SELECT * FROM accounts_user WHERE first_name = %s", [BIRDS[0]])
    assert BIRDS[0] in str(refused.value) or "DETAIL" in str(refused.value), "PostgreSQL does say it"

    logging.getLogger("clevervibes").error("refused", exc_info=refused.value)

    (line,) = [line for line in lines(written) if line["from"] == "clevervibes"]
    assert "23505: accounts_user_pkey" in line["error"]
    assert hits(line["error"]) == []
    assert "DETAIL" not in line["error"]
    assert "test_logs.py" in line["error"]


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("GET /x/?token=abc&b=c failed", "GET /x/?… failed"),
        (f"to {MAILS[0]}, twice", "to …@…, twice"),
        (f"from {IBAN} and DE02 1203 0000 0000 2020 51", "from (IBAN) and (IBAN)"),
        (f"code {CODE}", "code (code)"),
        ("duplicate key\nDETAIL:  Key (email)=(x) exists.", "duplicate key\nDETAIL: …"),
        ("message 7 (alarm) could not be delivered", "message 7 (alarm) could not be delivered"),
    ],
)
def test_second_net(said, line):
    assert logs.without_values(said) == line


@pytest.mark.django_db
def test_a_line_a_request_names_its_pattern_and_a_number(written, client):
    client.get(reverse("home"))

    client.get(f"/nirgends/{TOKEN}/")

    (line,) = [line for line in lines(written) if line["from"] == "access"]
    assert re.fullmatch(r"200 GET /, \d+ ms", line["message"])
    assert re.fullmatch(r"[0-9a-f]{12}", line["request"])
    (lost,) = [line for line in lines(written) if line["from"] == "django.request"]
    assert lost["message"] == "404 GET (no route)"
    assert lost["request"] not in ("", line["request"])


def test_a_task_carries_the_request_that_asked_for_it(queue, settings, monkeypatch):
    from clevervibes.celery import _begin_lines, _end_lines, _tell_who_asked

    headers: dict = {}
    token = logs.request_id.set("abc123abc123")
    _tell_who_asked(headers=headers)
    logs.request_id.reset(token)
    assert headers == {"request_id": "abc123abc123"}

    task = type("Task", (), {"request": type("Request", (), headers)})
    _begin_lines(task_id="t-1", task=task)
    assert (logs.request_id.get(), logs.task_id.get()) == ("abc123abc123", "t-1")
    _end_lines()
    assert (logs.request_id.get(), logs.task_id.get()) == ("", "")


def test_gunicorn_writes_the_same_lines(capsys):
    from gunicorn.config import Config

    from clevervibes.server_log import Logger

    log = Logger(Config())
    log.error("Error handling request %s", f"/zeiten/?wer={BIRDS[0]}")

    said = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert said["from"] == "gunicorn.error"
    assert said["message"] == "Error handling request /zeiten/?…"
