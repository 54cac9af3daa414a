"""What was redeemed, month by month: for a shop's own page, and against the line where a club has to tell the bank
supervisors what it does (a limited network of shops, § 2 (2) ZAG: a million euros within twelve months).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import Club
from clevervibes.lib import periods
from coins import alarm
from coins.models import Alarm
from coins.numbers import euros
from partners.models import Redemption
from partners.settlement import cents, clubs

MONTHS = 12
LINE_CENTS = 100_000_000
STAGES = (90, 100)  # percent of the line
ONE_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Month:
    """What stands of the redemptions of one Berlin month."""

    first: date
    cents: int

    @property
    def name(self) -> str:
        return date_format(self.first, "F Y")

    @property
    def label(self) -> str:
        return date_format(self.first, "m/y")


def by_month(redemptions: QuerySet[Redemption], *, at: datetime, months: int = MONTHS) -> list[Month]:
    """Return the last `months` Berlin months up to `at`, this one included, the earliest first; empty ones too."""
    firsts = [periods.berlin_date(at).replace(day=1)]
    while len(firsts) < months:
        firsts.append(month_before(firsts[-1]))
    found = (
        redemptions.filter(undone_at=None, redeemed_at__gte=periods.midnight(firsts[-1]), redeemed_at__lte=at)
        .order_by()
        .annotate(month=TruncMonth("redeemed_at", tzinfo=periods.BERLIN))
        .values_list("month")
        .annotate(coins=Sum("price_coins"))
    )
    coins = {periods.berlin_date(month): sum_of for month, sum_of in found}
    return [Month(first, cents(coins.get(first, 0))) for first in reversed(firsts)]


def month_before(first: date) -> date:
    """Return the first day of the month before."""
    return first.replace(year=first.year - 1, month=12) if first.month == 1 else first.replace(month=first.month - 1)


# ── Against the line ─────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Rolling:
    """What was redeemed in the twelve months before a moment, by a club or by all of them together."""

    club: Club | None
    cents: int

    @property
    def name(self) -> str:
        return self.club.name if self.club else str(_("Alle zusammen"))

    @property
    def percent(self) -> int:
        # Round down: 100 is said when the line is reached.
        return 100 * self.cents // LINE_CENTS

    @property
    def bar(self) -> str:
        """How long its bar is where the line stands at 90 % of the width."""
        return f"{min(self.percent * 9 // 10, 100)}%"

    @property
    def stage(self) -> int:
        """The highest stage that is reached, in percent of the line; 0 below the first."""
        return max((stage for stage in STAGES if self.percent >= stage), default=0)


def rolling(*, at: datetime) -> list[Rolling]:
    """Return the twelve months before `at` of each club with partners, and of all where there are several."""
    since = periods.midnight(_year_before(periods.berlin_date(at)))
    coins = dict(
        Redemption.objects.filter(undone_at=None, redeemed_at__gte=since, redeemed_at__lte=at)
        .order_by()
        .values_list("partner__organisation__club")
        .annotate(coins=Sum("price_coins"))
    )
    found = [Rolling(club, cents(coins.get(club.pk, 0))) for club in clubs().order_by("name")]
    # The law looks at who issues the coins, and that is one for all clubs.
    return [*found, Rolling(None, sum(one.cents for one in found))] if len(found) > 1 else found


def warn(*, at: datetime) -> list[Alarm]:
    """Raise an alarm for every stage that was reached; each stage once in twelve months, seen or not."""
    raised = []
    for one in rolling(at=at):
        if not one.stage:
            continue
        # Of ids alone, so that a renamed club is not told again.
        key = f"club {one.club.pk if one.club else 'all'}, {one.stage} %:"
        told = Alarm.objects.filter(kind=Alarm.Kind.VOLUME, detail__startswith=key, raised_at__gt=at - ONE_YEAR)
        if not told.exists():
            detail = f"{key} {euros(one.cents)} / {euros(LINE_CENTS)}"
            raised.append(alarm.raise_(Alarm.Kind.VOLUME, detail))
    return raised


def _year_before(day: date) -> date:
    return periods.birthday(day, -1)
