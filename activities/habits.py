"""What a youth usually does: so that most of an entry is there before anything is typed."""

from collections import Counter
from dataclasses import dataclass

from accounts.models import YouthProfile
from activities.models import Category, Relation, SharedTimeEntry

LOOK_BACK = 40  # entries
MOST_COMPANIONS = 5
USUAL_MINUTES = 60
# To be tapped; what is usual joins them.
DURATIONS = (30, 45, 60, 90, 120)


@dataclass(frozen=True)
class Companion:
    relation: str
    name: str

    @property
    def value(self) -> str:
        return f"{self.relation}|{self.name}"

    @property
    def label(self) -> str:
        return self.name or str(Relation(self.relation).label)


@dataclass(frozen=True)
class Habits:
    """Empty for who has never logged anything."""

    category: Category | None  # of the last entry, if it still counts
    companions: list[Companion]  # the last used first
    minutes: int

    @property
    def has_last(self) -> bool:
        return self.category is not None and bool(self.companions)

    @property
    def durations(self) -> list[int]:
        return sorted({*DURATIONS, self.minutes})


def of(youth: YouthProfile) -> Habits:
    """Return the habits of `youth` from their last entries, in one query."""
    told = SharedTimeEntry.objects.filter(youth=youth, ends_at__isnull=False).exclude(did="")
    last = list(
        told.exclude(status__in=(SharedTimeEntry.Status.WITHDRAWN, SharedTimeEntry.Status.REJECTED))
        .select_related("category")
        .only("companion_relation", "companion_name", "duration_minutes", "category")[:LOOK_BACK]
    )
    companions = dict.fromkeys(Companion(entry.companion_relation, entry.companion_name) for entry in last)
    # The most common of the last ten; of two equally common ones that of the later entry.
    usual = Counter(entry.duration_minutes for entry in last[:10]).most_common(1)
    return Habits(
        category=last[0].category if last and last[0].category.counts else None,
        companions=list(companions)[:MOST_COMPANIONS],
        minutes=usual[0][0] if usual else USUAL_MINUTES,
    )
