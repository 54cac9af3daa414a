"""`/transparenz/`, its table, its call and its files: the right numbers, a banner when it is due, nobody in them."""

import subprocess
import sys
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Club
from clevervibes.lib import db, periods
from clevervibes.openness import figures, standing
from coins import bank, conversion, publication, seal
from coins.models import BankStatement, DayProof, LedgerAccount, PublicFigures
from tests.concurrency import let_transactions_end
from tests.factories import NOON, make_account, make_approved, make_club, make_pool, make_youth

pytestmark = pytest.mark.django_db(transaction=True)

PAGE, TABLE, CALL = "/transparenz/", "/transparenz/zahlen.csv", "/api/v1/transparency/"
LATER = NOON + timedelta(hours=1)
AFTERWARDS = NOON + timedelta(days=40)  # the month of NOON is over
SIX = ["Anisa", "Bodo", "Cemile", "Dörte", "Eskil", "Femke"]


def make_a_month(names: list[str], *, minutes: int = 60) -> None:
    """Everybody did something together in the month of NOON, and a run paid it."""
    make_pool(coins=1_000)
    for name in names:
        make_approved(make_youth(name), minutes=minutes)
    conversion.convert(club=make_club(), cutoff=LATER, now=LATER)


def publish(day: date) -> None:
    let_transactions_end()
    seal.seal()
    publication.publish(day=day)
    publication.note_proof(publication.prove(), now=db.now())


def file_of(client, name: str) -> bytes:
    return client.get(reverse(name)).getvalue()


# ── What it says ─────────────────────────────────────────────────────────────────────────────────
def test_an_empty_club_says_so_and_warns_of_nothing(client):
    page = client.get(PAGE).content.decode()

    assert "Noch sind keine Jugendlichen dabei" in page
    assert "sobald ein Monat vorbei ist" in page
    assert "Hier stimmt etwas nicht" not in page
    assert client.get(CALL).json()["troubles"] == []
    assert client.get(TABLE).status_code == 200


def test_a_month_of_six_is_told_in_sentences_table_and_call(client):
    make_a_month(SIX)
    figures.take(now=AFTERWARDS)

    page = client.get(PAGE).content.decode()
    call = client.get(CALL).json()

    assert "<b>6 Jugendliche</b> sind dabei" in page
    assert "<b>6 Stunden</b>" in page
    assert "<b>60 Coins</b>" in page
    assert "plot__svg" in page
    assert (call["minutes"], call["earned"], call["redeemed"]) == (360, 60, 0)
    assert call["books"] == {
        "issued": 1_000, "withdrawn": 0, "settled": 0, "outstanding": 1_000, "owed_cents": 10_000,
        "set_aside_cents": 10_000,
    }  # fmt: skip
    assert [month["minutes"] for month in call["months"]] == [360]
    assert call["months"][0]["themes"][0]["minutes"] == 360
    rows = client.get(TABLE).content.decode("utf-8-sig").splitlines()
    assert len(rows) == 2
    assert rows[1].split(";")[2:7] == ["6", "60", "0", "1000", "100,00"]


def test_a_month_of_coins_without_hours_is_told_as_well(client):
    for _youth in range(5):
        make_account(coins=10)
    figures.take(now=AFTERWARDS)

    answer = client.get(PAGE)

    assert (answer.status_code, "Stunden nach Thema" in answer.content.decode()) == (200, False)
    assert [month["earned"] for month in client.get(CALL).json()["months"]][-1] == 50


def test_the_running_month_is_not_told(client):
    make_a_month(SIX)
    figures.take(now=NOON + timedelta(days=2))

    assert client.get(CALL).json()["months"] == []


@pytest.mark.parametrize("names", [SIX[:1], SIX[:4]], ids=["one", "four"])
def test_fewer_than_five_are_withheld_everywhere(client, names):
    make_a_month(names, minutes=66)
    figures.take(now=AFTERWARDS)

    call = client.get(CALL).json()
    page = client.get(PAGE).content.decode()

    assert call["people"]["youths"] is None
    assert (call["minutes"], call["earned"], call["redeemed"], call["months"], call["books"]) == (0, 0, 0, [], None)
    assert call["held_back_since"] is not None
    assert "Weniger als fünf Jugendliche" in page
    assert "100 %" in page, "whether coins are backed is no secret of anybody"


def test_nothing_of_a_single_youth_is_in_anything_public(client):
    make_a_month([*SIX, "Xaverine"], minutes=66)
    make_account(coins=7_331)
    publish(periods.berlin_date(db.now()))
    figures.take(now=AFTERWARDS)

    public = "\n".join(client.get(address).content.decode() for address in (PAGE, TABLE, CALL))
    public += file_of(client, "transparency-seals").decode()

    canaries = [*SIX, "Xaverine", "7331", "7.331"]
    for account in LedgerAccount.objects.filter(kind=LedgerAccount.Kind.YOUTH):
        canaries += [str(account.owner), account.owner.hex]
    for person in make_club().users.all():
        canaries += [str(person.public_id), person.username]
    assert "clever-vibes-seal" in public
    assert [canary for canary in canaries if canary in public] == []


# ── Is it true? ──────────────────────────────────────────────────────────────────────────────────
def make_statement(*, days_ago: int = 1, off_by: int = 0) -> BankStatement:
    now = timezone.now()
    return BankStatement.objects.create(
        iban="DE02120300000000202051", statement_id=f"{days_ago}", opening_cents=0, closing_cents=10_000 + off_by,
        closing_on=periods.berlin_date(now) - timedelta(days=days_ago), file_sha256="", imported_at=now, booked_at=now,
    )  # fmt: skip


def test_a_good_comparison_with_the_bank_is_dated_and_quiet(client):
    make_pool(coins=1_000)
    statement = make_statement()
    figures.take(now=db.now())

    page = client.get(PAGE).content.decode()

    assert "Hier stimmt etwas nicht" not in page
    assert f"<dd>{statement.closing_on.day}. " in page
    assert client.get(CALL).json()["bank"] == {
        "compared_on": statement.closing_on.isoformat(), "difference_cents": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (None, "mit keinem Kontoauszug abgeglichen"),
        ({"off_by": -1_234}, "unterscheiden sich um 12,34"),
        ({"days_ago": 36}, "mehr als 35 Tage her"),
    ],
)
def test_a_missing_different_or_old_comparison_is_shown(client, statement, said):
    make_pool(coins=1_000)
    if statement is not None:
        make_statement(**statement)
    figures.take(now=db.now())

    page = client.get(PAGE).content.decode()

    assert "Hier stimmt etwas nicht" in page
    assert said in page
    assert any(said in sentence for sentence in client.get(CALL).json()["troubles"])


def test_a_comparison_of_35_days_ago_is_not_late():
    now = db.now()
    make_pool(coins=1_000)
    make_statement(days_ago=bank.LATE_AFTER.days)

    assert standing.troubles(figures.count(now=now), None, now=now) == []


@pytest.mark.corrupts_ledger
def test_coins_without_money_behind_them_are_a_red_banner(client, superuser_sql):
    make_pool(coins=1_000)
    make_statement()
    superuser_sql.execute(
        "SET session_replication_role = replica; UPDATE coins_transfer SET amount = 1001 WHERE kind = 1"
    )
    figures.take(now=db.now())

    page = client.get(PAGE).content.decode()

    assert "alert--danger" in page
    assert "Die Deckung beträgt 99 %." in page
    assert "Für jeden Coin liegen 10 Cent bereit" not in page


def test_what_the_nightly_proof_found_and_one_that_did_not_come_are_shown(client):
    today = periods.berlin_date(db.now())
    DayProof.objects.create(proved_on=today - timedelta(days=3), upto=2, findings=[["changed", 1, 3, "0" * 64]])

    page = client.get(PAGE).content.decode()

    assert "nicht mehr zu ihrem Siegel passen" in page
    assert "ist ausgeblieben" in page


# ── What a visit costs ───────────────────────────────────────────────────────────────────────────
def test_a_visit_reads_what_the_night_counted_and_leaves_no_cookie(client):
    make_a_month(SIX)
    figures.take(now=AFTERWARDS)

    with CaptureQueriesContext(connection) as asked:
        answer = client.get(PAGE)

    assert answer.status_code == 200
    assert len(asked) <= 7
    assert not any("coins_transfer" in query["sql"] for query in asked)
    for address in (PAGE, TABLE, CALL, reverse("transparency-script")):
        assert not client.get(address).cookies


def test_before_the_first_night_the_figures_are_counted_at_once(client):
    make_a_month(SIX)

    assert client.get(CALL).json()["people"]["youths"] == 6
    assert not PublicFigures.objects.exists()


def test_the_call_is_throttled_politely(client):
    statuses = {client.get(CALL).status_code for _call in range(60)}

    refused = client.get(CALL)

    assert statuses == {200}
    assert (refused.status_code, refused.json()["code"]) == (429, "too_often")
    assert int(refused["Retry-After"]) > 0


# ── Files ────────────────────────────────────────────────────────────────────────────────────────
def test_what_the_page_offers_is_enough_to_check_the_seals(client, tmp_path):
    make_pool(coins=10)
    publish(date(2026, 9, 14))
    for name in ("transparency-seals", "transparency-script"):
        (tmp_path / name).write_bytes(file_of(client, name))

    answer = subprocess.run(
        [sys.executable, "-I", "-S", tmp_path / "transparency-script", tmp_path / "transparency-seals"],
        capture_output=True, text=True, check=False, env={"PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip

    head = next(publication.texts()).split()[-1]
    assert (answer.returncode, answer.stdout.startswith("In Ordnung: 1 Siegel")) == (0, True), answer
    assert f"Zum Aufheben: 1:{head}" in answer.stdout
    assert [one["hash"] for one in client.get(CALL).json()["seals"]] == [head]
    assert head in client.get(PAGE).content.decode()


def test_the_press_finds_the_club_and_the_foot_of_every_page_leads_here(client):
    make_club()
    Club.objects.update(contact_email="presse@example.org", contact_phone="02306 123")

    page = client.get(PAGE).content.decode()

    assert "mailto:presse@example.org" in page
    assert "tel:02306123" in page
    assert 'href="/transparenz/"' in client.get("/").content.decode()


def test_english_is_complete(client):
    make_a_month(SIX)
    figures.take(now=AFTERWARDS)

    page = client.get(PAGE, headers={"accept-language": "en"}).content.decode()

    assert '<html lang="en"' in page
    for german in ("Jugendliche", "Siegel", "Prüfende", "Deckung", "Stunden", "eingelöst"):
        assert german not in page
