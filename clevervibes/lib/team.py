"""What the team may do: the roles, and the rule that each page of the admin carries.

A rule says for one model which roles look, add, change and do what else there is, and whose club a row is. Everything
asks it: pages, lists, forms, services (`user.has_perm`) and the test that compares it with the written matrix.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What somebody of the team does for one club."""

    SUPPORT = "support", _("Begleitung")
    FINANCE = "finance", _("Kasse")
    APPROVER = "approver", _("Freigabe")
    CATALOG = "catalog", _("Angebote")
    AUDITOR = "auditor", _("Prüfung")
    ADMIN = "admin", _("Leitung")


# Whoever runs the machine (`is_superuser`): no role of a club. What belongs to all clubs, the first roles, alarms.
OPS = "ops"
SUPPORT, FINANCE, APPROVER, CATALOG, AUDITOR, ADMIN = Role.values
EVERYBODY = (*Role.values, OPS)
NOBODY: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """Which roles may do what to the rows of a model.

    `club` is the way from a row to its club, as in a filter; of several ways the first that leads somewhere counts.
    Without one the rows belong to all clubs. What belongs to all is looked at by whoever has the role in one of them,
    and changed by whoever has it in each, or by operations where the rule names them.
    `acts` names what else is done there: {"approve": [APPROVER]} is asked as `approve_<model>`.
    """

    view: Iterable[str]
    add: Iterable[str] = NOBODY
    change: Iterable[str] = NOBODY
    delete: Iterable[str] = NOBODY
    acts: Mapping[str, Iterable[str]] = field(default_factory=dict)
    club: str | tuple[str, ...] = ()

    def roles(self, do: str) -> set[str]:
        """Return who may `do` it; a name that is neither usual nor among the acts is nobody's."""
        usual = {"view": self.view, "add": self.add, "change": self.change, "delete": self.delete}
        return set(usual[do] if do in usual else self.acts.get(do, NOBODY))

    @property
    def ways(self) -> tuple[str, ...]:
        return (self.club,) if isinstance(self.club, str) else self.club

    def club_of(self, row: Any) -> Any:
        """Return the key of the club that a row belongs to; None if it is everybody's."""
        for way in self.ways:
            club = _follow(row, way)
            if club is not None:
                return getattr(club, "pk", club)
        return None

    def of_clubs(self, clubs: Iterable[int], *, shared_too: bool) -> Q:
        """Return the filter for the rows of these clubs, and for those that belong to all."""
        clubs, found, none_before = list(clubs), Q(pk__in=[]), Q()
        for way in self.ways:
            found |= none_before & Q(**{f"{way}__in": clubs})
            none_before &= Q(**{f"{way}__isnull": True})
        return found | none_before if shared_too else found


def _follow(row: Any, way: str) -> Any:
    for step in way.split("__"):
        row = getattr(row, step, None)  # a row on the other side of a one-to-one may be missing
        if row is None:
            return None
    return row


def rule_of(model: type[Model]) -> Rule | None:
    """Return the rule of a model's page; None if it has none, and then nobody may do anything."""
    page = admin.site._registry.get(model)
    return getattr(page, "rule", None)
