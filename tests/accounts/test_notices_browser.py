"""The list behind the bell on a phone: with and without JavaScript, by keyboard alone, and what axe finds."""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import MailSettings, Notice
from activities import approvals
from clevervibes.lib import db, outbox
from tests.concurrency import tell
from tests.factories import guardian_of, make_entry, make_youth

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def youth():
    youth = make_youth("Mia")
    youth.user.email = "mia@example.org"
    youth.user.save(update_fields=["email"])
    entry = make_entry(youth)
    approvals.return_(entry_id=entry.public_id, by=guardian_of(youth), reason="falscher Tag", now=db.now())
    return youth


def phone_of(chromium, live_server, user, **options):
    client = Client()
    client.force_login(user)
    phone = chromium.new_context(
        viewport={"width": 390, "height": 844}, locale="de-DE", base_url=live_server.url, **options
    )
    name = settings.SESSION_COOKIE_NAME
    phone.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    return phone


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_from_the_bell_to_the_entry_in_two_taps(chromium, live_server, youth, script):
    phone = phone_of(chromium, live_server, youth.user, java_script_enabled=script)
    page = phone.new_page()
    page.goto(reverse("start"))

    page.get_by_role("link", name="Nachrichten, 2 neu").click()
    page.get_by_role("button", name="Bitte schau noch einmal drauf").click()
    page.wait_for_url("**/zeiten/*/")

    assert Notice.objects.get(topic="entry_returned").read_at
    page.get_by_role("link", name="Nachrichten, 1 neu").wait_for()
    phone.close()


def test_the_keyboard_alone_says_what_comes_by_mail(chromium, live_server, youth):
    phone = phone_of(chromium, live_server, youth.user)
    page = phone.new_page()
    page.goto(reverse("accounts:mail-settings"))

    page.locator("input[name=times]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Mi")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Gespeichert.").wait_for()

    chosen = MailSettings.objects.get()
    assert (chosen.times, chosen.coins, chosen.weekday) == ("digest", "never", 3)
    phone.close()


@pytest.mark.slow
def test_axe_finds_nothing_serious_by_day_and_by_night(chromium, live_server, youth):
    outbox.relay(db.now())
    letter = next(letter for letter in mail.outbox if "List-Unsubscribe" in letter.extra_headers)
    unsubscribe = urlsplit(letter.extra_headers["List-Unsubscribe"].strip("<>")).path
    Notice.objects.filter(topic="consent_given").update(read_at=db.now())
    looked, found = 0, []
    people = {
        youth.user: [reverse("accounts:notices"), reverse("accounts:mail-settings"), unsubscribe, f"{unsubscribe}x/",
                     reverse("accounts:profile")],
        make_youth("Ben", consent=False).user: [reverse("accounts:notices")],
    }  # fmt: skip
    for scheme in ("light", "dark"):
        for person, pages in people.items():
            phone = phone_of(chromium, live_server, person, color_scheme=scheme)
            page = phone.new_page()
            for address in pages:
                page.goto(address)
                looked += 1
                for row in Axe().run(page).response["violations"]:
                    if row["impact"] in {"serious", "critical"}:
                        found.append((scheme, address, row["id"], row["nodes"][0]["html"][:120]))
            phone.close()
    tell("axe on pages of notices", bad=len(found), of=looked, seed=0)
    assert found == []
