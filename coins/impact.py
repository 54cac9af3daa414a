"""What a sponsor's money did, in coins and without a name of anybody."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, Sum

from accounts.models import Membership, User
from coins.models import Deposit, FundingPool, LedgerAccount, Transfer


@dataclass(frozen=True)
class PoolStand:
    """A pool in two numbers: coins that were paid for and stayed, and coins that are still in it."""

    pool: FundingPool
    funded_coins: int
    left_coins: int

    @property
    def spent_coins(self) -> int:
        return self.funded_coins - self.left_coins


def pools_seen_by(user: User) -> list[PoolStand]:
    """Return the pools of the sponsors that `user` is a contact of, by name."""
    membership = Q(
        sponsor__organisation__memberships__user=user,
        sponsor__organisation__memberships__role=Membership.Role.CONTACT,
    )
    pools = list(FundingPool.objects.filter(membership).select_related("sponsor__organisation").order_by("name"))
    funded = dict(
        Deposit.objects.filter(pool__in=pools).values_list("pool").annotate(coins=Sum("coins")).order_by("pool")
    )
    moved = _moved(pools)
    left = dict(
        LedgerAccount.objects.filter(
            kind=LedgerAccount.Kind.POOL, owner__in=[pool.public_id for pool in pools]
        ).values_list("owner", "stored_balance__posted")
    )
    return [
        PoolStand(pool, funded.get(pool.pk, 0) + moved.get(pool.public_id, 0), left.get(pool.public_id, 0))
        for pool in pools
    ]


def _moved(pools: list[FundingPool]) -> dict[UUID, int]:
    """Return per pool what came from other pools, less what went to others or back to the sponsor."""
    accounts = LedgerAccount.objects.filter(kind=LedgerAccount.Kind.POOL, owner__in=[pool.public_id for pool in pools])
    kinds = [Transfer.Kind.REALLOCATION, Transfer.Kind.WITHDRAWAL]
    moved: dict[UUID, int] = {}
    for side, sign in (("credit", 1), ("debit", -1)):
        found = Transfer.objects.filter(kind__in=kinds, **{f"{side}__in": accounts})
        for owner, coins in (
            found.values_list(f"{side}__owner").annotate(coins=Sum("amount")).order_by(f"{side}__owner")
        ):
            moved[owner] = moved.get(owner, 0) + sign * coins
    return moved
