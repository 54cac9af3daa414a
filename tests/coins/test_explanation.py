"""The page of one run line: the whole story from stored numbers, to the youth and their guardians alone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from coins import explanation
from coins.models import ConversionPolicy, ConversionRun
from tests.coins.test_conversion import LATER, MONDAY, approve_days, approve_host_time, convert
from tests.factories import (
    NOON,
    guardian_of,
    make_account,
    make_approved,
    make_pool,
    make_sponsor,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db


def story_of(youth, run=None) -> explanation.Story:
    return explanation.of(make_account(youth=youth), (run or ConversionRun.objects.latest("pk")).public_id)


def page_of(client, user, run, query: str = "") -> str:
    client.force_login(user)
    response = client.get(reverse("coins:run", args=[run.public_id]) + query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


# ── What it reckons ──────────────────────────────────────────────────────────────────────────────
def test_742_minutes_720_count_120_coins(client):
    youth = make_youth()
    make_pool(coins=1_000, sponsor=make_sponsor("Stadtwerke Lippe"))
    approve_days(youth, 240, 240, 200, 62)

    run = convert(NOON + timedelta(days=10))

    page = page_of(client, youth.user, run)
    for words in (
        "Umrechnung vom 26. September 2026", "742 Minuten, davon zählen 720 (Wochengrenze). Das ergibt 120 Coins.",
        "Alles ist ausgezahlt.", "Mo, 14.9. · Lesen &amp; Vorlesen", "Wochengrenze", "Stadtwerke Lippe",
        "gültig bis 31. Dezember 2029", "240 Min., mit Betrieb 480", "seit 5. Januar 2026",
    ):  # fmt: skip
        assert words in page, words
    assert story_of(youth).steps == [
        ("Minuten, die zählen", "720"), ("ergibt ganze Coins", "120"), ("Rest für das nächste Mal", "0 Minuten"),
    ]  # fmt: skip
    assert story_of(youth).why_not_all == []


def test_a_rest_is_said_in_minutes_before_and_after():
    youth = make_youth()
    make_pool(coins=100)
    make_approved(youth, minutes=17)
    convert()
    make_approved(youth, minutes=20, starts_at=NOON - timedelta(hours=5))
    convert(LATER + timedelta(hours=1))

    assert story_of(youth).steps == [
        ("Minuten, die zählen", "20"),
        ("Rest vom letzten Mal", "5 Minuten"),
        ("ergibt ganze Coins", "4"),
        ("Rest für das nächste Mal", "1 Minute"),
    ]


def test_time_with_a_company_counts_more_and_may_leave_half_a_minute():
    youth = make_youth()
    make_pool(coins=100)
    approve_host_time(youth, starts_at=MONDAY, minutes=61)
    convert()

    assert story_of(youth).steps == [
        ("Minuten, die zählen", "61"),
        ("davon mit einem Betrieb, zählen 150 %", "61"),
        ("ergibt ganze Coins", "15"),
        ("Rest für das nächste Mal", "1,5 Minuten"),
    ]


def test_a_line_that_paid_nothing_says_why(client):
    youth = make_youth()
    make_approved(youth, minutes=60)
    run = convert()

    page = page_of(client, youth.user, run)

    assert "Ausgezahlt sind 0 von 10, der Rest bleibt offen." in page
    assert "weniger, als alle zusammen zu bekommen hatten: 0 von 10 Coins." in page
    assert "10 Coins bleiben offen und kommen, sobald wieder etwas in den Töpfen ist." in page
    assert "Wer das bezahlt hat" not in page


def test_open_coins_that_are_paid_later_have_a_line_without_hours(client):
    youth = make_youth()
    make_approved(youth, minutes=60)
    first = convert()
    make_pool(coins=100)
    second = convert(LATER + timedelta(hours=1))

    page = page_of(client, youth.user, second)

    assert story_of(youth, second).steps == []
    assert "vorher noch offen" in page
    assert "Die Zeiten" not in page
    assert reverse("coins:run", args=[first.public_id]) in page
    assert reverse("coins:run", args=[second.public_id]) in page_of(client, youth.user, first)


def test_the_year_s_cap_is_named():
    youth = make_youth()
    make_pool(coins=100)
    ConversionPolicy.objects.update(year_cap_coins=7)
    make_approved(youth, minutes=60)
    convert()

    assert story_of(youth).why_not_all[0] == "In einem Jahr gibt es höchstens 7 Coins. Was darüber ist, bleibt stehen."


def test_every_sponsor_of_a_payment_is_named():
    youth = make_youth()
    make_pool(coins=4, sponsor=make_sponsor("Volksbank"))
    make_pool(coins=100, sponsor=make_sponsor("Stadtwerke"))
    make_approved(youth, minutes=60)
    convert()

    assert [(paid.coins, paid.by) for paid in story_of(youth).payments] == [(4, "Volksbank"), (6, "Stadtwerke")]


# ── Who sees it ──────────────────────────────────────────────────────────────────────────────────
def test_the_statement_leads_there(client):
    youth = make_youth()
    make_pool(coins=100)
    make_approved(youth, minutes=60)
    address = reverse("coins:run", args=[convert().public_id])

    client.force_login(youth.user)
    assert client.get("/coins/").content.decode().count(f'href="{address}"') == 2
    client.force_login(guardian_of(youth))
    assert f'href="{address}?youth={youth.public_id}"' in client.get("/coins/").content.decode()


def test_a_guardian_reads_it_in_words_that_fit(client):
    youth = make_youth("Noah")
    make_pool(coins=4)
    make_approved(youth, minutes=61)
    run = convert()

    page = page_of(client, guardian_of(youth), run, f"?youth={youth.public_id}")

    assert "Coins von Noah" in page
    main = page[page.index("<main") : page.index("</main>")]
    assert not {"Du", "Dein", "Deine", "Dir", "Dich"} & set(main.replace(".", " ").replace("<", " ").split())


def test_nobody_else_finds_it(client):
    youth, stranger = make_youth(), make_youth("Ali")
    make_pool(coins=100)
    make_approved(youth, minutes=60)
    address = reverse("coins:run", args=[convert().public_id])
    # A stranger with an account of their own, but no line in this run.
    make_account(youth=stranger)

    for user, query in [
        (stranger.user, ""), (guardian_of(stranger), ""), (guardian_of(stranger), f"?youth={youth.public_id}"),
        (make_user("Team"), ""), (make_youth("Neu").user, ""),
    ]:  # fmt: skip
        client.force_login(user)
        assert client.get(address + query).status_code == 404, (user, query)
    client.force_login(youth.user)
    assert client.get(reverse("coins:run", args=[uuid4()])).status_code == 404
    client.logout()
    assert client.get(address).status_code == 302


def test_the_page_asks_no_more_for_more_hours(client, unhurried):
    youth = make_youth()
    make_pool(coins=1_000)
    approve_days(youth, 60)
    few = convert(NOON + timedelta(days=7))
    approve_days(youth, 60, 60, 60, 60, at=MONDAY + timedelta(hours=3))
    many = convert(NOON + timedelta(days=8))
    client.force_login(youth.user)

    def queries(run) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("coins:run", args=[run.public_id])).status_code == 200
        return len(captured)

    queries(few)  # the first page after signing in writes the session
    assert queries(few) == queries(many)
