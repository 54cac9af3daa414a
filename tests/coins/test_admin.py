"""The desk: money goes through services, and what is booked is only looked at."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from clevervibes.lib import db
from coins import conversion, ledger
from coins.forms import EuroField
from coins.models import ConversionPolicy, ConversionRun, Deposit, FundingPool, LedgerAccount, Transfer
from tests.factories import (
    NOON,
    give_coins,
    make_approved,
    make_club,
    make_organisation,
    make_pool,
    make_sponsor,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(make_user("Team", is_staff=True, is_superuser=True))
    return client


def url(model: str, page: str, *args: object) -> str:
    return reverse(f"admin:coins_{model}_{page}", args=args)


def text_of(response) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def deposit_form(pool, **fields) -> dict:
    given = {"key": uuid4(), "pool": pool.pk, "amount_cents": "1.250,50", "received_on": "2026-09-16",
             "reference": "Spende September"}  # fmt: skip
    return {**given, **fields}


# ── Deposits ─────────────────────────────────────────────────────────────────────────────────────
def test_a_deposit_is_booked_by_its_service(desk):
    pool = make_pool()

    answer = desk.post(url("deposit", "add"), deposit_form(pool), follow=True)

    assert "12.505 Coins sind im Topf „Lesen im Kiez“." in text_of(answer)
    deposit = Deposit.objects.get()
    assert (deposit.amount_cents, deposit.coins, deposit.booked_by.first_name) == (125_050, 12_505, "Team")
    assert ledger.balance(LedgerAccount.objects.get(kind=LedgerAccount.Kind.POOL)) == 12_505
    assert "1.250,50" in text_of(desk.get(url("deposit", "changelist")))


def test_the_same_form_sent_twice_books_once(desk):
    form = deposit_form(make_pool())

    desk.post(url("deposit", "add"), form)
    desk.post(url("deposit", "add"), form)

    assert Deposit.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("amount_cents", "0", "über 0 Euro"),
        ("amount_cents", "1000000,01", "Mehr als 1.000.000 Euro"),
        ("amount_cents", "zehn", "Bitte schreiben Sie den Betrag so"),
        ("amount_cents", "12.5", "Bitte schreiben Sie den Betrag so"),
        ("received_on", "2999-01-01", "liegt in der Zukunft"),
        ("received_on", "0001-01-01", "mehr als ein Jahr zurück"),
        ("pool", "999", "gültige Auswahl"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_the_rest_stays(desk, field, value, sentence):
    form = {**deposit_form(make_pool()), field: value}

    page = text_of(desk.post(url("deposit", "add"), form))

    assert sentence in page
    assert "Spende September" in page
    assert not Deposit.objects.exists()


def test_a_common_pool_wants_to_know_who_paid(desk):
    pool = FundingPool.objects.create(name="Gemeinschaftstopf")

    page = text_of(desk.post(url("deposit", "add"), deposit_form(pool)))
    assert "von welchem Förderer" in page

    desk.post(url("deposit", "add"), deposit_form(pool, sponsor=make_sponsor().pk))
    assert Deposit.objects.get().pool == pool


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("0,10", 10), ("5", 500), ("1.250,5", 125_050), ("1250", 125_000), (" 7,00 € ", 700), ("1.000.000", 100_000_000)],
)
def test_euros_as_people_write_them(typed, cents):
    assert EuroField().clean(typed) == cents


@pytest.mark.parametrize("typed", ["1,5,0", "-1", "1e9", "NaN", "٣", "１２", "1.25", "1,234", "0x10", ",5", "1" * 40])
def test_what_is_no_amount_is_refused(typed):
    with pytest.raises(Exception, match="Bitte schreiben Sie den Betrag so"):
        EuroField().clean(typed)


# ── Sponsors and pools ───────────────────────────────────────────────────────────────────────────
def test_a_sponsor_and_a_pool_are_made_and_paused(desk):
    organisation = make_organisation("Stadtwerke")
    desk.post(url("sponsor", "add"), {"organisation": organisation.pk, "kind": "donation"})
    desk.post(
        url("fundingpool", "add"),
        {"sponsor": organisation.sponsor.pk, "name": "Lesen", "weekly_limit_coins": "500"},
    )
    pool = FundingPool.objects.get()
    assert (pool.sponsor, pool.weekly_limit_coins) == (organisation.sponsor, 500)

    for action, paused in (("pause", True), ("resume", False)):
        desk.post(url("fundingpool", "changelist"), {"action": action, "_selected_action": [pool.pk]})
        pool.refresh_from_db()
        assert bool(pool.paused_at) is paused
    for action, suspended in (("suspend", True), ("resume", False)):
        desk.post(url("sponsor", "changelist"), {"action": action, "_selected_action": [pool.sponsor.pk]})
        pool.sponsor.refresh_from_db()
        assert bool(pool.sponsor.suspended_at) is suspended


def test_the_list_of_pools_shows_what_is_in_them(desk):
    make_pool(coins=12_345)

    assert "12.345" in text_of(desk.get(url("fundingpool", "changelist")))


# ── Runs ─────────────────────────────────────────────────────────────────────────────────────────
def run_form(club, **fields) -> dict:
    return {"key": uuid4(), "club": club.pk, "cutoff": "", **fields}


def test_a_run_is_previewed_and_started(desk):
    youth = make_youth()
    make_pool(coins=4, name="Lesen im Kiez")
    make_approved(youth, minutes=60)
    form = run_form(youth.user.club)

    page = text_of(desk.post(url("conversionrun", "add"), {**form, "then": "preview"}))
    assert "nichts davon ist gespeichert" in page
    assert "aus „Lesen im Kiez“" in page
    assert not ConversionRun.objects.exists()

    page = text_of(desk.post(url("conversionrun", "add"), {**form, "then": "go"}, follow=True))
    assert "Der Lauf wird geplant." in page
    assert "Gestartet von Team" in page
    run = ConversionRun.objects.get()
    assert (run.state, run.started_by.first_name) == (ConversionRun.State.PLANNING, "Team")

    conversion.carry_on(run)
    page = text_of(desk.get(url("conversionrun", "change", run.pk)))
    assert "Der Lauf ist abgeschlossen." in page
    assert "4 von 4 Coins ausgezahlt" in page
    assert "aus „Lesen im Kiez“" in page


def test_a_run_of_tomorrow_is_refused_beside_the_field(desk):
    tomorrow = (db.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")

    page = text_of(desk.post(url("conversionrun", "add"), run_form(make_club(), cutoff=tomorrow, then="go")))

    assert "liegt in der Zukunft" in page
    assert f'value="{tomorrow}"' in page


def test_a_policy_is_set_for_a_future_monday(desk):
    numbers = {"minutes_per_coin": "10", "host_weight_percent": "150", "day_cap_minutes": "240",
               "host_day_cap_minutes": "480", "week_cap_minutes": "720", "year_cap_coins": "600"}  # fmt: skip

    page = text_of(desk.post(url("conversionpolicy", "add"), {**numbers, "valid_from": "2026-09-15"}))
    assert "Ein neuer Kurs gilt ab einem Montag" in page
    page = text_of(desk.post(url("conversionpolicy", "add"), {**numbers, "valid_from": "2030-01-07",
                                                              "minutes_per_coin": "11"}))  # fmt: skip
    assert "müssen 2520 ohne Rest teilen" in page
    page = text_of(desk.post(url("conversionpolicy", "add"), {**numbers, "valid_from": "2026-09-14"}))
    assert "ab einem Montag in der Zukunft" in page
    assert ConversionPolicy.objects.count() == 1
    desk.post(url("conversionpolicy", "add"), {**numbers, "valid_from": "2030-01-07"})
    assert ConversionPolicy.objects.get(valid_from=date(2030, 1, 7)).minutes_per_coin == 10


# ── The ledger is looked at ──────────────────────────────────────────────────────────────────────
@pytest.fixture
def booked():
    youth = make_youth()
    give_coins(youth, 5, pool=make_pool(coins=10))
    make_approved(youth, minutes=15)
    conversion.convert(club=youth.user.club, cutoff=NOON, now=NOON + timedelta(days=1))


@pytest.mark.parametrize("model", [Transfer, LedgerAccount, Deposit, ConversionRun, ConversionPolicy])
def test_what_is_booked_is_shown_and_never_changed(desk, booked, model):
    name, row = model._meta.model_name, model.objects.first()
    before = list(model.objects.values().order_by("pk"))

    assert desk.get(url(name, "changelist")).status_code == 200
    assert desk.get(url(name, "change", row.pk)).status_code == 200
    assert desk.post(url(name, "change", row.pk), {"amount": 1}).status_code == 403
    assert desk.post(url(name, "delete", row.pk), {"post": "yes"}).status_code == 403
    desk.post(url(name, "changelist"), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})

    assert list(model.objects.values().order_by("pk")) == before


def test_nobody_adds_a_transfer_or_an_account_by_hand(desk):
    for model in ("transfer", "ledgeraccount", "ledgerseal"):
        assert desk.get(url(model, "add")).status_code == 403


def test_staff_without_the_right_book_nothing(client):
    client.force_login(make_user("Hilfe", is_staff=True))

    for model in ("deposit", "conversionrun", "conversionpolicy"):
        assert client.get(url(model, "add")).status_code == 403
    assert client.post(url("deposit", "add"), deposit_form(make_pool())).status_code == 403
    client.logout()
    assert client.get(url("deposit", "add")).status_code == 302
