"""Saying yes and taking it back on a phone: the clicks are counted, with and without JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts import consent, erasures
from accounts.models import Consent
from clevervibes.lib import db
from tests.concurrency import tell
from tests.factories import guardian_of, make_consent_text, make_user, make_youth

pytestmark = pytest.mark.django_db(transaction=True)


class Clicking:
    """A phone whose clicks are counted."""

    def __init__(self, page):
        self.page, self.clicks = page, 0

    def click(self, target) -> None:
        target.click()
        self.page.wait_for_load_state()
        self.clicks += 1


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_taking_back_takes_three_clicks_from_the_profile_and_no_more_than_giving(chromium, live_server, script):
    make_consent_text()
    youth = make_youth(consent=False)
    client = Client()
    client.force_login(guardian_of(youth))
    name = settings.SESSION_COOKIE_NAME
    phone = chromium.new_context(
        viewport={"width": 390, "height": 844}, locale="de-DE", java_script_enabled=script, base_url=live_server.url
    )
    phone.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page = phone.new_page()

    page.goto(reverse("accounts:profile"))
    giving = Clicking(page)
    giving.click(page.get_by_role("link", name=youth.first_name))
    giving.click(page.get_by_role("checkbox"))
    giving.click(page.get_by_role("button", name="Einwilligen"))
    page.get_by_text("Die Einwilligung gilt").wait_for()
    assert Consent.objects.get().withdrawn_at is None

    page.goto(reverse("accounts:profile"))
    taking_back = Clicking(page)
    taking_back.click(page.get_by_role("link", name=youth.first_name))
    taking_back.click(page.locator("summary", has_text="Einwilligung widerrufen"))
    taking_back.click(page.get_by_role("button", name="Ja, widerrufen"))
    page.get_by_text("Die Einwilligung ist widerrufen").first.wait_for()
    assert Consent.objects.get().withdrawn_how == Consent.Ended.SCREEN
    phone.close()

    assert taking_back.clicks <= 3
    assert taking_back.clicks <= giving.clicks
    more = f"giving {giving.clicks} clicks, taking back {taking_back.clicks}, {'with' if script else 'without'} script"
    tell("consent on a phone", bad=0, of=1, seed=0, more=more)


@pytest.mark.slow
def test_axe_finds_nothing_serious_on_the_pages_of_consent_and_data_by_day_and_by_night(chromium, live_server):
    make_consent_text()
    mother = make_user("Sabine")
    youths = [make_youth("Mia", guardian=mother, consent=False), make_youth("Ben", guardian=mother)]
    withdrawn = make_youth("Lea", guardian=mother)
    consent.withdraw(youth=withdrawn, by=mother, now=db.now())
    erasures.order(person=withdrawn.user, by=mother, now=db.now())
    client = Client()
    client.force_login(mother)
    name, looked, found = settings.SESSION_COOKIE_NAME, 0, []
    pages = [
        reverse("accounts:profile"), reverse("accounts:consents"), reverse("data"),
        f"{reverse('data')}?youth={withdrawn.public_id}",
        *(reverse("accounts:consent", args=[youth.public_id]) for youth in [*youths, withdrawn]),
        reverse("accounts:consent-text", args=[make_consent_text().sha256]), "export",
    ]  # fmt: skip
    for scheme in ("light", "dark"):
        phone = chromium.new_context(
            viewport={"width": 390, "height": 844}, locale="de-DE", color_scheme=scheme, base_url=live_server.url
        )
        phone.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page = phone.new_page()
        for address in pages:
            page.goto(reverse("data") if address == "export" else address)
            if address == "export":
                page.get_by_role("button", name="Ansehen").click()
                page.get_by_text("Geheimes wie Passwörter").wait_for()
            page.evaluate("document.querySelectorAll('details:not(.menu)').forEach(each => { each.open = true })")
            looked += 1
            for row in Axe().run(page).response["violations"]:
                if row["impact"] in {"serious", "critical"}:
                    found.append((scheme, address, row["id"], row["nodes"][0]["html"][:120]))
        phone.close()
    tell("axe on pages of consent and data", bad=len(found), of=looked, seed=0)
    assert found == []
