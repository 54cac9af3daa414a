"""Badges for steady habits, read off the confirmed entries: nothing is stored, and none is ever lost again.

Volume alone earns none. A week counts once however full it was, and a gap takes nothing away.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncWeek
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import YouthProfile
from activities.models import SharedTimeEntry
from clevervibes.lib import periods

READING = {"lesen"}
HELPING = {"ehrenamt", "nachhilfe"}
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Week:
    """What a youth did of one category in one week."""

    monday: date
    category: str
    with_host: bool
    learned: int  # entries with a sentence about it


@dataclass(frozen=True)
class Badge:
    """A habit, how far it has come, and what is missing."""

    slug: str
    icon: str
    tint: str
    title: str | Promise
    text: str | Promise
    goal: int
    reached: int
    so_far: str | Promise  # with {reached} and {goal}

    @property
    def is_earned(self) -> bool:
        return self.reached >= self.goal

    @property
    def percent(self) -> int:
        return min(100, self.reached * 100 // self.goal)

    @property
    def missing(self) -> str:
        """How far it is; what was done stands first."""
        return str(self.so_far).format(reached=min(self.reached, self.goal), goal=self.goal)


# ── How each is counted ──────────────────────────────────────────────────────────────────────────
def _weeks(weeks: Iterable[Week]) -> int:
    return len({week.monday for week in weeks})


def _in_a_row(weeks: list[Week]) -> int:
    """Return the longest stretch of weeks with something in each: the best ever, so that a gap costs nothing."""
    best = now = 0
    before: date | None = None
    for monday in sorted({week.monday for week in weeks}):
        now = now + 1 if before and monday - before == WEEK else 1
        best, before = max(best, now), monday
    return best


@dataclass(frozen=True)
class _Kind:
    slug: str
    icon: str
    tint: str
    title: str | Promise
    text: str | Promise
    goal: int
    so_far: str | Promise
    count: Callable[[list[Week]], int]


_KINDS = (
    _Kind(
        "in-a-row", "flame", "amber", gettext_lazy("Vier Wochen am Stück"),
        gettext_lazy("Vier Wochen hintereinander war etwas dabei."), 4, gettext_lazy("{reached} von {goal} Wochen"),
        _in_a_row,
    ),
    _Kind(
        "many-sided", "palette", "violet", gettext_lazy("Vielseitig"), gettext_lazy("Vier verschiedene Themen."), 4,
        gettext_lazy("{reached} von {goal} Themen"), lambda weeks: len({week.category for week in weeks}),
    ),
    _Kind(
        "company", "factory", "sky", gettext_lazy("Im Betrieb gewesen"),
        gettext_lazy("Zum ersten Mal einen Betrieb von innen gesehen."), 1,
        gettext_lazy("Unter Chancen wartet ein Termin auf Dich"), lambda weeks: sum(week.with_host for week in weeks),
    ),
    _Kind(
        "reader", "book-open", "rose", gettext_lazy("Lesezeit"),
        gettext_lazy("In vier Wochen gelesen oder vorgelesen."), 4, gettext_lazy("{reached} von {goal} Wochen"),
        lambda weeks: _weeks(week for week in weeks if week.category in READING),
    ),
    _Kind(
        "thinker", "pencil", "mint", gettext_lazy("Nachgedacht"),
        gettext_lazy("Fünfmal aufgeschrieben, was Du gelernt hast."), 5, gettext_lazy("{reached} von {goal} Mal"),
        lambda weeks: sum(week.learned for week in weeks),
    ),
    _Kind(
        "helper", "hand-heart", "clay", gettext_lazy("Für andere da"),
        gettext_lazy("In drei Wochen anderen geholfen: Ehrenamt oder Nachhilfe."), 3,
        gettext_lazy("{reached} von {goal} Wochen"),
        lambda weeks: _weeks(week for week in weeks if week.category in HELPING),
    ),
    _Kind(
        "season", "calendar-days", "mint", gettext_lazy("Zwölf Wochen dabei"),
        gettext_lazy("In zwölf Wochen war etwas dabei, egal in welchen."), 12,
        gettext_lazy("{reached} von {goal} Wochen"), _weeks,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Badges:
    """All badges of a youth; those that are earned stand first."""

    all: list[Badge]

    @property
    def earned(self) -> list[Badge]:
        return [badge for badge in self.all if badge.is_earned]

    @property
    def next(self) -> Badge | None:
        """The one that is closest; None if all are earned."""
        open_ = [badge for badge in self.all if not badge.is_earned]
        return max(open_, key=lambda badge: badge.percent, default=None)

    @property
    def summary(self) -> str:
        return _("%(earned)s von %(all)s") % {"earned": len(self.earned), "all": len(self.all)}


def of(youth: YouthProfile) -> Badges:
    """Return the badges of a youth, in one query that counts in the database."""
    confirmed = SharedTimeEntry.objects.filter(youth=youth, status=SharedTimeEntry.Status.APPROVED).order_by()
    rows = confirmed.annotate(monday=TruncWeek("starts_at", tzinfo=periods.BERLIN)).values(
        "monday", "category__slug", "host_confirmed"
    ).annotate(learned=Count("pk", filter=~Q(learned="")))  # fmt: skip
    weeks = [
        Week(
            row["monday"].astimezone(periods.BERLIN).date(), row["category__slug"], row["host_confirmed"],
            row["learned"],
        )
        for row in rows
    ]  # fmt: skip
    found = [
        Badge(kind.slug, kind.icon, kind.tint, kind.title, kind.text, kind.goal, kind.count(weeks), kind.so_far)
        for kind in _KINDS
    ]
    return Badges(sorted(found, key=lambda badge: not badge.is_earned))
