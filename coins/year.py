"""A year in the books: what there was, what came in by whom, what went out, what is outstanding; and the journal.

Everything is read off the ledger by the day a move belongs to.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, Min, Q, Sum
from django.utils.translation import gettext as _

from clevervibes.lib import periods
from coins import opening as opening_money
from coins.models import Deposit, FundingPool, LedgerAccount, MoneyOrder, Sponsor, Transfer

Kind, Move = LedgerAccount.Kind, Transfer.Kind

# The club's own chart: what is at the bank, what is owed to whom, and coins, which are counted and not valued.
NUMBERS = {
    Kind.WORLD: "0945", Kind.TRUST: "1601", Kind.UNALLOTTED: "1602", Kind.OWN: "2100", Kind.PAYABLE: "1605",
    Kind.ISSUANCE: "9000", Kind.POOL: "9100", Kind.CLEARING: "9200", Kind.YOUTH: "9300", Kind.PARTNER: "9400",
}  # fmt: skip
OUTSTANDING = (Kind.POOL, Kind.CLEARING, Kind.YOUTH, Kind.PARTNER)
MONEY = (Kind.TRUST, Kind.UNALLOTTED, Kind.OWN, Kind.PAYABLE)


@dataclass(frozen=True)
class Part:
    """A sum in euros with its name."""

    label: str
    cents: int


@dataclass(frozen=True)
class Giver:
    """What a sponsor paid in within a year, less what went back."""

    sponsor: Sponsor
    deposits: int
    in_cents: int
    back_cents: int


@dataclass(frozen=True)
class Year:
    """A calendar year of all clubs together, in euros but for the coins."""

    on: int
    opening: list[Part]
    opening_cents: int
    givers: list[Giver]
    in_cents: int
    moved: list[Part]  # what else came (positive) or went
    closing: list[Part]
    closing_cents: int
    coins_opening: int
    coins_closing: int
    is_over: bool

    @property
    def adds_up(self) -> bool:
        """Say whether opening, in and out make the closing; they do unless the books are broken."""
        return self.opening_cents + sum(part.cents for part in self.moved) + self.in_cents == self.closing_cents


def years(*, now: datetime) -> list[int]:
    """Return the years with bookings, the latest first."""
    found = Transfer.objects.aggregate(first=Min("effective_on"), last=Max("effective_on"))
    today = periods.berlin_date(now).year
    if found["first"] is None:
        return [today]
    return list(range(max(found["last"].year, today), found["first"].year - 1, -1))


def of(on: int, *, now: datetime) -> Year:
    """Return the year `on`, up to now if it is not over."""
    before, last = date(on - 1, 12, 31), date(on, 12, 31)
    opening, closing = _balances(before), _balances(last)
    givers = _givers(on)
    moved = _moved(on)
    # What was there before the books is their beginning, and did not come in.
    opened_cents = opening_money.booked_in(on)
    began = [Part(str(_("Anfangsbestand des Kontos")), opened_cents)] if opened_cents else []
    if opened_cents and (others_cents := moved.pop(Move.OWN_IN) - opened_cents):
        moved[Move.OWN_IN] = others_cents
    return Year(
        on=on,
        opening=_parts(opening) + began, opening_cents=sum(opening[kind] for kind in MONEY) + opened_cents,
        givers=givers, in_cents=moved.pop(Move.BANK_IN, 0),
        moved=[Part(str(Move(kind).label), cents) for kind, cents in sorted(moved.items())],
        closing=_parts(closing), closing_cents=sum(closing[kind] for kind in MONEY),
        coins_opening=sum(opening[kind] for kind in OUTSTANDING),
        coins_closing=sum(closing[kind] for kind in OUTSTANDING),
        is_over=periods.berlin_date(now) > last,
    )  # fmt: skip


def _parts(balances: dict[int, int]) -> list[Part]:
    return [Part(str(Kind(kind).label), balances[kind]) for kind in MONEY]


def _balances(day: date) -> dict[int, int]:
    """Return what all accounts of each kind held together at the end of a day."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES, [day])
        found = dict(cursor.fetchall())
    return {kind: int(found.get(kind, 0)) for kind in Kind.values}


def _givers(on: int) -> list[Giver]:
    deposits = Deposit.objects.filter(received_on__year=on).order_by().values_list("sponsor")
    sums = deposits.annotate(number=Count("pk"), total=Sum("amount_cents"))
    paid = {sponsor: (number, total) for sponsor, number, total in sums}
    orders = MoneyOrder.objects.filter(state=MoneyOrder.State.DONE, paid_cents__gt=0)
    groups = dict(orders.values_list("public_id", "pool__sponsor"))
    deposit_of = dict(orders.filter(deposit__isnull=False).values_list("public_id", "deposit__sponsor"))
    back: dict[int, int] = {}
    out = Transfer.objects.filter(kind__in=_BACK, credit__kind=Kind.WORLD, effective_on__year=on)
    for group, amount in out.values_list("group", "amount"):
        sponsor = (deposit_of.get(group) or groups.get(group)) if group else None
        if sponsor is not None:
            back[sponsor] = back.get(sponsor, 0) + amount
    sponsors = Sponsor.objects.filter(pk__in={*paid, *back}).select_related("organisation")
    return [
        Giver(sponsor, *paid.get(sponsor.pk, (0, 0)), back.get(sponsor.pk, 0))
        for sponsor in sponsors.order_by("kind", "organisation__name")
    ]


_BACK = (Move.BANK_BACK, Move.WITHDRAWAL_EUR)


def _moved(on: int) -> dict[int, int]:
    """Return what crossed the bank's edge in a year by kind: in is positive, out negative."""
    world = Q(debit__kind=Kind.WORLD) | Q(credit__kind=Kind.WORLD)
    rows = (
        Transfer.objects.filter(world, effective_on__year=on)
        .values_list("kind", "debit__kind")
        .annotate(total=Sum("amount"))
        .order_by()
    )
    moved: dict[int, int] = {}
    for kind, debit, total in rows:
        moved[kind] = moved.get(kind, 0) + (total if debit == Kind.WORLD else -total)
    return moved


# Whom accounts above coins belong to, say those who opened them.
Names = Callable[[], dict[UUID, str]]
_named: list[Names] = []


def names_accounts(source: Names) -> Names:
    """Register whoever knows the names of owners of accounts."""
    _named.append(source)
    return source


# ── The journal ──────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Booking:
    """A line of the journal: euros by default; coins are counted, not valued."""

    number: int
    on: date
    kind: str
    debit: str  # account number and whose it is
    credit: str
    amount: int
    is_money: bool
    group: UUID | None


def bookings(on: int, *, coins_too: bool = False) -> Iterator[Booking]:
    """Yield the bookings of a year in the order of their numbers; those of coins alone only if asked for."""
    found = Transfer.objects.filter(effective_on__year=on)
    if not coins_too:
        found = found.filter(asset=LedgerAccount.Asset.EUR)
    names = _names()
    rows = found.order_by("pk").values_list(
        "pk", "effective_on", "kind", "debit__kind", "debit__owner", "credit__kind", "credit__owner", "amount", "asset",
        "group",
    )  # fmt: skip
    for pk, day, kind, debit, debit_owner, credit, credit_owner, amount, asset, group in rows.iterator(chunk_size=2000):
        yield Booking(
            pk, day, str(Move(kind).label), _account(debit, debit_owner, names), _account(credit, credit_owner, names),
            amount, asset == LedgerAccount.Asset.EUR, group,
        )  # fmt: skip


def _account(kind: int, owner: UUID | None, names: dict[UUID, str]) -> str:
    # The accounts of youths stay without a name: the journal is kept for ten years.
    whose = names.get(owner, "") if owner else ""
    return f"{NUMBERS[Kind(kind)]} {Kind(kind).label}" + (f" {whose}" if whose else "")


def _names() -> dict[UUID, str]:
    """Return the names of the organisations and pools that accounts belong to; partners are named by those above."""
    sponsors = {sponsor.public_id: str(sponsor) for sponsor in Sponsor.objects.select_related("organisation")}
    pools: dict[UUID, str] = dict(FundingPool.objects.values_list("public_id", "name"))
    found = {**sponsors, **pools}
    for source in _named:
        found |= source()
    return found


_BALANCES = """
    SELECT a.kind, sum(side.amount)::bigint
      FROM (SELECT credit_id AS account_id, amount, effective_on FROM coins_transfer
             UNION ALL SELECT debit_id, -amount, effective_on FROM coins_transfer) side
      JOIN coins_ledgeraccount a ON a.id = side.account_id
     WHERE side.effective_on <= %s
     GROUP BY a.kind
"""
