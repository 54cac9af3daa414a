"""How much of a week still counts: the caps of the policy, over what is waiting or confirmed already.

The same rule as in a run (coins_count_minutes), without the runs: entries in the order of their start, each cut by what
its day, week and category have left. A run decides in the end; a late entry may find less.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from activities.models import Category, SharedTimeEntry
from clevervibes.lib import periods
from coins.models import ConversionPolicy

Status = SharedTimeEntry.Status
# What will count if everybody agrees. Drafts and what was sent back are not sent in.
COUNTED = (Status.SUBMITTED, Status.APPROVED, Status.PROPOSED)


@dataclass(frozen=True)
class CategoryRoom:
    category: Category
    cap_minutes: int
    counted_minutes: int

    @property
    def left_minutes(self) -> int:
        return self.cap_minutes - self.counted_minutes


@dataclass(frozen=True)
class Room:
    """One week; `minutes` is all that was done, `counted_minutes` what of it counts."""

    cap_minutes: int
    minutes: int
    counted_minutes: int
    categories: list[CategoryRoom]  # with a cap of their own, touched this week

    @property
    def left_minutes(self) -> int:
        return self.cap_minutes - self.counted_minutes

    @property
    def beyond_minutes(self) -> int:
        return self.minutes - self.counted_minutes


def of_week(entries: Iterable[SharedTimeEntry], policy: ConversionPolicy) -> Room:
    """Return the room of the week that holds all of `entries`; `policy` is the one in force in it."""
    week_left = policy.week_cap_minutes
    days: dict[object, list[int]] = {}
    categories: dict[Category, int] = {}
    minutes = 0
    for entry in sorted(entries, key=lambda entry: (entry.starts_at, str(entry.public_id))):
        if entry.status not in COUNTED or not entry.category.counts:
            continue
        own_and_all = days.setdefault(
            periods.berlin_date(entry.starts_at), [policy.day_cap_minutes, policy.host_day_cap_minutes]
        )
        own_left, day_left = own_and_all
        counted = min(entry.duration_minutes, week_left, day_left)
        if not entry.host_confirmed:
            counted = min(counted, own_left)
        cap = entry.category.weekly_cap_minutes
        if cap is not None:
            counted = min(counted, cap - categories.get(entry.category, 0))
            categories[entry.category] = categories.get(entry.category, 0) + counted
        minutes += entry.duration_minutes
        week_left -= counted
        own_and_all[1] -= counted
        if not entry.host_confirmed:
            own_and_all[0] -= counted
    return Room(
        cap_minutes=policy.week_cap_minutes,
        minutes=minutes,
        counted_minutes=policy.week_cap_minutes - week_left,
        categories=[
            CategoryRoom(category, category.weekly_cap_minutes or 0, counted)
            for category, counted in categories.items()
        ],
    )
