"""*Anhalten* of a shop, an offer, a pool, a device, and of all redemptions at once: words, effect, way back."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from clevervibes.lib.team import AUDITOR, CATALOG, FINANCE, SUPPORT
from coins import funding
from coins.models import FundingPool
from partners import redemption
from partners.models import Offer, Partner
from tests.factories import NOON, make_club, make_offer, make_partner, make_pool, make_rich_youth, make_user

pytestmark = pytest.mark.django_db
WORDS = {"sentence": "Heute geht hier nichts, wir rufen an.", "reason": "Kasse ohne Aufsicht"}
ALL = "/admin/einloesungen-anhalten/"


def as_(role: str) -> Client:
    client = Client()
    client.force_login(make_user(role.title(), is_staff=True, roles=[role]))
    return client


def address(row: object, what: str) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{what}", args=[row.pk])


def hold(offer: Offer) -> object:
    return redemption.hold(offer=offer, youth=make_rich_youth(), now=NOON)


@pytest.mark.parametrize("what", ["partner", "offer"])
def test_what_is_stopped_says_its_sentence_and_goes_on_again(what):
    offer, client = make_offer(price_coins=5), as_(CATALOG)
    row = offer.partner if what == "partner" else offer
    client.post(address(row, "stop"), WORDS)
    row.refresh_from_db()
    assert (row.paused_why, row.paused_reason) == (WORDS["sentence"], WORDS["reason"])
    assert row.paused_by.first_name == "Catalog"
    offer = Offer.objects.get(pk=offer.pk)
    with pytest.raises(DomainError):
        hold(offer)

    client.post(address(row, "resume"))
    row.refresh_from_db()
    assert (row.paused_at, row.paused_why, row.paused_by) == (None, "", None)
    assert hold(Offer.objects.get(pk=offer.pk))
    notes = LogEntry.objects.filter(object_id=str(row.pk)).order_by("pk").values_list("change_message", flat=True)
    assert [WORDS["reason"] in note for note in notes] == [True, False]


def test_a_stopped_pool_takes_and_pays_nothing():
    pool = make_pool(coins=50)
    as_(FINANCE).post(address(pool, "stop"), WORDS)
    pool = FundingPool.objects.get(pk=pool.pk)
    assert pool.paused_at
    with pytest.raises(funding.PoolNotOpen):
        funding.book_deposit(pool=pool, amount_cents=100, received_on=NOON.date(), by=None, now=NOON)


@pytest.mark.parametrize("missing", ["sentence", "reason"])
def test_nothing_is_stopped_without_both_words(missing):
    partner = make_partner()
    as_(CATALOG).post(address(partner, "stop"), {**WORDS, missing: " "})
    as_(SUPPORT).post(ALL, {**WORDS, missing: " ", "club": partner.organisation.club_id, "then": "go"})
    assert not Partner.objects.exclude(paused_at=None).exists()


def test_who_may_only_look_stops_nothing():
    offer, client = make_offer(), as_(AUDITOR)
    for row in (offer, offer.partner, make_pool()):
        assert client.post(address(row, "stop"), WORDS).status_code == 403
    assert client.post(ALL, {**WORDS, "then": "go"}).status_code == 403
    theirs = make_partner(club=make_club("Clever Vibes Unna"))
    assert as_(CATALOG).post(address(theirs, "stop"), WORDS).status_code == 404


def test_all_redemptions_of_a_club_stop_at_once_and_go_on_together():
    alone, other = make_partner("Kino"), make_partner("Bad")
    theirs = make_partner("Fremde", club=make_club("Clever Vibes Unna"))
    Partner.objects.filter(pk=alone.pk).update(
        paused_at=db.now(), paused_why="Umbau", paused_reason="Umbau", paused_by=make_user()
    )
    client, club = as_(SUPPORT), other.organisation.club_id
    page = client.post(ALL, {**WORDS, "club": club, "then": "go"}, follow=True).content.decode()
    assert "Angehalten: 1 Läden" in page
    other.refresh_from_db()
    assert other.paused_why == WORDS["sentence"]
    assert Partner.objects.get(pk=theirs.pk).paused_at is None

    client.post(ALL, {"club": club, "then": "preview"})
    assert Partner.objects.get(pk=other.pk).paused_at is None
    assert Partner.objects.get(pk=alone.pk).paused_why == "Umbau"
    assert client.post(ALL, {**WORDS, "club": theirs.organisation.club_id, "then": "go"}).status_code == 200
    assert Partner.objects.get(pk=theirs.pk).paused_at is None


def test_a_shop_let_in_while_all_stand_still_stands_still_too_and_goes_on_with_them():
    make_partner("Bad")
    client, club = as_(SUPPORT), make_club()
    client.post(ALL, {**WORDS, "club": club.pk, "then": "go"})
    new = make_partner("Neu", release=False)
    assert new.paused_at is None

    page = as_(CATALOG).post(
        reverse("admin:partners_partner_changelist"), {"action": "release", "_selected_action": [new.pk]}, follow=True
    ).content.decode()  # fmt: skip

    new.refresh_from_db()
    assert "steht still wie alle" in page
    assert new.released_at
    assert (new.paused_why, new.paused_with_all) == (WORDS["sentence"], True)
    client.post(ALL, {"club": club.pk, "then": "preview"})
    new.refresh_from_db()
    assert (new.paused_at, new.paused_why) == (None, "")
    # While nothing is stopped nobody is.
    assert make_partner("Danach").paused_at is None


def test_what_waits_to_be_delivered_has_a_german_name():
    page = as_(SUPPORT).get(reverse("admin:lib_outboxmessage_changelist")).content.decode()
    assert "Nicht zugestellte Nachrichten" in page
    assert [word for word in ("Outbox message", "Last error", "Attempts", "Topic") if word in page] == []
