"""A manager's own offers through the pages: drafted, looked at, sent, released, changed while the old one is sold."""

import io
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import Notice
from clevervibes.lib import db, periods
from partners import offers, redemption, shelf
from partners.models import Hold, Offer, OfferChange
from tests.factories import (
    NOON,
    give_coins,
    make_hold,
    make_manager,
    make_offer,
    make_partner,
    make_pool,
    make_rich_youth,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

CATALOG = "/belohnungen/"


@pytest.fixture
def partner():
    return make_partner()


@pytest.fixture
def manager(partner):
    return make_manager(partner)


@pytest.fixture
def browser(sign_in, manager):
    return sign_in(manager)


@pytest.fixture
def staff(sign_in):
    return sign_in(make_user("Team", is_staff=True, is_superuser=True))


@pytest.fixture(autouse=True)
def pictures_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def at(name, offer):
    return reverse(f"partners:shelf-{name}", args=[offer.public_id])


def picture(colour="green", kind="JPEG"):
    file = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, kind)
    return SimpleUploadedFile("bild.jpg", file.getvalue(), "image/jpeg")


def form(offer=None, **changes):
    given = {
        "title": "Zwei Kugeln Eis", "text": "Sorte nach Wahl", "category": "food", "price_coins": 30,
        "vat_percent": 7, "minimum_age": 12, "stock": "", "initial-stock": "", "per_youth_per_month": "",
        "starts_on": periods.berlin_date(db.now()).isoformat(), "last_day": "", "event_on": "", "event_until": "",
    }  # fmt: skip
    if offer is not None:
        given |= {name: value for name, value in offers.terms_of(offer).items() if name != "picture"}
        stock = "" if offer.stock is None else offer.stock
        given |= {"stock": stock, "initial-stock": stock,
                  "starts_on": periods.berlin_date(offer.valid_from).isoformat()}  # fmt: skip
    return {**given, **changes}


def in_catalog(offer):
    html = Client().get(reverse("partners:offer", args=[offer.public_id]))
    return html.content.decode() if html.status_code == 200 else ""


def files(tmp_path):
    return sorted(path.name for path in tmp_path.glob("offers/*"))


# ── From draft to catalog ────────────────────────────────────────────────────────────────────────
def test_an_offer_goes_from_draft_over_the_preview_and_the_team_into_the_catalog(browser, staff, manager):
    answer = browser.post(reverse("partners:shelf-new"), form(picture=picture(), stock=5))

    offer = Offer.objects.get()
    assert answer["Location"] == at("offer", offer)
    preview = browser.get(at("offer", offer)).content.decode()
    assert "Entwurf" in preview
    assert preview.count("Zwei Kugeln Eis") >= 3  # heading, card, page
    assert "Jetzt einlösen" in preview
    assert not in_catalog(offer)
    assert "Entwurf" not in staff.get(reverse("admin:partners_offer_changelist"), {"freigabe": "wartet"}).context

    browser.post(at("send", offer))
    offer.refresh_from_db()
    assert list(offers.waiting()) == [offer]
    look = staff.get(reverse("admin:partners_offer_release", args=[offer.pk]))
    staff.post(
        reverse("admin:partners_offer_release", args=[offer.pk]), {"seen": look.context["form"].initial["seen"]}
    )  # fmt: skip

    assert "Sorte nach Wahl" in in_catalog(offer)
    assert Notice.objects.get(to=manager).topic == offers.RELEASED
    assert "steht im Katalog" in browser.get(reverse("accounts:notices")).content.decode()
    assert "im Katalog" in browser.get(reverse("partners:desk-offers")).content.decode()


def test_the_preview_draws_the_card_and_page_of_the_catalog(browser, sign_in, partner):
    offer = make_offer("Brezel", partner=partner, price_coins=5, stock=3, text="Mit Salz", minimum_age=14)
    youth = sign_in(make_rich_youth(coins=5).user)

    def card(html):
        found = re.search(r'<article class="offer">.*?</article>', html, re.S)[0]
        return re.sub(r"\s+", " ", re.sub(r"</?(a|span)[ >][^<>]*>?", "", re.sub(r' href="[^"]*"', "", found)))

    facts = r'<dl class="facts">.*?</dl>'
    preview = browser.get(at("offer", offer)).content.decode()

    assert card(preview) == card(youth.get(CATALOG).content.decode())
    seen = youth.get(reverse("partners:offer", args=[offer.public_id])).content.decode()
    assert re.search(facts, preview, re.S)[0] == re.search(facts, seen, re.S)[0]


def test_a_form_sent_twice_is_one_offer(browser):
    key = uuid4()

    for _click in range(2):
        browser.post(reverse("partners:shelf-new"), form(key=key))

    assert Offer.objects.get().public_id == key


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": ""}, "Bitte schreiben Sie, was es gibt."),
        ({"title": "x" * 81}, "höchstens 80 Zeichen"),
        ({"text": "x" * 1001}, "höchstens 1000 Zeichen"),
        ({"price_coins": "0"}, "Mindestens 1 Coin"),
        ({"price_coins": "-5"}, "Mindestens 1 Coin"),
        ({"price_coins": str(10**12)}, "Höchstens 10.000 Coins"),
        ({"price_coins": "zehn"}, "eine ganze Zahl"),
        ({"price_coins": ""}, "wie viele Coins"),
        ({"price_coins": "1e309"}, "eine ganze Zahl"),
        ({"stock": "-1"}, "Weniger als keines"),
        ({"stock": str(10**12)}, "Höchstens 100.000"),
        ({"per_youth_per_month": "0"}, "Mindestens einmal"),
        ({"minimum_age": "11"}, "Ab 12"),
        ({"category": "quatsch"}, "quatsch"),
        ({"vat_percent": "16"}, "16"),
        ({"starts_on": "gestern"}, "Bitte wählen Sie einen Tag."),
        ({"starts_on": "2027-05-02", "last_day": "2027-05-01"}, "liegt vor dem ersten"),
        ({"event_on": "2027-05-01"}, "gehören zusammen"),
        ({"event_on": "2027-03-28", "event_until": "02:30"}, "Diese Uhrzeit gab es nicht"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_what_was_typed_stays(browser, wrong, said):
    answer = browser.post(reverse("partners:shelf-new"), form(text="Bleibt stehen") | wrong)

    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in html
    assert "Bleibt stehen" in html or "text" in wrong
    assert not Offer.objects.exists()


@pytest.mark.parametrize("content", [b"<svg onload='alert(1)'/>", b"PK\x03\x04", b"", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_picture_is_refused_and_the_rest_stays(browser, tmp_path, content):
    bad = SimpleUploadedFile("bild.png", content, "image/png")

    answer = browser.post(reverse("partners:shelf-new"), form(picture=bad))

    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Sorte nach Wahl" in html
    assert "noch einmal" in html
    assert files(tmp_path) == []


# ── Changing what is on sale ─────────────────────────────────────────────────────────────────────
def test_new_terms_wait_while_the_old_ones_are_sold(browser, staff, partner):
    offer = make_offer("Eis", partner=partner, price_coins=30, text="Alt")
    early = make_hold(offer=offer)

    browser.post(at("change", offer), form(offer, price_coins=40, text="Neu"))
    draft = browser.get(at("offer", offer)).content.decode()
    browser.post(at("send", offer))

    assert "So wird es aussehen" in draft
    assert "Alt" in in_catalog(offer)
    side_by_side = staff.get(reverse("admin:partners_offer_release", args=[offer.pk])).content.decode()
    for words in ("Alt", "Neu", "30", "40", "geändert"):
        assert words in side_by_side
    assert redemption.hold(offer=offer, youth=make_rich_youth(), price_coins=30, now=NOON).price_coins == 30

    offers.release(offer=offer, by=make_user("Team"), now=NOON)

    offer.refresh_from_db()
    early.refresh_from_db()
    assert (offer.price_coins, offer.text, early.price_coins) == (40, "Neu", 30)
    with pytest.raises(redemption.PriceChanged):
        redemption.hold(offer=offer, youth=make_rich_youth(), price_coins=30, now=NOON)


def test_a_refused_change_comes_back_with_a_reason_and_is_written_on(browser, manager, partner, staff):
    offer = make_offer("Eis", partner=partner, text="Alt")
    browser.post(at("change", offer), form(offer, text="Frei Haus!!!"))
    browser.post(at("send", offer))

    no_reason = staff.post(reverse("admin:partners_offer_send_back", args=[offer.pk]), {"why": " "})
    staff.post(reverse("admin:partners_offer_send_back", args=[offer.pk]), {"why": "Bitte ohne Ausrufezeichen."})

    assert "in einem Satz" in no_reason.content.decode()
    assert "Bitte ohne Ausrufezeichen." in browser.get(at("offer", offer)).content.decode()
    assert "Bitte ohne Ausrufezeichen." in browser.get(reverse("accounts:notices")).content.decode()
    assert "Frei Haus!!!" in browser.get(at("change", offer)).content.decode(), "what was written is there to correct"
    assert "Alt" in in_catalog(offer)
    assert Notice.objects.filter(to=manager, topic=offers.REFUSED).count() == 1
    assert not offers.waiting().exists()


def test_a_new_offer_sent_back_is_a_draft_again(partner, browser):
    offer = make_offer(partner=partner, release=False)

    offers.refuse(offer=offer, by=make_user("Team"), why="Welche Größe?", now=NOON)

    assert "Welche Größe?" in browser.get(at("offer", offer)).content.decode()
    with pytest.raises(offers.NothingToRelease):
        offers.release(offer=offer, by=make_user("Team"), now=NOON)
    with pytest.raises(offers.NothingToRelease):
        offers.refuse(offer=offer, by=make_user("Team"), why="Noch mal", now=NOON)
    browser.post(at("send", offer))
    assert offers.waiting().get() == offer


def test_words_changed_while_the_team_reads_them_are_not_released(staff, browser, partner):
    offer = make_offer("Eis", partner=partner, release=False)
    address = reverse("admin:partners_offer_release", args=[offer.pk])
    seen = staff.get(address).context["form"].initial["seen"]
    browser.post(at("change", offer), form(offer, text="Untergeschoben"))
    browser.post(at("send", offer))

    html = staff.post(address, {"seen": seen}).content.decode()

    assert "inzwischen geändert" in html
    offer.refresh_from_db()
    assert offer.released_at is None


def test_back_to_the_old_words_leaves_nothing_to_release(browser, partner):
    offer = make_offer("Eis", partner=partner, text="Alt")
    browser.post(at("change", offer), form(offer, text="Neu"))
    browser.post(at("change", offer), form(offer))

    assert not OfferChange.objects.exists()
    assert "nichts Neues" in browser.post(at("send", offer), follow=True).content.decode()


@pytest.mark.django_db(transaction=True)
def test_an_old_picture_goes_once_nothing_shows_it(browser, partner, tmp_path):
    browser.post(reverse("partners:shelf-new"), form(picture=picture("red")))
    offer = Offer.objects.get()
    first = files(tmp_path)
    browser.post(at("change", offer), form(offer, picture=picture("blue")))
    assert files(tmp_path) != first
    assert len(files(tmp_path)) == 1
    offers.release(offer=shelf.send(offer=offer, now=NOON), by=make_user("Team"), now=NOON)
    on_sale = files(tmp_path)
    browser.post(at("change", offer), form(offer, picture=picture("yellow")))
    assert set(on_sale) < set(files(tmp_path)), "both are shown: one in the catalog, one in the preview"
    browser.post(at("discard", offer))
    assert files(tmp_path) == on_sale
    browser.post(at("change", offer), form(offer, no_picture="on"))
    offers.release(offer=shelf.send(offer=offer, now=NOON), by=make_user("Team"), now=NOON)
    assert files(tmp_path) == []


def test_a_picture_from_a_phone_is_kept_without_its_place(browser, tmp_path):
    tags = Image.Exif()
    tags[0x8825] = {1: "N", 2: (51.0, 36.0, 0.0)}
    file = io.BytesIO()
    Image.new("RGB", (40, 30)).save(file, "JPEG", exif=tags)

    browser.post(reverse("partners:shelf-new"), form(picture=SimpleUploadedFile("../../Mia.jpg", file.getvalue())))

    (name,) = files(tmp_path)
    assert re.fullmatch(r"[0-9a-f]{32}\.webp", name)
    answer = Client().get(Offer.objects.get().picture_url)
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/webp", "nosniff")
    assert answer["Content-Disposition"].startswith("attachment")
    assert not Image.open(io.BytesIO(answer.getvalue())).getexif()


# ── The shop's own business ──────────────────────────────────────────────────────────────────────
def test_stock_dates_and_limits_hold_at_once(browser, partner):
    offer = make_offer("Eis", partner=partner, stock=5)
    changed = form(offer, stock=10, per_youth_per_month=2)
    make_hold(offer=offer)  # while the form is open

    browser.post(at("change", offer), changed)

    offer.refresh_from_db()
    assert (offer.stock, offer.per_youth_per_month) == (9, 2)
    assert not OfferChange.objects.exists()
    assert in_catalog(offer)


@pytest.mark.parametrize(("wanted", "left"), [("7", 6), ("", None), ("0", 0)])
def test_the_stock_is_changed_by_the_difference(browser, partner, wanted, left):
    offer = make_offer("Eis", partner=partner, stock=5)
    make_hold(offer=offer)

    browser.post(at("stock", offer), {"stock": wanted, "initial-stock": 5})

    offer.refresh_from_db()
    assert offer.stock == left


def test_a_wrong_stock_is_said_on_the_page(browser, partner):
    offer = make_offer("Eis", partner=partner, stock=5)

    answer = browser.post(at("stock", offer), {"stock": "viele", "initial-stock": 5})

    assert answer.status_code == 422
    assert "eine ganze Zahl" in answer.content.decode()


def test_a_paused_offer_is_not_set_aside_but_handed_out(browser, partner):
    offer = make_offer("Eis", partner=partner)
    hold = make_hold(offer=offer, now=db.now())

    browser.post(at("pause", offer))

    assert not in_catalog(offer)
    assert "pausiert" in browser.get(reverse("partners:desk-offers")).content.decode()
    with pytest.raises(redemption.NotReleased):
        redemption.hold(offer=offer, youth=make_rich_youth(), now=db.now())
    redemption.redeem(hold=hold, by=None, now=db.now())
    browser.post(at("resume", offer))
    assert in_catalog(offer)


def test_the_shop_cannot_lift_the_teams_stop(browser, partner):
    offer = make_offer("Eis", partner=partner)
    Offer.objects.filter(pk=offer.pk).update(paused_at=db.now(), paused_why="Wir klären etwas.")

    browser.post(at("resume", offer))

    assert not in_catalog(offer)
    assert "Wir klären etwas." in browser.get(at("offer", offer)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_copy_has_a_picture_of_its_own(browser, tmp_path):
    browser.post(reverse("partners:shelf-new"), form(picture=picture()))
    offer, key = Offer.objects.get(), uuid4()
    for _click in range(2):
        browser.post(at("copy", offer), {"key": key})
    made = Offer.objects.exclude(pk=offer.pk).get()

    browser.post(at("discard", offer))

    assert (made.is_draft, made.title) == (True, offer.title)
    assert [f"offers/{name}" for name in files(tmp_path)] == [made.picture.name]


def test_what_was_sold_is_not_thrown_away(browser, partner):
    offer = make_offer("Eis", partner=partner)

    browser.post(at("discard", offer))

    assert Offer.objects.filter(pk=offer.pk).exists()


def test_another_shops_offers_are_not_there(browser):
    offer = make_offer(partner=make_partner("Kino"))

    assert browser.get(at("offer", offer)).status_code == 404
    for name in ("change", "send", "pause", "resume", "stock", "copy", "discard"):
        assert browser.post(at(name, offer), form(offer)).status_code == 404
    offer.refresh_from_db()
    assert (offer.shop_paused_at, Offer.objects.count()) == (None, 1)


@pytest.mark.parametrize("size", [2, 9])
def test_the_shelf_asks_the_same_few_times(browser, partner, django_assert_max_num_queries, size):
    for number in range(size):
        offer = make_offer(f"Eis {number}", partner=partner)
        browser.post(at("change", offer), form(offer, text="Neu"))

    with django_assert_max_num_queries(12):
        browser.get(reverse("partners:desk-offers"))


def test_the_sign_for_the_door_carries_the_address_of_the_shops_offers(browser, partner):
    answer = browser.get(reverse("partners:sign"))

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_the_team_prints_the_sign_too(staff, partner):
    page = staff.get(reverse("admin:partners_partner_change", args=[partner.pk])).content.decode()
    address = reverse("admin:partners_partner_sign", args=[partner.pk])

    assert address in page
    assert staff.get(address).content.startswith(b"%PDF")
    waiting = make_partner("Wartet", release=False)
    assert staff.get(reverse("admin:partners_partner_sign", args=[waiting.pk])).status_code == 404


# ── Events ───────────────────────────────────────────────────────────────────────────────────────
def test_a_code_for_an_event_is_good_until_two_days_after_its_end(browser, partner):
    on = periods.berlin_date(NOON) + timedelta(days=30)
    offer = make_offer("Konzert", partner=partner)
    browser.post(at("change", offer), form(offer, event_on=on.isoformat(), event_until="21:00"))
    offer.refresh_from_db()
    assert offer.event_ends_at.astimezone(periods.BERLIN).hour == 21

    hold = make_hold(offer=offer)

    assert hold.expires_at == offer.event_ends_at + timedelta(hours=48)
    assert not Offer.objects.on_sale(offer.event_ends_at).exists()
    assert redemption.redeem(hold=hold, by=None, now=hold.expires_at - timedelta(seconds=1))


def test_after_the_event_a_taken_back_ticket_is_not_offered_again():
    offer = make_offer("Konzert", event_ends_at=NOON + timedelta(hours=1))
    youth = make_rich_youth()
    made = redemption.redeem(hold=make_hold(offer=offer, youth=youth), by=None, now=NOON)
    redemption.undo(redemption=made, by=None, reason="Ausverkauft", now=NOON + timedelta(minutes=1))

    late = NOON + timedelta(minutes=2)
    assert redemption.hold_again(hold=made.hold, youth=youth, now=late).expires_at > late


# ── Nothing the team stopped is set aside again ──────────────────────────────────────────────────
@pytest.mark.parametrize("what", ["offer", "partner"])
def test_what_is_stopped_is_said_to_who_holds_it_and_not_held_again(sign_in, what):
    youth = make_youth()
    give_coins(youth, 100, pool=make_pool(coins=100))
    offer = make_offer(price_coins=10)
    live = redemption.hold(offer=offer, youth=youth, now=db.now())
    made = redemption.redeem(hold=redemption.hold(offer=offer, youth=youth, now=db.now()), by=None, now=db.now())
    redemption.undo(redemption=made, by=None, reason="Falsch", now=db.now())
    stopped = offer if what == "offer" else offer.partner
    type(stopped).objects.filter(pk=stopped.pk).update(paused_at=db.now(), paused_why="Der Ofen ist kaputt.")
    browser = sign_in(youth.user)

    html = browser.get(reverse("partners:hold", args=[live.public_id])).content.decode()

    assert "Der Ofen ist kaputt." in html
    assert "bleiben so lange für Dich reserviert" in html
    with pytest.raises(redemption.OfferStopped):
        redemption.hold_again(hold=made.hold, youth=youth, now=db.now())
    browser.post(reverse("partners:cancel", args=[live.public_id]))
    live.refresh_from_db()
    assert live.status == Hold.Status.CANCELLED
