"""The counter as a baker uses it: a camera before a phone, a hand scanner, a line that goes away and comes back."""

import io
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import qrcode
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from accounts.security.sessions import PAIRED
from clevervibes.lib import db
from partners import redemption
from partners.counters import clerks
from partners.models import LateScan, Redemption
from tests.concurrency import reports
from tests.conftest import CHROMIUM_FLAGS
from tests.factories import PIN, make_clerk, make_hold, make_manager, make_offer, make_rich_youth, make_screen
from tests.partners import lens
from tests.partners.line import Line

pytestmark = pytest.mark.django_db(transaction=True)

TABLET = {"width": 1024, "height": 768}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def youth():
    return make_rich_youth(coins=300)


@pytest.fixture
def hold(youth):
    return make_hold(youth=youth, now=db.now())


@pytest.fixture
def another(youth, hold):
    """Return a second thing that the same youth has set aside at the same shop."""
    return make_hold(youth=youth, offer=make_offer("Brezel", partner=hold.offer.partner, price_coins=5), now=db.now())


@pytest.fixture
def manager(hold):
    return make_manager(hold.offer.partner)


@pytest.fixture
def complaints():
    found: list[str] = []
    yield found
    assert not found


@pytest.fixture
def line(live_server):
    line = Line(live_server.url)
    yield line
    line.down()


@pytest.fixture
def open_as(chromium, line, settings, complaints):
    """Return a function that opens a page as somebody, or with a client's session, in `browser` if one is given."""
    settings.PUBLIC_URL = line.url
    contexts: list[BrowserContext] = []

    def open_page(who, path, *, size=TABLET, browser=None, **options) -> Page:
        client = who if isinstance(who, Client) else Client()
        if client is not who:
            client.force_login(who)
        context = (browser or chromium).new_context(viewport=size, base_url=line.url, locale="de-DE", **options)
        context.add_cookies([{"name": "sid", "value": client.cookies["sid"].value, "url": line.url}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Content Security" in line.text else None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def filmed(chromium):
    """Return a function that starts a browser whose camera sees a film."""
    browsers = []

    def start(film: Path):
        flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
        browsers.append(
            chromium.browser_type.launch(
                executable_path=_chromium(),
                args=[*CHROMIUM_FLAGS, *flags, f"--use-file-for-fake-video-capture={film}"],
            )
        )
        return browsers[-1]

    yield start
    for browser in browsers:
        browser.close()


def _chromium() -> str:
    import shutil

    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def screen_of(phone: Page) -> bytes:
    expect(phone.locator(".ticket .qr svg")).to_be_visible()
    return phone.screenshot()


def code_of(hold) -> str:
    return redemption.show_code(hold=hold).code


# ── The camera ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("cracked", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["whole", "cracked"])
def test_a_phone_before_the_camera_is_served_with_one_tap(open_as, filmed, tmp_path, youth, hold, manager, cracked):
    phone = open_as(youth.user, f"/belohnungen/vormerkung/{hold.public_id}/", size=PHONE, color_scheme="dark")
    film = lens.film([screen_of(phone)], tmp_path / "counter.mjpeg", cracked=cracked)
    till = open_as(manager, "/theke/", browser=filmed(film), permissions=["camera"])

    till.get_by_role("button", name="Scannen").click()  # once a day; the device remembers it
    expect(till.locator("#lens-video")).to_be_visible()
    started = time.monotonic()
    expect(till.get_by_role("heading", name=hold.title)).to_be_visible(timeout=15_000)
    shown = time.monotonic()
    till.keyboard.press("Enter")  # the one action: "Einlösen" has the focus
    expect(till.get_by_role("heading", name="Eingelöst")).to_be_visible()
    tapped = time.monotonic()
    expect(phone.get_by_role("heading", name="Eingelöst")).to_be_visible()

    to_item, to_receipt, to_phone = shown - started, tapped - shown, time.monotonic() - tapped
    reports.append(
        f"counter by camera, {'cracked' if cracked else 'whole'} glass: camera on to item {to_item:.2f} s, tap to"
        f" receipt {to_receipt:.2f} s, the phone {to_phone:.2f} s later; actions: 1"
    )
    assert Redemption.objects.get().hold == hold


@pytest.mark.slow
def test_a_code_of_somebody_else_is_refused_in_words_and_nothing_is_asked(open_as, filmed, tmp_path, hold, manager):
    foreign = io.BytesIO()
    qrcode.make("https://evil.example/c#" + "0" * 32).save(foreign, "PNG")
    film = lens.film([foreign.getvalue()], tmp_path / "foreign.mjpeg")
    till = open_as(manager, "/theke/", browser=filmed(film), permissions=["camera"])

    till.get_by_role("button", name="Scannen").click()

    expect(till.get_by_text("Dieser QR-Code gehört nicht zum Club.")).to_be_visible(timeout=15_000)
    expect(till.get_by_label("Code vom Handy")).to_be_empty()
    assert till.locator("#till [role=alert]").count() == 0


@pytest.mark.slow
def test_a_camera_that_is_refused_is_explained_and_typing_goes_on(open_as, hold, manager):
    till = open_as(manager, "/theke/")  # this browser has no camera at all

    till.get_by_role("button", name="Scannen").click()
    expect(till.get_by_text("Keine Kamera gefunden")).to_be_visible()
    type_code(till, code_of(hold))

    expect(till.get_by_role("button", name="Einlösen")).to_be_focused()


def type_code(till: Page, code: str) -> None:
    till.get_by_label("Code vom Handy").fill(code)
    till.keyboard.press("Enter")


# ── The hand scanner ─────────────────────────────────────────────────────────────────────────────
def test_a_hand_scanner_needs_no_focus_and_never_presses_the_button_of_the_customer_before(
    open_as, hold, another, manager
):
    till = open_as(manager, "/theke/")
    till.locator("body").click(position={"x": 3, "y": 400})  # somebody wiped the screen
    till.keyboard.type(redemption.show_code(hold=hold).url + "\n")
    expect(till.get_by_role("button", name="Einlösen")).to_be_focused()

    till.keyboard.type(redemption.show_code(hold=another).url + "\n")  # the next one pushes forward

    expect(till.get_by_role("heading", name="Brezel")).to_be_visible()
    expect(till.get_by_role("button", name="Einlösen")).to_be_focused()
    assert not Redemption.objects.exists()
    till.keyboard.press("Enter")
    expect(till.get_by_role("heading", name="Eingelöst")).to_be_visible()
    till.keyboard.type(redemption.show_code(hold=hold).url.replace("/", "-").replace(":", "Ö").replace("#", "'") + "\n")
    expect(till.get_by_role("heading", name=hold.title)).to_be_visible()  # straight on, wrong keyboard layout and all
    assert Redemption.objects.get().hold == another


def test_an_item_that_can_be_seen_can_be_pressed(open_as, hold, manager):
    """A tap between the picture and its button would be lost, or sent as a page of its own."""
    till = open_as(manager, "/theke/")
    till.evaluate("""() => new MutationObserver((_, watcher) => {
        const button = document.querySelector("[data-redeem] button");
        if (!button) return;
        watcher.disconnect();
        document.title = button === document.activeElement ? "pressed next" : "not yet";
    }).observe(document.getElementById("till"), { childList: true, subtree: true })""")

    type_code(till, code_of(hold))

    expect(till).to_have_title(re.compile("pressed next|not yet"))
    assert till.title() == "pressed next"


@pytest.mark.slow
def test_after_taking_back_the_next_code_is_one_key_away_and_all_steps_are_accessible(open_as, line, hold, manager):
    till = open_as(manager, "/theke/", reduced_motion="reduce")
    found = serious(till)
    type_code(till, code_of(hold))
    expect(till.get_by_role("button", name="Einlösen")).to_be_focused()
    found += serious(till)
    till.keyboard.press("Enter")
    till.get_by_role("link", name="Zurücknehmen").click()
    till.get_by_label("Falsch eingelöst").check()
    till.get_by_role("button", name="Zurücknehmen").click()

    expect(till.get_by_role("heading", name="Zurückgenommen")).to_be_visible()
    expect(till.get_by_role("link", name="Nächster Code")).to_be_focused()
    found += serious(till)
    till.evaluate("() => navigator.serviceWorker.ready.then(() => 1)")
    line.down()
    till.goto("/theke/")
    expect(till.get_by_text("Keine Verbindung.")).to_be_visible()
    assert found + serious(till) == []


def serious(page: Page) -> list[str]:
    return [row["id"] for row in Axe().run(page).response["violations"] if row["impact"] in {"serious", "critical"}]


@pytest.mark.slow
def test_signing_out_elsewhere_lets_the_counter_book_first(open_as, line, hold, manager):
    till = open_as(manager, "/theke/")
    line.down()
    says_it_is_gone(till)
    type_code(till, code_of(hold))
    hand_out(till)
    expect(till.get_by_role("heading", name="1 Scan wartet")).to_be_visible()
    expect(till.get_by_text("Keine Verbindung. 1 Scan wartet.")).to_be_visible()
    with till.context.expect_page() as opened:
        till.evaluate("open('about:blank')")
    till.close()  # the tablet is shut, and opened elsewhere
    line.up()
    desk = opened.value
    desk.goto("/profil/")
    desk.locator("summary").first.click()

    desk.get_by_role("button", name="Abmelden").click()

    is_booked_by_itself(desk, hold.title)
    redeemed_once(hold)


# ── The line goes ────────────────────────────────────────────────────────────────────────────────
def says_it_is_gone(till: Page) -> None:
    expect(till.get_by_text("Keine Verbindung.")).to_be_visible(timeout=15_000)  # by itself, nobody has done anything


def hand_out(till: Page) -> None:
    expect(till.get_by_role("heading", name="Geben Sie aus, was das Handy zeigt")).to_be_visible()
    expect(till.get_by_role("button", name="Ausgegeben")).to_be_focused()
    till.keyboard.press("Enter")


def until(page: Page, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)


def is_booked_by_itself(till: Page, title: str) -> None:
    expect(till.get_by_role("heading", name="Nachgebucht")).to_be_visible(timeout=15_000)
    expect(till.locator("#waiting").get_by_text(title)).to_be_visible()
    expect(till.get_by_text("Keine Verbindung.")).to_be_hidden()


def redeemed_once(*holds) -> None:
    assert set(Redemption.objects.values_list("hold", flat=True)) == {hold.pk for hold in holds}
    assert not LateScan.objects.exists()


def test_an_answer_that_got_lost_is_neither_lost_nor_booked_twice(open_as, line, hold, manager):
    till = open_as(manager, "/theke/")
    type_code(till, code_of(hold))
    expect(till.get_by_role("button", name="Einlösen")).to_be_focused()

    line.swallow = b"POST /theke/"
    till.keyboard.press("Enter")

    expect(till.get_by_role("heading", name="Gemerkt")).to_be_visible()
    expect(till.get_by_role("heading", name="1 Scan wartet")).to_be_visible()
    says_it_is_gone(till)
    assert line.swallowed == 1
    redeemed_once(hold)  # the server had done it, and the counter cannot know
    line.up()
    is_booked_by_itself(till, hold.title)
    redeemed_once(hold)


@pytest.mark.slow
@pytest.mark.parametrize(
    "cut", ["before", "look-up asked", "look-up answered", "tap asked", "late answered", "reloaded"]
)
def test_whenever_the_line_goes_nothing_is_lost_and_nothing_twice(open_as, line, hold, another, manager, cut):
    till = open_as(manager, "/theke/")
    till.evaluate("() => navigator.serviceWorker.ready.then(() => 1)")
    if cut == "look-up answered":
        line.swallow = b"POST /theke/"
    elif cut == "look-up asked":
        line.down()
    elif cut in ("before", "late answered", "reloaded"):
        line.down()
        says_it_is_gone(till)
    type_code(till, code_of(hold))
    if cut == "tap asked":
        expect(till.get_by_role("button", name="Einlösen")).to_be_focused()
        line.down()
        till.keyboard.press("Enter")
    else:
        hand_out(till)
    expect(till.get_by_role("heading", name="1 Scan wartet")).to_be_visible()
    if cut == "reloaded":
        till.reload()
        expect(till.get_by_role("heading", name="1 Scan wartet")).to_be_visible()
    else:
        till.keyboard.press("Enter")  # the next customer
    type_code(till, code_of(another))
    hand_out(till)
    expect(till.get_by_role("heading", name="2 Scans warten")).to_be_visible()
    assert not Redemption.objects.exists()

    if cut == "late answered":
        line.swallow = b"POST /theke/nachbuchen/"
        line.up()
        until(till, lambda: line.swallowed)
        says_it_is_gone(till)
    line.up()
    is_booked_by_itself(till, hold.title)
    is_booked_by_itself(till, "Brezel")
    redeemed_once(hold, another)


@pytest.mark.slow
def test_what_a_paired_screen_kept_waits_for_the_next_pin(open_as, line, hold):
    partner = hold.offer.partner
    clerk, screen = make_clerk(partner=partner), make_screen(partner=partner, now=db.now())
    clerks.begin_shift(device=screen, clerk_id=clerk.public_id, pin=PIN, now=db.now())
    tablet = Client()
    session = tablet.session
    session[PAIRED] = str(screen.public_id)
    session.save()
    tablet.cookies["sid"] = session.session_key
    till = open_as(tablet, "/theke/")
    line.down()
    says_it_is_gone(till)
    type_code(till, code_of(hold))
    hand_out(till)
    expect(till.get_by_role("heading", name="1 Scan wartet")).to_be_visible()
    clerks.end_shift(device=screen)

    line.up()
    till.get_by_role("link", name="Anmelden").click()
    till.get_by_label(clerk.name).check()
    till.get_by_label("PIN").fill(PIN)
    till.keyboard.press("Enter")

    is_booked_by_itself(till, hold.title)
    redeemed_once(hold)
    assert Redemption.objects.get().clerk == clerk


@pytest.mark.slow
def test_a_conflict_goes_to_the_team_and_the_shop_reads_no_bad_word(open_as, line, hold, manager):
    till = open_as(manager, "/theke/")
    line.down()
    says_it_is_gone(till)
    type_code(till, code_of(hold).lower())
    hand_out(till)
    expect(till.get_by_role("heading", name="Gemerkt")).to_be_visible()
    redemption.cancel(hold=hold, now=db.now())

    line.up()

    expect(till.get_by_text("Das klärt das Club-Team")).to_be_visible(timeout=15_000)
    assert not re.search("ungültig|storniert|abgelaufen", till.locator("main").inner_text(), re.IGNORECASE)
    assert LateScan.objects.get().hold == hold


@pytest.mark.slow
def test_what_lies_on_the_device_is_code_time_and_key_alone(open_as, line, hold, manager):
    till = open_as(manager, "/theke/")
    line.down()
    says_it_is_gone(till)
    type_code(till, redemption.show_code(hold=hold).url)
    hand_out(till)
    expect(till.get_by_role("heading", name="Gemerkt")).to_be_visible()

    kept = till.evaluate("""async () => {
      const [{ name }] = await indexedDB.databases();
      const answer = (asked) => new Promise((done) => { asked.onsuccess = () => done(asked.result); });
      const db = await answer(indexedDB.open(name));
      return await answer(db.transaction("scans").objectStore("scans").getAll());
    }""")

    assert [sorted(row) for row in kept] == [["at", "code", "key"]]
    assert kept[0]["code"] == redemption.show_code(hold=hold).token


# ── The youth's phone ────────────────────────────────────────────────────────────────────────────
def test_the_code_survives_a_reload_without_a_line_and_nothing_else_is_kept(open_as, line, youth, hold):
    address = f"/belohnungen/vormerkung/{hold.public_id}/"
    phone = open_as(youth.user, address, size=PHONE)
    kept = "async () => (await (await caches.open('cards')).keys()).map((one) => new URL(one.url).pathname)"
    phone.evaluate("() => navigator.serviceWorker.ready.then(() => 1)")
    until(phone, lambda: phone.evaluate(kept) == [address])
    text = phone.evaluate("path => caches.open('cards').then((c) => c.match(path)).then((r) => r.text())", address)
    assert code_of(hold) in text
    assert not [name for name in (youth.user.first_name, youth.user.last_name, youth.user.username) if name in text]

    line.down()
    phone.reload()
    expect(phone.get_by_text(code_of(hold))).to_be_visible()
    redemption.redeem(hold=hold, by=None, now=db.now())
    line.up()

    expect(phone.get_by_role("heading", name="Eingelöst")).to_be_visible(timeout=15_000)
    until(phone, lambda: not phone.evaluate(kept))
