"""What coins ask those above them: what of a pool is still with partners, and whose an account is."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Sum

from coins import pools, year
from coins.models import FundingPool, LotMove, Transfer
from partners.models import Partner, Redemption, SettlementLine


@year.names_accounts
def names() -> dict[UUID, str]:
    """Return the names of partners by the owner of their accounts."""
    return {partner.public_id: partner.name for partner in Partner.objects.select_related("organisation")}


@pools.asked_before_ending
def unsettled_coins(pool: FundingPool) -> int:
    """Return how many coins of `pool` were redeemed and are not settled yet."""
    # Until its line is booked, the coins of a redemption are the partner's.
    booked = Transfer.objects.filter(kind=Transfer.Kind.SETTLEMENT, source_id=OuterRef("pk"))
    settled = SettlementLine.objects.filter(Exists(booked), redemption=OuterRef("pk"))
    unsettled = Redemption.objects.filter(~Exists(settled), undone_at=None)
    moves = LotMove.objects.filter(lot__pool=pool, transfer__in=unsettled.values("transfer"))
    return -int(moves.aggregate(coins=Sum("coins", default=0))["coins"])
