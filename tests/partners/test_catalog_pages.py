"""The catalog and a youth's own holds, through requests."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from clevervibes.lib import db
from coins import selectors as coin_selectors
from partners import redemption
from partners.models import Hold, Offer
from tests.concurrency import in_parallel
from tests.factories import (
    guardian_of,
    make_account,
    make_hold,
    make_manager,
    make_offer,
    make_partner,
    make_redemption,
    make_rich_youth,
    make_youth,
)

pytestmark = pytest.mark.django_db

CATALOG = "/belohnungen/"


def page_of(offer):
    return reverse("partners:offer", args=[offer.public_id])


def page_of_hold(hold):
    return reverse("partners:hold", args=[hold.public_id])


def place(client, offer, *, then="now", request_id=None, price=None):
    form = {"request_id": request_id or uuid4(), "price": offer.price_coins if price is None else price, "then": then}
    return client.post(reverse("partners:place", args=[offer.public_id]), form)


def titles(response):
    return [card.offer.title for card in response.context["cards"]]


# ── Catalog ──────────────────────────────────────────────────────────────────────────────────────
def test_the_catalog_says_what_is_within_reach(sign_in):
    for title, price in (("Brezel", 20), ("Kakao", 53), ("Kino", 100)):
        make_offer(title, price_coins=price)
    make_offer("Ausverkauft", price_coins=1, stock=0)
    youth = make_rich_youth(coins=50)

    response = sign_in(youth.user).get(CATALOG)

    html = response.content.decode()
    assert titles(response) == ["Brezel", "Kakao", "Kino", "Ausverkauft"]
    assert html.count("reicht schon") == 1 + 1  # a chip, and the filter's name
    assert "noch 3 Coins" in html
    assert "noch 50" in html
    assert "vergriffen" in html
    assert titles(sign_in(youth.user).get(CATALOG, {"reicht": 1})) == ["Brezel"]


def test_the_catalog_is_searched_by_thing_and_shop_and_filtered_by_kind(sign_in):
    kino = make_partner("Filmpalast")
    make_offer("Popcorn", partner=kino, category="cinema", text="Süß oder salzig")
    make_offer("Brezel")
    browser = sign_in(make_youth().user)

    assert titles(browser.get(CATALOG, {"suche": "filmpal POPC"})) == ["Popcorn"]
    assert titles(browser.get(CATALOG, {"suche": "salzig"})) == ["Popcorn"]
    assert titles(browser.get(CATALOG, {"kategorie": "food"})) == ["Brezel"]
    assert titles(browser.get(CATALOG, {"laden": kino.public_id})) == ["Popcorn"]
    nothing = browser.get(CATALOG, {"suche": "Gibt es nicht"})
    assert "Nichts gefunden" in nothing.content.decode()
    assert 'value="Gibt es nicht"' in nothing.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"kategorie": "quatsch", "laden": "quatsch", "page": "x", "reicht": "?"},
        {"suche": "\0" * 5 + "a" * 500},
        {"suche": "'; DROP TABLE--<script>%"},
        {"page": "-1"},
        {"laden": uuid4()},
    ],
)
def test_a_strange_query_is_no_error(sign_in, query):
    make_offer()

    for browser in (Client(), sign_in(make_youth().user)):
        assert browser.get(CATALOG, query).status_code == 200


def test_what_one_is_too_young_for_is_left_out(sign_in):
    make_offer("Ab 16", minimum_age=16)

    assert titles(sign_in(make_youth(age=15).user).get(CATALOG)) == []
    assert titles(sign_in(make_youth(age=16).user).get(CATALOG)) == ["Ab 16"]


def test_everybody_may_look_without_a_cookie_and_nobody_else_may_take():
    offer = make_offer()
    guest = Client()

    for page in (CATALOG, page_of(offer)):
        response = guest.get(page)
        assert response.status_code == 200
        assert not response.cookies
        assert "Anmelden" in response.content.decode()
    assert place(guest, offer)["Location"].startswith(reverse("account_login"))
    assert not Hold.objects.exists()


def test_a_guardian_sees_offers_but_takes_none(sign_in):
    offer, youth = make_offer(), make_rich_youth()
    browser = sign_in(guardian_of(youth))

    assert "Jetzt einlösen" not in browser.get(page_of(offer)).content.decode()
    assert place(browser, offer).status_code == 404


@pytest.mark.parametrize("hide", ["unreleased", "paused", "unknown"])
def test_what_is_not_on_sale_is_not_there(sign_in, hide):
    offer = make_offer(release=hide != "unreleased")
    if hide == "paused":
        Offer.objects.filter(pk=offer.pk).update(paused_at=db.now())
    address = reverse("partners:offer", args=[uuid4()]) if hide == "unknown" else page_of(offer)

    assert sign_in(make_youth().user).get(address).status_code == 404


@pytest.mark.parametrize("size", [2, 12])
def test_the_catalog_asks_the_database_the_same_few_times(sign_in, django_assert_num_queries, size):
    for number in range(size):
        make_offer(f"Angebot {number}", partner=make_partner(f"Laden {number}"))
    browser = sign_in(make_rich_youth().user)
    browser.get(CATALOG)  # the session gets its CSRF token

    # session, user, clock, sign-in, clock, youth, account, balance, count, offers, the goal, the bar
    with django_assert_num_queries(12):
        browser.get(CATALOG)


def test_offers_come_in_pages_that_keep_the_filter(sign_in):
    partner = make_partner()
    for number in range(26):
        make_offer(f"Brezel {number:02}", partner=partner, price_coins=number + 1)
    browser = sign_in(make_youth().user)

    first, second = (browser.get(CATALOG, {"suche": "Brezel", "page": page}) for page in (1, 2))

    assert (len(titles(first)), len(titles(second))) == (24, 2)
    assert "suche=Brezel&amp;page=2" in first.content.decode()


def test_a_picture_is_sent_and_may_be_kept(settings, tmp_path, sign_in):
    settings.MEDIA_ROOT = tmp_path
    Image.new("RGB", (4, 3)).save(tmp_path / "x.webp")
    offer = make_offer(picture=ContentFile((tmp_path / "x.webp").read_bytes(), "x.webp"))
    address = re.search(r'src="(/belohnungen/bild/[^"]+)"', Client().get(page_of(offer)).content.decode())[1]

    response = Client().get(address)

    assert response.getvalue().startswith(b"RIFF")
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert "immutable" in response["Cache-Control"]
    assert Client().get(offer.picture.url).getvalue().startswith(b"RIFF"), "the staff pages show it from there"
    for wrong in ("fehlt.webp", "..%2F..%2Fsettings.py", "x.svg", "x.html"):
        assert Client().get(f"/belohnungen/bild/{wrong}").status_code == 404


# ── Setting aside ────────────────────────────────────────────────────────────────────────────────
def test_redeem_now_holds_and_shows_the_code_in_one_tap(sign_in):
    offer, youth = make_offer(price_coins=30), make_rich_youth(coins=30)
    browser = sign_in(youth.user)

    response = place(browser, offer)

    hold = Hold.objects.get()
    assert response["Location"] == page_of_hold(hold)
    html = browser.get(page_of_hold(hold)).content.decode()
    assert redemption.show_code(hold=hold).code in html
    assert "<svg" in html
    assert redemption.show_code(hold=hold).token not in html  # only drawn


def test_for_later_leads_to_the_list(sign_in):
    offer, youth = make_offer(), make_rich_youth()
    browser = sign_in(youth.user)

    response = place(browser, offer, then="later")

    assert response["Location"] == reverse("partners:holds")
    html = browser.get(reverse("partners:holds")).content.decode()
    assert offer.title in html
    assert "14 Tage" in html


def test_a_double_click_holds_once(sign_in):
    offer, youth, request_id = make_offer(price_coins=10), make_rich_youth(coins=100), uuid4()
    browser = sign_in(youth.user)

    answers = {place(browser, offer, request_id=request_id)["Location"] for _click in range(2)}

    assert answers == {page_of_hold(Hold.objects.get())}


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_hold_once_and_lead_to_the_same_code(sign_in):
    offer, youth, request_id = make_offer(price_coins=10), make_rich_youth(coins=100), uuid4()
    browsers = [sign_in(youth.user) for _tab in range(4)]

    answers = in_parallel(*[lambda tab=tab: place(tab, offer, request_id=request_id) for tab in browsers])

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, page_of_hold(Hold.objects.get()))}


@pytest.mark.parametrize("request_id", ["", "quatsch", "1" * 2000])
def test_a_form_without_its_id_is_refused(sign_in, request_id):
    offer, youth = make_offer(), make_rich_youth()

    assert place(sign_in(youth.user), offer, request_id=request_id or " ").status_code == 400
    assert not Hold.objects.exists()


def test_a_refusal_is_said_on_the_offers_page(sign_in):
    offer, youth = make_offer(price_coins=30), make_rich_youth(coins=10)

    response = place(sign_in(youth.user), offer)

    assert response.status_code == 409
    assert "Dafür reicht das Guthaben nicht." in response.content.decode()
    assert "Noch 20 Coins" in response.content.decode()


@pytest.mark.parametrize("price", ["29", "0"])
def test_the_page_pays_the_price_it_showed_or_nothing(sign_in, price):
    offer, youth = make_offer(price_coins=30), make_rich_youth(coins=100)

    response = place(sign_in(youth.user), offer, price=price)

    assert response.status_code == 409
    assert "Der Preis hat sich geändert" in response.content.decode()


@pytest.mark.parametrize("price", ["-1", "1e309", "NaN", "３０", " 30 ", "9" * 30, "x"])
def test_a_strange_price_is_no_error(sign_in, price):
    offer, youth = make_offer(price_coins=30), make_rich_youth(coins=100)

    assert place(sign_in(youth.user), offer, price=price).status_code == 302


# ── My holds ─────────────────────────────────────────────────────────────────────────────────────
def test_nothing_held_says_what_to_do(sign_in):
    html = sign_in(make_youth().user).get(reverse("partners:holds")).content.decode()

    assert "Noch nichts vorgemerkt" in html
    assert CATALOG in html


@pytest.mark.parametrize("size", [2, 8])
def test_the_list_of_holds_asks_the_same_few_times(sign_in, django_assert_num_queries, size):
    youth = make_rich_youth(coins=200)
    for _hold in range(size):
        redemption.hold(offer=make_offer(price_coins=1), youth=youth, now=db.now())
        ended = redemption.hold(offer=make_offer(price_coins=1), youth=youth, now=db.now())
        redemption.redeem(hold=ended, by=None, now=db.now())
    browser = sign_in(youth.user)
    browser.get(reverse("partners:holds"))  # the session gets its CSRF token

    # session, user, clock, sign-in, youth, account, live, count, past, the bar
    with django_assert_num_queries(10):
        browser.get(reverse("partners:holds"))


def test_another_youths_hold_is_not_there(sign_in):
    hold = make_hold(now=db.now())
    other = make_rich_youth("Ben")
    browser = sign_in(other.user)

    assert browser.get(page_of_hold(hold)).status_code == 404
    for action in ("cancel", "renew", "again"):
        address = reverse(f"partners:{action}", args=[hold.public_id])
        assert browser.post(address, {"request_id": uuid4()}).status_code == 404
    hold.refresh_from_db()
    assert hold.status == Hold.Status.LIVE


def test_the_shop_does_not_see_the_youths_page(sign_in):
    hold = make_hold(now=db.now())

    assert sign_in(make_manager(hold.offer.partner)).get(page_of_hold(hold)).status_code == 404


def test_the_code_page_answers_the_poll_only_once_something_changed(sign_in):
    youth = make_rich_youth()
    hold = make_hold(youth=youth, now=db.now())
    browser, htmx = sign_in(youth.user), {"HX-Request": "true"}

    waiting = browser.get(page_of_hold(hold), headers=htmx)
    redemption.redeem(hold=hold, by=None, now=db.now())
    done = browser.get(page_of_hold(hold), headers=htmx)

    assert (waiting.status_code, waiting.content) == (204, b"")
    html = done.content.decode()
    assert "Eingelöst" in html
    assert "<html" not in html
    assert "hx-trigger" not in html  # nothing asks any more
    assert "HX-Request" in waiting["Vary"]
    assert "HX-Request" in done["Vary"]
    assert "Eingelöst" in browser.get(page_of_hold(hold)).content.decode()


def test_cancelling_frees_the_coins(sign_in):
    youth = make_rich_youth(coins=30)
    hold = make_hold(youth=youth, now=db.now())
    browser, address = sign_in(youth.user), reverse("partners:cancel", args=[hold.public_id])

    for _click in range(2):
        assert browser.post(address)["Location"] == reverse("partners:holds")

    assert coin_selectors.balance_of(youth).spendable == 30
    assert "Storniert" in browser.get(page_of_hold(hold)).content.decode()


def test_cancelling_at_the_counter_is_refused_with_a_time(sign_in):
    youth = make_rich_youth()
    hold = make_hold(youth=youth, now=db.now())
    code = redemption.show_code(hold=hold)
    redemption.look_up(partner=hold.offer.partner, text=code.code, device="till", now=db.now())

    response = sign_in(youth.user).post(reverse("partners:cancel", args=[hold.public_id]))

    assert response.status_code == 409
    assert "Stornieren geht wieder ab" in response.content.decode()
    assert code.code in response.content.decode()  # the code is still there to show


def test_a_new_code_replaces_the_old(sign_in):
    youth = make_rich_youth()
    hold = make_hold(youth=youth, now=db.now())
    old = redemption.show_code(hold=hold).code
    browser = sign_in(youth.user)

    browser.post(reverse("partners:renew", args=[hold.public_id]))

    hold.refresh_from_db()
    html = browser.get(page_of_hold(hold)).content.decode()
    assert redemption.show_code(hold=hold).code in html
    assert old not in html


def test_after_an_undo_the_youth_gets_it_again_for_the_old_price(sign_in):
    youth = make_rich_youth(coins=30)
    hold = make_hold(youth=youth, now=db.now())
    made = redemption.redeem(hold=hold, by=None, now=db.now())
    redemption.undo(redemption=made, by=None, reason="Falsch", now=db.now())
    browser = sign_in(youth.user)
    assert "Neuer Code für 30 Coins" in browser.get(page_of_hold(hold)).content.decode()

    response = browser.post(reverse("partners:again", args=[hold.public_id]), {"request_id": uuid4()})

    again = Hold.objects.get(instead_of=hold)
    assert response["Location"] == page_of_hold(again)


def test_an_expired_hold_says_so_even_before_the_tick(sign_in):
    youth = make_rich_youth()
    hold = make_hold(youth=youth, now=db.now() - timedelta(days=14))

    html = sign_in(youth.user).get(page_of_hold(hold)).content.decode()

    assert "Abgelaufen" in html


@pytest.mark.parametrize("action", ["cancel", "renew"])
def test_looking_never_changes_a_hold(sign_in, action):
    youth = make_rich_youth()
    hold = make_hold(youth=youth, now=db.now())
    browser = sign_in(youth.user)

    assert browser.get(reverse(f"partners:{action}", args=[hold.public_id])).status_code == 405
    for _scan in range(3):
        assert browser.get("/c").status_code == Client().get("/c").status_code == 200
        assert browser.head(page_of_hold(hold)).status_code == 200
    before = hold.code_hmac
    hold.refresh_from_db()
    assert (hold.status, hold.looked_up_at, hold.code_hmac) == (Hold.Status.LIVE, None, before)


def test_ended_codes_are_told_from_each_other_on_the_list(sign_in):
    youth = make_youth()
    make_account(coins=100, youth=youth)
    offer = make_offer(price_coins=10)
    gone = redemption.hold(offer=offer, youth=youth, now=db.now() - timedelta(days=15))
    redemption.expire_due(now=db.now())
    redemption.cancel(hold=redemption.hold(offer=offer, youth=youth, now=db.now()), now=db.now())
    made = redemption.redeem(hold=redemption.hold(offer=offer, youth=youth, now=db.now()), by=None, now=db.now())
    redemption.undo(redemption=made, by=None, reason="Falsch", now=db.now())

    html = sign_in(youth.user).get(reverse("partners:holds")).content.decode()

    assert gone.title in html
    for word in ("abgelaufen", "storniert", "zurückgenommen"):
        assert word in html


def test_the_receipt_at_the_counter_has_the_same_name_and_price_as_the_youths_page(sign_in):
    made = make_redemption(now=db.now())
    manager = make_manager(made.partner)

    html = sign_in(manager).get(reverse("partners:receipt", args=[made.public_id])).content.decode()

    assert made.hold.title in html
    assert str(made.hold.price_coins) in html
