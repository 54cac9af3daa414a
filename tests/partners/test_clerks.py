"""Clerks: a name and four digits, for a shift, with few guesses."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.security.sessions import PAIRED
from clevervibes.lib import db, limits
from partners import redemption
from partners.counters import clerks, devices
from partners.models import Clerk, Redemption, Shift
from tests.concurrency import in_parallel
from tests.factories import NOON, guardian_of, make_hold, make_manager, make_offer, make_partner, make_rich_youth

pytestmark = pytest.mark.django_db

TEAM, SHIFT, COUNTER = "/partner/team/", "/theke/schicht/", "/theke/"
PIN, OTHER = "2580", "7391"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def shop():
    return make_partner()


@pytest.fixture
def screen(shop):
    made = devices.begin_pairing(partner=shop, name="Tablet", by=make_manager(shop), now=NOON)
    return devices.connect(device=made, now=NOON)


@pytest.fixture
def clerk(shop):
    return clerks.add(partner=shop, name="Ayşe", pin=PIN, now=NOON)


@pytest.fixture
def desk(shop, sign_in):
    return sign_in(make_manager(shop))


def begin(screen, clerk, pin=PIN, now=NOON):
    return clerks.begin_shift(device=screen, clerk_id=clerk.public_id, pin=pin, now=now)


# ── The PIN ──────────────────────────────────────────────────────────────────────────────────────
def test_the_right_pin_begins_a_shift_in_the_place_of_the_last(screen, clerk, shop):
    begin(screen, clerk)
    tom = clerks.add(partner=shop, name="Tom", pin=OTHER, now=NOON)

    begin(screen, tom, OTHER, NOON + MINUTE)

    shift = clerks.shift_at(screen, now=NOON + MINUTE)
    assert (shift.clerk, shift.began_at) == (tom, NOON + MINUTE)
    assert Shift.objects.count() == 1


def test_the_sixth_wrong_pin_is_not_looked_at_nor_is_the_right_one_after(screen, clerk):
    for _miss in range(5):
        with pytest.raises(clerks.WrongPin):
            begin(screen, clerk, OTHER)

    with pytest.raises(limits.TooOften):
        begin(screen, clerk)
    begin(screen, clerk, now=NOON + 15 * MINUTE + SECOND)


def test_right_pins_are_not_counted(screen, clerk):
    for _time in range(30):
        begin(screen, clerk)


def test_a_screen_takes_twenty_misses_a_day_whoever_is_picked(screen, shop):
    many = [clerks.add(partner=shop, name=f"Person {number}", pin=PIN, now=NOON) for number in range(6)]
    for number in range(20):
        with pytest.raises(clerks.WrongPin):
            begin(screen, many[number // 4], OTHER)

    with pytest.raises(limits.TooOften):
        begin(screen, many[5])


def test_somebody_of_another_shop_answers_as_nobody(screen, clerk):
    stranger = clerks.add(partner=make_partner("Kiosk"), name="Ayşe", pin=PIN, now=NOON)

    said = set()
    for who in (stranger.public_id, uuid4()):
        with pytest.raises(clerks.WrongPin) as refusal:
            clerks.begin_shift(device=screen, clerk_id=who, pin=PIN, now=NOON)
        said.add(str(refusal.value))
    with pytest.raises(clerks.WrongPin) as refusal:
        begin(screen, clerk, OTHER)
    assert said == {str(refusal.value)}


@pytest.mark.django_db(transaction=True)
def test_twenty_guesses_at_once_are_five(screen, clerk):
    results = in_parallel(*[lambda: begin(screen, clerk, OTHER)] * 20)

    assert sum(isinstance(result, clerks.WrongPin) for result in results) == 5
    assert sum(isinstance(result, limits.TooOften) for result in results) == 15


@pytest.mark.django_db(transaction=True)
def test_the_control_counting_after_the_look_lets_more_through(screen, clerk, monkeypatch):
    """With the count taken after the PIN is compared, more than five of twenty are evaluated."""
    looked_at = []
    compare = clerks.check_password
    monkeypatch.setattr(clerks, "check_password", lambda *given: (looked_at.append(1), compare(*given))[1])
    monkeypatch.setattr(clerks.limits, "take", lambda *counted, now: limits.Try([], now))

    in_parallel(*[lambda: begin(screen, clerk, OTHER)] * 20)

    assert len(looked_at) == 20


def test_what_cannot_be_counted_is_not_looked_at(screen, clerk, monkeypatch):
    def breaks(*counted, now):
        raise limits.CannotCount

    monkeypatch.setattr(clerks.limits, "take", breaks)
    monkeypatch.setattr(clerks, "check_password", lambda *given: pytest.fail("looked at"))

    with pytest.raises(limits.CannotCount):
        begin(screen, clerk)


@pytest.mark.parametrize("pin", ["1111", "1234", "4321", "12a4", "258", "25800", "", "１２３５"])
def test_pins_that_everybody_tries_first_are_refused(shop, clerk, pin):
    with pytest.raises(clerks.BadPin):
        clerks.add(partner=shop, name="Neu", pin=pin, now=NOON)
    with pytest.raises(clerks.BadPin):
        clerks.set_pin(clerk=clerk, pin=pin, now=NOON)


def test_a_new_pin_ends_shifts_under_the_old_one_and_forgets_misses(screen, clerk):
    begin(screen, clerk)
    for _miss in range(5):
        with pytest.raises(clerks.WrongPin):
            begin(screen, clerk, OTHER)

    clerks.set_pin(clerk=clerk, pin="9173", now=NOON)

    assert clerks.shift_at(screen, now=NOON) is None
    with pytest.raises(clerks.WrongPin):
        begin(screen, clerk)
    begin(screen, clerk, "9173")


# ── The shift ────────────────────────────────────────────────────────────────────────────────────
def test_a_shift_rests_for_thirty_minutes_at_most(screen, clerk):
    begin(screen, clerk)
    once = NOON + 30 * MINUTE - SECOND

    assert clerks.shift_at(screen, now=once)
    assert clerks.shift_at(screen, now=once + 30 * MINUTE - SECOND)
    assert clerks.shift_at(screen, now=once + 60 * MINUTE - SECOND) is None
    # Come to rest it does not wake again by itself, and what a page asks by itself does not keep it awake.
    assert clerks.shift_at(screen, now=once + 60 * MINUTE) is None


def test_a_page_that_asks_by_itself_does_not_keep_a_shift_awake(screen, clerk):
    begin(screen, clerk)

    assert clerks.shift_at(screen, now=NOON + 29 * MINUTE, used=False)
    assert clerks.shift_at(screen, now=NOON + 30 * MINUTE) is None


def test_the_rest_is_measured_by_the_database(screen, clerk, time_machine):
    """The web server's clock may be wrong by minutes."""
    browser = screen_browser(screen)
    enter(browser, clerk)
    time_machine.move_to(db.now() + timedelta(hours=2))

    assert browser.get(COUNTER).status_code == 200
    Shift.objects.update(last_seen_at=db.now() - 30 * MINUTE)
    assert browser.get(COUNTER)["Location"] == SHIFT


def screen_browser(screen) -> Client:
    """Return a browser that is the screen."""
    devices.Device.objects.filter(pk=screen.pk).update(expires_at=db.now() + timedelta(days=1))
    browser = Client()
    session = browser.session
    session[PAIRED] = str(screen.public_id)
    session.save()
    browser.cookies["sid"] = session.session_key
    return browser


def enter(browser, clerk, pin=PIN):
    return browser.post(reverse("partners:begin-shift"), {"clerk": clerk.public_id, "pin": pin})


def test_beginning_and_ending_a_shift_by_hand(screen, clerk):
    browser = screen_browser(screen)
    page = browser.get(SHIFT).content.decode()
    assert "Ayşe" in page

    for wrong in ({}, {"clerk": "x", "pin": PIN}, {"clerk": clerk.public_id}, {"clerk": clerk.public_id, "pin": "\0"}):
        assert browser.post(reverse("partners:begin-shift"), wrong).status_code == 400
    refused = enter(browser, clerk, OTHER)
    assert refused.status_code == 403
    assert "passt nicht" in refused.content.decode()

    assert enter(browser, clerk)["Location"] == COUNTER
    assert "an der Theke seit" in browser.get(SHIFT).content.decode()
    browser.post(reverse("partners:end-shift"))
    assert browser.get(COUNTER)["Location"] == SHIFT


def test_a_shift_counts_what_this_clerk_redeemed_here(screen, clerk, shop):
    now = db.now()
    shift = begin(screen, clerk, now=now)
    offer = make_offer(partner=shop, price_coins=30)
    for who in (clerk, clerks.add(partner=shop, name="Tom", pin=OTHER, now=now)):
        redemption.redeem(hold=make_hold(offer=offer, now=now), by=None, clerk=who, device=screen, now=now)

    assert [made.clerk for made in clerks.redeemed_in(shift)] == [clerk]


@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_one_code_redeem_it_once(screen, clerk, shop):
    tom = clerks.add(partner=shop, name="Tom", pin=OTHER, now=NOON)
    hold = make_hold(offer=make_offer(partner=shop), now=NOON)

    results = in_parallel(
        *[lambda who=who: redemption.redeem(hold=hold, by=None, clerk=who, device=screen, now=NOON)
          for who in (clerk, tom)]
    )  # fmt: skip

    assert {type(result) for result in results} == {Redemption, redemption.AlreadyRedeemed}
    assert Redemption.objects.get().clerk in (clerk, tom)


# ── The manager's list ───────────────────────────────────────────────────────────────────────────
def test_the_manager_adds_somebody_and_the_pin_is_nowhere_to_read(desk):
    desk.post(TEAM, {"name": "Ayşe", "pin": PIN})

    made = Clerk.objects.get()
    assert PIN not in made.pin_hash
    assert "Ayşe" in desk.get(TEAM).content.decode()
    assert PIN not in desk.get(reverse("partners:clerk", args=[made.public_id])).content.decode()


@pytest.mark.parametrize("given", [
    {"name": "", "pin": PIN}, {"name": "x" * 41, "pin": PIN}, {"name": "Tom", "pin": ""},
    {"name": "Tom", "pin": "1111"}, {"name": "ayşe", "pin": OTHER},
])  # fmt: skip
def test_what_will_not_do_is_said_at_the_field(desk, clerk, given):
    answer = desk.post(TEAM, given)

    assert answer.status_code == 400
    assert Clerk.objects.count() == 1


def test_two_people_of_one_name_cannot_be_stored(clerk):
    with pytest.raises(IntegrityError), transaction.atomic():
        Clerk.objects.create(partner=clerk.partner, name="AYŞE", pin_hash="x", pin_set_at=NOON, made_at=NOON)


def test_whoever_leaves_is_out_at_the_next_request(desk, screen, clerk):
    browser = screen_browser(screen)
    enter(browser, clerk)
    desk.post(reverse("partners:end-clerk", args=[clerk.public_id]))

    assert browser.get(COUNTER)["Location"] == SHIFT
    assert enter(browser, clerk).status_code == 403
    clerk.refresh_from_db()
    assert clerk.pin_hash == ""
    # Their name is free again.
    desk.post(TEAM, {"name": "Ayşe", "pin": OTHER})
    assert Clerk.objects.filter(ended_at=None).count() == 1


def test_a_name_is_erased_and_the_redemptions_stay(desk, screen, clerk, shop):
    made = redemption.redeem(
        hold=make_hold(offer=make_offer(partner=shop), now=NOON), by=None, clerk=clerk, device=screen, now=NOON
    )
    erase = reverse("partners:erase-clerk", args=[clerk.public_id])
    desk.post(erase)
    assert Clerk.objects.exists()  # still works here

    desk.post(reverse("partners:end-clerk", args=[clerk.public_id]))
    desk.post(erase)

    made.refresh_from_db()
    assert not Clerk.objects.exists()
    assert (made.clerk, made.device, made.who) == (None, screen, "Tablet")


def test_all_that_is_stored_about_somebody_is_handed_out(desk, screen, clerk, shop):
    redemption.redeem(
        hold=make_hold(offer=make_offer("Brezel", partner=shop), now=NOON),
        by=None,
        clerk=clerk,
        device=screen,
        now=NOON,
    )
    file = desk.get(reverse("partners:clerk-data", args=[clerk.public_id])).content.decode()

    assert "Ayşe" in file
    assert "Brezel;16.09.2026 12:00;30;Tablet;" in file


def test_another_shop_s_clerks_do_not_exist(clerk, sign_in):
    stranger = sign_in(make_manager(make_partner("Kiosk")))

    for name in ("clerk", "clerk-data"):
        assert stranger.get(reverse(f"partners:{name}", args=[clerk.public_id])).status_code == 404
    for name in ("clerk", "end-clerk", "erase-clerk"):
        assert stranger.post(reverse(f"partners:{name}", args=[clerk.public_id]), {"pin": OTHER}).status_code == 404
    assert "Ayşe" not in stranger.get(TEAM).content.decode()


# ── Whose codes ──────────────────────────────────────────────────────────────────────────────────
def test_nobody_redeems_the_codes_of_their_own_family(shop, sign_in):
    youth = make_rich_youth(coins=60)
    offer = make_offer(partner=shop)
    hold = make_hold(offer=offer, youth=youth, now=db.now())
    for person in (guardian_of(youth), youth.user):
        shop.organisation.memberships.create(user=person, role="manager")
        with pytest.raises(redemption.OwnFamily):
            redemption.redeem(hold=hold, by=person, now=db.now())

    browser = sign_in(guardian_of(youth))
    browser.post(COUNTER, {"code": redemption.show_code(hold=hold).code})
    answer = browser.post(reverse("partners:redeem", args=[hold.public_id]), {"request_id": uuid4()})
    assert answer.status_code == 409
    assert "eigenen Familie" in answer.content.decode()
    assert not Redemption.objects.exists()
    assert redemption.redeem(hold=hold, by=make_manager(shop), now=db.now())
