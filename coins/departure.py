"""The coins part of leaving: what is left goes back to the pools, and nothing leads to the person any more."""

from datetime import datetime

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import YouthProfile
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from coins import backflow, ledger
from coins.conversion import LEAVING_LOCK
from coins.models import Axis, Lot, MoneyOrder, Transfer, YouthAccount


class HoldsLive(DomainError):
    code = "holds_live"
    message = _("Es ist noch etwas vorgemerkt. Das muss zuerst eingelöst oder storniert werden.")


def leave(*, youth: YouthProfile, now: datetime) -> int:
    """Take leave of a youth's coins and return how many went back to their pools.

    A part of erasing somebody: in the same transaction, or a run in between would find a member without an account,
    open a new one and pay.

    Open coins and carry are dropped: the axis notes how much, its items and payments stay what they were. The account
    is closed for good; what a run under way still had for it becomes a leftover, a refund goes to the pools. The row
    that says whose it was is deleted, and so are the reasons the team wrote about this person. A second call finds
    nothing and changes nothing.

    :raises HoldsLive: if coins are set aside: whoever calls cancels that first.
    """
    db.require_transaction()
    # A run counts this youth's hours right now: either it comes first, or we do.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LEAVING_LOCK])
    YouthProfile.objects.select_for_update(no_key=True).get(pk=youth.pk)
    link = YouthAccount.objects.select_related("account").filter(youth=youth).first()
    if link is None:
        return 0
    account = link.account
    balance = backflow.lock([account], Lot.objects.filter(account=account, left__gt=0))[account.pk]
    if balance.held:
        raise HoldsLive
    # Read after the lock: a payment may just have come in.
    taken = [(lot, lot.left) for lot in backflow.live_lots([account.pk])]
    coins = backflow.to_pools(taken, kind=Transfer.Kind.RETURN, effective_on=periods.berlin_date(now))
    Axis.objects.filter(account=account).update(dropped_units=F("end_units") - F("covered_units"))
    ledger.close_account(account)
    MoneyOrder.objects.filter(account=account).update(reason="", refused_why="")
    link.delete()
    return coins
