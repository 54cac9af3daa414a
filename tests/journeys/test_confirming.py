"""Confirming a week from the link of a mail, on a phone and without signing in, told in a browser.

Taps are counted; how long it took is printed, never asserted.
"""

import re
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from accounts.models import Membership, User
from accounts.notices import digests
from activities import entries, sheets
from activities.models import SharedTimeEntry
from clevervibes.lib import db, outbox, periods
from tests import factories as make
from tests.concurrency import reports
from tests.journeys.browsers import DESKTOP, PHONE, TABLET
from tests.journeys.town import PASSWORD, Town, build

DAY = timedelta(days=1)


@pytest.fixture
def town(transactional_db, settings, tmp_path) -> Town:
    settings.MEDIA_ROOT = tmp_path
    return build()


SENTENCES = (
    ("lesen", "Momo gelesen, drei Kapitel."), ("lernen", "Brüche geübt, bis es saß."),
    ("technik", "Den Fahrradreifen geflickt."), ("alltag", "Zusammen Linsensuppe gekocht."),
    ("sprachen", "Vokabeln abgefragt, türkisch und deutsch."),
)  # fmt: skip


def a_week(town: Town) -> list[SharedTimeEntry]:
    """Five hours of five days."""
    found = []
    for number, (slug, did) in enumerate(SENTENCES, start=1):
        start = periods.midnight(periods.berlin_date(db.now()) - number * DAY) + timedelta(hours=16)
        category = make.Category.objects.filter(slug=slug).first() or make.make_category()
        told = make.make_details(starts_at=start, minutes=60, category=category, did=did)
        found.append(
            entries.log(youth=town.mia, by=town.mia.user, details=told, submit=True, now=start + timedelta(hours=2))
        )  # fmt: skip
    return found


def address_in_the_mail(town: Town, language: str = "de") -> str:
    User.objects.filter(pk=town.mother.pk).update(
        email="sabine@example.org", language=language, date_joined=db.now() - 60 * DAY
    )
    digests.plan(now=db.now())
    while outbox.relay(db.now()):
        pass
    letter = next(letter for letter in mail.outbox if letter.to == ["sabine@example.org"])
    (address,) = set(re.findall(r"https?://\S+/bestaetigen/mail/\S+/", letter.body))
    return urlsplit(address).path


def states() -> list[tuple]:
    return sorted(SharedTimeEntry.objects.values_list("pk", "status"))


def test_a_week_from_the_mail_in_two_taps(town, studio):
    week, path = a_week(town), address_in_the_mail(town)
    waiting = states()
    for _scanner in range(10):
        with studio.guest(PHONE) as page:
            page.goto(path)
    assert states() == waiting

    with studio.guest(PHONE) as page:
        begun = time.monotonic()
        page.goto(path)  # the tap in the mail
        expect(page.get_by_role("heading", name="Hallo Sabine")).to_be_visible()
        studio.look_at(page, "confirming-by-mail")
        page.get_by_role("button", name="Alle 5 stimmen").click()
        expect(page.get_by_text("5 Einträge bestätigt.")).to_be_visible()
        seconds = time.monotonic() - begun
        studio.look_at(page, "confirming-by-mail-done")
        assert {entry.status for entry in fresh(week)} == {"approved"}
        page.get_by_role("button", name="Rückgängig").click()
        expect(page.get_by_role("button", name="Alle 5 stimmen")).to_be_visible()
        assert states() == waiting
        page.goto("/profil/")
        expect(page).to_have_url(re.compile("/anmelden/"))
    assert studio.complaints == []
    reports.append(f"a week confirmed from a mail: 2 taps, {seconds:.1f} s")


def fresh(rows: list[SharedTimeEntry]) -> list[SharedTimeEntry]:
    return list(SharedTimeEntry.objects.filter(pk__in=[row.pk for row in rows]))


@pytest.mark.slow
@pytest.mark.parametrize("studio", [True], ids=["looked-at"], indirect=True)
def test_some_of_them_and_one_back_in_turkish(town, studio):
    week, path = a_week(town), address_in_the_mail(town, "tr")
    with studio.guest(PHONE) as page:
        page.goto(path)
        studio.look_at(page, "confirming-turkish")
        for box in page.get_by_role("checkbox").all()[:2]:
            box.check(force=True)
        studio.look_at(page, "confirming-ticked")
        page.locator(".ticked button").click()
        expect(page.locator(".just")).to_be_visible()
        assert sum(entry.status == "approved" for entry in fresh(week)) == 2
        page.locator(".ask__answer a").first.click()
        page.locator(".pick").first.click()
        studio.look_at(page, "confirming-return-turkish")
        page.locator(".form__actions button").click()
        expect(page.locator(".ask")).to_have_count(2)
    assert town.mia.entries.get(status="returned").reviews.get(step="return").reason == "Uhrzeit stimmt nicht"
    assert studio.complaints == []


def test_by_keyboard_alone_and_enter_confirms_nothing_by_itself(town, studio):
    week, path = a_week(town), address_in_the_mail(town)
    with studio.guest(DESKTOP) as page:
        page.goto(path)
        studio.look_at(page, "confirming-desktop")
        page.get_by_role("checkbox").first.focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert {entry.status for entry in fresh(week)} == {"submitted"}
        tab_to(page, "Stimmt")
        page.keyboard.press("Enter")
        expect(page.get_by_text("1 Eintrag bestätigt.")).to_be_visible()
        page.wait_for_load_state()
        tab_to(page, "Rückgängig")
        page.keyboard.press("Space")
        expect(page.get_by_role("button", name="Alle 5 stimmen")).to_be_visible()
    assert studio.complaints == []


def tab_to(page: Page, text: str) -> None:
    for _tab in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == text:
            return
    raise AssertionError(f"{text} is not reached")


@pytest.mark.slow
@pytest.mark.parametrize("studio", [True], ids=["looked-at"], indirect=True)
def test_a_link_that_is_over_sends_a_new_one(town, studio):
    a_week(town)
    path = address_in_the_mail(town)
    with studio.guest(PHONE) as page:
        page.goto(path)
        page.get_by_role("button", name="Link beenden").click()
        expect(page.get_by_role("heading", name="Gilt nicht mehr")).to_be_visible()
        studio.look_at(page, "confirming-link-ended")
        page.get_by_role("button", name="Neuen Link schicken").click()
        expect(page.get_by_role("heading", name="Die Mail ist unterwegs")).to_be_visible()
        studio.look_at(page, "confirming-link-sent")


@pytest.mark.slow
@pytest.mark.parametrize("studio", [True], ids=["looked-at"], indirect=True)
def test_a_sheet_of_paper_at_the_point_of_contact(town, studio):
    week = a_week(town)
    point = make.make_contact_point()
    karin = make.make_member(point.organisation, Membership.Role.VOUCHER, "Karin")
    karin.set_password(PASSWORD)
    karin.save()
    first = min(week, key=lambda entry: entry.starts_at)
    sheet = sheets.make(
        youth=town.mia, monday=periods.berlin_date(first.starts_at), by=town.mia.user, now=db.now()
    )  # fmt: skip
    with studio.browser(town.mia.user, PHONE) as page:
        page.goto("/zeiten/wochenzettel/")
        studio.look_at(page, "sheet-choose")
    with studio.browser(karin, TABLET) as page:
        page.goto("/anlaufstelle/")
        studio.look_at(page, "sheet-point")
        page.get_by_role("link", name="Wochenzettel eintragen").click()
        studio.look_at(page, "sheet-desk")
        page.get_by_label("Code vom Wochenzettel").fill(sheet.code)
        page.get_by_role("button", name="Zettel öffnen").click()
        for box in page.get_by_role("checkbox").all():
            box.check()
        page.get_by_role("radio").first.check(force=True)
        studio.look_at(page, "sheet-enter")
        page.get_by_role("button", name="Als bestätigt eintragen").click()
        expect(page.get_by_text("Auf Papier bestätigt von Sabine, gesehen von Karin")).to_be_visible()
        studio.look_at(page, "sheet-entered")
    assert fresh([first])[0].on_paper
    assert studio.complaints == []


@pytest.mark.slow
@pytest.mark.parametrize("studio", [True], ids=["looked-at"], indirect=True)
def test_the_list_of_the_team(town, studio):
    a_week(town)
    with studio.browser(town.team, DESKTOP) as page:
        page.goto("/admin/activities/waitingentry/")
        studio.keep(page, "ageing")
