"""From setting aside to handing over and back, rule by rule."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from clevervibes.lib import db, periods
from coins import ledger, lots
from coins import selectors as coin_selectors
from coins.models import Lot, Transfer
from partners import codes, limits, redemption, settlement, tasks
from partners.models import Hold, Offer, Redemption
from partners.redemption import (
    AlreadyRedeemed,
    AlreadySettled,
    AtTheCounter,
    CodeCancelled,
    CodeExpired,
    CounterPaused,
    HoldPaused,
    LimitReached,
    NotReleased,
    OutOfStock,
    PriceChanged,
    RedemptionUndone,
    ScanTooOld,
    TooLateForAnother,
    TooLateToUndo,
    TooYoung,
    UnknownCode,
    YouthPaused,
)
from tests.factories import (
    NOON,
    make_hold,
    make_manager,
    make_offer,
    make_partner,
    make_redemption,
    make_rich_youth,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


def coins_of(youth):
    balance = coin_selectors.balance_of(youth)
    return balance.posted, balance.held


def look_up(hold, *, text=None, partner=None, now=NOON):
    text = text or redemption.show_code(hold=hold).code
    return redemption.look_up(partner=partner or hold.offer.partner, text=text, device="till", now=now)


@db.service
def capture(hold, **what):
    return ledger.capture_hold(
        hold=hold.ledger_hold, credit=hold.offer.partner.account, effective_on=periods.berlin_date(NOON), **what
    )


# ── Hold ─────────────────────────────────────────────────────────────────────────────────────────
def test_a_hold_takes_stock_and_coins_at_once_and_freezes_price_and_title():
    offer, youth = make_offer(price_coins=30, stock=2), make_rich_youth(coins=100)

    hold = redemption.hold(offer=offer, youth=youth, now=NOON)
    Offer.objects.filter(pk=offer.pk).update(price_coins=50, title="Drei Kugeln")

    hold.refresh_from_db()
    offer.refresh_from_db()
    assert (hold.price_coins, hold.title, hold.status) == (30, "Zwei Kugeln Eis", Hold.Status.LIVE)
    assert hold.expires_at == NOON + 14 * DAY
    assert coins_of(youth) == (100, 30)
    assert offer.stock == 1


def test_nobody_pays_more_than_the_page_showed():
    offer, youth = make_offer(price_coins=30), make_rich_youth()

    with pytest.raises(PriceChanged):
        redemption.hold(offer=offer, youth=youth, price_coins=20, now=NOON)

    assert redemption.hold(offer=offer, youth=youth, price_coins=30, now=NOON).price_coins == 30


def test_what_the_coins_do_not_reach_is_not_held_and_stock_stays():
    offer, youth = make_offer(price_coins=30, stock=1), make_rich_youth(coins=29)

    with pytest.raises(ledger.InsufficientBalance):
        redemption.hold(offer=offer, youth=youth, now=NOON)

    offer.refresh_from_db()
    assert offer.stock == 1
    assert not Hold.objects.exists()


def test_coins_set_aside_cannot_be_set_aside_again():
    offer, youth = make_offer(price_coins=30), make_rich_youth(coins=59)
    redemption.hold(offer=offer, youth=youth, now=NOON)

    with pytest.raises(ledger.InsufficientBalance):
        redemption.hold(offer=offer, youth=youth, now=NOON)


def test_a_youth_who_never_earned_anything_is_told_that_the_coins_do_not_reach():
    with pytest.raises(ledger.InsufficientBalance):
        redemption.hold(offer=make_offer(), youth=make_youth(), now=NOON)


def test_the_last_one_goes_once():
    offer = make_offer(stock=1)
    make_hold(offer=offer)

    with pytest.raises(OutOfStock):
        make_hold(offer=offer)


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("released_at", None),
        ("valid_from", NOON + SECOND),
        ("valid_until", NOON),
        ("paused_at", NOON),
        ("partner__paused_at", NOON),
    ],
)
def test_only_what_is_in_the_catalog_right_now_can_be_held(change, value):
    offer = make_offer()
    row, field = (offer.partner, change.removeprefix("partner__")) if "__" in change else (offer, change)
    setattr(row, field, value)
    row.save(update_fields=[field])

    with pytest.raises(NotReleased):
        make_hold(offer=offer)


def test_an_offer_is_good_from_its_first_to_just_before_its_last_moment():
    offer = make_offer(valid_from=NOON, valid_until=NOON + DAY)

    make_hold(offer=offer, now=NOON)
    make_hold(offer=offer, now=NOON + DAY - SECOND)
    with pytest.raises(NotReleased):
        make_hold(offer=offer, now=NOON + DAY)


def test_the_minimum_age_is_reached_on_the_birthday_in_berlin():
    youth = make_rich_youth(age=15)
    offer = make_offer(minimum_age=16)
    birthday = periods.midnight(periods.birthday(youth.birth_date, 16))

    with pytest.raises(TooYoung):
        redemption.hold(offer=offer, youth=youth, now=birthday - SECOND)
    redemption.hold(offer=offer, youth=youth, now=birthday)


def test_a_stopped_youth_holds_nothing_and_reads_why():
    youth = make_rich_youth()
    youth.paused_at, youth.paused_why = NOON, "Wir klären gerade eine Frage."
    youth.save(update_fields=["paused_at", "paused_why"])

    with pytest.raises(YouthPaused) as refused:
        redemption.hold(offer=make_offer(), youth=youth, now=NOON)

    assert "Wir klären gerade eine Frage." in str(refused.value)


def test_the_monthly_limit_counts_what_was_really_had():
    offer, youth = make_offer(price_coins=10, per_youth_per_month=1), make_rich_youth()
    first = redemption.hold(offer=offer, youth=youth, now=NOON)
    with pytest.raises(LimitReached):
        redemption.hold(offer=offer, youth=youth, now=NOON)
    make_hold(offer=offer)  # somebody else's
    redemption.cancel(hold=first, now=NOON)

    redemption.hold(offer=offer, youth=youth, now=NOON)

    october = periods.month(periods.berlin_date(NOON)).end
    with pytest.raises(LimitReached):
        redemption.hold(offer=offer, youth=youth, now=october - SECOND)
    redemption.hold(offer=offer, youth=youth, now=october)


# ── Cancel, expire, codes ────────────────────────────────────────────────────────────────────────
def test_cancelling_gives_coins_and_stock_back_once():
    offer, youth = make_offer(price_coins=30, stock=1), make_rich_youth(coins=100)
    hold = redemption.hold(offer=offer, youth=youth, now=NOON)

    for _time in range(2):
        ended = redemption.cancel(hold=hold, now=NOON + MINUTE)

    offer.refresh_from_db()
    assert (ended.status, ended.sealed_code) == (Hold.Status.CANCELLED, "")
    assert coins_of(youth) == (100, 0)
    assert offer.stock == 1


def test_cancelling_waits_half_an_hour_after_a_counter_saw_the_code():
    hold = make_hold()
    look_up(hold)

    with pytest.raises(AtTheCounter):
        redemption.cancel(hold=hold, now=NOON + 30 * MINUTE - SECOND)
    redemption.cancel(hold=hold, now=NOON + 30 * MINUTE)


def test_what_was_handed_over_cannot_be_cancelled():
    redeemed = make_redemption()

    with pytest.raises(AlreadyRedeemed):
        redemption.cancel(hold=redeemed.hold, now=NOON)


def test_holds_run_out_after_14_days_and_give_back_what_they_took():
    offer, youth = make_offer(price_coins=30, stock=1), make_rich_youth(coins=30)
    hold = redemption.hold(offer=offer, youth=youth, now=NOON)

    assert redemption.expire_due(now=NOON + 14 * DAY - SECOND) == 0
    assert redemption.expire_due(now=NOON + 14 * DAY) == 1
    assert redemption.expire_due(now=NOON + 15 * DAY) == 0

    hold.refresh_from_db()
    offer.refresh_from_db()
    assert hold.status == Hold.Status.EXPIRED
    assert coins_of(youth) == (30, 0)
    assert offer.stock == 1


def test_the_clockwork_ends_what_is_over_and_nothing_else():
    over = make_hold(now=db.now() - 14 * DAY)
    live = make_hold(now=db.now() - 13 * DAY)

    for _delivery in range(2):
        tasks.expire_holds()

    over.refresh_from_db()
    live.refresh_from_db()
    assert (over.status, live.status) == (Hold.Status.EXPIRED, Hold.Status.LIVE)


def test_the_code_is_shown_again_and_again_and_stored_nowhere_in_clear():
    hold = make_hold()
    code = redemption.show_code(hold=hold)
    hold.refresh_from_db()

    assert redemption.show_code(hold=hold) == code
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(h)::text FROM partners_hold h")
        stored = cursor.fetchone()[0]
    assert code.code.replace("-", "") not in stored
    assert code.token not in stored


def test_a_new_code_makes_the_old_one_unknown():
    hold = make_hold()
    old = redemption.show_code(hold=hold)

    new = redemption.renew_code(hold=hold)

    assert look_up(hold, text=new.code).pk == hold.pk
    assert look_up(hold, text=new.token).pk == hold.pk
    for text in (old.code, old.token):
        with pytest.raises(UnknownCode):
            look_up(hold, text=text)


# ── Look up ──────────────────────────────────────────────────────────────────────────────────────
def test_a_code_typed_or_scanned_leads_to_its_hold():
    hold = make_hold()
    code = redemption.show_code(hold=hold)

    for text in (code.code, code.code.lower().replace("-", " "), code.token, code.url):
        assert look_up(hold, text=text) == hold
    hold.refresh_from_db()
    assert hold.looked_up_at == NOON


def test_an_unknown_code_and_another_shops_code_look_the_same():
    hold, elsewhere = make_hold(), make_partner("Kino Astra")
    code = redemption.show_code(hold=hold)

    answers = set()
    for text in (code.code, code.token, "CCCC-CCCC", "0" * 32):
        with pytest.raises(UnknownCode) as refused:
            look_up(hold, text=text, partner=elsewhere)
        answers.add((refused.value.code, refused.value.status, str(refused.value)))
    assert len(answers) == 1
    hold.refresh_from_db()
    assert hold.looked_up_at is None


def test_expired_cancelled_redeemed_and_undone_are_told_apart():
    cancelled, expired, redeemed, undone = [(hold := make_hold(), redemption.show_code(hold=hold)) for _hold in "1234"]
    redemption.cancel(hold=cancelled[0], now=NOON)
    redemption.redeem(hold=redeemed[0], by=None, now=NOON + MINUTE)
    back = redemption.redeem(hold=undone[0], by=None, now=NOON)
    redemption.undo(redemption=back, by=None, reason="Falsch", now=NOON + MINUTE)

    with pytest.raises(CodeCancelled):
        look_up(cancelled[0], text=cancelled[1].code)
    with pytest.raises(AlreadyRedeemed) as refused:
        look_up(redeemed[0], text=redeemed[1].token)
    assert "16.09.2026 um 12:01 Uhr" in str(refused.value)
    with pytest.raises(RedemptionUndone):
        look_up(undone[0], text=undone[1].code)
    # Before the tick that ends it, and after.
    for _time in range(2):
        with pytest.raises(CodeExpired):
            look_up(expired[0], text=expired[1].code, now=NOON + 14 * DAY)
        redemption.expire_due(now=NOON + 14 * DAY)


def test_guessing_is_limited_and_what_exists_is_no_guess():
    hold = make_hold()
    for _time in range(10):
        look_up(hold)
    for _time in range(20):
        look_up(hold, text=redemption.show_code(hold=hold).token)
    for _time in range(20):
        with pytest.raises(codes.Typo):
            look_up(hold, text="OOOO-OOOO")
    for _time in range(5):
        with pytest.raises(UnknownCode):
            look_up(hold, text="CCCC-CCCC")

    with pytest.raises(limits.TypingPaused):
        look_up(hold)
    assert look_up(hold, text=redemption.show_code(hold=hold).token) == hold  # scanning goes on


# ── Redeem ───────────────────────────────────────────────────────────────────────────────────────
def test_redeeming_moves_the_coins_to_the_partner():
    offer, youth = make_offer(price_coins=30, vat_percent=7), make_rich_youth(coins=100)
    hold, clerk = redemption.hold(offer=offer, youth=youth, now=NOON), make_manager(offer.partner)

    made = redemption.redeem(hold=hold, by=clerk, now=NOON + DAY)

    hold.refresh_from_db()
    assert (made.price_coins, made.title, made.vat_percent, made.by) == (30, "Zwei Kugeln Eis", 7, clerk)
    assert made.redeemed_at == made.booked_at == NOON + DAY
    assert (hold.status, hold.sealed_code) == (Hold.Status.REDEEMED, "")
    assert coins_of(youth) == (70, 0)
    assert ledger.balance(offer.partner.account) == 30
    assert made.transfer.source_id == made.pk


def test_a_hold_is_redeemed_once():
    made = make_redemption()

    with pytest.raises(AlreadyRedeemed):
        redemption.redeem(hold=made.hold, by=None, now=NOON)

    assert ledger.balance(made.partner.account) == 30


@pytest.mark.parametrize("stopped", ["offer", "partner"])
def test_what_the_team_stopped_is_not_handed_over(stopped):
    hold = make_hold()
    row = hold.offer if stopped == "offer" else hold.offer.partner
    row.paused_at, row.paused_why = NOON, "Wir prüfen das."
    row.save(update_fields=["paused_at", "paused_why"])

    for attempt in (lambda: look_up(hold), lambda: redemption.redeem(hold=hold, by=None, now=NOON)):
        with pytest.raises(CounterPaused) as refused:
            attempt()
        assert "Wir prüfen das." in str(refused.value)


def test_a_stopped_youth_gets_nothing_at_the_counter_and_stays_unnamed():
    youth = make_rich_youth("Leonie")
    hold = make_hold(youth=youth)
    youth.paused_at, youth.paused_why = NOON, "Wir klären etwas mit Leonie."
    youth.save(update_fields=["paused_at", "paused_why"])

    for attempt in (lambda: look_up(hold), lambda: redemption.redeem(hold=hold, by=None, now=NOON)):
        with pytest.raises(HoldPaused) as refused:
            attempt()
        assert "Leonie" not in str(refused.value)


def test_a_till_without_connection_books_as_of_the_scan_for_a_day():
    late = make_hold()
    scanned_at = NOON + 14 * DAY - MINUTE  # still good then, over by now

    made = redemption.redeem(hold=late, by=None, scanned_at=scanned_at, now=scanned_at + DAY)

    assert (made.redeemed_at, made.booked_at) == (scanned_at, scanned_at + DAY)
    hold = make_hold()
    for wrong in (NOON - DAY - SECOND, NOON + SECOND):
        with pytest.raises(ScanTooOld):
            redemption.redeem(hold=hold, by=None, scanned_at=wrong, now=NOON)


def test_redeeming_takes_one_statement(django_assert_num_queries):
    hold = make_hold()

    # SAVEPOINT and RELEASE are the test's; outside of its block there is no BEGIN and no COMMIT either.
    with django_assert_num_queries(1 + 2):
        redemption.redeem(hold=hold, by=None, now=NOON)


def test_a_pause_lifted_while_the_counter_asks_why_is_no_refusal(monkeypatch):
    hold, ask = make_hold(), redemption._with_all_that_may_stop_it
    offer = Offer.objects.filter(pk=hold.offer_id)
    offer.update(paused_at=NOON)

    def lifted_meanwhile():
        offer.update(paused_at=None)
        return ask()

    monkeypatch.setattr(redemption, "_with_all_that_may_stop_it", lifted_meanwhile)

    assert redemption.redeem(hold=hold, by=None, now=NOON).price_coins == 30


def test_coins_that_were_captured_for_the_hold_before_are_not_captured_again():
    hold = make_hold()
    shop = hold.offer.partner.account
    first = capture(hold, kind=Transfer.Kind.REDEMPTION, source_id=hold.pk)

    made = redemption.redeem(hold=hold, by=None, now=NOON)

    assert made.transfer == first
    assert ledger.balance(shop) == 30


@pytest.mark.corrupts_ledger
def test_coins_that_were_captured_for_something_else_are_not_there():
    hold = make_hold()
    capture(hold, kind=Transfer.Kind.REDEMPTION, source_id=hold.pk + 1)

    with pytest.raises(ledger.HoldEnded):
        redemption.redeem(hold=hold, by=None, now=NOON)


@pytest.mark.corrupts_ledger
def test_a_transfer_in_the_hold_s_name_that_says_something_else_is_a_conflict():
    hold, another = make_hold(), make_hold()
    capture(another, kind=Transfer.Kind.REDEMPTION, source_id=hold.pk)

    with pytest.raises(ledger.IdempotencyConflict):
        redemption.redeem(hold=hold, by=None, now=NOON)


def test_lots_that_differ_from_the_balance_stop_the_redemption():
    hold = make_hold()
    lot = Lot.objects.filter(account=hold.account)
    lot.update(left=3)

    with pytest.raises(lots.LotsDiffer):
        redemption.redeem(hold=hold, by=None, now=NOON)

    hold.refresh_from_db()
    assert (hold.status, ledger.balance(hold.account)) == (Hold.Status.LIVE, 30)
    lot.update(left=30)


# ── Undo ─────────────────────────────────────────────────────────────────────────────────────────
def test_a_shop_takes_back_within_a_quarter_of_an_hour_and_everything_is_as_before():
    offer, youth = make_offer(price_coins=30, stock=1), make_rich_youth(coins=100)
    made = redemption.redeem(hold=redemption.hold(offer=offer, youth=youth, now=NOON), by=None, now=NOON)
    clerk = make_manager(offer.partner)

    for _time in range(2):
        undone = redemption.undo(redemption=made, by=clerk, reason="Falsch eingelöst", now=NOON + 15 * MINUTE - SECOND)

    offer.refresh_from_db()
    assert (undone.undone_by, undone.undo_reason) == (clerk, "Falsch eingelöst")
    assert coins_of(youth) == (100, 0)
    assert ledger.balance(offer.partner.account) == 0
    assert offer.stock == 1
    undone.hold.refresh_from_db()
    assert undone.hold.status == Hold.Status.REDEEMED  # ended, and stays so


def test_after_a_quarter_of_an_hour_the_shop_cannot_take_back():
    made = make_redemption()

    with pytest.raises(TooLateToUndo):
        redemption.undo(redemption=made, by=None, reason="Zu spät", now=NOON + 15 * MINUTE)


def test_what_is_settled_is_not_undone():
    made = make_redemption()
    settlement.settle(partner=made.partner, cutoff=NOON + MINUTE, now=NOON + MINUTE)

    with pytest.raises(AlreadySettled):
        redemption.undo(redemption=made, by=None, reason="Zu spät", now=NOON + 2 * MINUTE)


def test_after_an_undo_the_same_thing_is_there_for_a_day_at_its_old_price():
    offer, youth = make_offer(price_coins=30, per_youth_per_month=1), make_rich_youth(coins=30)
    made = redemption.redeem(hold=redemption.hold(offer=offer, youth=youth, now=NOON), by=None, now=NOON)
    with pytest.raises(TooLateForAnother):  # not undone
        redemption.hold_again(hold=made.hold, youth=youth, now=NOON)
    redemption.undo(redemption=made, by=None, reason="Falsch", now=NOON)
    Offer.objects.filter(pk=offer.pk).update(price_coins=99, released_at=None)
    with pytest.raises(TooLateForAnother):
        redemption.hold_again(hold=made.hold, youth=youth, now=NOON + DAY)

    again = redemption.hold_again(hold=made.hold, youth=youth, now=NOON + DAY - SECOND)

    assert (again.price_coins, again.status) == (30, Hold.Status.LIVE)
    assert redemption.hold_again(hold=made.hold, youth=youth, now=NOON + DAY - SECOND) == again
    assert Hold.objects.count() == 2


# ── What the database refuses ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"price_coins": 0}, "partners_hold_price"),
        ({"expires_at": NOON}, "partners_hold_lives"),
        ({"ended_at": NOON}, "partners_hold_live_or_ended"),
        ({"status": "cancelled", "sealed_code": ""}, "partners_hold_live_or_ended"),
        ({"sealed_code": ""}, "partners_hold_code_while_live"),
        ({"status": "cancelled", "ended_at": NOON}, "partners_hold_code_while_live"),
    ],
)
def test_an_impossible_hold_cannot_be_stored(change, constraint):
    hold = make_hold()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Hold.objects.filter(pk=hold.pk).update(**change)


def test_no_two_live_holds_share_a_code_or_any_a_token():
    one, other = make_hold(), make_hold()

    with pytest.raises(IntegrityError, match="partners_live_code_once"), transaction.atomic():
        Hold.objects.filter(pk=other.pk).update(code_hmac=one.code_hmac)
    with pytest.raises(IntegrityError, match="partners_token_once"), transaction.atomic():
        Hold.objects.filter(pk=other.pk).update(token_hash=one.token_hash)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"price_coins": 0}, "partners_redemption_price"),
        ({"booked_at": NOON - SECOND}, "partners_redemption_booked_after_scan"),
        ({"undone_at": NOON}, "partners_redemption_undone_whole"),
        ({"undo_reason": "weil"}, "partners_redemption_undone_whole"),
    ],
)
def test_an_impossible_redemption_cannot_be_stored(change, constraint):
    made = make_redemption()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Redemption.objects.filter(pk=made.pk).update(**change)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"price_coins": 0}, "partners_offer_price"),
        ({"price_coins": 10**12}, "integer out of range|partners_offer_price"),
        ({"price_coins": 10_001}, "partners_offer_price"),
        ({"title": ""}, "partners_offer_has_title"),
        ({"stock": -1}, "stock"),
        ({"per_youth_per_month": 0}, "partners_offer_limit"),
        ({"minimum_age": 11}, "partners_offer_minimum_age"),
        ({"valid_until": NOON - 200 * DAY}, "partners_offer_validity"),
        ({"vat_percent": 16}, "partners_offer_vat"),
    ],
)
def test_an_impossible_offer_cannot_be_stored(change, constraint):
    offer = make_offer()

    with pytest.raises(Exception, match=constraint), transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(**change)


def test_nothing_names_the_youth():
    youth = make_rich_youth("Leonie", coins=30)
    made = redemption.redeem(hold=make_hold(youth=youth), by=make_user("Kassiererin"), now=NOON)

    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(h)::text || to_jsonb(r)::text FROM partners_hold h, partners_redemption r")
        stored = cursor.fetchone()[0]
    for canary in ("Leonie", youth.user.last_name, str(youth.public_id), str(youth.user.public_id)):
        assert canary not in stored
    assert made.hold.account_id
