"""Logging an hour on a phone, told in browsers: by tiles, by the timer, without net, and without a script.

Taps are counted; how long it took is printed, never asserted: the machine that tests may be slow.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from activities import approvals, entries
from activities.models import SharedTimeEntry
from clevervibes.lib import db, periods
from tests import factories as make
from tests.concurrency import reports
from tests.journeys.browsers import DESKTOP, PHONE, Studio
from tests.journeys.town import PASSWORD, Town, build


@pytest.fixture
def town(transactional_db, settings, tmp_path) -> Town:
    settings.MEDIA_ROOT = tmp_path
    return build()


db_now = db.now


@pytest.fixture(autouse=True)
def _an_afternoon(monkeypatch) -> None:
    """Have it be one o'clock in Berlin, of the last day that has got so far: the hour before is one of the same day."""
    one = periods.midnight(periods.berlin_date(db_now())) + timedelta(hours=13)
    since = db_now() - (one if one < db_now() else one - timedelta(days=1))
    monkeypatch.setattr(db, "now", lambda: db_now() - since)


def day_before(town: Town, days: int = 1, *, hour: int = 16, minutes: int = 60, submit: bool = True, **details: object):
    """Something that Mia logged some days ago."""
    start = periods.midnight(periods.berlin_date(db.now()) - timedelta(days=days)) + timedelta(hours=hour)
    told = make.make_details(starts_at=start, minutes=minutes, **details)
    return entries.log(youth=town.mia, by=town.mia.user, details=told, submit=submit, now=start + timedelta(hours=5))


class Taps:
    """Taps as a thumb does, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def __call__(self, role: str, name: str) -> None:
        self.count += 1
        # A tile or chip is a radio button under its face: the face takes the tap.
        found = self.page.get_by_role(role, name=name, exact=True).first
        found.check(force=True) if role == "radio" else found.click()


def entry_of(town: Town) -> SharedTimeEntry:
    return town.mia.entries.latest("pk")


def test_an_hour_by_tiles_in_four_taps(town, studio):
    day_before(town, companion_name="Oma Hanne", companion_relation="grandparent")
    with studio.browser(town.mia.user, PHONE) as page:
        tap, begun = Taps(page), time.monotonic()

        tap("link", "Zeit eintragen")
        tap("radio", "Technik & Natur")
        tap("button", "Etwas bauen oder reparieren")
        studio.look_at(page, "logging-form-filled")
        tap("button", "Einreichen")

        expect(page.get_by_text("Etwa 10 Coins, sobald bestätigt.")).to_be_visible()
        seconds = time.monotonic() - begun
        studio.look_at(page, "logging-sent")
    entry = entry_of(town)
    assert (entry.status, entry.duration_minutes, entry.companion_name) == ("submitted", 60, "Oma Hanne")
    assert (entry.category.slug, entry.did) == ("technik", "Etwas bauen oder reparieren")
    assert tap.count <= 4
    assert studio.complaints == []
    reports.append(f"logging by tiles: {tap.count} taps, {seconds:.1f} s")


def test_like_last_time_in_four_taps(town, studio):
    day_before(town, minutes=90, companion_name="Papa")
    with studio.browser(town.mia.user, PHONE) as page:
        tap, begun = Taps(page), time.monotonic()
        tap("link", "Zeit eintragen")
        page.get_by_text("Wie letztes Mal").click()
        tap.count += 1
        tap("button", "Ein Buch gemeinsam lesen")
        tap("button", "Einreichen")
        expect(page.get_by_text("Etwa 15 Coins, sobald bestätigt.")).to_be_visible()
        reports.append(f"logging like last time: {tap.count} taps, {time.monotonic() - begun:.1f} s")
    entry = entry_of(town)
    assert (entry.category.slug, entry.duration_minutes, entry.companion_name) == ("lesen", 90, "Papa")
    assert tap.count <= 4


def test_the_timer_runs_on_while_the_browser_is_closed(town, studio, monkeypatch):
    with studio.browser(town.mia.user, PHONE) as page:
        studio.look_at(page, "logging-start")
        page.get_by_role("button", name="Timer starten").click()
        expect(page.get_by_role("heading", name="Eure Zeit läuft")).to_be_visible()
    earlier = db.now
    monkeypatch.setattr(db, "now", lambda: earlier() + timedelta(minutes=42))
    # Another phone, another browser: the database knows.
    with studio.browser(town.mia.user, PHONE) as page:
        expect(page.get_by_role("timer")).to_contain_text("00:42:")
        page.goto("/zeiten/")
        expect(page.get_by_role("timer")).to_contain_text("00:42:")
        studio.look_at(page, "logging-timer-runs")
        page.get_by_role("button", name="Fertig").click()
        expect(page.get_by_role("heading", name="Fertig! Was war das?")).to_be_visible()
        stored = entry_of(town)
        local = stored.starts_at.astimezone(periods.BERLIN)
        assert page.get_by_label("von", exact=True).input_value() == f"{local:%H:%M}"
        studio.look_at(page, "logging-timer-stopped")
        page.get_by_role("radio", name="Lesen & Vorlesen").check(force=True)
        page.get_by_role("radio", name="Mama oder Papa").check(force=True)
        page.get_by_label("Was genau?").fill("Momo gelesen.")
        page.get_by_role("button", name="Einreichen").click()
        expect(page.get_by_text("Etwa 7 Coins, sobald bestätigt.")).to_be_visible()
    entry = entry_of(town)
    assert (entry.status, entry.duration_minutes) == ("submitted", 42)
    assert [step.step for step in entry.reviews.all()] == ["start", "stop", "log", "submit"]
    assert studio.complaints == []


def test_a_double_tap_starts_one_timer_and_sends_one_entry(town, studio):
    with studio.browser(town.mia.user, PHONE) as page:
        page.get_by_role("button", name="Timer starten").dblclick()
        expect(page.get_by_role("heading", name="Eure Zeit läuft")).to_be_visible()
        assert town.mia.entries.count() == 1
        page.get_by_role("button", name="Verwerfen").dblclick()
        expect(page.get_by_role("button", name="Timer starten")).to_be_visible()
        fill_in(page)
        page.get_by_role("button", name="Einreichen").dblclick()
        expect(page.get_by_text("Etwa 10 Coins, sobald bestätigt.")).to_be_visible()
    assert town.mia.entries.filter(status="submitted").count() == 1
    assert studio.complaints == []


def fill_in(page: Page, did: str = "Zwei Kapitel Momo 📚") -> None:
    page.goto("/zeiten/neu/")
    page.get_by_role("radio", name="Lesen & Vorlesen").check(force=True)
    page.get_by_label("Was genau?").fill(did)
    page.get_by_role("radio", name="Mama oder Papa").check(force=True)


def test_without_net_nothing_is_lost_and_nothing_is_sent_twice(town, studio):
    with studio.browser(town.mia.user, PHONE) as page:
        context: BrowserContext = page.context
        fill_in(page)
        context.set_offline(True)
        page.get_by_role("button", name="Einreichen").click()
        expect(page.get_by_text("Du bist gerade offline")).to_be_visible()
        studio.look_at(page, "logging-offline")
        assert page.get_by_label("Was genau?").input_value() == "Zwei Kapitel Momo 📚"

        # The phone is put away; later, with net again, the form remembers.
        page.close()
        context.set_offline(False)
        page = context.new_page()
        page.goto("/zeiten/neu/")
        expect(page.get_by_text("Dein Text von vorhin ist noch da")).to_be_visible()
        assert page.get_by_label("Was genau?").input_value() == "Zwei Kapitel Momo 📚"
        studio.look_at(page, "logging-kept")

        # The net breaks off after the entry has arrived: the second tap finds the same entry.
        page.route("**/zeiten/neu/", answer_is_lost)
        page.get_by_role("button", name="Einreichen").click()
        expect(page.get_by_text("Das Netz ist zu langsam")).to_be_visible()
        assert town.mia.entries.count() == 1
        page.unroute("**/zeiten/neu/")
        page.get_by_role("button", name="Einreichen").click()
        expect(page.get_by_text("Etwa 10 Coins, sobald bestätigt.")).to_be_visible()
        assert town.mia.entries.count() == 1

        # What has arrived is not kept any longer.
        assert page.evaluate("Object.keys(localStorage).length") == 0
        page.goto("/zeiten/neu/")
        expect(page.get_by_text("Dein Text von vorhin ist noch da")).to_be_hidden()


def answer_is_lost(route) -> None:
    if route.request.method != "POST":
        route.continue_()
        return
    route.fetch()
    route.abort()


def test_a_refusal_stands_at_its_field_and_links_what_is_in_the_way(town, studio):
    with studio.browser(town.mia.user, PHONE) as page:
        fill_in(page)
        page.get_by_role("button", name="Einreichen").click()
        expect(page.get_by_text("Etwa 10 Coins, sobald bestätigt.")).to_be_visible()
        fill_in(page, "Noch einmal Momo")
        page.get_by_role("button", name="Einreichen").click()
        expect(page.get_by_role("alert").filter(has_text="Zu dieser Zeit steht schon")).to_be_visible()
        studio.look_at(page, "logging-overlap")
        assert page.get_by_label("Was genau?").input_value() == "Noch einmal Momo"
        # Repaired on the page that the script has drawn anew.
        page.get_by_role("button", name="gestern").click()
        page.get_by_role("button", name="Einreichen").click()
        expect(page.get_by_text("Etwa 10 Coins, sobald bestätigt.")).to_be_visible()
    assert town.mia.entries.count() == 2


@contextmanager
def without_script(studio: Studio, town: Town) -> Iterator[Page]:
    context = studio.chromium.new_context(
        **PHONE, base_url=studio.home, locale="de-DE", timezone_id="Europe/Berlin", java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/anmelden/")
    page.get_by_label("Benutzername").fill(town.mia.user.username)
    page.get_by_label("Passwort", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Anmelden", exact=True).click()
    yield page
    context.close()


def test_all_of_it_without_a_script(town, studio, monkeypatch):
    with without_script(studio, town) as page:
        page.get_by_role("button", name="Timer starten").click()
        expect(page.get_by_role("heading", name="Eure Zeit läuft")).to_be_visible()
        earlier = db.now
        monkeypatch.setattr(db, "now", lambda: earlier() + timedelta(minutes=30))
        page.reload()
        # Before 13:00 the afternoon that is played is that of yesterday.
        expect(page.get_by_text(re.compile("seit (heute|gestern), 13:00"))).to_be_visible()
        page.get_by_role("button", name="Fertig").click()
        page.get_by_role("button", name="Einreichen").click()
        # Nothing typed is lost on the way back.
        expect(page.get_by_text("Such Dir eine Kategorie aus.").first).to_be_visible()
        page.get_by_role("radio", name="Lesen & Vorlesen").check(force=True)
        page.get_by_role("radio", name="Mama oder Papa").check(force=True)
        page.get_by_label("Was genau?").fill("Ohne Skript gelesen.")
        page.get_by_role("button", name="Einreichen").click()
        expect(page.get_by_text("Etwa 5 Coins, sobald bestätigt.")).to_be_visible()
    assert entry_of(town).duration_minutes == 30


@pytest.mark.slow
@pytest.mark.parametrize("studio", [True], ids=["looked-at"], indirect=True)
@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_every_page_of_shared_time_looks_right(town, studio, device):
    size = "phone" if device is PHONE else "desktop"
    mia, mother = town.mia, town.mother
    with studio.browser(mia.user, device) as page:
        page.goto("/zeiten/")
        studio.look_at(page, f"logging-{size}-empty")
        page.goto("/zeiten/neu/")
        studio.look_at(page, f"logging-{size}-first-form")
        page.goto("/zeiten/kalender/")
        studio.look_at(page, f"logging-{size}-calendar-empty")

        a_full_week(town)
        page.goto("/zeiten/")
        studio.look_at(page, f"logging-{size}-full-week")
        page.goto("/zeiten/neu/")
        studio.look_at(page, f"logging-{size}-form")
        page.get_by_role("button", name="Einreichen").click()
        expect(page.get_by_text("Such Dir eine Kategorie aus.").first).to_be_visible()
        studio.look_at(page, f"logging-{size}-error")
        page.goto("/zeiten/kalender/")
        studio.look_at(page, f"logging-{size}-calendar")
        page.goto("/zeiten/jahr/")
        studio.look_at(page, f"logging-{size}-year")
        returned = mia.entries.get(status="returned")
        page.goto(f"/zeiten/{returned.public_id}/aendern/")
        studio.look_at(page, f"logging-{size}-returned")
        better = make.make_details(
            starts_at=returned.starts_at, minutes=45, did="Nur das erste Kapitel.", companion_name="Papa"
        )
        entries.edit(entry_id=returned.public_id, by=mia.user, details=better, submit=True, now=db.now())
        page.goto(f"/zeiten/{returned.public_id}/")
        studio.look_at(page, f"logging-{size}-both-versions")
        page.goto("/start/")
        studio.look_at(page, f"logging-{size}-start")
        page.goto("/was-zaehlt/")
        studio.look_at(page, f"logging-{size}-what-counts")
    with studio.browser(mother, device) as page:
        page.goto("/bestaetigen/")
        studio.look_at(page, f"logging-{size}-inbox")
        page.get_by_role("link", name="Für Mia eintragen").click()
        studio.look_at(page, f"logging-{size}-proposal")
        page.get_by_role("radio", name="Alltag lernen").check(force=True)
        page.get_by_label("Was genau?").fill("Linsensuppe gekocht.")
        page.get_by_label("von", exact=True).fill("10:00")
        page.get_by_label("bis", exact=True).fill("11:00")
        page.get_by_role("button", name="gestern").click()
        page.get_by_role("button", name="Eintragen, Mia bestätigt").click()
        expect(page.get_by_text("wartet auf Mia")).to_be_visible()
    with studio.browser(mia.user, device) as page:
        page.get_by_role("region", name="Stimmt das so?").get_by_role("link").click()
        studio.look_at(page, f"logging-{size}-proposed")
        page.get_by_role("button", name="Stimmt", exact=True).click()
        expect(page.get_by_text("Bestätigt!")).to_be_visible()
    assert mia.entries.get(did="Linsensuppe gekocht.").status == "approved"
    # The form that was refused on purpose is in the console too.
    assert [line for line in studio.complaints if "422" not in line] == []


def a_full_week(town: Town) -> None:
    make.make_category("Alltag lernen", weekly_cap_minutes=120)
    for days in range(1, 13):
        for hour in (8, 13):
            category = make.make_category("Alltag lernen" if (days + hour) % 3 == 0 else "Lesen & Vorlesen")
            entry = day_before(town, days, hour=hour, minutes=60 + 15 * (days % 8), category=category)
            approvals.approve(entry_id=entry.public_id, by=town.mother, now=db.now())
    sent_back = day_before(town, 13, companion_name="Mama")
    approvals.return_(entry_id=sent_back.public_id, by=town.mother, reason="Uhrzeit stimmt nicht", now=db.now())
    day_before(town, 13, hour=19, submit=False)
