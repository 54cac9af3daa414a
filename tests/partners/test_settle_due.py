"""The month settles itself: when it is over, once, caught up, and the team is told."""

import random
from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.models import Notice
from clevervibes.lib import periods
from clevervibes.lib.team import FINANCE
from partners import settlement
from partners.models import Settlement, SettlementLine, SettlementRun
from tests.concurrency import in_parallel, rounds
from tests.factories import NOON, make_club, make_manager, make_offer, make_partner, make_redemption, make_user

pytestmark = pytest.mark.django_db

OCTOBER = periods.midnight(date(2026, 10, 1))  # NOON is in September
NOVEMBER, DECEMBER = periods.midnight(date(2026, 11, 1)), periods.midnight(date(2026, 12, 1))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def finance(first_name="Kasse"):
    return make_user(first_name, is_staff=True, roles=[FINANCE])


def test_a_month_is_settled_an_hour_after_its_end_in_berlin_and_once():
    made = make_redemption()

    assert not settlement.settle_due(now=OCTOBER + HOUR - timedelta(seconds=1)).settlements
    assert not SettlementRun.objects.exists()
    assert [found.cutoff_at for found in settlement.settle_due(now=OCTOBER + HOUR).settlements] == [OCTOBER]
    assert not settlement.settle_due(now=OCTOBER + 2 * HOUR).settlements
    assert SettlementLine.objects.get().redemption == made


def test_what_was_missed_is_caught_up_month_by_month():
    made = make_redemption()
    make_redemption(offer=made.hold.offer, now=OCTOBER + DAY)

    found = settlement.settle_due(now=DECEMBER + 26 * HOUR).settlements

    assert [(row.cutoff_at, row.net_coins) for row in found] == [(OCTOBER, 30), (NOVEMBER, 30)]
    assert list(SettlementRun.objects.order_by("cutoff_at").values_list("cutoff_at", flat=True)) == [
        OCTOBER, NOVEMBER, DECEMBER,
    ]  # fmt: skip
    assert settlement.due_cutoffs(make_club(), now=DECEMBER + 26 * HOUR) == []


def test_nothing_is_due_before_the_first_coin_was_taken():
    make_partner()

    settlement.settle_due(now=DECEMBER + DAY)

    assert not SettlementRun.objects.exists()


def test_a_settlement_by_hand_in_between_is_no_hindrance():
    made = make_redemption()
    settlement.settle(partner=made.partner, cutoff=OCTOBER + DAY, now=OCTOBER + DAY)

    settlement.settle_due(now=NOVEMBER + HOUR)

    assert Settlement.objects.get().cutoff_at == OCTOBER + DAY
    assert settlement.due_cutoffs(make_club(), now=NOVEMBER + HOUR) == []


def test_the_team_is_told_once_and_nobody_else():
    made = make_redemption()
    paying, manager, support = finance(), make_manager(made.partner), make_user(is_staff=True)

    for _time in range(3):
        settlement.settle_due(now=OCTOBER + HOUR)

    told = Notice.objects.filter(topic=settlement.TOPIC)
    assert [notice.to for notice in told] == [paying]
    assert manager not in [notice.to for notice in told]
    assert support not in [notice.to for notice in told]


def test_what_they_are_told_names_the_month_and_the_drafts(client):
    make_redemption()
    paying = finance()
    settlement.settle_due(now=OCTOBER + HOUR)
    client.force_login(paying)

    page = client.get(reverse("accounts:notices")).content.decode()

    assert "Abrechnungen bis 30.09.2026 (Clever Vibes Lünen) liegen als Entwurf bereit: 1" in page


def test_a_broken_partner_holds_up_nobody_and_is_settled_with_the_next_tick(monkeypatch, caplog):
    broken = make_redemption()
    fine = make_redemption(offer=make_offer(partner=make_partner("Kino Astra")))
    finance()
    whole = settlement._of_redemptions

    def breaks(partner, cutoff):
        if partner == broken.partner:
            raise ZeroDivisionError
        return whole(partner, cutoff)

    monkeypatch.setattr(settlement, "_of_redemptions", breaks)
    report = settlement.settle_due(now=OCTOBER + HOUR)
    assert (report.failed, [row.partner for row in report.settlements]) == ([broken.partner], [fine.partner])
    assert not Notice.objects.filter(topic=settlement.TOPIC).exists()
    monkeypatch.undo()

    settlement.settle_due(now=OCTOBER + HOUR)

    assert Settlement.objects.count() == 2
    assert Notice.objects.filter(topic=settlement.TOPIC).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_make_one_draft_and_tell_once():
    finance()
    offer = make_offer(price_coins=1)
    starts = iter(range(100))

    def play(_source: random.Random) -> bool:
        at = NOON + next(starts) * 31 * DAY
        made = make_redemption(offer=offer, now=at)
        cutoff = settlement.month_cutoff(periods.berlin_date(at))
        before = Notice.objects.filter(topic=settlement.TOPIC).count()
        in_parallel(*[lambda: settlement.settle_club(club=make_club(), cutoff=cutoff, now=cutoff + HOUR)] * 4)
        told = Notice.objects.filter(topic=settlement.TOPIC).count() - before
        return (made.settlement_lines.count(), SettlementRun.objects.filter(cutoff_at=cutoff).count(), told) != (
            1,
            1,
            1,
        )

    assert rounds(5, play).bad == 0
