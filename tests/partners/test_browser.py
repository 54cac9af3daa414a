"""What only a browser can show: the phone turns into the receipt, the counter answers in place and by keyboard."""

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from clevervibes.lib import db
from partners import redemption
from partners.models import Redemption
from tests.factories import make_hold, make_manager, make_rich_youth

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def youth():
    return make_rich_youth()


@pytest.fixture
def hold(youth):
    return make_hold(youth=youth, now=db.now())


@pytest.fixture
def manager(hold):
    return make_manager(hold.offer.partner)


@pytest.fixture
def open_as(chromium, live_server, settings):
    """Return a function that opens a page as somebody; what the console complains about fails the test."""
    settings.PUBLIC_URL = live_server.url
    contexts, complaints = [], []

    def open_page(user, path, **options) -> Page:
        client = Client()
        client.force_login(user)
        context = chromium.new_context(viewport={"width": 390, "height": 844}, base_url=live_server.url, **options)
        context.add_cookies([{"name": "sid", "value": client.cookies["sid"].value, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


def test_the_phone_asks_each_second_and_turns_into_the_receipt(open_as, youth, hold):
    phone = open_as(youth.user, f"/belohnungen/vormerkung/{hold.public_id}/")
    expect(phone.get_by_text(redemption.show_code(hold=hold).code)).to_be_visible()

    expect(phone.locator("[data-live]")).to_have_attribute("hx-trigger", "every 1s")

    redemption.redeem(hold=hold, by=None, now=db.now())

    expect(phone.get_by_role("heading", name="Eingelöst")).to_be_visible()
    expect(phone.get_by_text(hold.title)).to_have_count(2)  # the page's heading and the receipt


def test_a_code_is_redeemed_with_the_keyboard_alone_and_said_aloud(open_as, hold, manager):
    till = open_as(manager, "/theke/")
    region = till.locator("#till[aria-live=polite]")

    till.keyboard.type("CCCC-CCCC\n")  # the field has the focus
    expect(region.get_by_role("alert")).to_contain_text("Diesen Code kennen wir hier nicht.")
    till.get_by_label("Code vom Handy").fill("")
    till.keyboard.type(redemption.show_code(hold=hold).url + "\n")  # as a hand scanner does
    expect(region.get_by_role("button", name="Einlösen")).to_be_focused()
    till.keyboard.press("Enter")
    expect(region.get_by_role("heading", name="Eingelöst")).to_be_visible()
    expect(region.get_by_role("link", name="Nächster Code")).to_be_focused()
    till.keyboard.press("Enter")

    expect(till.get_by_label("Code vom Handy")).to_be_focused()
    expect(region.get_by_text(hold.title)).to_be_visible()  # in today's list
    assert Redemption.objects.get().hold == hold


def test_the_counter_works_without_javascript(open_as, hold, manager):
    till = open_as(manager, "/theke/", java_script_enabled=False)

    till.get_by_label("Code vom Handy").fill(redemption.show_code(hold=hold).code)
    till.keyboard.press("Enter")
    till.get_by_role("button", name="Einlösen").click()

    expect(till.get_by_role("heading", name="Eingelöst")).to_be_visible()


def test_a_camera_scan_at_a_signed_in_counter_leads_to_the_handover(open_as, hold, manager):
    code = redemption.show_code(hold=hold)

    till = open_as(manager, f"/c#{code.token}")
    hold.refresh_from_db()
    assert hold.looked_up_at is None  # looking changes nothing
    till.get_by_role("button", name="nachschlagen").click()

    expect(till.get_by_role("button", name="Einlösen")).to_be_visible()
