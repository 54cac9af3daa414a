"""What a youth saves for: one offer, pinned, with how far it is. It goes by itself once it is set aside."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import YouthProfile
from clevervibes.lib import db
from coins import lots
from partners.models import Offer, RewardGoal
from partners.redemption import NotReleased


@dataclass(frozen=True)
class Goal:
    offer: Offer
    spendable: int
    is_there: bool  # in the catalog, and not sold out

    @property
    def left_coins(self) -> int:
        return max(self.offer.price_coins - self.spendable, 0)

    @property
    def is_reached(self) -> bool:
        return self.is_there and self.left_coins == 0


@db.service
def pin(*, offer: Offer, youth: YouthProfile, now: datetime) -> RewardGoal:
    """Make `offer` the one that `youth` saves for, instead of the one before. Pinning it again changes nothing.

    :raises NotReleased: if it is not in the catalog.
    """
    if not Offer.objects.on_sale(now).filter(pk=offer.pk).exists():
        raise NotReleased
    account = lots.account_for(youth)
    goal, _created = RewardGoal.objects.update_or_create(account=account, defaults={"offer": offer, "pinned_at": now})
    return goal


@db.service
def unpin(*, youth: YouthProfile) -> None:
    """Save for nothing in particular. Doing it again changes nothing."""
    RewardGoal.objects.filter(account__youth_link__youth=youth).delete()


def goal_of(youth: YouthProfile | None, *, spendable: int | None, at: datetime) -> Goal | None:
    """Return what a youth saves for; `spendable` are the coins they can spend now."""
    if youth is None:
        return None
    pinned = (
        RewardGoal.objects.filter(account__youth_link__youth=youth)
        .select_related("offer__partner__organisation")
        .first()
    )
    if pinned is None:
        return None
    offer = pinned.offer
    return Goal(offer, spendable or 0, is_there=offer.is_on_sale(at) and offer.stock != 0)
