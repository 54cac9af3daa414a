"""What was redeemed, month by month: for a shop's own page, and against the line that the law draws for a club."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.formats import date_format

from clevervibes.lib import periods
from partners.models import Redemption
from partners.settlement import cents

MONTHS = 12


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
