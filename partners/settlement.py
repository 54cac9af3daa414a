"""What each partner is owed up to a cutoff: redemptions, refunds, what was put right later, what the bank sent back."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Exists, Max, Min, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Club, User
from accounts.notices.telling import tell
from accounts.team import rights
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from partners import suspicion
from partners.models import (
    Correction,
    Goodwill,
    Partner,
    PayoutBatch,
    Redemption,
    Settlement,
    SettlementLine,
    SettlementRun,
)

Line = SettlementLine.Kind
TOPIC = "settlements_drafted"
logger = logging.getLogger(__name__)

# A redemption taken back in its last minutes is over by then.
SETTLES_AFTER = timedelta(hours=1)


class CutoffAhead(DomainError):
    code = "cutoff_ahead"
    message = _("Der Stichtag liegt in der Zukunft.")


class CutoffPassed(DomainError):
    code = "cutoff_passed"
    message = _("Für diesen Partner gibt es schon eine spätere Abrechnung.")


@dataclass
class Report:
    """What one call of `settle_all` did."""

    settlements: list[Settlement] = field(default_factory=list)
    failed: list[Partner] = field(default_factory=list)


@dataclass(frozen=True)
class VatSum:
    """The part of a statement under one rate of VAT. Prices include the tax."""

    percent: int
    coins: int

    @property
    def gross_cents(self) -> int:
        return cents(self.coins)

    @property
    def vat_cents(self) -> int:
        return included_vat(self.gross_cents, self.percent)

    @property
    def net_cents(self) -> int:
        return self.gross_cents - self.vat_cents


def month_cutoff(on: date) -> datetime:
    """Return the end of the Berlin month that holds `on`: the first moment not in it."""
    return periods.month(on).end


def last_day_before(cutoff: datetime) -> date:
    """Return the last Berlin day that a cutoff leaves whole, or cuts."""
    return periods.berlin_date(cutoff - timedelta(microseconds=1))


def settle_all(*, cutoff: datetime, by: User | None = None, now: datetime) -> Report:
    """Make the drafts of every partner of every club. Calling it again makes what is missing and nothing twice.

    One broken partner does not stop the others; it is logged, reported and tried again by the next call.

    :raises CutoffAhead: if `cutoff` is after `now`.
    """
    if cutoff > now:
        raise CutoffAhead
    report = Report()
    for club in clubs():
        found = settle_club(club=club, cutoff=cutoff, by=by, now=now)
        report.settlements += found.settlements
        report.failed += found.failed
    return report


def settle_due(*, now: datetime) -> Report:
    """Make the drafts of every month that is over and was not settled, the earliest first. Beat asks this.

    What was missed while nothing ran is caught up month by month, so that each has a statement of its own. Two that
    ask at once make the same drafts once; a run in which a partner broke is carried on by the next call.
    """
    report = Report()
    for club in clubs():
        for cutoff in due_cutoffs(club, now=now):
            found = settle_club(club=club, cutoff=cutoff, now=now)
            report.settlements += found.settlements
            report.failed += found.failed
    return report


def clubs() -> QuerySet[Club]:
    """Return the clubs with partners."""
    return Club.objects.filter(organisations__partner__released_at__isnull=False).distinct().order_by("pk")


def due_cutoffs(club: Club, *, now: datetime) -> list[datetime]:
    """Return the ends of the Berlin months that a club has still to settle: since its last run, or its first sale."""
    finished = SettlementRun.objects.filter(club=club, finished_at__isnull=False)
    redeemed = Redemption.objects.filter(partner__organisation__club=club)
    since = (
        finished.aggregate(last=Max("cutoff_at"))["last"] or redeemed.aggregate(first=Min("redeemed_at"))["first"]
    )  # fmt: skip
    found: list[datetime] = []
    while since and (since := month_cutoff(periods.berlin_date(since))) + SETTLES_AFTER <= now:
        found.append(since)
    return found


def settle_club(*, club: Club, cutoff: datetime, by: User | None = None, now: datetime) -> Report:
    """Make the drafts of every partner of a club; see `settle_all`."""
    run, report = _open_run(club=club, cutoff=cutoff, by=by, now=now), Report()
    for partner in Partner.objects.filter(released_at__isnull=False, organisation__club=club).order_by("pk"):
        try:
            settlement = settle(partner=partner, cutoff=cutoff, by=by, now=now)
        except CutoffPassed:
            # A month that is caught up late: what it had stands in the partner's later statement.
            continue
        except Exception:
            # Whatever is wrong with one shop, the others are waiting for their money.
            logger.exception("partner %s could not be settled", partner.pk)
            report.failed.append(partner)
        else:
            report.settlements += [settlement] if settlement else []
    if not report.failed:
        _finish(run=run, now=now)
    return report


@db.service
def _finish(*, run: SettlementRun, now: datetime) -> None:
    first = SettlementRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=now)
    drafts = run.settlements.filter(status=Settlement.Status.DRAFT)
    if first and drafts.exists():
        for person in rights.colleagues_who_may("add", PayoutBatch, club_id=run.club_id):
            tell(TOPIC, to=person, now=now, run=run.public_id)


@db.service
def _open_run(*, club: Club, cutoff: datetime, by: User | None, now: datetime) -> SettlementRun:
    run, _created = SettlementRun.objects.get_or_create(
        club=club, cutoff_at=cutoff, defaults={"started_at": now, "started_by": by}
    )
    return run


@db.service
def settle(*, partner: Partner, cutoff: datetime, by: User | None = None, now: datetime) -> Settlement | None:
    """Make the draft of one partner: every redemption before `cutoff` that stands in no statement yet.

    A redemption that was taken back brings its refund along, so both stand in the same statement. Later corrections
    are taken off, late scans that the team pays are added, what the bank refused or sent back is added again, and what
    earlier statements fell short of is carried over. Returns the statement made earlier for this cutoff, or None if
    there is nothing to settle.

    :raises CutoffAhead: if `cutoff` is after `now`.
    :raises CutoffPassed: if a later cutoff was settled.
    """
    if cutoff > now:
        raise CutoffAhead
    # The partner's row is the lock: one settlement of a partner at a time.
    partner = (
        Partner.objects.select_for_update(of=("self",), no_key=True).select_related("organisation").get(pk=partner.pk)
    )
    earlier = Settlement.objects.filter(partner=partner, cutoff_at__gte=cutoff).order_by("cutoff_at").first()
    if earlier is not None:
        if earlier.cutoff_at == cutoff:
            return earlier
        raise CutoffPassed
    lines = [
        *_of_redemptions(partner, cutoff),
        *_of_corrections(partner, cutoff),
        *_of_goodwill(partner, cutoff),
        *_of_failed_payments(partner),
    ]
    if not lines:
        return None
    run, _created = SettlementRun.objects.get_or_create(
        club_id=partner.organisation.club_id, cutoff_at=cutoff, defaults={"started_at": now, "started_by": by}
    )
    waiting = Settlement.objects.filter(partner=partner, status=Settlement.Status.ROLLED, rolled_into=None)
    net_coins = sum(line.amount_coins for line in lines)
    carried_coins = sum(earlier.due_coins for earlier in waiting)
    settlement = Settlement.objects.create(
        run=run,
        partner=partner,
        cutoff_at=cutoff,
        status=Settlement.Status.DRAFT if net_coins + carried_coins > 0 else Settlement.Status.ROLLED,
        net_coins=net_coins,
        carried_coins=carried_coins,
        created_at=now,
    )
    waiting.exclude(pk=settlement.pk).update(rolled_into=settlement)
    for line in lines:
        line.settlement = settlement
    SettlementLine.objects.bulk_create(lines)
    if settlement.status == Settlement.Status.DRAFT and (why := suspicion.of(settlement)):
        settlement.held_at, settlement.held_why = now, why
        settlement.save(update_fields=["held_at", "held_why"])
    return settlement


def _of_redemptions(partner: Partner, cutoff: datetime) -> Iterator[SettlementLine]:
    # Locked: a shop that takes one back right now either comes first, or finds it settled.
    bound = SettlementLine.objects.filter(redemption=OuterRef("pk"))
    due = (
        Redemption.objects.select_for_update(of=("self",), no_key=True)
        .filter(~Exists(bound), partner=partner, redeemed_at__lt=cutoff)
        .order_by("pk")
    )
    for redemption in due:
        coins = redemption.price_coins
        yield SettlementLine(kind=Line.REDEMPTION, redemption=redemption, amount_coins=coins)
        if redemption.undone_at is not None:
            yield SettlementLine(kind=Line.REFUND, redemption=redemption, amount_coins=-coins)


def _of_corrections(partner: Partner, cutoff: datetime) -> Iterator[SettlementLine]:
    bound = SettlementLine.objects.filter(redemption=OuterRef("redemption"), kind=Line.CORRECTION)
    made = Correction.objects.filter(~Exists(bound), redemption__partner=partner, booked_at__lt=cutoff)
    for correction in made.select_related("redemption").order_by("pk"):
        redemption = correction.redemption
        yield SettlementLine(kind=Line.CORRECTION, redemption=redemption, amount_coins=-redemption.price_coins)


def _of_goodwill(partner: Partner, cutoff: datetime) -> Iterator[SettlementLine]:
    promised = Goodwill.objects.filter(late_scan__partner=partner, booked_at__lt=cutoff, settlement_line=None)
    for goodwill in promised.order_by("pk"):
        yield SettlementLine(kind=Line.GOODWILL, goodwill=goodwill, amount_coins=goodwill.amount_coins)


def _of_failed_payments(partner: Partner) -> Iterator[SettlementLine]:
    failed = Settlement.objects.filter(partner=partner, status__in=Settlement.FAILED, retried_in=None)
    for settlement in failed.order_by("pk"):
        yield SettlementLine(kind=Line.RETRY, failed=settlement, amount_coins=settlement.due_coins)


def cents(coins: int) -> int:
    return coins * settings.COIN_VALUE_CENTS


def vat_sums(lines: list[SettlementLine]) -> list[VatSum]:
    """Return the sums of `lines` by rate, the highest first. The tax is taken out of each sum, not out of each line."""
    coins: dict[int, int] = {}
    for line in lines:
        if (percent := line.vat_percent) is None:
            continue
        coins[percent] = coins.get(percent, 0) + line.amount_coins
    return [VatSum(percent, total) for percent, total in sorted(coins.items(), reverse=True) if total]


def included_vat(gross_cents: int, percent: int) -> int:
    """Return the tax contained in a gross amount, in whole cents."""
    # Rounded half away from zero, as invoices do: double, divide, halve in whole numbers.
    tax = (2 * abs(gross_cents) * percent + (100 + percent)) // (2 * (100 + percent))
    return tax if gross_cents >= 0 else -tax
