"""Guessing in earnest: many hands, many addresses, and a clock at every answer. Takes minutes, prints counts."""

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from statistics import median

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts import vouching
from accounts.models import Membership
from accounts.security import limits
from clevervibes.lib import db, outbox
from clevervibes.lib.limits import TooOften, Try
from tests.accounts.test_sign_in import PASSWORD, is_signed_in, make_person, sign_in
from tests.concurrency import Meeting, chosen_seed, control, in_parallel, rounds, scaled, tell
from tests.factories import make_contact_point, make_member, make_youth

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

HANDS = 20
NEW = "rosa Elefanten fliegen"


@pytest.fixture
def mia():
    person = make_youth("Mia").user
    person.email = "mia@example.org"
    person.set_password(PASSWORD)
    person.save()
    return person


def looked_at(answers: list) -> int:
    """Return how many tries got as far as a password: all others were too many, or could not be counted in time."""
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() <= {200, 429, 503}, statuses
    return statuses[200]


# ── One account, many addresses ──────────────────────────────────────────────────────────────────
def test_a_thousand_wrong_passwords_from_fifty_addresses(mia):
    numbers = iter(range(1000))

    def guess_for_a_while() -> list:
        client = Client()
        return [
            sign_in(client, mia.username, f"geraten-{number}", address=f"192.0.2.{number % 50}") for number in numbers
        ]

    answers = [answer for part in in_parallel(*[guess_for_a_while] * 8, patience_seconds=300) for answer in part]

    evaluated = looked_at(answers)
    by_mail, by_helper = in_by_mail(mia), in_by_a_helper(mia)
    excess = max(0, evaluated - limits.LOGIN_ACCOUNT.most)
    more = f"{evaluated} looked at, owner in by mail: {by_mail}, by a helper's QR: {by_helper}"
    tell("wrong passwords from 50 addresses", bad=excess, of=len(answers), seed=0, more=more)
    assert len(answers) == 1000
    assert evaluated == limits.LOGIN_ACCOUNT.most
    assert (by_mail, by_helper) == (True, True)


def in_by_mail(person) -> bool:
    client = Client()
    assert sign_in(client, person.username).status_code == 429, "the right one waits too"
    client.post(reverse("account_reset_password"), {"mailbox": person.email})
    outbox.relay(db.now())
    link = next(word for word in mail.outbox[-1].body.split() if "/anmelden/passwort/link/" in word)
    client.get(link[link.index("/anmelden") :])
    client.post(reverse("account_new_password"), {"password": NEW})
    other = Client()
    sign_in(other, person.username, NEW)
    return is_signed_in(client) and is_signed_in(other)


def in_by_a_helper(person) -> bool:
    """Lock the account once more and have a point of contact help."""
    for number in range(6):
        sign_in(Client(), person.username, f"geraten-{number}", address="198.51.100.7")
    assert sign_in(Client(), person.username, NEW).status_code == 429
    point = make_contact_point()
    helper = make_member(point.organisation, Membership.Role.VOUCHER, "Silke")
    link = vouching.help_in(person=person, by=helper, now=db.now())
    vouching.set_password(link=link, password=PASSWORD, now=db.now())
    client = Client()
    sign_in(client, person.username)
    return is_signed_in(client)


def test_one_password_on_a_thousand_accounts_from_one_address():
    client = Client()
    answers = [sign_in(client, f"jemand{number}", "passwort123") for number in range(1000)]

    evaluated = looked_at(answers)

    tell("one password on 1,000 names from one address", bad=max(0, evaluated - 20), of=1000, seed=0,
         more=f"{evaluated} looked at")  # fmt: skip
    assert evaluated == limits.LOGIN_ADDRESS.most


# ── A hundred at once ────────────────────────────────────────────────────────────────────────────
def a_hundred_at_once(person) -> int:
    def five_tries(hand: int) -> list:
        client = Client()
        return [sign_in(client, person.username, "falsch-falsch", address=f"192.0.2.{hand}") for _ in range(5)]

    parts = in_parallel(*[partial(five_tries, hand) for hand in range(HANDS)])
    return looked_at([answer for part in parts for answer in part])


def test_of_a_hundred_tries_at_once_five_are_looked_at_in_every_round():
    people = iter([make_person(f"Mia{number}") for number in range(scaled(100))])

    report = rounds(scaled(100), lambda source: a_hundred_at_once(next(people)) != limits.LOGIN_ACCOUNT.most)

    tell("100 tries at once at limit 5", bad=report.bad, of=report.of, seed=report.seed)
    assert report.bad == 0


def test_control_a_count_that_is_looked_up_first_lets_more_through(monkeypatch):
    """The same, but counted as a cache would: read, decide, write."""
    meeting = Meeting(HANDS)

    def look_then_write(*counted, now) -> Try:
        (limit, key), _address = counted
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(tries) FROM lib_trycount WHERE scope = %s", [limit.scope(key)])
            found = cursor.fetchone()
        if found and found[0] >= limit.most:
            raise TooOften(60)
        meeting.wait()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO lib_trycount AS c (scope, tries, over_at) VALUES (%(scope)s, ARRAY[%(now)s], %(over)s)"
                " ON CONFLICT (scope) DO UPDATE SET tries = c.tries || EXCLUDED.tries",
                {"scope": limit.scope(key), "now": now, "over": now + timedelta(hours=1)},
            )
        return Try([limit.scope(key)], now)

    monkeypatch.setattr(limits, "take", look_then_write)
    people = (make_person(f"Mia{number}") for number in count())

    report = control(scaled(10), lambda source: a_hundred_at_once(next(people)) > limits.LOGIN_ACCOUNT.most)

    tell("control: counted in two steps", bad=report.bad, of=report.of, seed=report.seed)
    assert report.broken


# ── Nobody is told by the clock who is a member ──────────────────────────────────────────────────
@pytest.fixture
def argon(settings, mia):
    """The hasher of life, by which the passwords here were stored too."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    mia.set_password(PASSWORD)
    mia.save()


def apart(known: Callable[[int], object], unknown: Callable[[int], object], *, pairs: int) -> float:
    """Return by how many milliseconds both differ in the median pair; which of a pair comes first is drawn."""
    took: dict[bool, list[float]] = {True: [], False: []}
    source = random.Random(chosen_seed())
    for number in range(-5, pairs):
        for is_known in source.sample([True, False], 2):
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM lib_trycount")
            started = time.perf_counter()
            (known if is_known else unknown)(number)
            if number >= 0:  # the first ones warm it all up
                took[is_known].append(time.perf_counter() - started)
    # Of each pair, so that whatever else the machine does weighs on both.
    return abs(median(one - other for one, other in zip(took[True], took[False], strict=True))) * 1000


def guess(login: str, number: int) -> None:
    assert sign_in(Client(), login.format(number), "falsch-falsch").status_code == 200


def ask_for_reset(mailbox: str, number: int) -> None:
    answer = Client().post(reverse("account_reset_password"), {"mailbox": mailbox.format(number)})
    assert answer.status_code == 302


def join(mailbox: str, number: int) -> None:
    given = {"first_name": "Kim", "username": f"kim.{time.perf_counter_ns()}", "birth_date": "2012-05-05",
             "password": PASSWORD, "mailbox": mailbox.format(number)}  # fmt: skip
    assert Client().post(reverse("accounts:sign-up"), given).status_code == 302


@pytest.mark.parametrize(
    ("what", "pairs", "known", "unknown"),
    [
        ("sign-in by name", 500, partial(guess, "MIA"), partial(guess, "niemand{}")),
        ("sign-in by mail", 200, partial(guess, "mia@example.org"), partial(guess, "niemand{}@example.org")),
        ("new password", 500, partial(ask_for_reset, "mia@example.org"), partial(ask_for_reset, "n{}@example.org")),
        ("joining", 200, partial(join, "mia@example.org"), partial(join, "frei{}@example.org")),
    ],
    ids=["name", "mail", "reset", "join"],
)
def test_known_and_unknown_take_the_same_time(argon, mia, what, pairs, known, unknown):
    mia.username = "mia"
    mia.save()

    difference = apart(known, unknown, pairs=scaled(pairs))

    tell(f"{what}, known and unknown", bad=int(difference > 20), of=scaled(pairs), seed=chosen_seed(),
         more=f"{difference:.1f} ms apart")  # fmt: skip
    assert difference <= 20
