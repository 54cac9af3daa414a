"""What the catalog shows to whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from accounts.models import YouthProfile
from partners.models import Offer

if TYPE_CHECKING:
    from partners.models.catalog import OfferQuerySet

# "Noch 3 Coins": close enough to say so on the card.
CLOSE_COINS = 20


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

    @property
    def is_sold_out(self) -> bool:
        return self.offer.stock == 0

    @property
    def is_affordable(self) -> bool:
        return self.missing_coins == 0 and not self.is_sold_out

    @property
    def is_close(self) -> bool:
        return self.missing_coins is not None and 0 < self.missing_coins <= CLOSE_COINS


def card(offer: Offer, spendable: int | None) -> Card:
    return Card(offer, None if spendable is None else max(offer.price_coins - spendable, 0))


def age_of(youth: YouthProfile | None, at: datetime) -> int | None:
    return youth.age_at(at) if youth else None
