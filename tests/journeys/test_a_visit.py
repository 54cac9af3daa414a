"""A visit from the first draft to the coins: host, team, youth and mother, each on their own screen."""

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from activities.chances import check_in
from activities.models import Booking, Opportunity
from clevervibes.lib import db, periods
from coins import conversion, funding
from coins.selectors import balance_of
from tests import factories as make
from tests.journeys.browsers import DESKTOP, PHONE, TABLET, Studio
from tests.journeys.town import PASSWORD, Town, build

db_now = db.now


class Clock:
    """Noon of today, and later whenever the story moves on."""

    def __init__(self):
        self.shift = periods.midnight(periods.berlin_date(db_now())) + timedelta(hours=12) - db_now()

    def now(self):
        return db_now() + self.shift

    def go_to(self, moment):
        self.shift = moment - db_now()


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(db, "now", clock.now)
    return clock


@pytest.fixture
def town(transactional_db, settings, tmp_path) -> Town:
    settings.MEDIA_ROOT = tmp_path
    return build()


@pytest.fixture
def studio(studio, settings) -> Studio:
    settings.PUBLIC_URL = studio.home
    return studio


@pytest.fixture
def host(town):
    host = make.make_host("Kranz Metalltechnik", club=town.club)
    person = make.host_person(host)
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    return person


def draft(studio: Studio, host, day) -> Opportunity:
    """The host writes a date, looks at it, and sends it to the team."""
    with studio.browser(host, DESKTOP) as page:
        page.goto(reverse("activities:new-date"))
        page.get_by_role("radio", name="Betriebsbesuch").check(force=True)
        page.get_by_label("Überschrift").fill("Funken sehen: ein Nachmittag in der Schweißerei")
        page.get_by_label("Was passiert dort?").fill("Wir zeigen Dir alle Stationen vom Blech bis zum Geländer.")
        page.get_by_label("Berufsfeld").select_option(label="Metall & Maschinen")
        page.get_by_label("Als was zählt die Zeit?").select_option(label="Betrieb erleben")
        page.get_by_label("Tag", exact=True).fill(day.isoformat())
        page.get_by_label("von", exact=True).fill("15:00")
        page.get_by_label("bis", exact=True).fill("17:30")
        page.get_by_label("Treffpunkt").fill("Tor 2, Gewerbering 14")
        page.get_by_label("Wie weit ist es?").fill("10 Minuten vom Bahnhof")
        page.get_by_label("Was soll man anziehen?").fill("Feste Schuhe")
        page.get_by_label("Ansprechperson vor Ort").fill("Ole Kranz")
        page.get_by_label("Es sind immer mindestens zwei Erwachsene dabei").check()
        page.get_by_role("button", name="Vorschau").click()
        expect(page.get_by_role("heading", name="So sehen es die Jugendlichen")).to_be_visible()
        studio.look_at(page, "visit-preview")
        page.get_by_role("button", name="Ans Team schicken").click()
        expect(page.get_by_text("Das Team liest den Termin")).to_be_visible()
    return Opportunity.objects.get()


def release(studio: Studio, town: Town, date: Opportunity, day) -> None:
    """Somebody of the team notes the certificate and releases the date."""
    with studio.browser(town.team, DESKTOP) as page:
        page.goto(reverse("admin:activities_opportunity_change", args=[date.pk]))
        page.locator("#id_certificate_seen_on").fill(day.strftime("%d.%m.%Y"))
        page.locator("#id_certificate_valid_until").fill((day + timedelta(days=900)).strftime("%d.%m.%Y"))
        page.get_by_role("button", name="Sichern", exact=True).click()
        page.goto(reverse("admin:activities_opportunity_changelist"))
        page.locator("input[name=_selected_action]").check(force=True)
        page.locator("select[name=action]").select_option(value="release")
        page.get_by_role("button", name="Ausführen").click()
        expect(page.get_by_text("ist freigegeben")).to_be_visible()


def test_a_visit_from_draft_to_coins(town, studio, host, clock):
    today = periods.berlin_date(clock.now())
    funding.book_deposit(pool=town.pool, amount_cents=10_000, received_on=today, by=None, now=db_now())
    day = today + timedelta(days=5)
    date = draft(studio, host, day)
    release(studio, town, date, day - timedelta(days=30))

    with studio.browser(town.mia.user, PHONE) as page:
        page.goto(reverse("activities:opportunities"))
        studio.look_at(page, "visit-list")
        page.get_by_role("link", name="Funken sehen").click()
        page.get_by_role("button", name="Platz nehmen").click()
        expect(page.get_by_role("heading", name="Deine Eltern sind gefragt")).to_be_visible()
        studio.look_at(page, "visit-asked")

    with studio.browser(town.mother, PHONE) as page:
        page.get_by_role("link", name="Mia: Funken sehen").click()
        studio.look_at(page, "visit-question")
        page.get_by_role("button", name="Ja, gern").click()
        expect(page.get_by_text("Danke! Der Platz steht.")).to_be_visible()

    clock.go_to(date.starts_at - timedelta(minutes=5))
    with studio.browser(host, TABLET) as wall:
        wall.goto(reverse("activities:host-date", args=[date.public_id]))
        wall.get_by_role("button", name="Code zeigen").click()
        expect(wall.get_by_text("0 von 1 da")).to_be_visible()
        studio.look_at(wall, "visit-wall")
        with studio.browser(town.mia.user, PHONE) as page:
            page.goto(check_in.url_of(date, clock.now()))  # what a camera would open
            studio.look_at(page, "visit-check-in")
            page.get_by_role("button", name="Ich bin da").click()
            expect(page.get_by_text("Du bist da!")).to_be_visible()
        expect(wall.get_by_text("1 von 1 da")).to_be_visible()

    clock.go_to(date.ends_at + timedelta(hours=1))
    with studio.browser(host, PHONE) as page:
        page.goto(reverse("activities:hosting"))
        page.get_by_role("link", name="Funken sehen").first.click()
        studio.look_at(page, "visit-list-of-who-was-there")
        page.get_by_role("button", name="Liste bestätigen").click()
        expect(page.get_by_text("Danke! Die Zeiten sind bestätigt")).to_be_visible()

    now = clock.now()
    conversion.convert(club=town.club, cutoff=now, now=now + timedelta(seconds=1))
    # Two and a half hours are 25 coins; with a company one and a half times as many, and half a coin is carried on.
    assert balance_of(town.mia).posted == 37
    assert Booking.objects.get().entry.host_confirmed
    assert studio.complaints == []
