"""Joining, told in browsers: the youth on her phone, her mother on hers, and somebody at the youth centre.

What a person has to do is counted: fields filled and taps made. See docs/decisions for what it may come to.
"""

from contextlib import ExitStack
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts import links, selectors, vouching
from accounts.models import ConsentText, Membership, User, YouthProfile
from activities.models import SharedTimeEntry
from clevervibes.demo import consent_text
from clevervibes.lib import db, periods
from tests import factories as make
from tests.journeys.browsers import DESKTOP, PHONE, Studio
from tests.journeys.town import PASSWORD


@pytest.fixture
def voucher(transactional_db, settings, live_server) -> User:
    settings.PUBLIC_URL = live_server.url
    long_ago = db.now() - timedelta(days=99)
    ConsentText.objects.create(
        version=1, german=consent_text.GERMAN, turkish=consent_text.TURKISH, published_at=long_ago,
        required_from=long_ago,
    )  # fmt: skip
    point = make.make_contact_point("Jugendzentrum am Markt")
    point.opening_hours = "Mo bis Fr, 14 bis 19 Uhr"
    point.save()
    voucher = make.make_member(point.organisation, Membership.Role.VOUCHER, "Silke")
    voucher.set_password(PASSWORD)
    voucher.save()
    return voucher


class Effort:
    """Does what a person does, and counts it."""

    def __init__(self, page: Page) -> None:
        self.page, self.fields, self.taps = page, 0, 0

    def fill(self, label: str, value: str) -> None:
        self.fields += 1
        self.page.get_by_label(label, exact=True).fill(value)

    def tap(self, name: str, *, role: str = "button") -> None:
        self.taps += 1
        self.page.get_by_role(role, name=name, exact=True).first.click()

    def __str__(self) -> str:
        return f"{self.fields} fields, {self.taps} taps"


def born(years: int) -> str:
    return (periods.berlin_date(db.now()) - timedelta(days=years * 366)).isoformat()


def sign_up_as_guardian(mother: Effort, **more: str) -> None:
    mother.fill("Vorname", "Sabine")
    mother.fill("Nachname", "Berger")
    mother.fill("Benutzername", "sabine.b")
    mother.fill("Passwort", PASSWORD)
    for label, value in more.items():
        mother.fill(label, value)


def be_seen(studio: Studio, desk: Page, person: User) -> None:
    """The camera of the youth centre's phone reads the QR; what it opens is the address behind it."""
    desk.goto(vouching.url_to_show(person, db.now()))
    expect(desk.get_by_role("heading", level=1)).to_have_text(str(person))
    studio.look_at(desk, "joining-voucher-person")
    desk.get_by_role("button", name="Gesehen").click()
    expect(desk.get_by_role("heading", name="Heute gesehen")).to_be_visible()
    expect(desk.get_by_role("main")).to_contain_text(str(person))
    studio.look_at(desk, "joining-voucher-today")


def test_a_youth_without_mail_joins_her_mother_consents_and_the_youth_centre_sees_her(voucher, studio):
    with ExitStack() as house:
        phone = house.enter_context(studio.guest(PHONE))
        other = house.enter_context(studio.guest(PHONE))
        desk = house.enter_context(studio.browser(voucher, PHONE))
        mia, mother = Effort(phone), Effort(other)

        # Mia, thirteen, on her own phone.
        phone.goto("/anmelden/neu/")
        mia.fill("Vorname", "Mia")
        mia.fill("Geburtsdatum", born(13))
        mia.fill("Benutzername", "mia")
        mia.fill("Passwort", PASSWORD)
        studio.look_at(phone, "joining-youth-signs-up")
        mia.tap("Mitmachen")
        phone.wait_for_url(lambda url: "/anmelden/neu/" not in url)
        phone.goto("/start/")
        expect(phone.get_by_role("img", name="QR-Code der Einladung")).to_be_visible()
        studio.look_at(phone, "joining-youth-shows-qr")
        link = phone.locator("[data-copy]").get_attribute("data-copy")

        # Her mother scans it. Looking, also ten times, uses nothing up.
        for _ in range(3):
            other.goto(link)
        expect(other.get_by_role("heading", name="Mia lädt Sie ein")).to_be_visible()
        sign_up_as_guardian(mother)
        studio.look_at(other, "joining-guardian-signs-up")
        mother.tap("Weiter")
        expect(other.get_by_role("heading", name="Ihre Einwilligung für Mia")).to_be_visible()
        studio.look_at(other, "joining-guardian-consents")
        mother.tap("Ich willige ein")
        expect(other.get_by_role("heading", name="Geschafft!")).to_be_visible()
        studio.look_at(other, "joining-guardian-done")

        # The way to the youth centre.
        mother.tap("Mein QR-Code", role="link")
        expect(other.get_by_role("img", name="Mein QR-Code")).to_be_visible()
        studio.look_at(other, "joining-guardian-shows-herself")
        guardian = User.objects.get(username="sabine.b")
        youth = User.objects.get(username="mia").youth
        assert not selectors.earning_youths(db.now()).exists()
        studio.look_at(desk, "joining-voucher-desk")
        be_seen(studio, desk, guardian)

        assert list(selectors.earning_youths(db.now())) == [youth]
        phone.goto("/start/")
        expect(phone.get_by_text("Es fehlt noch eine Unterschrift")).to_have_count(0)
        expect(phone.get_by_text("Einmal kurz vorbeikommen")).to_have_count(0)
        # The same link again says what has become of it.
        phone.goto(link)
        expect(phone.get_by_role("heading", name="Schon benutzt")).to_be_visible()
        studio.look_at(phone, "joining-link-used")

    print(f"youth: {mia}; guardian: {mother}")
    assert (mia.fields, mia.taps) == (4, 1)
    assert (mother.fields, mother.taps) == (4, 3)
    assert (guardian.email, youth.user.email) == ("", "")
    # The page of a link that is no longer good answers 410, which the console calls an error.
    assert [complaint for complaint in studio.complaints if "410" not in complaint] == []


def test_a_guardian_comes_first_and_the_youth_sets_the_password_on_the_own_phone(voucher, studio):
    with ExitStack() as house:
        page = house.enter_context(studio.guest(DESKTOP))
        phone = house.enter_context(studio.guest(PHONE))
        desk = house.enter_context(studio.browser(voucher, PHONE))
        mother, kim = Effort(page), Effort(phone)

        page.goto("/anmelden/eltern/")
        sign_up_as_guardian(mother)
        studio.look_at(page, "joining-first-guardian-signs-up")
        mother.tap("Weiter")
        mother.fill("Vorname Ihres Kindes", "Kim")
        mother.fill("Geburtsdatum", born(13))
        mother.fill("Benutzername Ihres Kindes", "kim")
        studio.look_at(page, "joining-first-child")
        mother.tap("Anmelden und einwilligen")
        expect(page.get_by_role("img", name="QR-Code für ein neues Passwort")).to_be_visible()
        studio.look_at(page, "joining-first-password-qr")

        link = User.objects.get(username="kim").one_time_links.get()
        phone.goto(links.url_of(link))
        kim.fill("Neues Passwort", PASSWORD)
        studio.look_at(phone, "joining-first-new-password")
        kim.tap("Passwort setzen")
        expect(phone.get_by_role("heading", name="Das neue Passwort gilt")).to_be_visible()
        studio.look_at(phone, "joining-first-password-set")
        kim.tap("Anmelden", role="link")
        kim.fill("Passwort", PASSWORD)
        kim.tap("Anmelden")
        phone.wait_for_url("**/start/")
        studio.look_at(phone, "joining-first-not-yet-seen")

        be_seen(studio, desk, User.objects.get(username="sabine.b"))
        assert [youth.first_name for youth in selectors.earning_youths(db.now())] == ["Kim"]

    print(f"guardian: {mother}; youth: {kim}")
    assert (mother.fields, mother.taps) == (7, 2)
    assert (kim.fields, kim.taps) == (2, 3)
    assert studio.complaints == []


def test_a_family_with_one_phone(voucher, studio):
    with studio.guest(PHONE) as phone:
        family = Effort(phone)
        phone.goto("/anmelden/neu/")
        for label, value in (("Vorname", "Mia"), ("Geburtsdatum", born(13)), ("Benutzername", "mia"),
                             ("Passwort", PASSWORD)):  # fmt: skip
            family.fill(label, value)
        family.tap("Mitmachen")
        phone.wait_for_url(lambda url: "/anmelden/neu/" not in url)
        phone.goto("/start/")
        family.tap("Per E-Mail schicken, oder Ihr teilt Euch ein Handy?", role="link")
        studio.look_at(phone, "one-phone-invitation")
        family.tap("Auf diesem Handy weitermachen", role="link")
        studio.look_at(phone, "one-phone-own-invitation")
        family.tap("Wir teilen uns dieses Handy")
        sign_up_as_guardian(family, **{"PIN aus vier Ziffern": "4711"})
        studio.look_at(phone, "one-phone-guardian-signs-up")
        family.tap("Weiter")
        family.tap("Ich willige ein")
        expect(phone.get_by_role("heading", name="Geschafft!")).to_be_visible()

        # One tap from one to the other.
        phone.locator("summary[aria-label^='Dein Menü']").click()
        studio.look_at(phone, "one-phone-menu")
        phone.get_by_role("button", name="Zu Mia wechseln").click()
        expect(phone.get_by_role("heading", level=1)).to_have_text("Hi Mia!")
        phone.goto("/profil/handy/")
        studio.look_at(phone, "one-phone-people")
        phone.get_by_role("button", name="Wechseln Sabine").click()
        expect(phone.get_by_role("heading", level=1)).to_contain_text("Sabine")

        phone.goto("/profil/familie/")
        studio.look_at(phone, "one-phone-family")

        # An hour of Mia's waits. Whoever holds the phone is asked for four digits, and nothing is tapped twice.
        entry = hour_of(User.objects.get(username="mia"))
        phone.goto("/bestaetigen/")
        phone.get_by_role("button", name="Stimmt", exact=True).click()
        expect(phone.get_by_role("heading", name="Ihre PIN, bitte")).to_be_visible()
        studio.look_at(phone, "one-phone-pin")
        phone.get_by_label("PIN aus vier Ziffern").fill("0000")
        phone.get_by_role("button", name="Weiter").click()
        expect(phone.get_by_text("Diese PIN stimmt nicht.")).to_be_visible()
        phone.get_by_label("PIN aus vier Ziffern").fill("4711")
        phone.get_by_role("button", name="Weiter").click()
        expect(phone.get_by_text("Alles bestätigt")).to_be_visible()
        entry.refresh_from_db()
        assert entry.status == "approved"
    # The page that asks for the PIN answers 403, which the console calls an error.
    assert [complaint for complaint in studio.complaints if "403" not in complaint] == []


def hour_of(user: User) -> SharedTimeEntry:
    """Log an hour of yesterday for somebody who has only just joined."""
    YouthProfile.objects.filter(user=user).update(joined_at=db.now() - timedelta(days=3))
    youth = YouthProfile.objects.get(user=user)
    return make.make_entry(youth, now=db.now(), starts_at=db.now() - timedelta(hours=20), minutes=60)
