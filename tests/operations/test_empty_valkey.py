"""B4, F5 and F6 with real processes: Valkey is flushed, goes away and comes back empty while a club is at work."""

from collections import Counter
from collections.abc import Iterator
from uuid import uuid4

import pytest
import redis
from django.contrib.auth.hashers import make_password

from accounts.security import mails
from clevervibes.lib import db
from coins import conversion, reconciliation
from coins.models import ConversionRun
from coins.selectors import balance_of
from partners import redemption
from partners.counters import devices
from tests import factories as make
from tests.concurrency import scaled, tell
from tests.rigs.chaos import wait_for
from tests.rigs.running import Running, Visitor, running

pytestmark = pytest.mark.slow

LETTERS, YOUTHS = scaled(200), 20
PASSWORD = "tanzende blaue Lampe"


@pytest.fixture
def place(django_db_setup, django_db_blocker) -> Iterator[Running]:
    with django_db_blocker.unblock(), running() as place:
        place.collect_files()
        place.start("web", "worker", "beat")
        yield place


def signed_in(place: Running) -> Visitor:
    visitor = Visitor(place)
    assert visitor.send("/anmelden/", login="rana", password=PASSWORD).status == 302
    return visitor


def delivered(place: Running) -> int:
    ((count,),) = place.ask(
        "SELECT count(*) FROM lib_outboxmessage WHERE delivered_at IS NOT NULL AND topic = 'password_reset'"
    )
    return count


def look_up(place: Running, till: str, code: str) -> int:
    answer = Visitor(place).call("counter/look-up/", {"code": code}, Authorization=f"Bearer {till}")
    return answer.status


def flush(place: Running) -> None:
    with redis.Redis.from_url(place.redis_url) as server:
        server.flushall()


def test_valkey_may_be_emptied_at_any_time(place):
    mailboxes = [f"person{number}@verein.example" for number in range(LETTERS)]
    with place.opened():
        rana = make.make_user("Rana")
        rana.username, rana.password = "rana", make_password(PASSWORD, hasher="argon2")
        rana.save()
        youths = [make.make_youth(f"Kind{number}") for number in range(YOUTHS)]
        for youth in youths:
            make.make_approved(youth)
        make.make_pool(coins=1_000)
        hold = make.make_hold(now=db.now())
        code = redemption.show_code(hold=hold).code
        tills = [
            devices.make_till(partner=hold.offer.partner, name=f"Kasse {n}", by=rana, now=db.now())[0] for n in "12"
        ]
        for mailbox in mailboxes:
            make.make_user("Person", email=mailbox)
    visitor = signed_in(place)
    assert [look_up(place, tills[0], "KKKK-WWWW") for _ in range(6)] == [404] * 5 + [429]

    # A run and many letters begin, and the calls that woke the workers are lost.
    with place.opened():
        for mailbox in mailboxes:
            mails.ask_for_reset(mailbox=mailbox, now=db.now())
        conversion.start(club=youths[0].user.club, cutoff=db.now(), now=db.now())
    for part in range(1, 4):
        wait_for(lambda part=part: delivered(place) > part * LETTERS // 5, "some of the letters", pause=0.1)
        flush(place)
    wrong = []
    place.kill("valkey")
    # Without it pages and counters go on; what guards them does too.
    if visitor.get("/profil/").status != 200:
        wrong.append("whoever was signed in is out")
    if signed_in(place).get("/profil/").status != 200:
        wrong.append("nobody gets in")
    if look_up(place, tills[0], "KKKK-WWWW") != 429 or look_up(place, tills[1], "KKKK-WWWW") != 404:
        wrong.append("a limit is forgotten, or a counter stands still")
    if look_up(place, tills[1], code) != 200:
        wrong.append("a code is not known")
    key = {"Authorization": f"Bearer {tills[1]}", "Idempotency_Key": str(uuid4())}
    sold = [Visitor(place).call("counter/redemptions/", {"hold": str(hold.public_id)}, **key) for _ in range(2)]
    place.start_valkey()
    sold += [Visitor(place).call("counter/redemptions/", {"hold": str(hold.public_id)}, **key)]
    # The same answer, whatever the order in which it was stored.
    if [answer.status for answer in sold] != [201] * 3 or any(answer.json() != sold[0].json() for answer in sold):
        wrong.append(f"sold {[answer.status for answer in sold]}")
    if visitor.get("/profil/").status != 200 or look_up(place, tills[0], "KKKK-WWWW") != 429:
        wrong.append("a session or a limit was in what is gone")

    wait_for(lambda: delivered(place) >= LETTERS, "all letters", pause=0.3)
    closed = [(ConversionRun.State.CLOSED,)]
    wait_for(lambda: place.ask("SELECT state FROM coins_conversionrun") == closed, "the end of the run", pause=0.3)
    # A worker that ends between a letter and its note sends it again: the same one, by its Message-ID.
    copies = Counter(to for to, _id in {(str(letter["To"]), letter["Message-ID"]) for letter in place.letters()})
    with place.opened():
        paid = [balance_of(youth).posted for youth in youths]
        broken = [result.name for result in reconciliation.check() if result.bad]
    missing = sum(copies[mailbox] == 0 for mailbox in mailboxes)
    double = sum(copies[mailbox] > 1 for mailbox in mailboxes) + sum(coins != 10 for coins in paid)
    tell(
        "B4 Valkey flushed three times, killed, back empty: letters missing or double, coins not paid once",
        bad=missing + double + len(wrong) + len(broken), of=LETTERS + YOUTHS, seed=0,
        more=f"missing {missing}, double {double}, sessions and limits as before",
    )  # fmt: skip
    assert (wrong, broken, missing, double) == ([], [], 0, 0)
