"""What of a sponsor's pool is still with partners."""

from django.db.models import Exists, OuterRef, Sum

from coins import pools
from coins.models import FundingPool, LotMove, Transfer
from partners.models import Redemption, SettlementLine


@pools.asked_before_ending
def unsettled_coins(pool: FundingPool) -> int:
    """Return how many coins of `pool` were redeemed and are not settled yet."""
    # Until its line is booked, the coins of a redemption are the partner's.
    booked = Transfer.objects.filter(kind=Transfer.Kind.SETTLEMENT, source_id=OuterRef("pk"))
    settled = SettlementLine.objects.filter(Exists(booked), redemption=OuterRef("pk"))
    unsettled = Redemption.objects.filter(~Exists(settled), undone_at=None)
    moves = LotMove.objects.filter(lot__pool=pool, transfer__in=unsettled.values("transfer"))
    return -int(moves.aggregate(coins=Sum("coins", default=0))["coins"])
