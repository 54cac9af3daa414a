"""Who may read which holds, redemptions and statements."""

from datetime import datetime
from typing import TypedDict

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum

from accounts.models import Membership, User, YouthProfile
from clevervibes.lib import periods
from coins import selectors as coin_selectors
from partners.models import (
    BankAccount,
    Hold,
    LateScan,
    Offer,
    Partner,
    PayoutBatch,
    PayoutFile,
    Redemption,
    Settlement,
    SettlementLine,
)
from partners.redemption import UNDO_WITHIN


class Sums(TypedDict):
    count: int
    coins: int


def partners_of(user: User) -> QuerySet[Partner]:
    """Return the shops that `user` manages."""
    managed = Membership.objects.filter(organisation=OuterRef("organisation"), user=user, role=Membership.Role.MANAGER)
    return (
        Partner.objects.filter(Exists(managed))
        .select_related("organisation__club", "account")
        .order_by("organisation__name", "pk")
    )


def holds_of(youth: YouthProfile) -> QuerySet[Hold]:
    """Return everything a youth ever set aside, the latest first."""
    account = coin_selectors.account_of(youth)
    if account is None:
        return Hold.objects.none()
    return Hold.objects.filter(account=account).select_related("offer__partner__organisation", "redemption")


def live_holds_of(youth: YouthProfile) -> QuerySet[Hold]:
    """Return what a youth can hand in at a counter, soonest to expire first."""
    return holds_of(youth).filter(status=Hold.Status.LIVE).order_by("expires_at")


def stop_of(hold: Hold) -> Offer | Partner | None:
    """Return what the team has stopped about a hold: its shop or its offer. Its sentence is `paused_why`."""
    shop, offer = hold.offer.partner, hold.offer
    return next((stopped for stopped in (shop, offer) if stopped.paused_at is not None), None)


def holds_at(partner: Partner) -> QuerySet[Hold]:
    return Hold.objects.filter(offer__partner=partner).select_related("offer__partner__organisation", "redemption")


def redemptions_at(partner: Partner) -> QuerySet[Redemption]:
    return Redemption.objects.filter(partner=partner).select_related("hold__offer", "by", "clerk", "device")


def redemptions_on(partner: Partner, at: datetime) -> QuerySet[Redemption]:
    """Return the redemptions of the Berlin day that holds `at`, taken back ones included."""
    today = periods.day(periods.berlin_date(at))
    return redemptions_at(partner).filter(redeemed_at__gte=today.start, redeemed_at__lt=today.end)


def open_late_scans() -> QuerySet[LateScan]:
    """Return what counters handed out without a connection and a person has to decide."""
    return LateScan.objects.filter(decided_at=None)


def can_undo(redemption: Redemption, at: datetime) -> bool:
    return redemption.undone_at is None and at < redemption.booked_at + UNDO_WITHIN


def sums(redemptions: QuerySet[Redemption]) -> Sums:
    """Return how many redemptions stand, and their coins; what was taken back counts for nothing."""
    found = redemptions.order_by().aggregate(
        count=Count("pk", filter=Q(undone_at=None)), coins=Sum("price_coins", filter=Q(undone_at=None), default=0)
    )
    return Sums(count=found["count"], coins=found["coins"])


def unsettled(partner: Partner) -> QuerySet[Redemption]:
    """Return the redemptions that stand in no statement yet."""
    lines = SettlementLine.objects.filter(redemption=OuterRef("pk"))
    return Redemption.objects.filter(~Exists(lines), partner=partner)


def settlements_of(partner: Partner) -> QuerySet[Settlement]:
    """Return a partner's statements with how many redemptions they hold, the latest first."""
    return settlements_of_all(Partner.objects.filter(pk=partner.pk))


def settlements_of_all(shops: QuerySet[Partner]) -> QuerySet[Settlement]:
    """Return the statements of several shops as `settlements_of` does."""
    return (
        Settlement.objects.filter(partner__in=shops.order_by().values("pk"))
        .select_related("partner__organisation")
        .annotate(redemption_count=Count("lines", filter=Q(lines__kind=SettlementLine.Kind.REDEMPTION)))
        .order_by("-cutoff_at")
    )


def coming_account(partner: Partner, *, at: datetime) -> BankAccount | None:
    """Return the bank account that waits to be confirmed, or for its week to be over."""
    coming = BankAccount.objects.filter(Q(usable_at=None) | Q(usable_at__gt=at), partner=partner, refused_at=None)
    return coming.first()


def settlements_in(batch: PayoutBatch) -> QuerySet[Settlement]:
    """Return what a batch pays, by partner."""
    found = Settlement.objects.filter(batch=batch).select_related("partner__organisation", "payout__bank_account")
    return found.order_by("partner__organisation__name", "pk")


def files_of(batch: PayoutBatch) -> QuerySet[PayoutFile]:
    """Return the files the bank was given for a batch, each with how many of its payments are still open."""
    still_open = Count("payouts", filter=Q(payouts__settlement__status=Settlement.Status.EXPORTED))
    return PayoutFile.objects.filter(batch=batch).annotate(still_open=still_open).order_by("created_at")


def account_for(settlement: Settlement) -> BankAccount | None:
    """Return the account that a statement was paid to, or will be as things are; None if there is none yet."""
    paid_to = BankAccount.objects.filter(payouts__settlement=settlement).first()
    coming = BankAccount.objects.filter(partner=settlement.partner, approved_at__isnull=False, refused_at=None)
    return paid_to or coming.order_by("-usable_at").first()


def settled_before(settlement: Settlement) -> datetime | None:
    """Return the cutoff of the partner's statement before this one."""
    before = Settlement.objects.filter(partner=settlement.partner, cutoff_at__lt=settlement.cutoff_at)
    return before.order_by("-cutoff_at").values_list("cutoff_at", flat=True).first()


def with_statement(redemptions: QuerySet[Redemption]) -> QuerySet[Redemption]:
    """Add the id of the statement that a redemption stands in, as `settlement_id`; None if it is in none yet."""
    lines = SettlementLine.objects.filter(redemption=OuterRef("pk"), kind=SettlementLine.Kind.REDEMPTION)
    return redemptions.annotate(settlement_id=Subquery(lines.values("settlement")[:1]))


def lines_of(settlement: Settlement) -> list[SettlementLine]:
    """Return the lines of a statement in the order things happened."""
    lines = settlement.lines.select_related(
        "redemption__correction",
        "redemption__by",
        "redemption__clerk",
        "redemption__device",
        "failed",
        "settlement",
        "goodwill__late_scan__hold",
    )
    return list(lines.order_by("redemption__redeemed_at", "redemption", "kind", "pk"))
