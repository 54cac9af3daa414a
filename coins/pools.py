"""How a pool ends: when nothing of it is on its way any more."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coins import ledger
from coins.models import ConversionRun, FundingPool, LedgerAccount, Lot
from coins.numbers import said

# What was bought with coins is known above coins only: whoever sells for them says here which are not settled yet.
CoinsOutstanding = Callable[[FundingPool], int]
_unsettled: list[CoinsOutstanding] = []


def asked_before_ending(count: CoinsOutstanding) -> CoinsOutstanding:
    """Register `count`: how many coins of a pool were redeemed and are not settled yet. No pool ends before."""
    _unsettled.append(count)
    return count


def still_on_their_way(pool: FundingPool) -> list[str]:
    """Return what keeps `pool` from ending, each in a few words. Ask after its balance is locked."""
    runs = ConversionRun.objects.filter(state=ConversionRun.State.PAYING, pools__pool=pool)
    lots = sum(Lot.objects.filter(pool=pool, left__gt=0).values_list("left", flat=True))
    redeemed = sum(count(pool) for count in _unsettled)
    found = []
    if runs.exists():
        found.append(_("ein Umrechnungslauf, der noch zahlt"))
    if lots:
        found.append(ngettext("%(n)s Coin bei Jugendlichen", "%(n)s Coins bei Jugendlichen", lots) % {"n": said(lots)})
    if redeemed:
        text = ngettext("%(n)s eingelöster Coin ohne Abrechnung", "%(n)s eingelöste Coins ohne Abrechnung", redeemed)
        found.append(text % {"n": said(redeemed)})
    return found


def coins_in(pool: FundingPool) -> int:
    """Return what is in the pool and not set aside."""
    account = LedgerAccount.objects.filter(kind=LedgerAccount.Kind.POOL, owner=pool.public_id).first()
    return ledger.spendable(account) if account else 0
