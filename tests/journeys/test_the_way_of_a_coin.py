"""The whole loop, told once: how euros become a croissant.

Everybody has a browser of their own: the youth and her mother a phone, the shop a tablet, the team a desktop.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.management import call_command
from playwright.sync_api import Page, expect

from clevervibes.celery import app
from clevervibes.lib import db, periods
from coins import tasks
from coins.models import ConversionRun
from coins.selectors import balance_of
from partners.models import Settlement
from tests.journeys.browsers import DESKTOP, PHONE, TABLET
from tests.journeys.town import Town, build, hour_of_last_week


@pytest.fixture
def town(transactional_db, settings, tmp_path) -> Town:
    settings.MEDIA_ROOT = tmp_path
    return build()


def test_the_way_of_a_coin_from_the_sponsors_euros_to_a_croissant(town, studio, settings):
    with ExitStack() as house:
        team = house.enter_context(studio.browser(town.team, DESKTOP))
        youth = house.enter_context(studio.browser(town.mia.user, PHONE))
        mother = house.enter_context(studio.browser(town.mother, PHONE))
        shop = house.enter_context(studio.browser(town.baker, TABLET))

        # A sponsor's 50 euros arrive at the bank; the team books them, and 500 coins lie in the pool.
        team_books_a_deposit(team, euros="50,00", pool="Kranz liest mit")
        studio.keep(team, "team-deposit")

        # On Coin-Tag the clockwork pays what was confirmed in time: last week's hour.
        hour_of_last_week(town)
        with a_worker(settings):
            clockwork_ticks()
        assert balance_of(town.mia).spendable == 10

        # Mia logs an hour and a half that she read with her mother, and sends it in.
        youth_logs_time(youth, did="Zwei Kapitel Momo, immer abwechselnd.", starts="15:00", ends="16:30")
        studio.keep(youth, "youth-entry-sent")

        # Her mother gets it on her phone and says that it is true.
        mother.goto("/bestaetigen/")
        expect(mother.get_by_text("Zwei Kapitel Momo")).to_be_visible()
        studio.keep(mother, "guardian-inbox")
        mother.get_by_role("button", name="Stimmt", exact=True).click()
        expect(mother.get_by_text("Alles bestätigt")).to_be_visible()
        studio.keep(mother, "guardian-inbox-empty")

        # The team does not want to wait for Tuesday: it looks at the run, then starts it. A second start finds nothing.
        with a_worker(settings):
            team_converts(team)
        studio.keep(team, "team-run")
        assert ConversionRun.objects.count() == 2
        call_command("convert", cutoff="now", club=town.club.slug, stdout=StringIO())

        # Mia sees 25 coins, and why.
        youth.goto("/coins/")
        assert balance_of(town.mia).spendable == 25
        expect(youth.get_by_role("region", name="Zum Ausgeben")).to_contain_text("25")
        youth.get_by_text("Warum?").first.click()
        expect(youth.get_by_text("gefördert von Kranz Metalltechnik").first).to_be_visible()
        expect(youth.locator("details[open]").first).to_contain_text("90 Minuten, alle zählen")
        studio.keep(youth, "youth-statement")

        # She takes a croissant for 15 of them and holds her code out over the counter.
        code = youth_takes_an_offer(youth, town.croissant.title)
        studio.keep(youth, "youth-code")

        # The baker types it, sees what it is for, and hands it over.
        shop.goto("/theke/")
        shop.get_by_label("Code vom Handy").fill(code.replace("-", "").lower())
        shop.get_by_role("button", name="Nachschlagen").click()
        expect(shop.get_by_role("heading", name="Buttercroissant")).to_be_visible()
        expect(shop.get_by_text("Mia")).to_have_count(0)
        studio.keep(shop, "shop-look-up")
        shop.get_by_role("button", name="Einlösen").click()
        expect(shop.get_by_role("heading", name="Eingelöst")).to_be_visible()
        studio.keep(shop, "shop-receipt")

        # Mia has not touched her phone: by itself it shows the receipt.
        expect(youth.get_by_role("heading", name="Eingelöst")).to_be_visible()
        expect(youth.get_by_role("heading", level=1)).to_have_text("Buttercroissant")
        studio.keep(youth, "youth-receipt")
        youth.goto("/coins/")
        expect(youth.locator("main")).to_contain_text("Buttercroissant")
        assert balance_of(town.mia).posted == 10

        # At the end of the month the shop reads what it is owed: 15 coins are 1.50 euros.
        call_command("settle", cutoff="now", stdout=StringIO())
        shop.goto("/partner/abrechnungen/")
        shop.get_by_role("link", name=Settlement.objects.get().number).click()
        expect(shop.locator("main")).to_contain_text("1,50 €")
        studio.keep(shop, "shop-statement")

    assert studio.complaints == []


# ── What people do ───────────────────────────────────────────────────────────────────────────────
def team_books_a_deposit(page: Page, *, euros: str, pool: str) -> None:
    page.goto("/admin/coins/deposit/add/")
    page.get_by_label("Fördertopf").select_option(label=pool)
    page.get_by_label("Betrag in Euro").fill(euros)
    page.get_by_label("Eingegangen am").fill(periods.berlin_date(db.now()).isoformat())
    page.get_by_label("Verwendungszweck").fill("Spende für den Club")
    page.get_by_role("button", name="Buchen").click()
    expect(page.get_by_text("500 Coins sind im Topf")).to_be_visible()


def team_converts(page: Page) -> None:
    page.goto("/admin/coins/conversionrun/add/")
    page.get_by_role("button", name="Vorschau").click()
    expect(page.get_by_text("nichts davon ist gespeichert")).to_be_visible()
    page.get_by_role("button", name="Lauf starten").click()
    # The page looks by itself how far the worker is.
    expect(page.get_by_role("heading", name="Der Lauf ist abgeschlossen.")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("15 von 15 Coins ausgezahlt")).to_be_visible()


def youth_logs_time(page: Page, *, did: str, starts: str, ends: str) -> None:
    yesterday = periods.berlin_date(db.now()) - timedelta(days=1)
    page.goto("/zeiten/neu/")
    page.get_by_label("Lesen & Vorlesen").check(force=True)
    page.get_by_label("Tag", exact=True).fill(yesterday.isoformat())
    page.get_by_label("von", exact=True).fill(starts)
    page.get_by_label("bis", exact=True).fill(ends)
    page.get_by_text("mit jemand anderem").click()
    page.get_by_label("Mama oder Papa").check(force=True)
    page.get_by_label("Vorname").fill("Sabine")
    page.get_by_label("Was genau?").fill(did)
    page.get_by_role("button", name="Einreichen").click()
    expect(page.get_by_role("heading", name="Meine Zeiten")).to_be_visible()
    expect(page.get_by_text("wartet").first).to_be_visible()


def youth_takes_an_offer(page: Page, title: str) -> str:
    """Find the offer, take it at once, and return the code on the screen."""
    page.goto("/belohnungen/")
    page.get_by_role("link", name=title).click()
    page.get_by_role("button", name="Jetzt einlösen").click()
    expect(page.get_by_role("img", name="QR-Code für die Theke")).to_be_visible()
    return page.locator(".code").inner_text()


@contextmanager
def a_worker(settings) -> Iterator[None]:
    """Have a real worker take tasks out of the queue, also those that the pages send."""
    settings.WAKE_RELAY = True
    with start_worker(app, pool="solo", concurrency=1, perform_ping_check=False, shutdown_timeout=20):
        yield
    settings.WAKE_RELAY = False


def clockwork_ticks() -> None:
    """Wait until a worker has done what is due on Coin-Tag."""
    before = ConversionRun.objects.count()
    tasks.convert_due.delay()
    until = time.monotonic() + 30
    while ConversionRun.objects.filter(state=ConversionRun.State.CLOSED).count() == before:
        assert time.monotonic() < until, "the worker did not take the task"
        time.sleep(0.1)
