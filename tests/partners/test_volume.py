"""A million euros in twelve months is a line: the team is warned before it and at it, once each."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clevervibes.lib import db, periods
from coins import alarm
from coins.models import Alarm
from partners import redemption, volume
from partners.models import Redemption
from tests.factories import NOON, make_club, make_offer, make_partner, make_redemption, make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def redeemed(coins, *, now=NOON, shop=None):
    return make_redemption(offer=make_offer(partner=shop or make_partner(), price_coins=coins), now=now)


def stages(at=NOON):
    return [found.detail.split(":")[0] for found in volume.warn(at=at)]


@pytest.fixture
def _line(monkeypatch):
    monkeypatch.setattr(volume, "LINE_CENTS", 10_000)  # a hundred euros: a thousand coins


@pytest.mark.usefixtures("_line")
def test_the_team_is_warned_at_ninety_percent_and_at_the_line_and_each_once():
    shop = make_partner()
    redeemed(899, shop=shop)
    assert stages() == []
    redeemed(1, shop=shop)
    club = make_club().pk

    assert stages() == [f"club {club}, 90 %"]
    assert stages() == []
    alarm.acknowledge(alarm=Alarm.objects.get(), by=make_user(), note="Wir wissen es.", now=db.now())
    assert stages() == []
    redeemed(100, shop=shop)
    assert stages() == [f"club {club}, 100 %"]
    assert "100,00 € / 100,00 €" in Alarm.objects.get(seen_at=None).detail


@pytest.mark.usefixtures("_line")
def test_twelve_months_roll_and_what_was_taken_back_counts_for_nothing():
    shop = make_partner()
    redeemed(950, shop=shop)
    undone = redeemed(500, shop=shop)
    redemption.undo(redemption=undone, by=make_user(), reason="Falsch", now=NOON)
    next_year = NOON + 365 * DAY

    assert [one.cents for one in volume.rolling(at=NOON)] == [9500]
    assert [one.cents for one in volume.rolling(at=next_year)] == [9500]
    assert [one.cents for one in volume.rolling(at=next_year + DAY)] == [0]
    assert [one.cents for one in volume.rolling(at=NOON - DAY)] == [0]


@pytest.mark.usefixtures("_line")
def test_clubs_are_counted_alone_and_together():
    redeemed(500)
    redeemed(400, shop=make_partner("Kiosk", club=make_club("Clever Vibes Selm")))

    assert [(one.name, one.percent, one.stage) for one in volume.rolling(at=NOON)] == [
        ("Clever Vibes Lünen", 50, 0), ("Clever Vibes Selm", 40, 0), ("Alle zusammen", 90, 90),
    ]  # fmt: skip
    assert stages() == ["club all, 90 %"]


def test_the_line_is_a_million_euros():
    assert volume.Rolling(None, 89_999_999).stage == 0
    assert volume.Rolling(None, 90_000_000).stage == 90
    assert volume.Rolling(None, 99_999_999).percent == 99
    assert volume.Rolling(None, 100_000_000).stage == 100
    assert volume.Rolling(None, 300_000_000).bar == "100%"


def test_the_figure_stands_above_the_statements(client, django_assert_max_num_queries):
    made = redeemed(125, now=db.now() - timedelta(minutes=1))
    user = make_user("Anna", is_staff=True, roles=["auditor"])
    client.force_login(user)

    with django_assert_max_num_queries(25):
        page = (
            client.get(reverse("admin:partners_settlement_changelist"))
            .content.decode()
            .replace("\N{NO-BREAK SPACE}", " ")
        )

    assert "Eingelöst in zwölf Monaten" in page
    assert "12,50 € · 0 %" in page
    assert "1.000.000,00 €" in page
    assert volume.by_month(Redemption.objects.all(), at=db.now())[-1].first == periods.berlin_date(
        made.redeemed_at
    ).replace(day=1)
