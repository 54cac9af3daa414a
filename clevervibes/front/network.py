"""Who stands behind a club: organisations that agreed to be named, by what they do for it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Club, Organisation
from activities.models import Opportunity, Place
from clevervibes.lib import periods


@dataclass(frozen=True)
class Group:
    label: str | Promise
    icon: str
    tint: str
    names: list[str]


def of(club: Club | None, *, at: datetime) -> list[Group]:
    """Return the groups that have somebody to name, in `club` or in all of them. One query each."""
    shown = Organisation.objects.filter(is_shown=True, **({"club": club} if club else {}))
    today = periods.berlin_date(at)
    agreed = Q(sponsor__agreement_from=None) | Q(sponsor__agreement_from__lte=today)
    running = Q(sponsor__agreement_until=None) | Q(sponsor__agreement_until__gte=today)
    host = OuterRef("host")
    released = Exists(Opportunity.objects.filter(host=host, released_at__isnull=False)) | Exists(
        Place.objects.filter(host=host, released_at__isnull=False)
    )
    groups = (
        (_("Hier gelten Coins"), "store", "amber",
         shown.filter(partner__released_at__isnull=False, partner__paused_at=None)),
        (_("Diese Förderer bezahlen Coins"), "hand-coins", "mint",
         shown.filter(agreed, running, sponsor__isnull=False, sponsor__suspended_at=None)),
        (_("Diese Betriebe öffnen die Tür"), "factory", "violet", shown.filter(released, host__isnull=False)),
        (_("Diese Anlaufstellen helfen"), "school", "sky", shown.filter(contact_point__isnull=False)),
    )  # fmt: skip
    found = [Group(label, icon, tint, _names(rows)) for label, icon, tint, rows in groups]
    return [group for group in found if group.names]


def _names(rows: QuerySet[Organisation]) -> list[str]:
    return list(rows.order_by("name").values_list(F("name"), flat=True))
