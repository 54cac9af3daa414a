"""What axe finds on the pages of strangers and of a sponsor's contact, with figures on them."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client

from accounts.models import Membership
from clevervibes.lib import periods
from clevervibes.openness import figures
from coins import conversion, pledges
from tests.accounts.test_texts import PAGES, make_operator, make_text
from tests.factories import NOON, make_approved, make_club, make_member, make_pool, make_sponsor, make_youth

pytestmark = pytest.mark.django_db(transaction=True)

PATHS = ("/", "/transparenz/", "/mitmachen/", "/foerderung/", "/hilfe/", "/datenschutz/", "/impressum/")


@pytest.fixture
def contact():
    make_operator()
    for kind in PAGES.values():
        make_text("## Für Dich\n\n### Wie?\n\n- [Was zählt?](/was-zaehlt/)", kind=kind)
    sponsor = make_sponsor()
    make_pool(coins=500, sponsor=sponsor)
    promised = {"amount_cents": 100_00, "due_on": periods.berlin_date(NOON) + timedelta(days=30)}
    pledges.promise(sponsor=sponsor, **promised, by=None, now=NOON)
    for _youth in range(6):
        make_approved(make_youth(), minutes=60)
    later = NOON + timedelta(hours=1)
    conversion.convert(club=make_club(), cutoff=later, now=later)
    figures.take(now=NOON + timedelta(days=40))
    return make_member(sponsor.organisation, Membership.Role.CONTACT)


@pytest.mark.parametrize(("scheme", "width"), [("dark", 390), ("light", 1280)])
def test_axe_finds_nothing_that_keeps_somebody_out(chromium, live_server, contact, scheme, width):
    client, name = Client(), settings.SESSION_COOKIE_NAME
    client.force_login(contact)
    window = chromium.new_context(
        viewport={"width": width, "height": 844}, base_url=live_server.url, locale="de-DE", color_scheme=scheme,
        reduced_motion="reduce",
    )  # fmt: skip
    window.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page, found = window.new_page(), []
    for path in PATHS:
        assert page.goto(path).ok, path
        found += [
            (path, row["id"], row["nodes"][0]["html"][:120])
            for row in Axe().run(page).response["violations"]
            if row["impact"] in {"serious", "critical"}
        ]
        if over := page.evaluate("document.documentElement.scrollWidth - innerWidth"):
            found.append((path, "overflow", over))
    window.close()
    assert found == []
