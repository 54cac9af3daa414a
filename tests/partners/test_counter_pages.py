"""The counter and the desk, through requests."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from clevervibes.lib import db
from partners import redemption, settlement
from partners.models import Hold, Offer, Partner, Redemption
from tests.concurrency import in_parallel
from tests.factories import (
    make_hold,
    make_manager,
    make_member,
    make_offer,
    make_partner,
    make_redemption,
    make_rich_youth,
    make_youth,
)

pytestmark = pytest.mark.django_db

COUNTER, DESK = "/theke/", "/partner/"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def till(sign_in):
    """Return a manager's browser and a live hold at the manager's shop, with its code."""

    class Till:
        def __init__(self) -> None:
            self.hold = make_hold(now=db.now())
            self.code = redemption.show_code(hold=self.hold)
            self.partner = self.hold.offer.partner
            self.manager = make_manager(self.partner)
            self.browser = sign_in(self.manager)

        def enter(self, text):
            return self.browser.post(COUNTER, {"code": text})

        def redeem(self, *, request_id=None):
            address = reverse("partners:redeem", args=[self.hold.public_id])
            return self.browser.post(address, {"request_id": request_id or uuid4()})

    return Till()


def receipt_of(made):
    return reverse("partners:receipt", args=[made.public_id])


# ── Two actions ──────────────────────────────────────────────────────────────────────────────────
def test_typing_a_code_and_one_tap_redeems_it(till):
    found = till.enter(till.code.code.lower().replace("-", " "))
    page = till.browser.get(found["Location"]).content.decode()
    assert till.hold.title in page
    assert "Alter passt" in page

    done = till.redeem()

    made = Redemption.objects.get()
    assert done["Location"] == receipt_of(made)
    assert made.by == till.manager
    assert "Eingelöst" in till.browser.get(done["Location"]).content.decode()


def test_a_hand_scanner_types_the_whole_address(till):
    assert till.enter(till.code.url)["Location"] == reverse("partners:handover", args=[till.hold.public_id])


def test_nothing_about_the_youth_is_shown(sign_in):
    youth = make_rich_youth("Leonie")
    hold = make_hold(youth=youth, now=db.now())
    browser = sign_in(make_manager(hold.offer.partner))
    redemption.look_up(
        partner=hold.offer.partner, text=redemption.show_code(hold=hold).code, device="till", now=db.now()
    )
    pages = [browser.get(reverse("partners:handover", args=[hold.public_id]))]
    made = redemption.redeem(hold=hold, by=None, now=db.now())
    pages += [browser.get(page) for page in (receipt_of(made), COUNTER, DESK, reverse("partners:desk-redemptions"))]

    canaries = ["Leonie", youth.user.last_name, youth.user.username, str(youth.public_id), str(youth.user.public_id)]
    for page in pages:
        assert page.status_code == 200
        assert not [canary for canary in canaries if canary in page.content.decode()]


def test_a_click_twice_is_one_redemption_and_one_receipt(till):
    till.enter(till.code.code)
    request_id = uuid4()

    answers = [till.redeem(request_id=request_id) for _click in range(2)]

    assert {answer["Location"] for answer in answers} == {receipt_of(Redemption.objects.get())}


@pytest.mark.django_db(transaction=True)
def test_clicks_at_once_are_one_redemption_and_one_receipt(till):
    till.enter(till.code.code)
    request_id = uuid4()

    answers = in_parallel(*[lambda: till.redeem(request_id=request_id)] * 3)

    assert {answer["Location"] for answer in answers} == {receipt_of(Redemption.objects.get())}


def test_a_second_clerk_is_told_when_it_was_redeemed(till, sign_in):
    till.enter(till.code.code)
    other = sign_in(make_manager(till.partner, "Olaf"))
    other.post(COUNTER, {"code": till.code.code})
    till.redeem()
    made = Redemption.objects.get()

    address = reverse("partners:redeem", args=[till.hold.public_id])
    late = other.post(address, {"request_id": uuid4()})
    again = other.post(COUNTER, {"code": till.code.code})

    for answer in (late, again):
        assert answer.status_code == 409
        assert "Schon eingelöst am" in answer.content.decode()
        assert receipt_of(made) in answer.content.decode()
    assert other.get(reverse("partners:handover", args=[till.hold.public_id]))["Location"] == receipt_of(made)
    assert Redemption.objects.count() == 1


# ── Codes that are not good ──────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("text", "status", "sentence"),
    [
        ("", 400, "Bitte tippen oder scannen Sie den Code"),
        ("CDFG", 400, "Ein Code hat acht Zeichen, hier sind es 4."),
        ("CDFG-HJK0", 400, "„0“ kommt in unseren Codes nicht vor."),
        ("CCCC-CCCC", 404, "Diesen Code kennen wir hier nicht."),
        ("https://evil.example/c#" + "0" * 32, 400, "gehört nicht zum Club"),
        ("C" * 100_000, 400, "Ein Code hat acht Zeichen"),
        ("\0\0", 400, ""),
        ("<script>alert(1)</script>", 400, "„&lt;“ kommt"),
    ],
)
def test_a_wrong_code_is_answered_beside_the_field_and_kept(till, text, status, sentence):
    answer = till.enter(text)

    html = answer.content.decode()
    assert answer.status_code == status
    assert sentence in html
    assert "<script>alert" not in html
    if text and len(text) < 100:
        assert 'name="code" value="' in html


def test_unknown_and_other_shops_codes_get_the_same_page(till):
    elsewhere = make_hold(offer=make_offer(partner=make_partner("Kino")), now=db.now())

    pages = {
        till.enter(text).content.decode().replace(text, "").replace(text.lower(), "")
        for text in ("CCCC-CCCC", redemption.show_code(hold=elsewhere).code)
    }

    # The CSRF token is masked anew each time.
    assert len({_without_tokens(page) for page in pages}) == 1


def _without_tokens(page):
    return re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]*"', "", page)


@pytest.mark.parametrize("end", ["cancelled", "expired", "undone"])
def test_ended_codes_say_how(till, end):
    now = db.now()
    if end == "cancelled":
        redemption.cancel(hold=till.hold, now=now)
    elif end == "expired":
        Hold.objects.filter(pk=till.hold.pk).update(placed_at=now - 15 * 24 * 60 * MINUTE, expires_at=now - MINUTE)
    else:
        made = redemption.redeem(hold=till.hold, by=None, now=now)
        redemption.undo(redemption=made, by=None, reason="Falsch", now=now)

    answer = till.enter(till.code.code)

    words = {"cancelled": "storniert", "expired": "abgelaufen", "undone": "zurückgenommen"}
    assert answer.status_code == 409
    assert words[end] in answer.content.decode()


def test_guessing_pauses_typing(till):
    for _try in range(5):
        assert till.enter("CCCC-CCCC").status_code == 404

    paused = till.enter(till.code.code)

    assert paused.status_code == 429
    assert "Bitte scannen Sie den QR-Code" in paused.content.decode()
    assert till.enter(till.code.token).status_code == 302


def test_a_code_that_ends_between_look_up_and_tap_is_refused_in_red(till):
    till.enter(till.code.code)
    Hold.objects.filter(pk=till.hold.pk).update(looked_up_at=db.now() - 31 * MINUTE)
    redemption.cancel(hold=till.hold, now=db.now())

    answer = till.redeem()

    assert answer.status_code == 409
    assert "Nicht einlösen" in answer.content.decode()
    assert not Redemption.objects.exists()


def test_a_hold_nobody_looked_up_is_not_at_the_counter(till):
    assert till.browser.get(reverse("partners:handover", args=[till.hold.public_id])).status_code == 404
    assert till.redeem().status_code == 404


# ── Undo ─────────────────────────────────────────────────────────────────────────────────────────
def test_taking_back_needs_a_reason_and_shows_it(till):
    till.enter(till.code.code)
    till.redeem()
    made = Redemption.objects.get()
    address = reverse("partners:undo", args=[made.public_id])

    without = till.browser.post(address, {"details": "Sorte war aus"})
    assert without.status_code == 400
    assert "Bitte wählen Sie einen Grund." in without.content.decode()
    assert "Sorte war aus" in without.content.decode()
    done = till.browser.post(address, {"reason": "Nicht vorrätig", "details": "Sorte war aus"})

    assert done["Location"] == receipt_of(made)
    assert "Nicht vorrätig: Sorte war aus" in till.browser.get(done["Location"]).content.decode()


def test_after_a_quarter_of_an_hour_the_page_offers_no_undo(sign_in):
    made = make_redemption(now=db.now() - 15 * MINUTE)
    browser, address = sign_in(make_manager(made.partner)), reverse("partners:undo", args=[made.public_id])

    assert "Zurücknehmen" not in browser.get(receipt_of(made)).content.decode()
    assert browser.get(address)["Location"] == receipt_of(made)
    late = browser.post(address, {"reason": "Falsch eingelöst"})
    assert late.status_code == 409
    assert "nur 15 Minuten lang" in late.content.decode()


# ── Who may ──────────────────────────────────────────────────────────────────────────────────────
def pages_of(made, found):
    names = ["counter", "desk", "desk-offers", "desk-redemptions", "settlements"]
    own = [reverse(f"partners:{name}") for name in names]
    rows = [
        reverse("partners:handover", args=[made.hold.public_id]),
        receipt_of(made),
        reverse("partners:undo", args=[made.public_id]),
        reverse("partners:statement", args=[found.public_id]),
        reverse("partners:statement-csv", args=[found.public_id]),
    ]
    return own, rows


@pytest.fixture
def shop():
    made = make_redemption(now=db.now())
    Hold.objects.filter(pk=made.pk).update(looked_up_at=db.now())
    return made, settlement.settle(partner=made.partner, cutoff=db.now(), now=db.now())


def test_guests_are_asked_to_sign_in(shop):
    own, rows = pages_of(*shop)

    for page in own + rows:
        assert Client().get(page)["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("role", ["youth", "host", "contact", "voucher"])
def test_to_everybody_else_counter_and_desk_do_not_exist(shop, sign_in, role):
    own, rows = pages_of(*shop)
    organisation = shop[0].partner.organisation
    user = make_youth().user if role == "youth" else make_member(organisation, role)

    for page in own + rows:
        assert sign_in(user).get(page).status_code == 404


def test_another_shop_sees_none_of_it_and_changes_nothing(shop, sign_in):
    made, _found = shop
    own, rows = pages_of(*shop)
    browser = sign_in(make_manager(make_partner("Kino Astra")))

    for page in rows:
        assert browser.get(page).status_code == 404
    for page in own:
        assert made.title not in browser.get(page).content.decode()
    undo = reverse("partners:undo", args=[made.public_id])
    assert browser.post(undo, {"reason": "Falsch eingelöst"}).status_code == 404
    live = make_hold(now=db.now())
    Hold.objects.filter(pk=live.pk).update(looked_up_at=db.now())
    redeem = reverse("partners:redeem", args=[live.public_id])
    assert browser.post(redeem, {"request_id": uuid4()}).status_code == 404
    assert Redemption.objects.count() == 1
    assert not Redemption.objects.exclude(undone_at=None).exists()


def test_who_has_several_shops_stands_in_one_at_a_time(till):
    kino = make_partner("Kino Astra")
    Membership.objects.create(user=till.manager, organisation=kino.organisation, role="manager")
    assert till.enter(till.code.code).status_code == 302  # the bakery comes first

    switched = till.browser.post(reverse("partners:switch"), {"shop": kino.public_id, "next": COUNTER})

    assert switched["Location"] == COUNTER
    assert "Kino Astra</h1>" in till.browser.get(COUNTER).content.decode()
    assert till.enter(till.code.code).status_code == 404


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_switching_leads_nowhere_else(till, where):
    answer = till.browser.post(reverse("partners:switch"), {"shop": uuid4(), "next": where})

    assert answer["Location"] == DESK


def test_a_shop_that_waits_for_release_or_is_stopped_is_told(till, sign_in):
    waiting = sign_in(make_manager(make_partner("Neu", release=False)))
    Partner.objects.filter(pk=till.partner.pk).update(paused_at=db.now(), paused_why="Wir prüfen eine Beschwerde.")

    for page in (COUNTER, DESK):
        assert "Noch nicht freigegeben" in waiting.get(page).content.decode()
        assert "Wir prüfen eine Beschwerde." in till.browser.get(page).content.decode()
    assert 'name="code"' not in till.browser.get(COUNTER).content.decode()
    assert till.enter(till.code.code).status_code == 409
    assert waiting.post(COUNTER, {"code": "CCCC-CCCC"}).status_code == 404


# ── The QR in somebody's camera ──────────────────────────────────────────────────────────────────
def test_the_qrs_address_explains_itself_and_leaves_nothing(till):
    guest, clerk = Client().get("/c"), till.browser.get("/c")
    assert "Hier passiert damit nichts" in guest.content.decode()
    assert guest["Referrer-Policy"] == "no-referrer"
    assert "Bei Bäckerei Kamp nachschlagen" in clerk.content.decode()
    assert clerk["Referrer-Policy"] == "same-origin"
    assert not Client().get("/c").cookies
    assert Client().post("/c").status_code == 405


# ── The desk ─────────────────────────────────────────────────────────────────────────────────────
def test_the_desk_adds_up_today_and_what_is_not_settled(sign_in):
    offer = make_offer(price_coins=30)
    make_redemption(offer=offer, now=db.now() - timedelta(days=3))
    for _sale in range(2):
        made = make_redemption(offer=offer, now=db.now())
    redemption.undo(redemption=made, by=None, reason="Falsch", now=db.now())

    context = sign_in(make_manager(offer.partner)).get(DESK).context

    assert context["today"] == {"count": 1, "coins": 30}
    assert context["unsettled"] == {"count": 2, "coins": 60}


def test_an_empty_desk_says_what_comes(sign_in):
    browser = sign_in(make_manager(make_partner()))

    for page, words in (
        (DESK, "Noch nichts eingelöst"),
        (reverse("partners:desk-offers"), "Noch keine Angebote"),
        (reverse("partners:desk-redemptions"), "Noch nichts eingelöst"),
        (reverse("partners:settlements"), "Noch keine Abrechnung"),
        (COUNTER, "Heute noch nichts eingelöst"),
    ):
        assert words in browser.get(page).content.decode()


def test_the_states_of_offers_are_named(sign_in):
    partner, now = make_partner(), db.now()
    make_offer("Läuft", partner=partner)
    make_offer("Wartet", partner=partner, release=False)
    make_offer("Weg", partner=partner, stock=0)
    make_offer("Vorbei", partner=partner, valid_until=now - MINUTE)
    Offer.objects.filter(pk=make_offer("Steht", partner=partner).pk).update(paused_at=now)

    html = sign_in(make_manager(partner)).get(reverse("partners:desk-offers")).content.decode()

    for word in ("im Katalog", "wartet auf Freigabe", "vergriffen", "beendet", "angehalten"):
        assert word in html


@pytest.mark.parametrize(
    ("name", "queries"),
    [("counter", 9), ("desk", 12), ("desk-offers", 9), ("desk-redemptions", 8), ("settlements", 12)],
)
@pytest.mark.parametrize("size", [1, 5])
def test_lists_ask_the_same_few_times(sign_in, django_assert_num_queries, name, queries, size):
    partner, now = make_partner(), db.now()
    for number in range(size):
        make_redemption(offer=make_offer(f"Brezel {number}", partner=partner), now=now)
        settlement.settle(
            partner=partner, cutoff=now + number * timedelta(microseconds=1) + MINUTE, now=now + 9 * MINUTE
        )
    make_redemption(offer=make_offer(partner=partner), now=now)
    browser = sign_in(make_manager(partner))
    browser.get(reverse(f"partners:{name}"))  # the session gets its CSRF token

    with django_assert_num_queries(queries):
        browser.get(reverse(f"partners:{name}"))


# ── Statements ───────────────────────────────────────────────────────────────────────────────────
def test_a_statement_shows_lines_and_sums_by_rate(sign_in):
    partner, now = make_partner(), db.now() - 60 * MINUTE
    for title, price, percent in (("Brezel", 10, 7), ("Kino", 100, 19)):
        make_redemption(offer=make_offer(title, partner=partner, price_coins=price, vat_percent=percent), now=now)
    found = settlement.settle(partner=partner, cutoff=now + MINUTE, now=now + MINUTE)

    html = sign_in(make_manager(partner)).get(reverse("partners:statement", args=[found.public_id])).content.decode()

    for amount in ("11,00\xa0€", "1,00\xa0€", "0,07\xa0€", "0,93\xa0€", "10,00\xa0€", "1,60\xa0€", "8,40\xa0€"):
        assert amount in html
    assert found.number in html


def test_the_table_opens_in_a_spreadsheet_and_runs_no_formula(sign_in):
    now = db.now() - 60 * MINUTE
    offer = make_offer('=HYPERLINK("http://evil.example";"Brezel")', price_coins=30)
    made = make_redemption(offer=offer, now=now)
    redemption.undo(redemption=made, by=None, reason="Falsch", now=now)
    make_redemption(offer=offer, now=now)
    found = settlement.settle(partner=offer.partner, cutoff=now + MINUTE, now=now + MINUTE)

    answer = sign_in(make_manager(offer.partner)).get(reverse("partners:statement-csv", args=[found.public_id]))

    rows = answer.content.decode().split("\r\n")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer["Content-Disposition"] == f'attachment; filename="{found.number}.csv"'
    assert rows[0] == "\ufeffDatum;Uhrzeit;Art;Angebot;Coins;Betrag in Euro;USt in %;Bedient von"
    assert sum("\"'=HYPERLINK" in row for row in rows) == 3
    assert any(row.endswith(";-30;-3,00;19;Rana") for row in rows)
    assert "Summe 19 %, darin Umsatzsteuer 0,48;30;3,00;19" in answer.content.decode()
