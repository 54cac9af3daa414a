"""What a youth may spend on a category in a month, what they save for, and when they are reminded."""

import random
import threading
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Notice
from clevervibes.lib import db, periods
from coins import selectors as coin_selectors
from coins.models import LedgerAccount
from partners import goals, redemption, reminders
from partners.models import CategoryCap, Hold, Offer, RewardGoal
from partners.redemption import CategoryLimitReached
from tests.concurrency import Meeting, control, in_parallel, rounds
from tests.factories import NOON, make_club, make_hold, make_offer, make_partner, make_rich_youth, make_youth

pytestmark = pytest.mark.django_db

ROUNDS, CONTROL_ROUNDS = 20, 10


def cap(coins, category="food", club=None):
    return CategoryCap.objects.create(club=club or make_club(), category=category, coins_per_month=coins)


# ── Caps ─────────────────────────────────────────────────────────────────────────────────────────
def test_a_category_has_a_limit_of_coins_a_month():
    cap(50)
    youth, eis, brezel = make_rich_youth(coins=200), make_offer(price_coins=30), make_offer("Brezel", price_coins=20)
    book = make_offer("Buch", price_coins=60, category="learning")
    redemption.hold(offer=eis, youth=youth, now=NOON)
    redemption.hold(offer=brezel, youth=youth, now=NOON)

    with pytest.raises(CategoryLimitReached, match="höchstens 50 Coins"):
        redemption.hold(offer=brezel, youth=youth, now=NOON)

    assert coin_selectors.balance_of(youth).held == 50, "a refusal sets nothing aside"
    assert redemption.hold(offer=book, youth=youth, now=NOON)
    next_month = periods.month(periods.berlin_date(NOON)).end
    assert redemption.hold(offer=brezel, youth=youth, now=next_month)


def test_what_was_cancelled_or_taken_back_does_not_count():
    cap(30)
    youth, eis = make_rich_youth(coins=100), make_offer(price_coins=30)
    redemption.cancel(hold=redemption.hold(offer=eis, youth=youth, now=NOON), now=NOON)
    made = redemption.redeem(hold=redemption.hold(offer=eis, youth=youth, now=NOON), by=None, now=NOON)
    redemption.undo(redemption=made, by=None, reason="Falsch", now=NOON)

    assert redemption.hold(offer=eis, youth=youth, now=NOON)


def test_the_limit_is_that_of_the_youths_own_club():
    cap(10, club=make_club("Clever Vibes Selm"))

    assert make_hold(offer=make_offer(price_coins=30))


def test_who_lost_a_redemption_gets_it_again_whatever_the_limit_is_by_now():
    youth, eis = make_rich_youth(coins=30), make_offer(price_coins=30)
    made = redemption.redeem(hold=make_hold(offer=eis, youth=youth), by=None, now=NOON)
    redemption.undo(redemption=made, by=None, reason="Falsch", now=NOON)
    cap(10)

    assert redemption.hold_again(hold=made.hold, youth=youth, now=NOON)


def test_the_page_says_so_before_anybody_taps(client):
    cap(40)
    youth, eis = make_rich_youth(coins=200), make_offer(price_coins=30)
    redemption.hold(offer=eis, youth=youth, now=db.now())
    client.force_login(youth.user)

    html = client.get(reverse("partners:offer", args=[eis.public_id])).content.decode()

    assert "noch 10 Coins ausgeben" in html
    assert "Jetzt einlösen" not in html


def spend_in_two_tabs():
    """Return a round: a youth who may spend 10 coins on a category taps two offers of it at once. Right is one."""
    youth, shop = make_rich_youth(coins=10 * (ROUNDS + CONTROL_ROUNDS) * 2), make_partner()
    cap(10)
    both = [make_offer(f"Eis {number}", partner=shop, price_coins=10) for number in range(2)]

    def play(_source: random.Random) -> bool:
        results = in_parallel(
            *[lambda offer=offer: redemption.hold(offer=offer, youth=youth, now=NOON) for offer in both]
        )
        for held in Hold.objects.filter(status=Hold.Status.LIVE):
            redemption.cancel(hold=held, now=NOON)
        return {type(result) for result in results} != {Hold, CategoryLimitReached}

    return play


@pytest.mark.django_db(transaction=True)
def test_two_tabs_keep_to_the_limit_of_a_category():
    assert rounds(ROUNDS, spend_in_two_tabs()).bad == 0


@pytest.mark.django_db(transaction=True)
def test_control_counted_before_the_balance_is_locked_the_limit_breaks(monkeypatch):
    meeting, real = Meeting(2), redemption.expiry.expire_account
    counted: dict[int, int] = {}

    def count_first(*, account: LedgerAccount, **rest: object) -> object:
        counted[threading.get_ident()] = real_count("food", account, periods.berlin_date(NOON))
        meeting.wait()
        return real(account=account, **rest)

    def as_counted(*_args: object) -> int:
        return counted[threading.get_ident()]

    real_count = redemption.coins_in_category
    monkeypatch.setattr(redemption.expiry, "expire_account", count_first)
    monkeypatch.setattr(redemption, "coins_in_category", as_counted)

    assert control(CONTROL_ROUNDS, spend_in_two_tabs()).broken


# ── What a youth saves for ───────────────────────────────────────────────────────────────────────
def goal_of(youth):
    balance = coin_selectors.balance_of(youth)
    return goals.goal_of(youth, spendable=balance.spendable, at=db.now())


def test_a_goal_stands_above_the_catalog_and_on_the_start_page_with_how_far_it_is(client):
    youth, kino = make_rich_youth(coins=60), make_offer("Kino", price_coins=95)
    client.force_login(youth.user)

    client.post(reverse("partners:pin", args=[kino.public_id]))

    assert goal_of(youth).left_coins == 35
    catalog = client.get("/belohnungen/").content.decode()
    assert "Dein Ziel" in catalog
    assert "noch 35 Coins" in catalog
    start = client.get("/start/").content.decode()
    assert "Fortschritt bis Kino" in start
    assert "noch 35" in start


def test_another_goal_takes_the_place_of_the_first_and_may_be_let_go(client):
    youth, kino, eis = make_youth(), make_offer("Kino"), make_offer("Eis")
    client.force_login(youth.user)
    for offer in (kino, eis, eis):
        client.post(reverse("partners:pin", args=[offer.public_id]))
    assert goal_of(youth).offer == eis

    for _click in range(2):
        client.post(reverse("partners:unpin"))

    assert goal_of(youth) is None


def test_a_reached_goal_says_so_and_goes_once_it_is_set_aside(client):
    youth, eis = make_rich_youth(coins=30), make_offer("Eis", price_coins=30)
    goals.pin(offer=eis, youth=youth, now=NOON)
    client.force_login(youth.user)
    assert "Geschafft, Deine Coins reichen!" in client.get("/belohnungen/").content.decode()

    redemption.hold(offer=eis, youth=youth, now=NOON)

    assert goal_of(youth) is None


@pytest.mark.parametrize("change", [{"paused_at": NOON}, {"stock": 0}, {"valid_until": NOON}, {"shop_paused_at": NOON}])
def test_a_goal_that_is_gone_is_said_to_be(client, change):
    youth, eis = make_rich_youth(coins=30), make_offer("Eis", price_coins=30)
    goals.pin(offer=eis, youth=youth, now=NOON)
    Offer.objects.filter(pk=eis.pk).update(**change)
    client.force_login(youth.user)

    assert "Dein Ziel gibt es gerade nicht" in client.get("/belohnungen/").content.decode()
    assert "Fortschritt bis" not in client.get("/start/").content.decode()


def test_only_youths_have_goals_and_only_of_what_is_on_sale(client):
    hidden = make_offer(release=False)
    youth = make_youth()
    client.force_login(youth.user)

    assert client.post(reverse("partners:pin", args=[hidden.public_id])).status_code == 404
    with pytest.raises(redemption.NotReleased):
        goals.pin(offer=hidden, youth=youth, now=NOON)
    assert not RewardGoal.objects.exists()


# ── Reminders ────────────────────────────────────────────────────────────────────────────────────
def test_a_youth_is_reminded_on_day_eleven_and_once():
    youth = make_rich_youth()
    hold = make_hold(youth=youth)
    Notice.objects.all().delete()

    assert reminders.remind_due(now=NOON + timedelta(days=11) - timedelta(seconds=1)) == 0
    assert reminders.remind_due(now=NOON + timedelta(days=11)) == 1
    assert reminders.remind_due(now=NOON + timedelta(days=12)) == 0

    notice = Notice.objects.get(to=youth.user)
    assert (notice.topic, notice.ids) == (reminders.TOPIC, {"hold": str(hold.public_id)})


def test_the_day_before_an_event_ends_its_guests_are_reminded():
    ends = NOON + timedelta(days=40)
    early, offer = make_rich_youth(), make_offer(event_ends_at=ends)
    make_hold(offer=offer, youth=early)
    make_hold(offer=offer, now=ends - timedelta(hours=2))

    assert reminders.remind_due(now=ends - timedelta(hours=24)) == 1
    assert reminders.remind_due(now=ends) == 0, "who has just taken it knows"


def test_nobody_is_reminded_of_what_is_done():
    made = make_hold()
    redemption.cancel(hold=made, now=NOON)
    make_hold()

    assert reminders.remind_due(now=NOON + timedelta(days=14)) == 0


def test_the_reminder_says_what_and_until_when(client):
    youth, moment = make_rich_youth(), db.now()
    make_hold(offer=make_offer("Buttercroissant"), youth=youth, now=moment - timedelta(days=12))
    reminders.remind_due(now=moment)
    client.force_login(youth.user)

    html = client.get(reverse("accounts:notices")).content.decode()

    assert "Dein Code läuft bald ab" in html
    assert "Buttercroissant" in html


# ── On paper ─────────────────────────────────────────────────────────────────────────────────────
def test_a_code_may_be_printed_by_its_youth_alone(client):
    youth = make_rich_youth()
    hold = make_hold(youth=youth, now=db.now())
    address = reverse("partners:code-sheet", args=[hold.public_id])
    client.force_login(youth.user)

    answer = client.get(address)

    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
    assert answer.content.startswith(b"%PDF")
    redemption.cancel(hold=hold, now=db.now())
    assert client.get(address)["Location"] == reverse("partners:hold", args=[hold.public_id])
    client.force_login(make_rich_youth("Ben").user)
    assert client.get(address).status_code == 404
