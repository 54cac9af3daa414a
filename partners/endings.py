"""What of a sponsor's pool is still with partners."""

from django.db.models import Exists, OuterRef, Sum

from coins import pools
from coins.models import FundingPool, LotMove
from partners.models import Redemption, Settlement, SettlementLine

# Transfers of a settlement are posted when it is approved; until then the coins are the partner's.
NOT_POSTED = [Settlement.Status.DRAFT, Settlement.Status.ROLLED]


@pools.asked_before_ending
def unsettled_coins(pool: FundingPool) -> int:
    """Return how many coins of `pool` were redeemed and are not settled yet."""
    posted = SettlementLine.objects.filter(redemption=OuterRef("pk")).exclude(settlement__status__in=NOT_POSTED)
    unsettled = Redemption.objects.filter(~Exists(posted), undone_at=None)
    moves = LotMove.objects.filter(lot__pool=pool, transfer__in=unsettled.values("transfer"))
    return -int(moves.aggregate(coins=Sum("coins", default=0))["coins"])
