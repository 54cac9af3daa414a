"""A coin can be followed from the pages of the team both ways; a youth in one line of time; each look is noted."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Reveal
from clevervibes.lib.team import AUDITOR, FINANCE, SUPPORT
from coins import conversion
from coins.models import Lot
from partners import redemption
from tests.factories import NOON, make_approved, make_club, make_offer, make_partner, make_pool, make_user, make_youth

pytestmark = pytest.mark.django_db
REASON = {"reason": "Anruf der Mutter"}


def as_(role: str) -> Client:
    client = Client()
    client.force_login(make_user(role.title(), is_staff=True, roles=[role]))
    return client


@pytest.fixture
def way():
    """One hour, paid by a run, spent at a shop."""
    youth, pool = make_youth("Kanarienvogel"), make_pool(coins=100)
    entry = make_approved(youth)
    conversion.convert(club=make_club(), cutoff=NOON.replace(hour=12), now=NOON.replace(hour=12))
    offer = make_offer(partner=make_partner("Bäckerei Kamp"), price_coins=5)
    hold = redemption.hold(offer=offer, youth=youth, now=NOON)
    redeemed = redemption.redeem(hold=hold, by=None, now=NOON)
    return {
        "youth": youth,
        "entry": entry,
        "pool": pool,
        "redemption": redeemed,
        "lot": Lot.objects.get(),
        "hold": hold,
    }


def page_of(client: Client, row: object) -> str:
    meta = row._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    answer = client.get(address)
    if "Weshalb öffnen" in answer.content.decode():
        answer = client.post(address, REASON, follow=True)
    return answer.content.decode()


def link(row: object) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def test_from_every_station_the_others_are_a_link_away(way):
    client = as_(SUPPORT)
    from_entry = page_of(client, way["entry"])
    assert link(way["lot"].transfer) in from_entry
    assert link(way["redemption"]) in from_entry
    from_lot = page_of(client, way["lot"].transfer)
    assert link(way["entry"]) in from_lot
    assert link(way["redemption"]) in from_lot
    for row in (way["redemption"], way["redemption"].transfer, way["hold"]):
        page = page_of(client, row)
        assert link(way["entry"]) in page, row
        assert link(way["lot"].transfer) in page, row


def test_the_way_leads_nobody_to_what_they_may_not_see(way):
    page = page_of(as_(AUDITOR), way["lot"].transfer)
    assert "Der Weg dieser Coins" in page
    assert link(way["entry"]) not in page
    assert "Kanarienvogel" not in page


def test_a_page_with_the_way_asks_as_much_for_two_lots_as_for_one(way):
    client, row = as_(FINANCE), way["redemption"].transfer
    client.get(link(row))
    with CaptureQueriesContext(connection) as queries:
        client.get(link(row))
    assert len(queries) < 40


def test_one_line_of_time_behind_a_reason(way):
    client, address = as_(SUPPORT), reverse("staff-timeline", args=[way["youth"].pk])
    assert "Weshalb öffnen" in client.get(address).content.decode()
    page = client.post(address, REASON, follow=True).content.decode()
    for text in (
        "Beigetreten",
        "Zeit eingereicht",
        "Zeit bestätigt",
        "Coin-Tag",
        "Vorgemerkt",
        "Eingelöst",
        "Akte geöffnet",
    ):
        assert text in page, text
    assert page.index("Eingelöst") < page.index("Beigetreten")
    assert link(way["redemption"]) in page


def test_each_look_at_what_the_family_sees_has_a_reason(way):
    client, address = as_(SUPPORT), reverse("staff-family-view", args=[way["youth"].pk])
    for number in (1, 2):
        assert "Weshalb öffnen" in client.get(address).content.decode()
        assert client.post(address, {"reason": "x"}).content.decode().count("Kanarienvogel") == 0
        page = client.post(address, REASON).content.decode()
        assert "So sieht es die Familie von Kanarienvogel" in page
        assert "Bäckerei Kamp" in page
        assert Reveal.objects.count() == number


def test_neither_look_is_open_to_others(way):
    theirs = make_youth("Fremd", club=make_club("Clever Vibes Unna"))
    for name in ("staff-timeline", "staff-family-view"):
        for role in (FINANCE, AUDITOR):
            assert as_(role).post(reverse(name, args=[way["youth"].pk]), REASON).status_code == 403
        assert as_(SUPPORT).post(reverse(name, args=[theirs.pk]), REASON).status_code == 404
    assert not Reveal.objects.exists()
