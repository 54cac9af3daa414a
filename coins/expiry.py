"""Coins that end: their owners are told in time, then they go back to the pools they came from.

A coin is good through its last day, Berlin. From midnight on it cannot be set aside any more; the tick takes it
back. What was set aside before midnight waits: a hold sets the oldest coins aside that were good on its day, and
they are still spent if it is redeemed. If it ends otherwise, the next tick takes them.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, CharField, Exists, F, OuterRef, QuerySet, UUIDField, Value, When
from django.db.models.functions import MD5, Cast, Concat, JSONObject

from accounts.notices.telling import tell_all
from clevervibes.lib import db, periods
from coins import backflow
from coins.models import ExpiryNotice, LedgerAccount, LedgerHold, Lot, Transfer

ACCOUNTS_AT_ONCE = 500

# Told so many days before the last one. Of 31 December that is 1 November and 15 December.
STAGES_DAYS = (60, 16)

TOPIC = "coins_expiring"


# ── Taking back what is due ──────────────────────────────────────────────────────────────────────
def expire_due(*, now: datetime) -> int:
    """Take back every coin whose last day is over and return how many; each chunk is a transaction of its own.

    Killed anywhere or started twice, every coin goes back once.
    """
    today, last, coins = periods.berlin_date(now), 0, 0
    while (done := expire_some(after=last, today=today)) is not None:
        last = done.last_account
        coins += done.count
    return coins


@dataclass(frozen=True)
class Done:
    """How far a chunk got, and how much it was: coins taken back, or messages written."""

    last_account: int
    count: int


@db.service
def expire_some(*, after: int, today: date) -> Done | None:
    """Take back what is due of the next accounts after the account id `after`; None when there is none left."""
    accounts = _next_accounts(_due(today), after)
    if not accounts:
        return None
    return Done(accounts[-1], _expire(accounts, today))


def expire_account(*, account: LedgerAccount, today: date) -> int:
    """Take back what is due of one account, before something is decided about it. A part."""
    db.require_transaction()
    if not _due(today).filter(account=account).exists():
        return 0
    return _expire([account.pk], today)


def _due(today: date) -> QuerySet[Lot]:
    return Lot.objects.filter(left__gt=0, valid_until__lt=today)


def _expire(accounts: Sequence[int], today: date) -> int:
    owners = LedgerAccount.objects.filter(pk__in=accounts)
    balances = backflow.lock(owners, _due(today).filter(account__in=accounts))
    # Read after the lock: a counter may just have spent them.
    lots_of: dict[int, list[Lot]] = defaultdict(list)
    for lot in backflow.live_lots(accounts):
        lots_of[lot.account_id].append(lot)
    holds_of: dict[int, list[LedgerHold]] = defaultdict(list)
    for hold in LedgerHold.objects.filter(account__in=[pk for pk in accounts if balances[pk].held], end=None):
        holds_of[hold.account_id].append(hold)
    taken: list[tuple[Lot, int]] = []
    for account, lots in lots_of.items():
        taken += due_parts(lots, holds_of[account], spendable=balances[account].spendable, today=today)
    return backflow.to_pools(taken, kind=Transfer.Kind.EXPIRY, effective_on=today)


def due_parts(lots: Sequence[Lot], holds: Sequence[LedgerHold], *, spendable: int,
              today: date) -> list[tuple[Lot, int]]:  # fmt: skip
    """Return what can be taken back of each lot that is due: what no live hold has set aside, the oldest first."""
    free = {lot.pk: lot.left for lot in lots}
    # The youngest hold has the fewest coins to choose from, so it chooses first; in the end nobody is left without.
    for hold in sorted(holds, key=lambda hold: hold.placed_on, reverse=True):
        wanted = hold.amount
        for lot in sorted(lots, key=lambda lot: (lot.valid_until < hold.placed_on, lot.valid_until, lot.pk)):
            set_aside = min(free[lot.pk], wanted)
            free[lot.pk] -= set_aside
            wanted -= set_aside
    parts = []
    for lot in lots:
        coins = min(free[lot.pk], spendable) if lot.valid_until < today else 0
        if coins:
            parts.append((lot, coins))
            spendable -= coins
    return parts


# ── Telling people before ────────────────────────────────────────────────────────────────────────
def announce_due(*, now: datetime) -> int:
    """Write a message to everybody whose coins end soon, once per last day and stage; return how many."""
    last, told = 0, 0
    while (done := announce_some(after=last, now=now)) is not None:
        last = done.last_account
        told += done.count
    return told


@db.service
def announce_some(*, after: int, now: datetime) -> Done | None:
    """Write the messages of the next accounts after the account id `after`; None when there is none left."""
    today = periods.berlin_date(now)
    untold = _untold(today)
    accounts = _next_accounts(untold, after)
    if not accounts:
        return None
    wanted = set(untold.filter(account__in=accounts).values_list("account", "valid_until", F("stage")))
    # One tick at a time: what one finds new is written when the next one looks.
    db.lock_name(TOPIC)
    told = ExpiryNotice.objects.filter(account__in=accounts).values_list("account", "valid_until", "stage_days")
    new = ExpiryNotice.objects.bulk_create(
        ExpiryNotice(account_id=account, valid_until=until, stage_days=stage, told_at=now)
        for account, until, stage in sorted(wanted - set(told))
    )
    count = _tell(ExpiryNotice.objects.filter(pk__in=[notice.pk for notice in new]), now) if new else 0
    return Done(accounts[-1], count)


def _untold(today: date) -> QuerySet[Lot]:
    """Return the lots that end soon and whose owners have not heard of it, with the `stage` that is due.

    The tick finds nothing in one statement, also in December, when nearly everybody has coins that end.
    """
    stage = Case(*(When(valid_until__lte=today + timedelta(days), then=days) for days in sorted(STAGES_DAYS)))
    told = ExpiryNotice.objects.filter(
        account=OuterRef("account"), valid_until=OuterRef("valid_until"), stage_days=OuterRef("stage")
    )
    soon = Lot.objects.filter(
        left__gt=0, valid_until__gte=today, valid_until__lte=today + timedelta(max(STAGES_DAYS)),
        account__youth_link__isnull=False,
    )  # fmt: skip
    return soon.annotate(stage=stage).filter(~Exists(told))


def _tell(notices: QuerySet[ExpiryNotice], now: datetime) -> int:
    until = Cast("valid_until", CharField())
    what = Concat(Value(f"{TOPIC} "), Cast("account_id", CharField()), Value(" "), until, Value(" "),
                  Cast("stage_days", CharField()))  # fmt: skip
    messages = notices.values_list(
        "account__youth_link__youth__user",
        JSONObject(account="account_id", until=until),
        Cast(MD5(what), UUIDField()),
    )
    return tell_all(TOPIC, messages, now=now)


def _next_accounts(lots: QuerySet[Lot], after: int) -> list[int]:
    found = lots.filter(account__gt=after).order_by("account").values_list("account", flat=True)
    return list(found.distinct()[:ACCOUNTS_AT_ONCE])
