"""What a statement says about coins that were spent: coins does not know partners, so the house tells it."""

from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse

from coins.models import Transfer
from coins.statement import Description
from partners.models import Redemption


def describe(transfers: Sequence[Transfer]) -> dict[int, Description]:
    """Name the item and the shop of every redemption and refund among `transfers`, in one query."""
    ids = [t.pk for t in transfers if t.kind in (Transfer.Kind.REDEMPTION, Transfer.Kind.REFUND)]
    if not ids:
        return {}
    found: dict[int, Description] = {}
    redemptions = Redemption.objects.filter(Q(transfer__in=ids) | Q(refund__in=ids))
    for redemption in redemptions.select_related("partner__organisation", "hold"):
        said = Description(
            title=redemption.title,
            detail=redemption.partner.name,
            url=reverse("partners:hold", args=[redemption.hold.public_id]),
        )
        found[redemption.transfer_id] = said
        if redemption.refund_id:
            found[redemption.refund_id] = said
    return found
