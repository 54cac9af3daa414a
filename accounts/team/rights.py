"""May this person do this: the one place that answers, for pages, lists, forms and services."""

from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Model, QuerySet

from clevervibes.lib.team import OPS, rule_of

if TYPE_CHECKING:
    from accounts.models import User

M = TypeVar("M", bound=Model)


def roles_of(user: "User") -> dict[str, set[int]]:
    """Return the clubs of each live role. Read once for a person as loaded; a request loads them anew."""
    found: dict[str, set[int]] | None = getattr(user, "_clubs_by_role", None)
    if found is None:
        found = defaultdict(set)
        if user.is_active and user.is_staff:
            live = user.staff_roles.filter(granted_at__isnull=False, ended_at=None)
            for role, club in live.values_list("role", "club_id"):
                found[role].add(club)
        user._clubs_by_role = dict(found)  # type: ignore[attr-defined]
    return dict(found)


def forget(user: "User") -> None:
    """Read the roles of a person anew: somebody has just given or ended one."""
    user.__dict__.pop("_clubs_by_role", None)
    user.__dict__.pop("_all_clubs", None)


def is_ops(user: "User") -> bool:
    return user.is_active and user.is_staff and user.is_superuser


def clubs_of(user: "User") -> set[int]:
    """Return the clubs that somebody does anything for."""
    return _all_clubs(user) if is_ops(user) else set().union(*roles_of(user).values())


def clubs_for(user: "User", do: str, model: type[Model]) -> set[int]:
    """Return the clubs whose rows of `model` this person may `do` something to."""
    rule = rule_of(model)
    if rule is None:
        return set()
    wanted = rule.roles(do)
    if OPS in wanted and is_ops(user):
        return _all_clubs(user)
    return set().union(*(clubs for role, clubs in roles_of(user).items() if role in wanted))


def may_in(user: "User", do: str, model: type[Model], club_id: int | None) -> bool:
    """Say whether a role in that club lets somebody `do` something to rows of `model`: for doors beside the admin.

    Whoever runs the machine has no part in it: that is no office at a desk.
    """
    rule = rule_of(model)
    wanted = rule.roles(do) if rule else set()
    return any(club_id in clubs for role, clubs in roles_of(user).items() if role in wanted)


def clubs_worked_in(user: "User", model: type[Model]) -> set[int]:
    """Return the clubs in which this person does more to rows of `model` than look."""
    rule = rule_of(model)
    doing = ("add", "change", "delete", *rule.acts) if rule else ()
    return set().union(*(clubs_for(user, do, model) for do in doing))


def may(user: "User", do: str, model: type[Model], row: Model | None = None) -> bool:
    """Say whether somebody may `do` something (view, add, change, delete or an act of the rule) to a model's rows.

    Without a row: to any of them.
    """
    rule = rule_of(model)
    if rule is None or not user.is_active:
        return False
    wanted = rule.roles(do)
    if OPS in wanted and is_ops(user):
        return True
    clubs = clubs_for(user, do, model)
    if not clubs:
        return False
    if row is not None and (club := rule.club_of(row)) is not None:
        return club in clubs
    if do == "view" or (row is None and rule.ways):
        return True
    # It belongs to all clubs.
    return clubs >= _all_clubs(user)


def reach(user: "User", rows: QuerySet[M], do: str = "view") -> QuerySet[M]:
    """Return those of `rows` that somebody may `do` something to; with what belongs to all clubs, if they may that."""
    rule = rule_of(rows.model)
    if rule is None:
        return rows.none()
    if OPS in rule.roles(do) and is_ops(user):
        return rows
    clubs = clubs_for(user, do, rows.model)
    if not clubs:
        return rows.none()
    shared_too = do == "view" or clubs >= _all_clubs(user)
    if not rule.ways:
        return rows if shared_too else rows.none()
    # Whoever works for each club reaches each row: asked for its club, lists and counts would join tables for nothing.
    if shared_too and clubs >= _all_clubs(user):
        return rows
    return rows.filter(rule.of_clubs(clubs, shared_too=shared_too))


def has_perm(user: "User", name: str, row: Model | None = None) -> bool:
    """Answer Django's `app.view_model` by the rule of that model's page."""
    app, _dot, codename = name.partition(".")
    do, _line, model_name = codename.partition("_")
    try:
        model = apps.get_model(app, model_name)
    except LookupError:
        return False
    return may(user, do, model, row)


def has_module_perms(user: "User", app: str) -> bool:
    return any(model._meta.app_label == app and may(user, "view", model) for model in admin.site._registry)


def colleagues_who_may(do: str, model: type[Model], *, club_id: int | None) -> QuerySet["User"]:
    """Return whose work in a club it is, for letters and lists."""
    people: QuerySet[User] = get_user_model()._default_manager.all()
    rule = rule_of(model)
    wanted = rule.roles(do) if rule else set()
    return people.filter(
        is_active=True, is_staff=True, staff_roles__role__in=wanted, staff_roles__club=club_id,
        staff_roles__granted_at__isnull=False, staff_roles__ended_at=None,
    ).distinct().order_by("pk")  # fmt: skip


def _all_clubs(user: "User") -> set[int]:
    found: set[int] | None = getattr(user, "_all_clubs", None)
    if found is None:
        found = set(apps.get_model("accounts", "Club")._default_manager.values_list("pk", flat=True))
        user._all_clubs = found  # type: ignore[attr-defined]
    return found
