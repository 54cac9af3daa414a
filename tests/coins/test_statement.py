"""The statement, on the page and over the API: every line explains itself, to the right people only."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clevervibes.lib import db, periods
from coins import expiry, orders, statement
from coins.models import ConversionPolicy, Lot, YouthAccount
from partners import redemption
from tests.coins.test_conversion import MONDAY, approve_days, approve_host_time, convert, make_club
from tests.coins.test_orders import make_paid
from tests.factories import (
    NOON,
    give_coins,
    guardian_of,
    make_account,
    make_approved,
    make_hold,
    make_offer,
    make_pool,
    make_redemption,
    make_sponsor,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

PAGE = "/coins/"


def lines_of(youth, **more) -> list[statement.Line]:
    account = make_account(youth=youth)
    return statement.lines(account, list(statement.transfers_of(account)), **more)


def show(client, user, path=PAGE):
    client.force_login(user)
    return client.get(path)


def text_of(response) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


# ── What a line says ─────────────────────────────────────────────────────────────────────────────
def test_a_payment_explains_minutes_caps_coins_and_who_paid():
    youth = make_youth()
    make_pool(coins=1_000, sponsor=make_sponsor("Stadtwerke Lippe"))
    approve_days(youth, 240, 240, 200, 62)

    convert(NOON + timedelta(days=10))

    (line,) = lines_of(youth)
    assert line.coins == 120
    assert line.funded_by == ["Stadtwerke Lippe"]
    assert line.sentences == [
        "742 Minuten, davon zählen 720 (Wochengrenze).",
        "Das ergibt 120 Coins.",
        "Alles ist ausgezahlt.",
    ]
    assert [item.counted_minutes for item in line.run.items] == [240, 240, 200, 40]


def test_a_quota_says_what_stays_open():
    youth = make_youth()
    pool = make_pool(coins=8)
    make_approved(youth, minutes=62)
    convert()
    give_more = make_pool(coins=1, sponsor=pool.sponsor)
    assert give_more

    (line,) = lines_of(youth)
    assert line.sentences == [
        "62 Minuten, alle zählen.",
        "Das ergibt 10 Coins.",
        "Ausgezahlt sind 8 von 10, der Rest bleibt offen.",
        "Was noch keinen ganzen Coin ergibt, zählt beim nächsten Mal mit.",
    ]
    convert(NOON + timedelta(days=1))
    assert lines_of(youth)[0].sentences[0] == "Dazu kommen 2 Coins von vorher."


def test_the_year_s_cap_is_said():
    youth = make_youth()
    make_pool(coins=100)
    ConversionPolicy.objects.update(year_cap_coins=7)
    make_approved(youth, minutes=60)

    convert()

    assert "Wegen der Jahresgrenze können davon 7 ausgezahlt werden." in lines_of(youth)[0].sentences


def test_a_payment_of_two_pools_is_two_lines_with_one_run():
    youth = make_youth()
    make_pool(coins=4, sponsor=make_sponsor("Volksbank"))
    make_pool(coins=100, sponsor=make_sponsor("Stadtwerke"))
    make_approved(youth, minutes=60)

    convert()

    second, first = lines_of(youth)
    assert (first.coins, first.funded_by, second.coins, second.funded_by) == (4, ["Volksbank"], 6, ["Stadtwerke"])
    assert first.run == second.run


def test_what_coins_were_spent_on_is_told_from_above():
    sold = make_redemption(offer=make_offer(title="Eiskugel"))
    redemption.undo(redemption=sold, by=sold.by, reason="vertippt", now=NOON + timedelta(minutes=5))
    from clevervibes.statement import describe

    account = sold.hold.account
    back, spent, _granted = statement.lines(account, list(statement.transfers_of(account)), describe=describe)

    assert (spent.title, spent.detail, spent.coins) == ("Eiskugel", sold.partner.name, -sold.price_coins)
    assert (back.title, back.coins) == ("Eiskugel", sold.price_coins)
    assert str(sold.hold.public_id) in spent.url
    assert spent.funded_by == _granted.funded_by


def test_ids_of_lines_are_stable_and_tell_nothing():
    youth = make_youth()
    give_coins(youth, 5, pool=make_pool(coins=10))

    assert lines_of(youth)[0].id == lines_of(youth)[0].id
    assert lines_of(youth)[0].id.version == 5


# ── The page ─────────────────────────────────────────────────────────────────────────────────────
def test_the_page_shows_balance_open_coins_and_why(client):
    youth = make_youth()
    make_pool(coins=8, sponsor=make_sponsor("Volksbank"))
    make_approved(youth, minutes=60)
    convert()

    page = text_of(show(client, youth.user))

    for words in (
        "Deine Coins", "2 sind unterwegs", "gefördert von Volksbank", "60 Minuten, alle zählen.",
        "Ausgezahlt sind 8 von 10, der Rest bleibt offen.", "bis 31. Dezember 2029", "Lesen &amp; Vorlesen",
    ):  # fmt: skip
        assert words in page, words


def test_the_page_names_the_item_and_leads_to_it(client):
    sold = make_redemption(offer=make_offer(title="Eiskugel"))

    page = text_of(show(client, sold.hold.account.youth_link.youth.user))

    assert "Eiskugel" in page
    assert sold.partner.name in page
    assert reverse("partners:hold", args=[sold.hold.public_id]) in page


def test_held_coins_are_not_shown_as_spendable(client):
    held = make_hold()
    standing = show(client, held.account.youth_link.youth.user).context["standing"]

    assert standing.held == held.price_coins
    assert standing.spendable == standing.posted - held.price_coins


def test_nothing_yet_says_what_to_do(client):
    page = text_of(show(client, make_youth().user))

    assert "Noch keine Coins" in page
    assert reverse("activities:new") in page


def test_a_run_that_paid_nothing_is_explained_too(client):
    youth = make_youth()
    make_approved(youth, minutes=60)
    convert()

    assert "Ausgezahlt sind 0 von 10, der Rest bleibt offen." in text_of(show(client, youth.user))


def test_a_guardian_sees_each_of_their_youths_and_no_other(client):
    guardian = make_user("Sabine")
    mia, noah = make_youth("Mia", guardian=guardian), make_youth("Noah", guardian=guardian)
    give_coins(noah, 5, pool=make_pool(coins=5))
    stranger = make_youth("Ali")

    assert "Coins von Mia" in text_of(show(client, guardian))
    page = text_of(show(client, guardian, f"{PAGE}?youth={noah.public_id}"))
    assert "Coins von Noah" in page
    assert f"?youth={mia.public_id}" in page
    for wrong in (stranger.public_id, uuid4(), "quark", ""):
        assert show(client, guardian, f"{PAGE}?youth={wrong}").status_code == 404


def test_a_guardian_is_not_led_to_the_youth_s_own_pages(client):
    sold = make_redemption(offer=make_offer(title="Eiskugel"))
    youth = sold.hold.account.youth_link.youth

    page = text_of(show(client, guardian_of(youth)))

    assert "Eiskugel" in page
    assert reverse("partners:hold", args=[sold.hold.public_id]) not in page


def test_who_has_no_youth_finds_no_page(client):
    assert show(client, make_user("Team")).status_code == 404
    client.logout()
    assert client.get(PAGE).status_code == 302


def test_the_page_asks_no_more_for_more_lines(client, unhurried):
    youth = make_youth()
    make_pool(coins=100)
    client.force_login(youth.user)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    queries()  # the first page after signing in writes the session
    make_approved(youth, minutes=60)
    convert()
    few = queries()
    for day in range(1, 5):
        make_approved(youth, starts_at=MONDAY - timedelta(days=day), minutes=60)
        convert(NOON + timedelta(days=day))

    assert queries() == few


def test_older_lines_are_on_the_next_page(client, monkeypatch):
    monkeypatch.setattr("coins.views.PAGE", 2)
    youth, pool = make_youth(), make_pool(coins=100)
    for coins in (11, 12, 13):
        give_coins(youth, coins, pool=pool)

    assert "+13" in text_of(show(client, youth.user))
    older = text_of(show(client, youth.user, f"{PAGE}?page=2"))
    assert "+11" in older
    assert "+13" not in older


# ── API ──────────────────────────────────────────────────────────────────────────────────────────
def test_balance_over_the_api(client):
    youth = make_youth()
    make_pool(coins=8)
    make_approved(youth, minutes=60)
    convert()

    answer = show(client, youth.user, "/api/v1/balance/").json()

    assert answer == {
        "balance": 8, "held": 0, "spendable": 8, "open": 2, "expiring": [{"coins": 8, "on": "2029-12-31"}],
    }  # fmt: skip


def test_balance_before_the_first_coin(client):
    answer = show(client, make_youth().user, "/api/v1/balance/").json()

    assert answer == {"balance": 0, "held": 0, "spendable": 0, "open": 0, "expiring": []}


def test_statement_over_the_api(client):
    youth = make_youth()
    make_pool(coins=100, sponsor=make_sponsor("Volksbank"))
    approve_host_time(youth, starts_at=MONDAY, minutes=60)
    convert()

    answer = show(client, youth.user, "/api/v1/statement/").json()

    (line,) = answer["results"]
    assert (answer["next"], line["kind"], line["coins"], line["funded_by"]) == (None, "conversion", 15, ["Volksbank"])
    assert line["run"] == {
        "minutes": 60, "counted_minutes": 60, "limited_by": [], "earned": 15, "open_before": 0, "paid": 15, "open": 0,
    }  # fmt: skip
    assert line["explanation"][0] == "60 Minuten, alle zählen."
    assert "transfer" not in str(answer)


def test_statement_pages_by_cursor(client, monkeypatch):
    monkeypatch.setattr("coins.api.LatestFirst.page_size", 2)
    youth, pool = make_youth(), make_pool(coins=100)
    for coins in (11, 12, 13):
        give_coins(youth, coins, pool=pool)

    first = show(client, youth.user, "/api/v1/statement/").json()
    second = client.get(first["next"]).json()

    assert [line["coins"] for line in first["results"] + second["results"]] == [13, 12, 11]
    assert second["next"] is None


def test_guardians_name_the_youth_and_strangers_get_404(client):
    youth, stranger = make_youth(), make_youth("Ali")
    give_coins(youth, 5, pool=make_pool(coins=5))
    guardian = guardian_of(youth)

    assert show(client, guardian, f"/api/v1/balance/?youth={youth.public_id}").json()["balance"] == 5
    for wrong in (stranger.public_id, "quark"):
        answer = show(client, guardian, f"/api/v1/statement/?youth={wrong}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    client.logout()
    assert client.get("/api/v1/balance/").status_code == 401


def test_clubs_do_not_matter_for_one_s_own_coins(client):
    youth = make_youth(club=make_club("Clever Vibes Selm"))
    give_coins(youth, 5, pool=make_pool(coins=5))

    assert show(client, youth.user, "/api/v1/balance/").json()["balance"] == 5


# ── What the team gave, took back, and what ended ────────────────────────────────────────────────
def test_the_team_s_reasons_stand_on_the_lines(client):
    line = make_paid()
    youth = YouthAccount.objects.get().youth
    anna = make_user("Anna")
    orders.grant(pool=make_pool(coins=5), youth=youth, coins=5, reason="Fürs Vorlesen beim Fest", by=anna, now=NOON)
    orders.take_back(line=line, coins=4, reason="Die Stunde war doppelt drin", by=anna, now=NOON)

    back, given, _paid = lines_of(youth)

    assert (given.coins, given.reason, given.sentences) == (
        5, "Fürs Vorlesen beim Fest", ["Das Club-Team hat diese Coins geschenkt."],
    )  # fmt: skip
    assert (back.coins, back.reason, back.sentences) == (
        -4, "Die Stunde war doppelt drin",
        ["Diese Coins kamen aus Versehen und sind wieder im Topf. Mehr muss niemand zurückgeben."],
    )  # fmt: skip
    page = text_of(show(client, youth.user))
    assert "Fürs Vorlesen beim Fest" in page
    assert "Die Stunde war doppelt drin" in page


def test_the_page_says_in_time_which_coins_end(client):
    youth = make_youth()
    today = periods.berlin_date(db.now())
    lot = give_coins(youth, 12, pool=make_pool(coins=12))
    for days, said in ((61, False), (60, True), (0, True), (-1, False)):
        Lot.objects.filter(pk=lot.pk).update(valid_until=today + timedelta(days=days))
        assert ("12 Coins gelten nur noch bis" in text_of(show(client, youth.user))) is said


def test_coins_that_have_ended_are_a_line_of_their_own():
    youth = make_youth()
    give_coins(youth, 12, pool=make_pool(coins=12, sponsor=make_sponsor("Volksbank")))
    expiry.expire_due(now=datetime(2029, 12, 31, 23, 0, tzinfo=UTC))

    ended, _given = lines_of(youth)

    assert (ended.coins, ended.title, ended.on.isoformat()) == (-12, "Verfall", "2030-01-01")
    assert ended.funded_by == ["Volksbank"]
    assert ended.sentences == [
        "Der letzte Tag dieser Coins ist vorbei. Sie sind wieder in dem Topf, aus dem sie kamen."
    ]
