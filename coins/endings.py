"""The last days with coins are over: a consent was withdrawn or somebody turned 21, and 90 days have passed.

What is left goes back to the pools it came from. What a hold has set aside waits for the hold, as coins do that expire.
"""

from datetime import datetime

from django.db.models import F, QuerySet

from accounts.models import Ending, YouthProfile
from clevervibes.lib import db, periods
from coins import backflow
from coins.models import LedgerAccount, Lot, Transfer


def spend_until(youth: YouthProfile) -> datetime | None:
    """Return the moment from which on `youth` can set nothing aside any more; None if there is none."""
    live = Ending.objects.filter(youth=youth, called_off_at=None)
    return live.order_by("spend_until").values_list("spend_until", flat=True).first()


def take_back_due(*, now: datetime) -> int:
    """Take back the coins of everybody whose last days are over and return how many; one transaction each.

    Killed anywhere or started twice, every coin goes back once.
    """
    last, coins = 0, 0
    while (taken := take_back_next(after=last, now=now)) is not None:
        last, coins = taken[0], coins + taken[1]
    return coins


@db.service
def take_back_next(*, after: int, now: datetime) -> tuple[int, int] | None:
    """Take back what the next account after the id `after` may give; return its id and the number of coins."""
    account = _over(now).filter(pk__gt=after).order_by("pk").first()
    if account is None:
        return None
    balance = backflow.lock([account], Lot.objects.filter(account=account, left__gt=0))[account.pk]
    # Read after the lock: a new yes may just have called it off, a counter may have spent them.
    if not _over(now).filter(pk=account.pk).exists():
        return account.pk, 0
    free, taken = balance.spendable, []
    # The youngest first: holds have set the oldest aside.
    for lot in reversed(backflow.live_lots([account.pk])):
        if coins := min(lot.left, free):
            taken.append((lot, coins))
            free -= coins
    return account.pk, backflow.to_pools(taken, kind=Transfer.Kind.EXPIRY, effective_on=periods.berlin_date(now))


def _over(now: datetime) -> QuerySet[LedgerAccount]:
    """Return the accounts with spendable coins whose owners' last days are over."""
    ended = Ending.objects.filter(called_off_at=None, spend_until__lte=now).values("youth")
    return LedgerAccount.objects.filter(
        youth_link__youth__in=ended, stored_balance__posted__gt=F("stored_balance__held")
    )
