"""The whole story of one line of a run: which hours, what counted, what became of it, who paid. Stored numbers only."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coins.models import (
    ConversionItem,
    ConversionLine,
    ConversionPolicy,
    ConversionRun,
    LedgerAccount,
    Lot,
    Payment,
    Transfer,
)
from coins.models.conversion import UNITS_PER_COIN
from coins.numbers import said
from coins.statement import RunExplanation


@dataclass(frozen=True)
class Paid:
    """Coins of one pool."""

    coins: int
    by: str  # a sponsor, or the name of a common pool
    valid_until: date | None  # None while they are on their way


@dataclass(frozen=True)
class Story:
    """One run, as it was for one youth."""

    line: ConversionLine
    items: list[ConversionItem]
    payments: list[Paid]
    earlier: ConversionRun | None
    later: ConversionRun | None

    @property
    def run(self) -> ConversionRun:
        return self.line.run

    @property
    def summary(self) -> list[str]:
        return RunExplanation(self.line, self.items).sentences

    @property
    def policies(self) -> list[ConversionPolicy]:
        """The rules these hours were counted by: those in force when each began."""
        found = {item.policy_id: item.policy for item in self.items}
        return sorted(found.values(), key=lambda policy: policy.valid_from)

    @property
    def with_host(self) -> list[ConversionItem]:
        return [item for item in self.items if item.with_host and item.counted_minutes]

    @property
    def steps(self) -> list[tuple[str, str]]:
        """From minutes to whole coins, a label and a value each, as one would reckon it on paper."""
        line = self.line
        rows = []
        if line.minutes:
            rows.append((_("Minuten, die zählen"), said(line.counted_minutes)))
        if self.with_host:
            host_minutes = sum(item.counted_minutes for item in self.with_host)
            weights = " / ".join(sorted({f"{item.policy.host_weight_percent} %" for item in self.with_host}))
            rows.append((_("davon mit einem Betrieb, zählen %(weight)s") % {"weight": weights}, said(host_minutes)))
        if line.carry_in_units:
            rows.append((_("Rest vom letzten Mal"), self.as_coins(line.carry_in_units)))
        if line.minutes or line.carry_in_units:
            rows.append((_("ergibt ganze Coins"), said(line.earned_coins)))
            rows.append((_("Rest für das nächste Mal"), self.as_coins(line.carry_out_units)))
        return rows

    def as_coins(self, units: int) -> str:
        """Say a rest that is no whole coin yet in minutes of the rate of this run."""
        rate = (self.policies or [self.run.policy])[-1].minutes_per_coin
        # Tenths of a minute, round down: a rest of time with a company may be half a minute.
        tenths = units * rate * 10 // UNITS_PER_COIN
        whole, rest = divmod(tenths, 10)
        text = f"{whole}{get_format('DECIMAL_SEPARATOR')}{rest}" if rest else str(whole)
        return ngettext("%(n)s Minute", "%(n)s Minuten", 1 if tenths == 10 else 2) % {"n": text}

    @property
    def why_not_all(self) -> list[str]:
        """Why less was paid than there was, in full sentences."""
        line, run = self.line, self.run
        reasons = []
        if line.due_coins < line.open_in_coins + line.earned_coins:
            reasons.append(
                _("In einem Jahr gibt es höchstens %(cap)s Coins. Was darüber ist, bleibt stehen.")
                % {"cap": said(run.policy.year_cap_coins)}
            )
        if line.paid_coins < line.due_coins:
            reasons.append(
                _(
                    "In den Fördertöpfen war weniger, als alle zusammen zu bekommen hatten:"
                    " %(released)s von %(due)s Coins."
                    " Darum bekamen alle den gleichen Anteil."
                )
                % {"released": said(run.released_coins), "due": said(run.due_coins)}
            )
        if line.open_out_coins:
            reasons.append(
                ngettext(
                    "%(n)s Coin bleibt offen und kommt, sobald wieder etwas in den Töpfen ist.",
                    "%(n)s Coins bleiben offen und kommen, sobald wieder etwas in den Töpfen ist.",
                    line.open_out_coins,
                )
                % {"n": said(line.open_out_coins)}
            )
        return reasons


def of(account: LedgerAccount, run_id: UUID) -> Story:
    """Return the story of `account` in the run with the public id `run_id`.

    :raises ConversionLine.DoesNotExist: if the run did nothing for this account.
    """
    lines = account.conversion_lines.select_related("run__policy", "run__club")
    line = lines.get(run__public_id=run_id)
    neighbours = ConversionRun.objects.filter(lines__account=account)
    return Story(
        line=line,
        items=list(
            ConversionItem.objects.filter(account=account, run=line.run_id)
            .select_related("category", "policy")
            .order_by("from_units", "done_on", "entry_id")
        ),
        payments=_payments(line),
        earlier=neighbours.filter(pk__lt=line.run_id).order_by("-pk").first(),
        later=neighbours.filter(pk__gt=line.run_id).order_by("pk").first(),
    )


def _payments(line: ConversionLine) -> list[Paid]:
    payments = list(
        Payment.objects.filter(run=line.run_id, account=line.account_id)
        .select_related("pool__sponsor__organisation")
        .order_by("from_units")
    )
    transfers = dict(
        Transfer.objects.filter(kind=Transfer.Kind.CONVERSION, source_id__in=[row.pk for row in payments]).values_list(
            "source_id", "pk"
        )
    )
    valid: dict[int, date] = dict(
        Lot.objects.filter(transfer__in=transfers.values()).values_list("transfer_id", "valid_until")
    )
    return [
        Paid(row.coins, str(row.pool.sponsor or row.pool.name), valid.get(transfers.get(row.pk, 0))) for row in payments
    ]
