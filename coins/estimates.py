"""What an entry may be worth before a run has counted it. Caps and quota decide later, so it is only "about"."""

from datetime import date
from functools import cached_property

from activities.models import SharedTimeEntry
from clevervibes.lib import periods
from coins.models import ConversionPolicy
from coins.models.conversion import UNITS_OF_A_POLICY, UNITS_PER_COIN

HUNDRED_PERCENT = 100


class Estimator:
    """Estimates many entries with one look at the policies."""

    @cached_property
    def _policies(self) -> list[ConversionPolicy]:
        return list(ConversionPolicy.objects.order_by("valid_from"))

    def policy_on(self, day: date) -> ConversionPolicy:
        """Return the policy in force on a Berlin day; the first one also covers the time before it."""
        return next((p for p in reversed(self._policies) if p.valid_from <= day), self._policies[0])

    def coins(self, entry: SharedTimeEntry) -> int:
        """Return the whole coins of `entry` alone, under the policy in force when it started."""
        policy = self.policy_on(periods.berlin_date(entry.starts_at))
        weight_percent = policy.host_weight_percent if entry.host_confirmed else HUNDRED_PERCENT
        units = entry.duration_minutes * weight_percent * (UNITS_OF_A_POLICY // policy.minutes_per_coin)
        # Round down: the rest is carried to the next entry.
        return units // UNITS_PER_COIN
