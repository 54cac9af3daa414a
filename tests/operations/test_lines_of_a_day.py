"""P12 with real processes: what web, worker, beat, watch and both stores write on a day on which people do things.

Everything a person types, is called or is sent is a canary. None of them may be in a line; all that can be, are found
in the letters and the tables, where they belong.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from uuid import uuid4

import psycopg2
import pytest

from accounts import registration
from accounts.models import MailLink, User, YouthProfile
from accounts.security import mails
from clevervibes.lib import db, periods
from coins import conversion, funding
from coins.models import ConversionRun
from partners.counters import devices
from tests import factories as make
from tests.concurrency import tell
from tests.operations.test_logs import everything_in_valkey
from tests.rigs.chaos import wait_for
from tests.rigs.cluster import ROOT
from tests.rigs.running import Answer, Running, Visitor, running

pytestmark = pytest.mark.slow

BIRDS = [f"Kanarienvogel{number:02}" for number in range(20)]
PASSWORD, GUESS = "Kanarien-Passwort-drei-Worte", "Kanarien-Passwort-geraten"
IBAN, PHONE, ADDRESS = "DE02120300000000202051", "0151 20304050", "203.0.113.77"
MAILBOX, OTHER_MAILBOX = "kanarie.berger@vogel.example", "kanarie.fremd@vogel.example"
GUESSED_CODE, BORN_YEARS = "KKKK-WWWW", 14
LOGS = ("web", "worker", "beat", "watch", "postgres", "valkey", "convert", "settle")


@pytest.fixture
def place(django_db_setup, django_db_blocker) -> Iterator[Running]:
    with django_db_blocker.unblock(), running() as place:
        place.collect_files()
        place.start("web", "worker", "beat")
        place.ask("INSERT INTO lib_heartbeat (name, at) VALUES ('backup', now()), ('watch', now())")
        place.be_well()
        place.start("watch")
        yield place


class Day:
    """What people do, with everything that must not be read afterwards in `canaries`."""

    def __init__(self, place: Running) -> None:
        self.place = place
        self.birds = iter(BIRDS)
        self.canaries = {PASSWORD, GUESS, IBAN, PHONE, ADDRESS, MAILBOX, OTHER_MAILBOX, GUESSED_CODE}
        self.youth, self.mother = self.visitor(), self.visitor()

    def visitor(self) -> Visitor:
        return Visitor(self.place, **{"X-Forwarded-For": ADDRESS, "User-Agent": self.bird()})

    def bird(self) -> str:
        bird = next(self.birds)
        self.canaries.add(bird)
        return bird

    def note(self, secret: str) -> str:
        self.canaries.add(secret)
        return secret

    # A family joins
    def join(self) -> None:
        born = (periods.berlin_date(db.now()) - timedelta(days=BORN_YEARS * 366)).isoformat()
        name = self.bird()
        expect(302, self.youth.send(
            "/anmelden/neu/", first_name=self.bird(), username=name, birth_date=self.note(born), password=PASSWORD,
        ))  # fmt: skip
        link = re.search(r'data-copy="https://[^/]+(/einladung/[^"]+)"', self.youth.get("/start/").text)[1]
        self.note(link.strip("/").rpartition("/")[2])
        expect(302, self.mother.get(link))
        expect(302, self.mother.send(
            "/einladung/neu/", on="/einladung/", first_name=self.bird(), last_name=self.bird(), username=self.bird(),
            password=PASSWORD, mailbox=MAILBOX,
        ))  # fmt: skip
        text = re.search(r'name="text" value="(\w+)"', self.mother.get("/einladung/").text)[1]
        expect(302, self.mother.send("/einladung/annehmen/", on="/einladung/", text=text))
        with self.place.opened():
            mother, team = User.objects.get(last_name__startswith="Kanarien"), make.make_user("Svenja")
            registration.see(person=mother, by=team, now=db.now())
        # As if they had been with us for a month.
        self.place.ask("UPDATE accounts_youthprofile SET joined_at = joined_at - interval '30 days'")
        self.names = {"youth": name, "mother": mother.username}

    def forget_the_password(self) -> None:
        for login, password in ((self.names["mother"], GUESS), (OTHER_MAILBOX, GUESS), (self.bird(), GUESS)):
            self.visitor_at_the_door(login, password)
        for mailbox in (MAILBOX, OTHER_MAILBOX):
            expect(302, Visitor(self.place).send("/anmelden/passwort/", mailbox=mailbox))
        expect(302, Visitor(self.place).get(self.link_from_a_letter("passwort/link")))

    def confirm_the_mailbox(self) -> None:
        expect(302, self.mother.get(self.link_from_a_letter("mail/link")))
        expect(302, self.mother.send("/anmelden/mail/"))

    def visitor_at_the_door(self, login: str, password: str) -> None:
        visitor = Visitor(self.place, **{"X-Forwarded-For": ADDRESS})
        expect(200, visitor.send("/anmelden/", login=login, password=password))

    def link_from_a_letter(self, path: str) -> str:
        link = re.compile(rf"https://[^/]+(/anmelden/{path}/([^\s/]+)/)")
        found = wait_for(lambda: link.search(self.letters()), f"a letter with a link to {path}", seconds=200, pause=0.5)
        self.note(found[2])
        return found[1]

    def letters(self) -> str:
        mine = [letter for letter in self.place.letters() if letter["To"] == MAILBOX]
        return "\n".join(letter.get_body(("plain",)).get_content() for letter in mine)

    # An hour becomes coins
    def spend_an_hour(self) -> None:
        self.app = {name: self.token(login) for name, login in self.names.items()}
        entry = expect(201, self.call("youth", "entries/", self.hour(days_ago=1, did=self.bird()))).json()["id"]
        expect(200, self.call("youth", f"entries/{entry}/submit/", {}))
        expect(200, self.call("mother", f"approvals/{entry}/approve/", {}))
        expect(200, self.youth.get(f"/zeiten/?suche={self.bird()}"))

    def hour(self, *, days_ago: int, did: str) -> dict[str, object]:
        start = periods.midnight(periods.berlin_date(db.now()) - timedelta(days=days_ago)) + timedelta(hours=15)
        companion = {"relation": "parent", "first_name": self.bird()}
        told = {"category": "lesen", "did": did, "learned": self.bird(), "companion": companion}
        return {**told, "starts_at": start.isoformat(), "ends_at": (start + timedelta(minutes=90)).isoformat()}

    def token(self, login: str) -> str:
        scope = "youth" if login == self.names["youth"] else "guardian"
        body = {"username": login, "password": PASSWORD, "name": "Handy", "scopes": [scope]}
        return self.note(expect(201, Visitor(self.place).call("tokens/", body)).json()["token"])

    def call(self, who: str, path: str, body: object = None) -> Answer:
        more = {"Authorization": f"Bearer {self.app[who]}", "Idempotency_Key": str(uuid4())}
        return Visitor(self.place, **{"X-Forwarded-For": ADDRESS}).call(path, body, **more)

    def run(self) -> None:
        with self.place.opened():
            conversion.start(club=make.make_club(), cutoff=db.now(), now=db.now())
        self.place.send("coins.tasks.convert_due")
        wait_for(lambda: self.place.ask("SELECT state FROM coins_conversionrun") == [(ConversionRun.State.CLOSED,)],
                 "the end of the run", pause=0.3)  # fmt: skip
        assert self.call("youth", "balance/").json()["spendable"] == 15

    # Coins become a croissant
    def go_shopping(self, till: str) -> None:
        offer = self.call("youth", "offers/").json()["results"][0]["id"]
        hold = expect(201, self.call("youth", "holds/", {"offer": offer})).json()["id"]
        code = expect(200, self.call("youth", f"holds/{hold}/code/", {})).json()
        self.canaries |= {code["code"], code["code"].replace("-", ""), code["token"], self.note(till)}
        self.app["till"] = till
        expect(404, self.call("till", "counter/look-up/", {"code": GUESSED_CODE}))
        expect(404, self.call("till", "counter/look-up/", {"code": "KKKKWWWW"}))
        expect(200, self.call("till", "counter/look-up/", {"code": code["code"]}))
        expect(200, self.call("till", "counter/look-up/", {"token": code["token"]}))
        expect(201, self.call("till", "counter/redemptions/", {"hold": hold}))
        expect(409, self.call("till", "counter/redemptions/", {"hold": hold}))

    # What goes wrong
    def write_about_it(self) -> None:
        words = f"{self.bird()} hat {IBAN} und {PHONE} gesagt, {OTHER_MAILBOX}"
        expect(302, Visitor(self.place).send("/nicht-okay/", what=words, key=uuid4(), reach=PHONE))

    def break_down(self) -> None:
        """Have the database refuse a row with people's words in it, once in web and once in the worker."""
        bird, ask = self.bird(), self.place.ask
        ask(f"ALTER TABLE activities_sharedtimeentry ADD CONSTRAINT rig_no_bird CHECK (did <> '{bird}')")
        ask(f"ALTER TABLE {MailLink._meta.db_table} ADD CONSTRAINT rig_no_link CHECK (false) NOT VALID")
        expect(500, self.call("youth", "entries/", self.hour(days_ago=2, did=bird)))
        with self.place.opened():
            mails.ask_for_reset(mailbox=MAILBOX, now=db.now())
        wait_for(lambda: "rig_no_link" in self.place.said("worker"), "a letter that cannot be written", pause=0.3)
        for path in (f"/nirgends/{GUESS}/", f"/einladung/{GUESS}/", f"/abbestellen/{GUESS}/?wer={MAILBOX}"):
            Visitor(self.place, Referer=f"https://x.example/?{GUESS}").get(path)
        assert Visitor(self.place, Host=f"{bird}.example").get("/").status == 400
        self.place.kill("beat")
        ask("UPDATE lib_heartbeat SET at = at - interval '10 minutes' WHERE name = 'beat'")
        wait_for(self.place.alarms, "an alarm", pause=0.3)


def expect(status: int, answer: Answer) -> Answer:
    assert answer.status == status, f"{answer.status}: {answer.text[:3000]}"
    return answer


def command(place: Running, name: str, *arguments: str) -> None:
    """Run a command of `manage.py` and keep what it says beside the other lines."""
    with (place.house.folder / "logs" / f"{name}.log").open("w") as log:
        subprocess.run(
            [sys.executable, "manage.py", *(arguments or (name, "--cutoff", "now"))],
            cwd=ROOT, env=place.variables, stdout=log, stderr=log, check=True, timeout=300,
        )  # fmt: skip


def found(canaries: set[str], text: str) -> list[str]:
    return sorted(canary for canary in canaries if canary.lower() in text.lower())


def test_nobody_is_in_the_lines_of_a_day(place):
    with place.opened():
        club, team = make.make_club(), make.make_user("Rita")
        make.make_consent_text()
        make.make_category("Lesen & Vorlesen")
        pool = make.make_pool(club=club)
        funding.book_deposit(
            pool=pool, amount_cents=5_000, received_on=periods.berlin_date(db.now()), reference="Rig", by=team,
            now=db.now(),
        )  # fmt: skip
        offer = make.make_offer("Buttercroissant", price_coins=15)
        till = devices.make_till(partner=offer.partner, name="Kasse", by=team, now=db.now())[0]
    day = Day(place)

    day.join()
    day.confirm_the_mailbox()
    day.forget_the_password()
    day.spend_an_hour()
    day.run()
    command(place, "convert")
    day.go_shopping(till)
    command(place, "settle")
    day.write_about_it()
    day.break_down()

    lines = place.said(*LOGS)
    hits = found(day.canaries, lines) + found(day.canaries, everything_in_valkey(place.redis_url))
    # It broke where people's words were at hand, and that is told.
    assert "rig_no_bird" in place.said("web")
    assert "alarm beat" in place.said("watch")
    # The control: where they belong they are found, and so is one that somebody logs.
    letters = "\n".join(str(letter) for letter in place.letters())
    assert MAILBOX in letters
    with place.opened():
        assert YouthProfile.objects.get().user.first_name in day.canaries
    with closing(place.server.session("club")) as loose, loose.cursor() as cursor, suppress(psycopg2.IntegrityError):
        cursor.execute("SET log_min_error_statement = error; SET log_error_verbosity = default")
        cursor.execute("INSERT INTO accounts_user (first_name) VALUES (%s)", [BIRDS[0]])
    assert BIRDS[0] in place.said("postgres"), "PostgreSQL would say it"
    command(place, "control", "shell", "-c", f"import logging; logging.getLogger('rig').warning('{BIRDS[7]}')")
    assert found(day.canaries, place.said("control")) == [BIRDS[7]]
    tell(
        "P12 canaries in the lines of web, worker, beat, watch, both stores and commands, and in Valkey", bad=len(hits),
        of=len(day.canaries), seed=0, more=f"{len(lines.splitlines())} lines; one put there on purpose is found",
    )  # fmt: skip
    assert hits == []
