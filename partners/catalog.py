"""What the catalog shows to whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from accounts.models import YouthProfile
from clevervibes.lib import periods
from coins import selectors as coin_selectors
from partners import redemption
from partners.models import CategoryCap, Offer

if TYPE_CHECKING:
    from partners.models.catalog import OfferQuerySet

# "Noch 3 Coins": close enough to say so on the card.
CLOSE_COINS = 20
# "noch 3 da", "nur noch bis": close enough to say so on the card.
FEW, SOON = 5, timedelta(days=7)


@dataclass(frozen=True)
class Wish:
    """What somebody looks for in the catalog."""

    search: str = ""
    category: str = ""
    shop: UUID | None = None
    at_most_coins: int | None = None  # "reicht schon"


def offers(*, at: datetime, wish: Wish, age: int | None = None, club_id: int | None = None) -> QuerySet[Offer]:
    """Return the offers on sale that fit `wish`, cheapest first; the own club before others, sold out ones last.

    What somebody of `age` is too young for is left out.
    """
    found: OfferQuerySet = Offer.objects.on_sale(at).select_related("partner__organisation")
    if age is not None:
        found = found.filter(minimum_age__lte=age)
    if wish.category:
        found = found.filter(category=wish.category)
    if wish.shop:
        found = found.filter(partner__public_id=wish.shop)
    if wish.at_most_coins is not None:
        found = found.filter(Q(stock=None) | Q(stock__gt=0), price_coins__lte=wish.at_most_coins)
    for word in wish.search.split()[:5]:
        found = found.filter(
            Q(title__icontains=word) | Q(text__icontains=word) | Q(partner__organisation__name__icontains=word)
        )
    sold_out = Case(When(stock=0, then=Value(1)), default=Value(0), output_field=IntegerField())
    elsewhere = Case(
        When(partner__organisation__club=club_id, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    return found.order_by(sold_out, elsewhere, "price_coins", "title", "pk")


@dataclass(frozen=True)
class Card:
    """An offer as one youth sees it."""

    offer: Offer
    missing_coins: int | None  # 0: "reicht schon"; None: nobody's coins are known
    ends_soon: bool = False

    @property
    def is_sold_out(self) -> bool:
        return self.offer.stock == 0

    @property
    def few_left(self) -> int | None:
        """Return how many are left if that is few enough to hurry."""
        return self.offer.stock if self.offer.stock and self.offer.stock <= FEW else None

    @property
    def is_affordable(self) -> bool:
        return self.missing_coins == 0 and not self.is_sold_out

    @property
    def is_close(self) -> bool:
        return self.missing_coins is not None and 0 < self.missing_coins <= CLOSE_COINS


def card(offer: Offer, spendable: int | None, *, at: datetime) -> Card:
    """Return how `offer` looks to somebody with so many coins to spend at the moment `at`."""
    missing = None if spendable is None else max(offer.price_coins - spendable, 0)
    return Card(offer, missing, ends_soon=offer.ends_at is not None and offer.ends_at <= at + SOON)


@dataclass(frozen=True)
class Month:
    """What the limits of this Berlin month still leave a youth of one offer. None: no limit."""

    times_left: int | None
    coins_left: int | None  # of its category
    category: str

    def stops(self, price_coins: int) -> bool:
        return self.times_left == 0 or (self.coins_left is not None and self.coins_left < price_coins)


def month_of(youth: YouthProfile | None, offer: Offer, *, at: datetime) -> Month | None:
    """Return what `redemption.hold` would say about limits, before anybody taps."""
    account = coin_selectors.account_of(youth) if youth else None
    if youth is None or account is None:
        return None
    today = periods.berlin_date(at)
    times = offer.per_youth_per_month
    cap = CategoryCap.objects.filter(club=youth.user.club_id, category=offer.category).first()
    had = redemption.times_in_month(offer, account, today) if times else 0
    spent = redemption.coins_in_category(offer.category, account, today) if cap else 0
    return Month(
        times_left=max(times - had, 0) if times else None,
        coins_left=max(cap.coins_per_month - spent, 0) if cap else None,
        category=offer.get_category_display(),
    )


def age_of(youth: YouthProfile | None, at: datetime) -> int | None:
    return youth.age_at(at) if youth else None
