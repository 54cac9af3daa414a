"""The desk: money goes through services, and what is booked is only looked at."""

from datetime import date, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import expect

from accounts.team import roles as team
from clevervibes.lib import db, periods
from clevervibes.lib.team import AUDITOR
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

LATER = NOON + timedelta(hours=1)


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
    given = {"key": uuid4(), "pool": pool.pk, "amount_cents": "1.250,50", "received_on": periods.berlin_date(db.now()),
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
def test_a_sponsor_and_a_pool_are_made_and_the_sponsor_is_suspended(desk):
    organisation = make_organisation("Stadtwerke")
    desk.post(url("sponsor", "add"), {"organisation": organisation.pk, "kind": "donation"})
    desk.post(
        url("fundingpool", "add"),
        {"sponsor": organisation.sponsor.pk, "name": "Lesen", "weekly_limit_coins": "500", "rest_goes": "common"},
    )
    pool = FundingPool.objects.get()
    assert (pool.sponsor, pool.weekly_limit_coins) == (organisation.sponsor, 500)

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


def test_a_click_too_many_starts_one_run_and_a_changed_form_is_meant_anew(desk):
    form = run_form(make_club(), then="go")

    first = desk.post(url("conversionrun", "add"), form)
    again = desk.post(url("conversionrun", "add"), form)
    assert first.url == again.url
    conversion.carry_on(ConversionRun.objects.get())
    # The back button, when all is over.
    assert desk.post(url("conversionrun", "add"), form).url == first.url
    assert ConversionRun.objects.count() == 1

    page = text_of(desk.post(url("conversionrun", "add"), {**form, "cutoff": "2026-09-16T12:00"}))
    assert "Ein neuer Stichtag muss danach liegen." in page


@pytest.mark.parametrize("then", ["go", "preview"])
def test_while_a_run_is_open_the_form_leads_to_it(desk, then):
    run = conversion.start(club=make_club(), cutoff=NOON, now=NOON)

    page = text_of(desk.get(url("conversionrun", "add")))
    assert "Es läuft schon eine Umrechnung: Clever Vibes Lünen, Stichtag 16. September 2026, 12:00 Uhr." in page
    assert f'href="{url("conversionrun", "change", run.pk)}"' in page
    page = text_of(desk.post(url("conversionrun", "add"), run_form(make_club(), then=then)))
    assert "Gerade läuft eine Umrechnung." in page
    assert ConversionRun.objects.count() == 1


def test_a_run_without_a_pool_leaves_everything_open(desk):
    youth = make_youth()
    make_approved(youth, minutes=60)
    run = conversion.convert(club=youth.user.club, cutoff=LATER, now=LATER)

    page = text_of(desk.get(url("conversionrun", "change", run.pk)))

    assert "Der Lauf ist abgeschlossen." in page
    assert "0 von 0 Coins ausgezahlt" in page
    assert run.lines.get().open_out_coins == 10


@pytest.fixture
def half_paid(monkeypatch):
    """A run of four youths in two chunks, one of them paid. Nobody has been at it since September."""
    monkeypatch.setattr("coins.planning.YOUTHS_IN_A_CHUNK", 2)
    make_pool(coins=100)
    for n in range(4):
        make_approved(make_youth(f"Kind{n}"), minutes=60)
    run = conversion.plan(run=conversion.start(club=make_club(), cutoff=LATER, now=LATER))
    conversion.pay_chunk(run=run, number=0)
    ConversionRun.objects.update(planned_at=NOON)
    run.chunks.update(counted_at=NOON)
    run.chunks.filter(number=0).update(paid_at=NOON)
    return run


def test_the_page_of_a_run_says_how_far_it_is_and_lends_a_hand(desk, half_paid, queue):
    page = text_of(desk.get(url("conversionrun", "change", half_paid.pk)))
    assert "Die Coins werden ausgezahlt." in page
    assert "Von selbst gestartet am 16. September 2026, 13:00 Uhr." in page
    assert "Clever Vibes Lünen, Stichtag 16. September 2026, 13:00 Uhr" in page
    assert "16.09.2026 13:00" in page  # the page's title: Berlin's clock too
    assert "20 von 40 Coins ausgezahlt" in page
    assert '<th class="font-normal py-1 text-left" scope="row">freigegeben</th>' in page
    assert "1 von 2 Abschnitten" in page
    assert 'value="50"' in page
    assert "steht seit über einer Minute still" in page
    assert queue.take() == []

    page = text_of(desk.post(url("conversionrun", "carry_on", half_paid.pk), follow=True))
    assert "Der Lauf geht weiter." in page
    queue.work()

    page = text_of(desk.get(url("conversionrun", "change", half_paid.pk)))
    assert "40 von 40 Coins ausgezahlt" in page
    assert "still" not in page
    # Somebody had the page open before it was done.
    page = text_of(desk.post(url("conversionrun", "carry_on", half_paid.pk), follow=True))
    assert "geht weiter" not in page


def test_a_run_that_was_never_planned_can_be_dropped(desk, queue):
    run = conversion.start(club=make_club(), cutoff=NOON, now=NOON)
    page = url("conversionrun", "change", run.pk)
    assert "Lauf verwerfen" in text_of(desk.get(page))

    for _click in range(2):
        answer = desk.post(url("conversionrun", "abandon", run.pk), follow=True)
        assert "Der Lauf ist verworfen." in text_of(answer)

    assert not ConversionRun.objects.exists()


def test_a_planned_run_is_not_dropped(desk, half_paid):
    assert "Lauf verwerfen" not in text_of(desk.get(url("conversionrun", "change", half_paid.pk)))

    answer = desk.post(url("conversionrun", "abandon", half_paid.pk), follow=True)

    assert "Dieser Lauf zählt schon." in text_of(answer)
    assert ConversionRun.objects.filter(pk=half_paid.pk).exists()


def test_while_somebody_is_at_it_a_run_does_not_stand_still(desk, half_paid):
    conversion.claim(run=half_paid, number=1)

    assert "still" not in text_of(desk.get(url("conversionrun", "change", half_paid.pk)))


def test_the_page_looks_by_itself_until_all_is_done(desk, half_paid):
    address = url("conversionrun", "change", half_paid.pk)
    assert f'hx-get="{address}"' in text_of(desk.get(address))

    part = desk.get(address, headers={"HX-Request": "true"})
    assert text_of(part).startswith("<section")
    assert "HX-Refresh" not in part.headers
    assert "HX-Request" in part.headers["Vary"]

    conversion.carry_on(half_paid)
    part = desk.get(address, headers={"HX-Request": "true"})
    assert part.headers["HX-Refresh"] == "true"
    assert "hx-get" not in text_of(part)


@pytest.mark.django_db(transaction=True)
def test_the_page_of_a_run_needs_no_script(desk, half_paid, queue, chromium, live_server):
    home = urlsplit(live_server.url)
    session = {"name": settings.SESSION_COOKIE_NAME, "value": desk.cookies[settings.SESSION_COOKIE_NAME].value}
    context = chromium.new_context(java_script_enabled=False)
    context.add_cookies([{**session, "domain": home.hostname, "path": "/"}])
    page = context.new_page()

    page.goto(live_server.url + url("conversionrun", "change", half_paid.pk))
    expect(page.get_by_text("20 von 40 Coins ausgezahlt")).to_be_visible()
    page.get_by_role("button", name="Weiterführen").click()
    expect(page.get_by_text("Der Lauf geht weiter.")).to_be_visible()
    queue.work()
    # It looks again by itself.
    expect(page.get_by_role("heading", name="Der Lauf ist abgeschlossen.")).to_be_visible(timeout=20_000)

    context.close()


def test_who_may_only_look_at_a_run_does_not_push_it(client, half_paid):
    staff = make_user("Prüferin", is_staff=True)
    client.force_login(staff)
    address, push = url("conversionrun", "change", half_paid.pk), url("conversionrun", "carry_on", half_paid.pk)
    assert client.get(address).status_code == 403
    assert client.get(address, headers={"HX-Request": "true"}).status_code == 403

    team.set_up(user=staff, club=staff.club, role=AUDITOR, now=NOON)
    page = text_of(client.get(address))
    assert "steht seit über einer Minute still" in page
    assert "Weiterführen" not in page
    assert client.post(push).status_code == 403
    assert client.get(push).status_code == 405


def test_the_list_of_runs_says_how_far_each_is(desk, half_paid):
    page = text_of(desk.get(url("conversionrun", "changelist")))
    assert "zahlt aus" in page
    assert "1 von 2 Abschnitten" in page

    conversion.carry_on(half_paid)
    page = text_of(desk.get(url("conversionrun", "changelist")))
    assert "abgeschlossen" in page


def test_the_list_of_runs_asks_no_more_for_more_runs(desk, unhurried):
    def queries_of_the_list() -> int:
        with CaptureQueriesContext(connection) as queries:
            desk.get(url("conversionrun", "changelist"))
        return len(queries)

    club = make_club()
    for day in range(2):
        conversion.convert(club=club, cutoff=NOON + timedelta(days=day), now=NOON + timedelta(days=9))
    queries_of_the_list()  # the first page of a session asks for more
    few = queries_of_the_list()
    for day in range(2, 6):
        conversion.convert(club=club, cutoff=NOON + timedelta(days=day), now=NOON + timedelta(days=9))

    assert queries_of_the_list() == few


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
