"""Screens and tills: paired once, for twelve months, at one shop; gone at the next request."""

from datetime import timedelta
from http.cookies import SimpleCookie
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts import links
from accounts.models import SignIn
from clevervibes.lib import db, halting
from partners import redemption
from partners.counters import clerks, devices
from partners.models import Device, Redemption, Shift
from tests.concurrency import in_parallel
from tests.factories import NOON, make_hold, make_manager, make_offer, make_partner, make_user, make_youth

pytestmark = pytest.mark.django_db

DEVICES, CONNECT, SHIFT, COUNTER = "/partner/geraete/", "/theke/verbinden/", "/theke/schicht/", "/theke/"
SECOND = timedelta(seconds=1)
PIN = "2580"


@pytest.fixture
def shop():
    return make_partner()


@pytest.fixture
def desk(shop, sign_in):
    """Return the browser of the shop's manager."""
    return sign_in(make_manager(shop))


@pytest.fixture
def pairing(shop):
    return devices.begin_pairing(partner=shop, name="Tablet vorn", by=make_manager(shop), now=db.now())


@pytest.fixture
def paired(pairing):
    """Return a browser that has become the screen, with a clerk of the shop on shift."""
    browser = paired_browser(pairing)
    clerk = clerks.add(partner=pairing.partner, name="Ayşe", pin=PIN, now=db.now())
    on_shift(browser, clerk)
    return browser


def address(device):
    return devices.pairing_url(device).removeprefix(settings.PUBLIC_URL)


def paired_browser(device) -> Client:
    browser = Client()
    browser.get(address(device))
    assert browser.post(CONNECT)["Location"] == SHIFT
    return browser


def on_shift(browser, clerk, pin=PIN):
    return browser.post(reverse("partners:begin-shift"), {"clerk": clerk.public_id, "pin": pin})


# ── Pairing ──────────────────────────────────────────────────────────────────────────────────────
def test_a_tablet_becomes_a_screen_by_a_code_and_a_tap(desk, shop):
    shown = desk.post(DEVICES, {"name": "Tablet vorn"}, follow=True)
    device = Device.objects.get()
    assert devices.pairing_url(device) in shown.content.decode()

    tablet = Client()
    first = tablet.get(address(device))
    assert first["Location"] == CONNECT
    assert first["Referrer-Policy"] == "no-referrer"
    page = tablet.get(CONNECT).content.decode()
    assert shop.name in page
    assert "Tablet vorn" in page
    tablet.post(CONNECT)

    assert tablet.get(COUNTER)["Location"] == SHIFT
    assert "verbunden" in desk.get(DEVICES).content.decode()


def test_looking_pairs_nothing_however_often(pairing):
    scanner = Client()
    for _time in range(10):
        scanner.get(address(pairing))
        scanner.get(CONNECT)
        scanner.head(CONNECT)

    pairing.refresh_from_db()
    assert pairing.connected_at is None
    assert paired_browser(pairing)


def test_a_second_device_gets_nothing_from_a_used_code(pairing):
    first = paired_browser(pairing)

    second = Client()
    second.get(address(pairing))
    answer = second.post(CONNECT)

    assert answer.status_code == 410
    assert "nur einmal" in answer.content.decode()
    assert second.get(COUNTER)["Location"].startswith("/anmelden/")
    # Whoever taps twice is told nothing of the kind.
    assert first.post(CONNECT)["Location"] == SHIFT


def test_the_code_opens_for_fifteen_minutes(shop):
    made = devices.begin_pairing(partner=shop, name="Tablet", by=make_user(), now=NOON)

    devices.require_pairable(made, NOON + timedelta(minutes=15) - SECOND)
    with pytest.raises(links.LinkExpired):
        devices.connect(device=made, now=NOON + timedelta(minutes=15))
    assert devices.connect(device=made, now=NOON + timedelta(minutes=15) - SECOND).connected_at


def test_a_changed_or_withdrawn_code_opens_nothing(pairing, desk):
    token = address(pairing).rstrip("/").rpartition("/")[2]
    for wrong in (token[:-1], token[:-1] + ("A" if token[-1] != "A" else "B"), "x" * 43, "ä", token + token):
        assert Client().get(reverse("partners:pair", args=[wrong])).status_code == 404
    assert Client().post(CONNECT).status_code == 404

    desk.post(reverse("partners:revoke-device", args=[pairing.public_id]))
    tablet = Client()
    tablet.get(address(pairing))
    assert tablet.post(CONNECT).status_code == 410


@pytest.mark.django_db(transaction=True)
def test_of_two_that_connect_at_once_one_is_the_screen(pairing):
    now = db.now()
    results = in_parallel(*[lambda: devices.connect(device=pairing, now=now)] * 4)

    assert sum(isinstance(result, Device) for result in results) == 1
    assert sum(isinstance(result, links.LinkUsed) for result in results) == 3


def test_whoever_was_signed_in_on_the_tablet_is_signed_out(pairing, sign_in):
    tablet = sign_in(make_manager(pairing.partner))
    tablet.get(address(pairing))
    assert "wird hier abgemeldet" in tablet.get(CONNECT).content.decode()
    tablet.post(CONNECT)

    assert tablet.get("/partner/")["Location"].startswith("/anmelden/")


def test_twenty_devices_are_enough(desk, shop):
    for number in range(20):
        devices.begin_pairing(partner=shop, name=str(number), by=make_user(), now=db.now())

    answer = desk.post(DEVICES, {"name": "noch eins"})

    assert answer.status_code == 400
    assert "Mehr als 20 Geräte" in answer.content.decode()
    assert Device.objects.count() == 20


# ── What a screen is ─────────────────────────────────────────────────────────────────────────────
def test_the_screen_survives_its_browser_and_its_cookie_is_the_session(pairing):
    browser = paired_browser(pairing)

    cookie = browser.cookies[settings.SESSION_COOKIE_NAME]
    assert int(cookie["max-age"]) == 365 * 24 * 3600
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert list(browser.cookies) == [settings.SESSION_COOKIE_NAME]
    again = Client()
    again.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: cookie.value})
    assert again.get(SHIFT).status_code == 200


def test_a_screen_lasts_twelve_months(shop):
    made = devices.begin_pairing(partner=shop, name="Tablet", by=make_user(), now=NOON)
    devices.connect(device=made, now=NOON)
    named, end = str(made.public_id), NOON + timedelta(days=365)

    assert devices.screen(named, now=end - SECOND) == made
    assert devices.screen(named, now=end) is None
    assert devices.screen("no uuid", now=NOON) is None


def test_a_screen_without_a_clerk_sees_nothing_but_who_is_here(pairing):
    hold = make_hold(now=db.now())
    screen = paired_browser(pairing)

    for name, args in (("counter", []), ("handover", [hold.public_id]), ("receipt", [hold.public_id])):
        assert screen.get(reverse(f"partners:{name}", args=args))["Location"] == SHIFT
    assert screen.post(COUNTER, {"code": "CCCC-CCCC"})["Location"] == SHIFT
    assert screen.get(COUNTER, headers={"HX-Request": "true"})["HX-Redirect"] == SHIFT
    assert screen.post(reverse("partners:redeem", args=[hold.public_id]))["Location"] == SHIFT


def test_a_clerk_is_at_the_counter_and_not_at_the_desk(paired):
    assert paired.get(COUNTER).status_code == 200
    for page in ("/partner/", "/partner/konto/", DEVICES, "/partner/team/", "/partner/abrechnungen/"):
        assert paired.get(page)["Location"].startswith("/anmelden/")


def test_a_clerk_redeems_and_takes_back_and_both_are_named(pairing, paired):
    hold = make_hold(offer=make_offer(partner=pairing.partner), now=db.now())
    paired.post(COUNTER, {"code": redemption.show_code(hold=hold).code})
    request_id = uuid4()
    for _click in range(2):
        paired.post(reverse("partners:redeem", args=[hold.public_id]), {"request_id": request_id})

    made = Redemption.objects.get()
    assert (made.by, made.clerk.name, made.device) == (None, "Ayşe", pairing)
    assert made.who == "Ayşe"
    assert "Ayşe" in paired.get(SHIFT).content.decode()

    # A colleague takes it back.
    other = clerks.add(partner=pairing.partner, name="Tom", pin="7391", now=db.now())
    on_shift(paired, other, "7391")
    paired.post(reverse("partners:undo", args=[made.public_id]), {"reason": "Falsch eingelöst"})
    made.refresh_from_db()
    assert (made.undone_by, made.undone_clerk) == (None, other)


def test_revoking_ends_it_at_the_next_request(pairing, paired, desk):
    desk.post(reverse("partners:revoke-device", args=[pairing.public_id]))

    assert paired.get(COUNTER)["Location"].startswith("/anmelden/")
    assert paired.get(SHIFT).status_code == 404
    assert not Shift.objects.exists()


def test_the_team_stops_a_device_and_it_says_why(pairing, paired):
    halting.stop(row=pairing, by=make_user(), reason="Gestohlen gemeldet", sentence="Bitte anrufen.", now=db.now())

    assert paired.get(COUNTER)["Location"] == SHIFT
    page = paired.get(SHIFT)
    assert page.status_code == 403
    assert "Bitte anrufen." in page.content.decode()
    assert "Gestohlen" not in page.content.decode()

    halting.resume(row=pairing)
    assert paired.get(COUNTER).status_code == 200


@pytest.mark.parametrize("words", [("", "Satz"), ("Grund", " ")])
def test_stopping_needs_a_reason_and_a_sentence(pairing, words):
    with pytest.raises(halting.ReasonNeeded):
        halting.stop(row=pairing, by=make_user(), reason=words[0], sentence=words[1], now=NOON)


def test_a_screen_stays_paired_when_somebody_signs_in_and_out_on_it(pairing, paired):
    manager = make_manager(pairing.partner)
    manager.set_password("drei-woerter-hintereinander")
    manager.save()

    paired.post("/anmelden/", {"login": manager.username, "password": "drei-woerter-hintereinander"})
    assert paired.get("/partner/").status_code == 200
    assert int(paired.cookies[settings.SESSION_COOKIE_NAME]["max-age"]) == 365 * 24 * 3600
    paired.post("/anmelden/abmelden/")

    assert paired.get("/partner/")["Location"].startswith("/anmelden/")
    assert paired.get(COUNTER).status_code == 200


def test_the_manager_without_a_shift_stands_at_the_counter_of_a_screen(pairing):
    screen = paired_browser(pairing)
    screen.force_login(make_manager(pairing.partner))

    assert screen.get(COUNTER).status_code == 200


def test_nobody_stays_signed_in_on_a_screen_for_long(pairing):
    screen = paired_browser(pairing)
    screen.force_login(make_youth().user)
    assert screen.get("/profil/").status_code == 200
    SignIn.objects.update(last_seen_at=db.now() - timedelta(days=1))

    assert screen.get("/profil/")["Location"].startswith("/anmelden/")
    assert screen.get(SHIFT).status_code == 200


# ── Whose ────────────────────────────────────────────────────────────────────────────────────────
def test_another_shop_s_devices_do_not_exist(pairing, sign_in):
    stranger = sign_in(make_manager(make_partner("Kiosk")))

    assert stranger.get(reverse("partners:device", args=[pairing.public_id])).status_code == 404
    assert stranger.post(reverse("partners:revoke-device", args=[pairing.public_id])).status_code == 404
    assert str(pairing.public_id) not in stranger.get(DEVICES).content.decode()


def test_devices_ask_for_a_second_factor(desk, settings):
    settings.SECOND_FACTOR_DUTY = True

    for address in (DEVICES, "/partner/team/"):
        assert desk.get(address)["Location"] == reverse("accounts:second-factor")
        assert desk.post(address, {"name": "x", "pin": PIN})["Location"] == reverse("accounts:second-factor")
    assert not Device.objects.exists()


def test_a_device_is_renamed_and_a_bad_name_is_refused(pairing, desk):
    there = reverse("partners:device", args=[pairing.public_id])
    for wrong in ("", " ", "x" * 41):
        assert desk.post(there, {"name": wrong}).status_code == 400
    desk.post(there, {"name": "Tablet hinten"})

    pairing.refresh_from_db()
    assert pairing.name == "Tablet hinten"


# ── The team ─────────────────────────────────────────────────────────────────────────────────────
def test_the_team_stops_a_device_on_its_page_and_lets_it_go_on(pairing, paired, sign_in):
    team = sign_in(make_user("Svenja", is_staff=True, is_superuser=True))
    there = f"/admin/partners/device/{pairing.pk}/"
    assert pairing.token_sha256 not in team.get(f"{there}change/").content.decode()

    assert team.post(f"{there}stop/", {"reason": "", "sentence": "x"}).status_code == 200
    assert paired.get(COUNTER).status_code == 200
    team.post(f"{there}stop/", {"reason": "Gestohlen", "sentence": "Bitte anrufen."})
    assert paired.get(COUNTER)["Location"] == SHIFT
    team.post(f"{there}resume/")
    assert paired.get(COUNTER).status_code == 200
