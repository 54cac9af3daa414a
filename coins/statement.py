"""The statement: every move of a youth's coins, each line with the numbers that explain it.

What a coin was spent on is known above coins only. Whoever shows a statement hands in a `describe` function that
says it for the transfers of a page, all at once.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coins.models import (
    Backflow,
    ConversionItem,
    ConversionLine,
    FundingPool,
    LedgerAccount,
    Lot,
    LotMove,
    MoneyOrder,
    Payment,
    Transfer,
)

Kind = Transfer.Kind
Cut = ConversionItem.Cut


@dataclass(frozen=True)
class Description:
    """What a transfer was, in words of whoever knows it: a redemption's item, its shop and its page."""

    title: str
    detail: str = ""
    url: str = ""


Describe = Callable[[Sequence[Transfer]], dict[int, Description]]


def nothing_more_to_say(transfers: Sequence[Transfer]) -> dict[int, Description]:
    return {}


@dataclass(frozen=True)
class RunExplanation:
    """From minutes to coins in one run, from stored numbers."""

    line: ConversionLine
    items: list[ConversionItem]

    @property
    def cuts(self) -> list[str]:
        """The caps that let fewer minutes count than there were."""
        return [str(Cut(cut).label) for cut in sorted({item.cut_by for item in self.items} - {Cut.NONE})]

    @property
    def due(self) -> int:
        return self.line.open_in_coins + self.line.earned_coins

    @property
    def sentences(self) -> list[str]:
        """Say what happened so that a twelve-year-old can follow: minutes, what counts, coins, what stays open."""
        line = self.line
        return [
            sentence
            for sentence in (self._minutes(), self._earned(), self._before(), self._year(), self._paid())
            if sentence
        ] + ([_("Was noch keinen ganzen Coin ergibt, zählt beim nächsten Mal mit.")] if line.carry_out_units else [])

    def _minutes(self) -> str:
        line = self.line
        if not line.minutes:
            return ""
        minutes = ngettext("%(n)s Minute", "%(n)s Minuten", line.minutes) % {"n": line.minutes}
        if line.counted_minutes == line.minutes:
            return _("%(minutes)s, alle zählen.") % {"minutes": minutes}
        return _("%(minutes)s, davon zählen %(counted)s (%(why)s).") % {
            "minutes": minutes,
            "counted": line.counted_minutes,
            "why": ", ".join(self.cuts),
        }

    def _earned(self) -> str:
        line = self.line
        if not line.minutes:
            return ""
        return ngettext("Das ergibt %(n)s Coin.", "Das ergibt %(n)s Coins.", line.earned_coins) % {
            "n": line.earned_coins
        }

    def _before(self) -> str:
        before = self.line.open_in_coins
        if not before:
            return ""
        text = ngettext("Dazu kommt %(n)s Coin von vorher.", "Dazu kommen %(n)s Coins von vorher.", before)
        return text % {"n": before}

    def _year(self) -> str:
        if self.line.due_coins == self.due:
            return ""
        return _("Wegen der Jahresgrenze können davon %(n)s ausgezahlt werden.") % {"n": self.line.due_coins}

    def _paid(self) -> str:
        line = self.line
        if not line.open_out_coins:
            return _("Alles ist ausgezahlt.") if line.paid_coins else ""
        return _("Ausgezahlt sind %(paid)s von %(due)s, der Rest bleibt offen.") % {
            "paid": line.paid_coins,
            "due": self.due,
        }


@dataclass(frozen=True)
class Line:
    """One move, as it looks from the account: plus came, minus went."""

    id: UUID
    kind: Transfer.Kind
    on: date
    coins: int
    title: str
    detail: str = ""
    url: str = ""
    # Who paid for these coins: names of sponsors, or of a common pool.
    funded_by: list[str] = field(default_factory=list)
    run: RunExplanation | None = None
    valid_until: date | None = None
    reason: str = ""  # why the team gave or took back

    @property
    def sentences(self) -> list[str]:
        if self.run:
            return self.run.sentences
        return [text] if (text := _about(self.kind)) else []

    @property
    def look(self) -> tuple[str, str]:
        """The icon and tint of the line."""
        return _LOOKS.get(self.kind, ("coins", "plain"))


@dataclass(frozen=True)
class Month:
    first: date
    lines: list[Line]

    @property
    def coins(self) -> int:
        return sum(line.coins for line in self.lines)


def transfers_of(account: LedgerAccount) -> QuerySet[Transfer]:
    """Return the transfers from and to `account`, the latest first."""
    return Transfer.objects.filter(Q(debit=account) | Q(credit=account)).order_by("-id")


def until(account: LedgerAccount, day: date) -> QuerySet[Transfer]:
    """Return those of `transfers_of` that belong to the Berlin day `day` or an earlier one."""
    return transfers_of(account).filter(effective_on__lte=day)


def lines(account: LedgerAccount, transfers: Sequence[Transfer], *,
          describe: Describe = nothing_more_to_say) -> list[Line]:  # fmt: skip
    """Explain `transfers` of `account`; the number of queries does not depend on how many they are."""
    described = describe(transfers)
    runs = _runs(account, transfers)
    lots = {lot.transfer_id: lot for lot in _lots(transfers)}
    funders = _funders(transfers, lots.values())
    reasons = _reasons(transfers)
    rows = []
    for transfer in transfers:
        said = described.get(transfer.pk) or Description(str(Kind(transfer.kind).label))
        lot = lots.get(transfer.pk)
        rows.append(
            Line(
                # Opaque, and always the same for a transfer: nobody can count how many there are.
                id=uuid.uuid5(account.owner or uuid.NAMESPACE_OID, str(transfer.pk)),
                kind=Kind(transfer.kind),
                on=transfer.effective_on,
                coins=transfer.amount if transfer.credit_id == account.pk else -transfer.amount,
                title=said.title, detail=said.detail, url=said.url,
                funded_by=funders.get(transfer.pk, []),
                run=runs.get(transfer.pk),
                reason=reasons.get(transfer.pk, ""),
                valid_until=lot.valid_until if lot else None,
            )
        )  # fmt: skip
    return rows


def by_month(rows: Iterable[Line]) -> list[Month]:
    """Group lines, which come latest first, by the month in which they are booked."""
    return [Month(first, list(some)) for first, some in groupby(rows, key=lambda line: line.on.replace(day=1))]


def last_run(account: LedgerAccount) -> RunExplanation | None:
    """Return what the last run did for `account`, also if it paid nothing."""
    line = account.conversion_lines.select_related("run").order_by("-run_id").first()
    if line is None:
        return None
    return RunExplanation(line, _items(account, [line.run_id]).get(line.run_id, []))


def _runs(account: LedgerAccount, transfers: Sequence[Transfer]) -> dict[int, RunExplanation]:
    sources = {t.source_id: t.pk for t in transfers if t.kind == Kind.CONVERSION and t.source_id}
    payments = Payment.objects.filter(pk__in=sources).values_list("pk", "run_id")
    run_of = {sources[payment_id]: run_id for payment_id, run_id in payments}
    found = {
        line.run_id: line for line in account.conversion_lines.filter(run__in=run_of.values()).select_related("run")
    }
    items = _items(account, found)
    return {transfer_id: RunExplanation(found[run_id], items.get(run_id, [])) for transfer_id, run_id in run_of.items()}


def _items(account: LedgerAccount, runs: Iterable[int]) -> dict[int, list[ConversionItem]]:
    grouped: dict[int, list[ConversionItem]] = {}
    items = ConversionItem.objects.filter(account=account, run__in=list(runs)).select_related("category")
    for item in items.order_by("from_units", "pk"):
        grouped.setdefault(item.run_id, []).append(item)
    return grouped


def _lots(transfers: Sequence[Transfer]) -> QuerySet[Lot]:
    return Lot.objects.filter(transfer__in=[transfer.pk for transfer in transfers])


def _funders(transfers: Sequence[Transfer], lots: Iterable[Lot]) -> dict[int, list[str]]:
    """Return who paid for the coins of each transfer: of those that came, and of those that were spent."""
    pools_of: dict[int, list[int]] = {}
    for transfer_id, pool_id in [
        *((lot.transfer_id, lot.pool_id) for lot in lots),
        *LotMove.objects.filter(transfer__in=[t.pk for t in transfers])
        .order_by("pk")
        .values_list("transfer_id", "lot__pool_id"),
    ]:
        known = pools_of.setdefault(transfer_id, [])
        if pool_id not in known:
            known.append(pool_id)
    ids = {pool_id for some in pools_of.values() for pool_id in some}
    pools = FundingPool.objects.select_related("sponsor__organisation").in_bulk(ids)
    names = {pool_id: str(pool.sponsor or pool.name) for pool_id, pool in pools.items()}
    return {
        transfer_id: list(dict.fromkeys(names[pool_id] for pool_id in some)) for transfer_id, some in pools_of.items()
    }


def _reasons(transfers: Sequence[Transfer]) -> dict[int, str]:
    """Return what the team wrote where it gave or took back."""
    by_order = {t.group: t.pk for t in transfers if t.kind == Kind.GRANT and t.group}
    taken_back = {t.source_id: t.pk for t in transfers if t.kind == Kind.TAKE_BACK and t.source_id}
    found = {}
    if by_order:
        orders = MoneyOrder.objects.filter(public_id__in=by_order).values_list("public_id", "reason")
        found = {by_order[public_id]: reason for public_id, reason in orders}
    if taken_back:
        rows = Backflow.objects.filter(pk__in=taken_back, order__isnull=False).values_list("pk", "order__reason")
        found |= {taken_back[pk]: reason for pk, reason in rows}
    return found


_LOOKS = {
    Kind.CONVERSION: ("clock", "mint"),
    Kind.REDEMPTION: ("gift", "amber"),
    Kind.REFUND: ("undo-2", "sky"),
    Kind.CORRECTION: ("undo-2", "sky"),
    Kind.GRANT: ("party-popper", "violet"),
    Kind.EXPIRY: ("hourglass", "plain"),
    Kind.TAKE_BACK: ("undo-2", "plain"),
}


def _about(kind: Transfer.Kind) -> str:
    """Say in one sentence what a move without a run was."""
    return {
        Kind.REDEMPTION: _("Damit wurde eine Belohnung eingelöst."),
        Kind.REFUND: _("Eine Einlösung wurde zurückgenommen, die Coins sind wieder da."),
        Kind.CORRECTION: _("Eine Einlösung wurde nachträglich berichtigt, die Coins sind wieder da."),
        Kind.GRANT: _("Das Club-Team hat diese Coins geschenkt."),
        Kind.EXPIRY: _("Der letzte Tag dieser Coins ist vorbei. Sie sind wieder in dem Topf, aus dem sie kamen."),
        Kind.TAKE_BACK: _("Diese Coins kamen aus Versehen und sind wieder im Topf. Mehr muss niemand zurückgeben."),
        Kind.RETURN: _("Zum Abschied sind diese Coins zurück in ihre Töpfe gegangen."),
    }.get(kind, "")
