"""Calls that know more than the app they belong to."""

from typing import Any, cast

from rest_framework import serializers

from activities.api import EntrySerializer
from activities.models import SharedTimeEntry
from coins.estimates import Estimator


class EstimatedEntrySerializer(EntrySerializer):
    """An entry with what it may be worth. Caps and quota decide in the run."""

    coins_estimate = serializers.SerializerMethodField()

    def get_coins_estimate(self, entry: SharedTimeEntry) -> int:
        # One look at the policies for a whole page of entries.
        shared = cast("dict[str, Any]", self.context)
        estimator: Estimator = shared.setdefault("estimator", Estimator())
        return estimator.coins(entry)
