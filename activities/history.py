"""What happened to an entry, step by step, with both versions where something was changed."""

from dataclasses import dataclass, field
from datetime import datetime

from activities.models import Relation, Review, SharedTimeEntry


@dataclass(frozen=True)
class Version:
    """An entry as it stood at some time."""

    category: str
    starts_at: datetime
    ends_at: datetime | None
    companion: str
    did: str
    learned: str

    @property
    def when(self) -> tuple[datetime, datetime | None]:
        return self.starts_at, self.ends_at


@dataclass(frozen=True)
class Happened:
    """A step; `before` and `after` where it replaced a version, and which of their parts differ."""

    review: Review
    before: Version | None = None
    after: Version | None = None
    changed: frozenset[str] = field(default_factory=frozenset)


def of(entry: SharedTimeEntry) -> list[Happened]:
    """Return the steps of `entry`, oldest first. One query more where the reviews were not fetched with it."""
    steps: list[Happened] = []
    later = _now(entry)
    # Backwards: what a version became is the one that was replaced next, or what stands there now.
    for review in reversed(list(entry.reviews.all())):
        before = _kept(review.before) if review.before else None
        if before:
            parts = ("category", "when", "companion", "did", "learned")
            changed = frozenset(part for part in parts if getattr(before, part) != getattr(later, part))
            steps.append(Happened(review, before, later, changed))
            later = before
        else:
            steps.append(Happened(review))
    return steps[::-1]


def last_correction(steps: list[Happened]) -> Happened | None:
    """Return the newest step that changed something after the entry had been sent back."""
    was_returned = False
    found = None
    for step in steps:
        was_returned = was_returned or step.review.step == Review.Step.RETURN
        if was_returned and step.changed:
            found = step
    return found


def _now(entry: SharedTimeEntry) -> Version:
    return Version(
        category=str(entry.category),
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        companion=_companion(entry.companion_relation, entry.companion_name),
        did=entry.did,
        learned=entry.learned,
    )


def _kept(before: dict) -> Version:
    return Version(
        category=before["category"],
        starts_at=datetime.fromisoformat(before["starts_at"]),
        ends_at=datetime.fromisoformat(before["ends_at"]) if before["ends_at"] else None,
        companion=_companion(before["companion_relation"], before["companion_name"]),
        did=before["did"],
        learned=before["learned"],
    )


def _companion(relation: str, name: str) -> str:
    label = str(Relation(relation).label) if relation else ""
    return f"{name} ({label})" if name and label else name or label
