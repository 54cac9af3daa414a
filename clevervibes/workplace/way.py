"""A coin's way, both ways: hour → run → lot → shop → statement. From each of its stations to all the others."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from activities.models import SharedTimeEntry
from clevervibes.workplace.search import Hit
from coins.models import ConversionItem, ConversionRun, Lot, LotMove, Payment, Transfer
from coins.numbers import said
from partners.models import Hold, Redemption, Settlement

AT_MOST = 12
PAID = Transfer.Kind.CONVERSION


@dataclass(frozen=True)
class Station:
    label: str | Promise
    hits: list[Hit]
    more: bool = False  # there are others, which are not shown


@dataclass
class Found:
    """What belongs to one way, by keys."""

    payments: QuerySet[Payment] = field(default_factory=Payment.objects.none)
    items: QuerySet[ConversionItem] = field(default_factory=ConversionItem.objects.none)
    lots: QuerySet[Lot] = field(default_factory=Lot.objects.none)
    redemptions: QuerySet[Redemption] = field(default_factory=Redemption.objects.none)


def stations(user: User, row: Model) -> list[Station]:
    """Return what hangs on a row of the way, in the order in which it happened; linked as far as somebody may look."""
    found = _found(row)
    runs = ConversionRun.objects.filter(
        Q(pk__in=found.items.values("run")) | Q(pk__in=found.payments.values("run"))
    ).order_by("cutoff")
    settlements = Settlement.objects.filter(lines__redemption__in=found.redemptions.values("pk")).distinct()
    kinds: list[tuple[Any, QuerySet[Any], Any]] = [
        (gettext_lazy("Zeiten"), found.items.select_related("category", "entry").order_by("done_on", "pk"), _item),
        (gettext_lazy("Läufe"), runs, lambda run: (_("Lauf vom %(on)s") % {"on": f"{run.effective_on:%d.%m.%Y}"}, run)),
        (gettext_lazy("Coin-Lose"), found.lots.select_related("pool", "transfer").order_by("pk"), _lot),
        (gettext_lazy("Einlösungen"),
         found.redemptions.select_related("partner__organisation", "hold").order_by("redeemed_at"), _redemption),
        (gettext_lazy("Abrechnungen"), settlements.select_related("partner__organisation").order_by("cutoff_at"),
         lambda row: (str(row), row)),
    ]  # fmt: skip
    made = [_station(user, label, rows[: AT_MOST + 1], say, row) for label, rows, say in kinds]
    return [station for station in made if station.hits]


def _station(user: User, label: str | Promise, rows: QuerySet[Any], say: Any, row: Model) -> Station:
    found = [one for one in rows if one != row]
    return Station(label, [_hit(user, *say(one)) for one in found[:AT_MOST]], len(found) > AT_MOST)


def _found(row: Model) -> Found:
    if isinstance(row, SharedTimeEntry):
        items = ConversionItem.objects.filter(entry=row)
        return _forward(Found(items=items, payments=_paid_for(items)))
    if isinstance(row, ConversionRun):
        return _forward(Found(items=ConversionItem.objects.filter(run=row), payments=Payment.objects.filter(run=row)))
    if isinstance(row, Settlement):
        return _back(Redemption.objects.filter(settlement_lines__settlement=row))
    if isinstance(row, Redemption):
        return _back(Redemption.objects.filter(pk=row.pk))
    if isinstance(row, Hold):
        return _back(Redemption.objects.filter(hold=row))
    if isinstance(row, Transfer) and row.kind == PAID:
        payments = Payment.objects.filter(pk=row.source_id or 0)
        return _forward(Found(items=_earned_by(payments), payments=payments))
    if isinstance(row, Transfer):
        return _back(Redemption.objects.filter(Q(transfer=row) | Q(refund=row)))
    return Found()


def _forward(found: Found) -> Found:
    """From what was paid to what became of it."""
    # By key: the planner would look for the payments among all transfers.
    paid = list(found.payments.values_list("pk", flat=True)[:200])
    found.lots = Lot.objects.filter(transfer__kind=PAID, transfer__source_id__in=paid)
    spent = LotMove.objects.filter(lot__in=found.lots.values("pk")).values("transfer")
    found.redemptions = Redemption.objects.filter(transfer__in=spent)
    return found


def _back(redemptions: QuerySet[Redemption]) -> Found:
    """From what was spent to where it came from."""
    spent = list(redemptions.values_list("transfer", flat=True)[:200])
    lots = Lot.objects.filter(pk__in=LotMove.objects.filter(transfer__in=spent).values("lot"))
    sources = lots.filter(transfer__kind=PAID).values_list("transfer__source_id", flat=True)
    paid = [source for source in sources[:200] if source is not None]
    payments = Payment.objects.filter(pk__in=paid)
    return Found(items=_earned_by(payments), payments=payments, lots=lots, redemptions=redemptions)


def _paid_for(items: QuerySet[ConversionItem]) -> QuerySet[Payment]:
    """Return the payments that cover a part of the same units of the youth's axis."""
    return _over(Payment.objects, items)


def _earned_by(payments: QuerySet[Payment]) -> QuerySet[ConversionItem]:
    return _over(ConversionItem.objects, payments)


def _over(rows: Any, others: QuerySet[Any]) -> Any:
    covers = Q(pk__in=[])
    for account, first, last in others.values_list("account", "from_units", "to_units")[:200]:
        covers |= Q(account=account, from_units__lt=last, to_units__gt=first)
    return rows.filter(covers)


# ── What a station says ──────────────────────────────────────────────────────────────────────────
def _item(item: ConversionItem) -> tuple[str, Model | None]:
    words = {"on": f"{item.done_on:%d.%m.%Y}", "what": item.category, "counted": item.counted_minutes,
             "all": item.minutes}  # fmt: skip
    return _("%(on)s, %(what)s: %(counted)s von %(all)s Minuten zählen") % words, item.entry


def _lot(lot: Lot) -> tuple[str, Model]:
    words = {"coins": said(lot.coins), "pool": lot.pool, "left": said(lot.left), "until": f"{lot.valid_until:%d.%m.%Y}"}
    text = ngettext(
        "%(coins)s Coin aus „%(pool)s“, übrig %(left)s, gültig bis %(until)s",
        "%(coins)s Coins aus „%(pool)s“, übrig %(left)s, gültig bis %(until)s", lot.coins,
    )  # fmt: skip
    return text % words, lot.transfer


def _redemption(redemption: Redemption) -> tuple[str, Model]:
    words = {"title": redemption.title, "coins": said(redemption.price_coins), "shop": redemption.partner.name}
    text = _("%(title)s, %(coins)s Coins bei %(shop)s") % words
    return text + (" · " + _("zurückgenommen") if redemption.undone_at else ""), redemption


def _hit(user: User, text: str, row: Model | None) -> Hit:
    if row is None or not user.may("view", type(row), row):
        return Hit(text, "")
    return Hit(text, reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk]))
