"""Statements: what is in them, once, and what one broken partner does to the others."""

from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from clevervibes.lib import periods
from partners import redemption, settlement
from partners.models import Redemption, Settlement, SettlementLine, SettlementRun
from partners.settlement import CutoffAhead, CutoffPassed
from tests.concurrency import in_parallel
from tests.factories import NOON, make_club, make_manager, make_offer, make_partner, make_redemption, make_rich_youth

pytestmark = pytest.mark.django_db

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CUTOFF = NOON + DAY


def settle(partner, cutoff=CUTOFF, now=CUTOFF):
    return settlement.settle(partner=partner, cutoff=cutoff, now=now)


def lines_of(found):
    return sorted(found.lines.values_list("kind", "amount_coins"))


def test_a_statement_holds_what_happened_before_its_cutoff():
    offer = make_offer(price_coins=30)
    make_redemption(offer=offer, now=CUTOFF - MINUTE)
    make_redemption(offer=offer, now=CUTOFF)  # half-open: belongs to the next one

    first = settle(offer.partner)
    second = settle(offer.partner, CUTOFF + DAY, CUTOFF + DAY)

    assert lines_of(first) == lines_of(second) == [("redemption", 30)]
    assert first.status == Settlement.Status.DRAFT
    assert first.number != second.number


def test_settling_a_cutoff_again_returns_the_same_statement():
    made = make_redemption()

    assert settle(made.partner) == settle(made.partner)
    assert SettlementLine.objects.count() == 1


def test_nothing_to_settle_makes_no_statement():
    assert settle(make_partner()) is None
    assert not SettlementRun.objects.exists()


def test_a_refund_stands_in_the_same_statement_even_if_it_came_after_the_cutoff():
    offer = make_offer(price_coins=30)
    made = make_redemption(offer=offer, now=CUTOFF - MINUTE)
    redemption.undo(redemption=made, by=None, reason="Falsch", now=CUTOFF + MINUTE)

    found = settle(offer.partner, CUTOFF, CUTOFF + settlement.SETTLES_AFTER)

    assert lines_of(found) == [("redemption", 30), ("refund", -30)]
    assert found.status == Settlement.Status.ROLLED


def test_what_was_booked_late_comes_into_the_next_statement():
    offer = make_offer(price_coins=30)
    make_redemption(offer=offer, now=CUTOFF - 2 * DAY)
    late = redemption.hold(offer=offer, youth=make_rich_youth(), now=CUTOFF - DAY)
    settle(offer.partner)
    redemption.redeem(hold=late, by=None, scanned_at=CUTOFF - MINUTE, now=CUTOFF + MINUTE)

    found = settle(offer.partner, CUTOFF + DAY, CUTOFF + DAY)

    assert lines_of(found) == [("redemption", 30)]


def test_a_cutoff_is_neither_ahead_nor_behind_an_earlier_one():
    made = make_redemption()
    with pytest.raises(CutoffAhead):
        settle(made.partner, CUTOFF, CUTOFF - MINUTE)
    settle(made.partner)

    with pytest.raises(CutoffPassed):
        settle(made.partner, CUTOFF - MINUTE, CUTOFF)


def test_the_tax_is_taken_out_of_the_sum_of_each_rate():
    partner = make_partner()
    for percent, price in ((19, 10), (19, 15), (7, 33), (0, 5)):
        make_redemption(offer=make_offer(partner=partner, price_coins=price, vat_percent=percent))
    undone = make_redemption(offer=make_offer(partner=partner, price_coins=99, vat_percent=7))
    redemption.undo(redemption=undone, by=None, reason="Falsch", now=NOON)

    sums = settlement.vat_sums(list(settle(partner).lines.select_related("redemption")))

    assert [(s.percent, s.gross_cents, s.vat_cents, s.net_cents) for s in sums] == [
        (19, 250, 40, 210),  # 39.92
        (7, 330, 22, 308),  # 21.59
        (0, 50, 0, 50),
    ]


@pytest.mark.parametrize(
    ("gross", "percent", "tax"),
    [(119, 19, 19), (107, 7, 7), (100, 19, 16), (-100, 19, -16), (0, 19, 0), (1, 19, 0), (3, 19, 0), (4, 19, 1)],
)
def test_included_vat_is_rounded_like_on_an_invoice(gross, percent, tax):
    assert settlement.included_vat(gross, percent) == tax


def test_one_broken_partner_does_not_stop_the_others(monkeypatch, caplog):
    broken, fine = make_redemption(), make_redemption(offer=make_offer(partner=make_partner("Kino Astra")))
    whole = settlement._of_redemptions

    def breaks_once(partner, cutoff):
        if partner == broken.partner:
            raise ZeroDivisionError
        return whole(partner, cutoff)

    monkeypatch.setattr(settlement, "_of_redemptions", breaks_once)
    report = settlement.settle_all(cutoff=CUTOFF, now=CUTOFF)
    assert (report.failed, [s.partner for s in report.settlements]) == ([broken.partner], [fine.partner])
    assert SettlementRun.objects.get().finished_at is None
    monkeypatch.undo()

    again = settlement.settle_all(cutoff=CUTOFF, now=CUTOFF)

    assert not again.failed
    assert {s.partner for s in again.settlements} == {broken.partner, fine.partner}
    assert Settlement.objects.count() == 2
    assert SettlementRun.objects.get().finished_at == CUTOFF


def test_each_club_has_a_run_of_its_own():
    here = make_redemption()
    there = make_redemption(offer=make_offer(partner=make_partner("Kiosk", club=make_club("Clever Vibes Selm"))))

    settlement.settle_all(cutoff=CUTOFF, now=CUTOFF)

    clubs = dict(Settlement.objects.values_list("partner", "run__club__name"))
    assert clubs == {here.partner_id: "Clever Vibes Lünen", there.partner_id: "Clever Vibes Selm"}


def test_months_end_at_midnight_in_berlin_and_each_minute_belongs_to_one():
    offer = make_offer(price_coins=10)
    winter = datetime(2026, 11, 1, tzinfo=periods.BERLIN)  # the clocks changed a week before
    for moment in (winter - MINUTE, winter):
        make_redemption(offer=offer, now=moment)
    october, november = (settlement.month_cutoff(date(2026, month, 15)) for month in (10, 11))

    found = [settle(offer.partner, cutoff, november) for cutoff in (october, november)]

    assert [one.lines.get().redemption.redeemed_at for one in found] == [winter - MINUTE, winter]


# ── The command ──────────────────────────────────────────────────────────────────────────────────
def test_the_command_settles_a_month_and_says_what_it_made():
    made = make_redemption()
    out = StringIO()

    call_command("settle", "--month", "2026-09", stdout=out)

    found = Settlement.objects.get()
    assert found.cutoff_at == datetime(2026, 10, 1, tzinfo=periods.BERLIN)
    assert f"{found.number}  Entwurf  {made.partner}" in out.getvalue()


def test_the_command_settles_up_to_now():
    make_redemption()

    call_command("settle", "--cutoff", "now", stdout=StringIO())

    assert SettlementLine.objects.count() == 1


def test_the_command_refuses_a_month_that_is_not_over():
    with pytest.raises(CommandError, match="is settled from"):
        call_command("settle", "--month", "2099-01")


# ── Locks and constraints ────────────────────────────────────────────────────────────────────────
def test_a_redemption_stands_in_one_statement_only():
    made = make_redemption()
    found = settle(made.partner)

    with pytest.raises(IntegrityError, match="partners_settled_once"), transaction.atomic():
        found.lines.create(kind="redemption", redemption=made, amount_coins=30)
    with pytest.raises(IntegrityError, match="partners_one_settlement_per_cutoff"), transaction.atomic():
        Settlement.objects.create(run=found.run, partner=made.partner, cutoff_at=CUTOFF, created_at=CUTOFF, net_coins=1)
    with pytest.raises(IntegrityError, match="partners_line_sign"), transaction.atomic():
        found.lines.update(amount_coins=-30)
    with pytest.raises(IntegrityError, match="partners_one_run_per_cutoff"), transaction.atomic():
        SettlementRun.objects.create(club=found.run.club, cutoff_at=CUTOFF, started_at=CUTOFF)


@pytest.mark.django_db(transaction=True)
def test_settling_and_taking_back_at_once_never_do_both():
    offer = make_offer(price_coins=10)
    clerk = make_manager(offer.partner)
    for number in range(1, 21):
        now = NOON + number * timedelta(hours=1)
        made = make_redemption(offer=offer, by=clerk, now=now)
        cutoff = now + MINUTE

        in_parallel(
            lambda cutoff=cutoff: settle(offer.partner, cutoff, cutoff),
            lambda made=made, now=now: redemption.undo(redemption=made, by=clerk, reason="Falsch", now=now),
        )

        # Either it was taken back first and both lines stand, or it was settled first and stays.
        undone = Redemption.objects.get(pk=made.pk).undone_at is not None
        kinds = set(made.settlement_lines.values_list("kind", flat=True))
        assert kinds == ({"redemption", "refund"} if undone else {"redemption"})


@pytest.mark.django_db(transaction=True)
def test_two_settlements_of_one_month_at_once_are_one():
    made = make_redemption()

    results = in_parallel(*[lambda: settlement.settle_all(cutoff=CUTOFF, now=CUTOFF)] * 4)

    assert {s for report in results for s in report.settlements} == {Settlement.objects.get()}
    assert made.settlement_lines.count() == 1
