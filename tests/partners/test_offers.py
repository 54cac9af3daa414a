"""Releasing partners and offers, in the services and in the admin."""

import io
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image

from clevervibes.lib import db
from coins.models import LedgerAccount
from partners import offers, redemption, settlement
from partners.models import Offer, Partner
from tests.factories import NOON, make_hold, make_offer, make_organisation, make_partner, make_redemption, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(sign_in):
    return sign_in(make_user("Team", is_staff=True, is_superuser=True))


def picture(kind="PNG", name="bild.png"):
    file = io.BytesIO()
    Image.new("RGB", (4, 3)).save(file, kind)
    return SimpleUploadedFile(name, file.getvalue())


def test_an_organisation_becomes_a_partner_once():
    organisation = make_organisation()

    assert offers.add_partner(organisation=organisation) == offers.add_partner(organisation=organisation)


def test_releasing_a_partner_opens_its_account_once():
    partner = make_partner(release=False)

    for _time in range(2):
        released = offers.release_partner(partner=partner, by=make_user(), now=NOON)

    assert released.released_at == NOON
    assert released.account == LedgerAccount.objects.get(kind=LedgerAccount.Kind.PARTNER)


def test_a_partner_is_not_released_without_an_account():
    partner = make_partner(release=False)

    with pytest.raises(IntegrityError, match="partners_released_with_account"), transaction.atomic():
        Partner.objects.filter(pk=partner.pk).update(released_at=NOON)


def test_an_offer_waits_for_its_partner():
    offer = make_offer(partner=make_partner(release=False), release=False)

    with pytest.raises(offers.PartnerNotReleased):
        offers.release(offer=offer, by=make_user(), now=NOON)


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_coins": 0},
        {"price_coins": -1},
        {"price_coins": 10**12},
        {"title": "x" * 81},
        {"title": ""},
        {"category": "quatsch"},
        {"minimum_age": 11},
        {"vat_percent": 16},
        {"valid_until": NOON - timedelta(days=365)},
        {"picture": SimpleUploadedFile("bild.svg", b"<svg/>")},
        {"picture": SimpleUploadedFile("bild.html", b"<script>")},
    ],
)
def test_an_offer_out_of_range_is_not_stored(wrong):
    with pytest.raises(ValidationError):
        make_offer(**wrong)

    assert not Offer.objects.exists()


def test_a_picture_gets_a_random_name(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    one, other = (make_offer(picture=picture(name="../../Mia Muster.PNG")) for _time in range(2))

    assert one.picture_url != other.picture_url
    assert one.picture_url.startswith("/belohnungen/bild/")
    assert "Mia" not in one.picture_url


# ── The admin ────────────────────────────────────────────────────────────────────────────────────
def form_of(offer, **changes):
    fields = ["title", "text", "category", "price_coins", "minimum_age", "vat_percent", "partner"]
    form = {name: getattr(offer, f"{name}_id" if name == "partner" else name) for name in fields}
    stock = "" if offer.stock is None else offer.stock
    form |= {"stock": stock, "initial-stock": stock, "per_youth_per_month": "", "paused_why": ""}
    local = db.now().astimezone()
    form |= {"valid_from_0": f"{offer.valid_from.astimezone(local.tzinfo):%d.%m.%Y}", "valid_from_1": "12:00:00"}
    return {**form, **changes}


def test_staff_release_partners_and_offers_by_action(staff):
    partner = make_partner(release=False)
    offer = make_offer(partner=partner, release=False)

    def release(model, row):
        form = {"action": "release", "_selected_action": [row.pk]}
        return staff.post(reverse(f"admin:partners_{model}_changelist"), form, follow=True).content.decode()

    assert "Bitte zuerst den Partner freigeben" in release("offer", offer)
    offer.refresh_from_db()
    assert offer.released_at is None
    release("partner", partner)
    assert "ist freigegeben" in release("offer", offer)
    offer.refresh_from_db()
    assert offer.released_at is not None


def test_a_changed_price_waits_for_its_release_while_the_old_one_stays_on_sale(staff):
    offer = make_offer(price_coins=30, stock=5)
    address = reverse("admin:partners_offer_change", args=[offer.pk])
    form = form_of(offer, price_coins=40)
    make_hold(offer=offer)  # while the form is open

    answer = staff.post(address, form)

    offer.refresh_from_db()
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert (offer.price_coins, offer.stock) == (30, 4)
    assert offer in Offer.objects.on_sale(db.now())
    assert offers.sent_change(offer).price_coins == 40
    assert "wartet auf Freigabe" in staff.get(reverse("admin:partners_offer_changelist")).content.decode()


@pytest.mark.parametrize(("wanted", "left"), [(50, 49), ("", None), (0, 0)])
def test_a_changed_stock_keeps_the_release_and_what_was_taken_meanwhile(staff, wanted, left):
    offer = make_offer(stock=5)
    form = form_of(offer, stock=wanted)
    make_hold(offer=offer)  # while the form is open

    staff.post(reverse("admin:partners_offer_change", args=[offer.pk]), form)

    offer.refresh_from_db()
    assert offer.stock == left
    assert offer.released_at is not None


@pytest.mark.parametrize("model", ["partner", "offer", "hold", "redemption", "settlementrun", "settlement"])
def test_every_list_and_page_opens(staff, model):
    made = make_redemption()
    settlement.settle(partner=made.partner, cutoff=NOON, now=NOON)
    settlement.settle(partner=made.partner, cutoff=NOON + timedelta(minutes=1), now=NOON + timedelta(minutes=1))
    row = apps.get_model("partners", model).objects.first()

    assert staff.get(reverse(f"admin:partners_{model}_changelist"), {"q": "x"}).status_code == 200
    assert staff.get(reverse(f"admin:partners_{model}_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("model", ["hold", "redemption", "settlementrun", "settlement"])
def test_what_happened_cannot_be_rewritten(staff, model):
    made = make_redemption()

    assert staff.get(reverse(f"admin:partners_{model}_add")).status_code == 403
    if model in {"hold", "redemption"}:
        for action in ("change", "delete"):
            address = reverse(f"admin:partners_{model}_{action}", args=[made.pk])
            assert staff.post(address, {"post": "yes", "price_coins": 1}).status_code == 403
    made.refresh_from_db()
    assert made.price_coins == 30


def test_the_team_sees_no_code(staff):
    hold = make_hold()
    code = redemption.show_code(hold=hold)

    html = staff.get(reverse("admin:partners_hold_change", args=[hold.pk])).content.decode()

    for secret in (code.code, code.token, hold.code_hmac, hold.token_hash, hold.sealed_code):
        assert secret not in html
