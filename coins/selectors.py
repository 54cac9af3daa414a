"""What somebody has, and why. Every read of coins goes through here."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum

from accounts.models import YouthProfile
from coins.expiry import STAGES_DAYS
from coins.models import Axis, Balance, LedgerAccount, Lot

EXPIRING_SHOWN = 3
SAID_BEFORE = timedelta(days=max(STAGES_DAYS))


@dataclass(frozen=True)
class Expiring:
    coins: int
    on: date  # the last day they are good


@dataclass(frozen=True)
class Standing:
    """What a youth has: `posted` on the account, `held` of it set aside, `open_coins` earned but not paid yet."""

    posted: int = 0
    held: int = 0
    open_coins: int = 0
    expiring: tuple[Expiring, ...] = ()

    @property
    def spendable(self) -> int:
        return self.posted - self.held

    def ending_soon(self, today: date) -> Expiring | None:
        """Return the next coins that end, if that is near enough to be said."""
        soon = (some for some in self.expiring if today <= some.on <= today + SAID_BEFORE)
        return next(soon, None)


def account_of(youth: YouthProfile) -> LedgerAccount | None:
    """Return the youth's account; None before the first coins."""
    return LedgerAccount.objects.filter(youth_link__youth=youth).first()


def balance_of(youth: YouthProfile) -> Standing:
    """Return what `youth` has, in coins."""
    account = account_of(youth)
    return standing_of(account) if account else Standing()


def standing_of(account: LedgerAccount) -> Standing:
    balance = Balance.objects.get(account=account)
    axis = Axis.objects.filter(account=account).first()
    lots = (
        Lot.objects.filter(account=account, left__gt=0)
        .values_list("valid_until")
        .annotate(coins=Sum("left"))
        .order_by("valid_until")
    )
    return Standing(
        posted=balance.posted,
        held=balance.held,
        open_coins=axis.open_coins if axis else 0,
        expiring=tuple(Expiring(coins, on) for on, coins in lots[:EXPIRING_SHOWN]),
    )
