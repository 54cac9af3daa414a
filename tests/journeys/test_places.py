"""From a sheet to a company: a youth shows what she did, her mother agrees, the company invites, she withdraws."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from activities.models import PlaceInterest
from activities.places import hosting
from activities.portfolio import links
from clevervibes.lib import db, periods
from tests import factories as make
from tests.journeys.browsers import DESKTOP, PHONE
from tests.journeys.town import PASSWORD, Town, build, hour_of_last_week


@pytest.fixture
def town(transactional_db, settings, live_server, tmp_path) -> Town:
    settings.MEDIA_ROOT, settings.PUBLIC_URL = tmp_path, live_server.url
    town = build()
    hour_of_last_week(town)
    return town


def test_from_the_portfolio_to_an_invitation_and_back(town, studio):
    host = make.make_host("Tischlerei Nordlicht", club=town.club)
    joiner = make.host_user(host)
    host.organisation.street, host.organisation.postcode = "Mühlenweg 4", "44532"
    host.organisation.save()
    joiner.set_password(PASSWORD)
    joiner.save(update_fields=["password"])

    with studio.browser(joiner, DESKTOP) as page:
        page.get_by_role("link", name="Ihre Plätze").first.click()
        page.get_by_role("link", name="Platz anbieten").click()
        page.get_by_role("radio", name="Praktikum").check(force=True)
        page.get_by_label("Überschrift").fill("Praktikum in der Werkstatt")
        page.get_by_label("Was erwartet jemanden bei Ihnen?").fill("Eine Woche, eigenes kleines Werkstück.")
        page.get_by_label("Ab welchem Alter?").fill("13")
        studio.look_at(page, "place-form")
        page.get_by_role("button", name="Zur Freigabe geben").click()
        expect(page.get_by_text("Das Team schaut noch darüber")).to_be_visible()
    place = host.places.get()
    hosting.release(place_id=place.public_id, by=town.team, now=db.now())

    with studio.browser(town.mia.user, PHONE) as page:
        page.goto("/profil/portfolio/")
        page.get_by_role("link", name="Jetzt aussuchen").click()
        page.get_by_role("checkbox").first.check(force=True)
        studio.look_at(page, "portfolio-choose")
        page.get_by_role("button", name="Auswahl merken").click()
        studio.look_at(page, "portfolio-home")
        page.get_by_role("button", name="Portfolio machen").click()
        expect(page.get_by_role("heading", name="Das steht drin")).to_be_visible()
        studio.look_at(page, "portfolio")
        with page.expect_download() as download:
            page.get_by_role("link", name="PDF herunterladen").click()
        assert download.value.suggested_filename.endswith(".pdf")

        page.goto("/chancen/plaetze/")
        studio.look_at(page, "places")
        page.get_by_role("link", name="Praktikum in der Werkstatt").click()
        page.get_by_role("link", name="Ich habe Interesse").click()
        studio.look_at(page, "interest-form")
        page.get_by_role("button", name="Vorschau ansehen").click()
        expect(page.get_by_role("heading", name="So sieht es der Betrieb")).to_be_visible()
        studio.look_at(page, "interest-preview")
        page.get_by_role("button", name="Eltern fragen").dblclick()
        expect(page.get_by_text("Sag ihnen Bescheid")).to_be_visible()
        studio.look_at(page, "interest-asked")
    found = PlaceInterest.objects.get()
    assert found.state == "asked"

    with studio.browser(joiner, DESKTOP) as page:
        page.goto(f"/chancen/gastgeber/plaetze/{place.public_id}/")
        expect(page.get_by_text("Noch niemand")).to_be_visible()

    with studio.browser(town.mother, PHONE) as page:
        studio.look_at(page, "guardian-start")
        page.get_by_role("link", name="Mia möchte sich bei Tischlerei Nordlicht melden").click()
        studio.look_at(page, "guardian-asked")
        page.get_by_role("button", name="Ich bin einverstanden").click()
        expect(page.get_by_text("Wartet auf den Betrieb")).to_be_visible()

    with studio.browser(joiner, DESKTOP) as page:
        page.goto("/chancen/gastgeber/plaetze/")
        studio.look_at(page, "host-places")
        page.get_by_role("link", name="Mia", exact=True).first.click()
        page.get_by_role("radio", name="Einladung mit Termin").check(force=True)
        page.locator("input[name=day]").fill((periods.berlin_date(db.now()) + timedelta(days=7)).isoformat())
        page.locator("input[name=at]").fill("15:30")
        studio.look_at(page, "host-interest")
        page.get_by_role("button", name="Antwort senden").click()
        expect(page.get_by_text("Ihre Antwort bisher")).to_be_visible()

    with studio.browser(town.mia.user, PHONE) as page:
        page.goto(f"/chancen/anfragen/{found.public_id}/")
        expect(page.get_by_role("heading", name="Du bist eingeladen!")).to_be_visible()
        studio.look_at(page, "interest-invited")
        page.locator("summary", has_text="Zurückziehen").click()
        page.get_by_role("button", name="Ja, zurückziehen").click()
        expect(page.get_by_text("Der Betrieb sieht nichts mehr davon.")).to_be_visible()

    with studio.browser(joiner, DESKTOP) as page:
        answer = page.goto(f"/chancen/gastgeber/anfragen/{found.public_id}/")
        assert answer.status == 404
    studio.complaints[:] = [line for line in studio.complaints if "404" not in line]
    assert studio.complaints == []


def test_whoever_scans_a_sheet_sees_sums_without_a_cookie(town, studio):
    version = make.make_portfolio(town.mia, now=db.now())
    with studio.guest(PHONE) as page:
        page.goto(links.url_of(version))
        expect(page.get_by_role("heading", name="Der Club bestätigt")).to_be_visible()
        studio.look_at(page, "proof")
        assert "Mia" not in page.content()
        assert page.context.cookies() == []
        page.goto("/nachweis/" + "A" * 43 + "/")
        studio.look_at(page, "proof-unknown")
