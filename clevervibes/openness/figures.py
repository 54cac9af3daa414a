"""The club in numbers for everybody. Counted once a night; a visit reads one row.

Numbers about youths end with the last whole month, so that no two days can be subtracted from each other, and months
with fewer than five behind a number are taken together with the next (see crowds).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import YouthProfile
from activities.models import Host
from clevervibes.lib import db, periods
from clevervibes.lib.groups import LEAST, Cell, merged
from clevervibes.openness.crowds import Month, shown
from coins import bank
from coins.models import LedgerAccount, PublicFigures, Sponsor, Transfer
from partners.models import Partner

Kind, Move = LedgerAccount.Kind, Transfer.Kind
# What a counter scanned offline on the last evening may still come in; after that a month stays as it is.
SETTLES = timedelta(days=3)
OUTSTANDING = (Kind.POOL, Kind.CLEARING, Kind.YOUTH, Kind.PARTNER)
MEASURES = ("minutes", "earned", "redeemed", "settled")


@db.service
def take(*, now: datetime) -> PublicFigures:
    """Count everything and keep it as the figures of today; counted again on the same day they are replaced."""
    db.be_patient()
    taken, _new = PublicFigures.objects.update_or_create(
        taken_on=periods.berlin_date(now), defaults={"taken_at": now, "figures": count(now=now)}
    )
    return taken


def latest(*, now: datetime) -> PublicFigures:
    """Return the figures of the last night; before the first one, count them now without keeping them."""
    found = PublicFigures.objects.order_by("-taken_on").first()
    return found or PublicFigures(taken_on=periods.berlin_date(now), taken_at=now, figures=count(now=now))


def count(*, now: datetime) -> dict[str, Any]:
    """Return all public figures: coins, cents and minutes, dates as ISO; None where a group is too small to show."""
    today = periods.berlin_date(now)
    last_day = (today - SETTLES).replace(day=1) - periods.ONE_DAY
    months, held_back = shown(list(_months(last_day)))
    upto = months[-1].last if months else None
    stands = _stands([month.last for month in months])
    return {
        "people": _people(),
        "upto": upto.isoformat() if upto else None,
        "held_back_since": held_back.isoformat() if held_back else None,
        "minutes": sum(month.measures["minutes"].amount for month in months),
        "earned": sum(month.measures["earned"].amount for month in months),
        "redeemed": sum(month.measures["redeemed"].amount for month in months),
        "returned": _returned(last_day),
        "months": [_told(month, stands[month.last]) for month in months],
        "books": {**_issued(upto), **stands[upto]} if upto else None,
        "backing": _backing(),
        "bank": _bank(),
    }


def _people() -> dict[str, int | None]:
    youths = YouthProfile.objects.filter(left_at=None).count()
    partners = _organisations(Partner.objects.filter(released_at__isnull=False))
    shows = Q(opportunities__released_at__isnull=False) | Q(places__released_at__isnull=False)
    hosts = _organisations(Host.objects.filter(shows))
    sponsors = _organisations(Sponsor.objects.all())
    return {
        "youths": youths if youths >= LEAST or not youths else None,
        "companies": len(partners | hosts | sponsors),
        "partners": len(partners),
        "hosts": len(hosts),
        "sponsors": len(sponsors),
    }


def _organisations(found: QuerySet[Any]) -> set[int]:
    return set(found.values_list("organisation", flat=True))


# ── Months ───────────────────────────────────────────────────────────────────────────────────────
def _months(last_day: date) -> Iterator[Month]:
    """Yield every month from the first booking to `last_day`, also those in which nothing happened."""
    found: dict[date, Month] = {}
    for first, measure, total, accounts in _rows(_BY_MONTH, last_day):
        month = found.setdefault(first, _empty(first))
        month.measures[measure] = Cell(int(total), frozenset(accounts))
    for first, category, total, accounts in _rows(_HOURS, last_day):
        month = found.setdefault(first, _empty(first))
        month.hours[category] = Cell(int(total), frozenset(accounts))
        month.measures["minutes"] += month.hours[category]
    if not found:
        return
    first = min(found)
    while first <= last_day:
        yield found.get(first) or _empty(first)
        first = periods.next_month(first)


def _empty(first: date) -> Month:
    return Month(first, periods.next_month(first) - periods.ONE_DAY, dict.fromkeys(MEASURES, Cell()))


def _told(month: Month, stand: dict[str, int]) -> dict[str, Any]:
    kept, rest = merged(month.hours)
    return {
        "from": month.first.isoformat(),
        "to": month.last.isoformat(),
        "minutes": month.measures["minutes"].amount,
        "earned": month.measures["earned"].amount,
        "redeemed": month.measures["redeemed"].amount,
        "by_category": [[category, kept[category]] for category in sorted(kept, key=lambda one: -kept[one])],
        "other_minutes": rest.amount,
        **stand,
    }


def _returned(last_day: date) -> int | None:
    """Return the coins that expired or went back when somebody left; None as long as that is fewer than five."""
    rows = [
        Month(first, first, {"returned": Cell(int(total), frozenset(accounts))})
        for first, total, accounts in _rows(_RETURNED, last_day)
    ]
    months, _held_back = shown(rows)
    return sum(month.measures["returned"].amount for month in months) if months or not rows else None


# ── Books ────────────────────────────────────────────────────────────────────────────────────────
def _stands(days: list[date]) -> dict[date, dict[str, int]]:
    """Return what stood in the books at the end of each of these last days of months, all clubs together."""
    rows = _rows(_BALANCES, max(days, default=date.min))
    return {day: _stand([(kind, total) for first, kind, total in rows if first <= day]) for day in days}


def _stand(rows: Iterable[tuple[int, int]]) -> dict[str, int]:
    held: dict[int, int] = defaultdict(int)
    for kind, total in rows:
        held[kind] += int(total)
    outstanding = sum(held[kind] for kind in OUTSTANDING)
    return {
        "outstanding": outstanding,
        "owed_cents": outstanding * settings.COIN_VALUE_CENTS,
        "set_aside_cents": held[Kind.TRUST],
    }


def _issued(upto: date) -> dict[str, int]:
    [(issued, withdrawn, settled)] = _rows(_ISSUED, upto)
    return {"issued": int(issued), "withdrawn": int(withdrawn), "settled": int(settled)}


def _backing() -> dict[str, Any]:
    """Compare coins and euros as they are now. Shown as a share alone: two days' sums would show what one youth did."""
    stand = _stand([(kind, total) for _first, kind, total in _rows(_BALANCES, date.max)])
    owed = stand["owed_cents"]
    return {
        "holds": owed == stand["set_aside_cents"],
        # Round down: 99.99 % is not 100 %.
        "percent": stand["set_aside_cents"] * 100 // owed if owed > 0 else 100,
        "has_money": stand["set_aside_cents"] != 0 or owed != 0,
    }


def _bank() -> dict[str, Any] | None:
    found = bank.latest()
    if found is None:
        return None
    return {"closing_on": found.statement.closing_on.isoformat(), "difference_cents": found.difference_cents}


def _rows(sql: str, day: date) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"day": day, "enough": LEAST, **_KINDS})
        return cursor.fetchall()


_KINDS = {kind.name.lower(): kind.value for kind in Move}

# Of closed runs, by the run's month: what a run has counted stays, whoever is erased later.
_HOURS = """
    SELECT date_trunc('month', r.effective_on)::date, i.category_id, sum(i.minutes),
           (array_agg(DISTINCT i.account_id))[1:%(enough)s]
      FROM coins_conversionitem i JOIN coins_conversionrun r ON r.id = i.run_id
     WHERE r.closed_at IS NOT NULL AND r.effective_on <= %(day)s
     GROUP BY 1, 2
"""
_BY_MONTH = """
    SELECT date_trunc('month', m.on_day)::date, m.measure, sum(m.amount),
           (array_agg(DISTINCT m.account_id))[1:%(enough)s]
      FROM (SELECT effective_on AS on_day, 'earned' AS measure, amount, credit_id AS account_id
              FROM coins_transfer WHERE kind IN (%(conversion)s, %(grant)s)
            UNION ALL
            SELECT effective_on, 'redeemed', amount, debit_id FROM coins_transfer WHERE kind = %(redemption)s
            UNION ALL
            SELECT t.effective_on, 'redeemed', -t.amount, coalesce(o.debit_id, t.credit_id)
              FROM coins_transfer t LEFT JOIN coins_transfer o ON o.id = t.reverses_id
             WHERE t.kind IN (%(refund)s, %(correction)s)
            UNION ALL
            -- What a settlement takes out of the books was spent by somebody, mostly a month before.
            SELECT t.effective_on, 'settled', t.amount, h.account_id
              FROM coins_transfer t
              JOIN partners_settlementline l ON l.id = t.source_id
              JOIN partners_hold h ON h.id = l.redemption_id
             WHERE t.kind = %(settlement)s) m
     WHERE m.on_day <= %(day)s
     GROUP BY 1, 2
"""
_RETURNED = """
    SELECT date_trunc('month', effective_on)::date, sum(amount),
           (array_agg(DISTINCT debit_id))[1:%(enough)s]
      FROM coins_transfer
     WHERE kind IN (%(expiry)s, %(return)s, %(take_back)s) AND effective_on <= %(day)s
     GROUP BY 1 ORDER BY 1
"""
_BALANCES = """
    SELECT date_trunc('month', side.effective_on)::date, a.kind, sum(side.amount)
      FROM (SELECT credit_id AS account_id, amount, effective_on FROM coins_transfer
             UNION ALL SELECT debit_id, -amount, effective_on FROM coins_transfer) side
      JOIN coins_ledgeraccount a ON a.id = side.account_id
     WHERE side.effective_on <= %(day)s
     GROUP BY 1, 2
"""
_ISSUED = """
    SELECT coalesce(sum(amount) FILTER (WHERE kind = %(deposit)s), 0),
           coalesce(sum(amount) FILTER (WHERE kind = %(withdrawal)s), 0),
           coalesce(sum(amount) FILTER (WHERE kind = %(settlement)s), 0)
      FROM coins_transfer WHERE kind IN (%(deposit)s, %(withdrawal)s, %(settlement)s) AND effective_on <= %(day)s
"""
