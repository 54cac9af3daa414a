"""Keeping a view of a list, and throwing it away."""

from datetime import datetime
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Club, SavedView, StaffRole, User
from accounts.team import rights
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

AT_MOST = 20


class TooManyViews(DomainError):
    code = "too_many_views"
    message = _("Mehr als {most} Ansichten einer Liste gehen nicht. Löschen Sie zuerst eine.")


class NotYourTeam(DomainError):
    code = "not_your_team"
    message = _("Gemeinsame Ansichten legt an, wer diese Liste für den Club anschaut.")
    status = 403


class NotYourView(DomainError):
    code = "not_your_view"
    message = _("Eine gemeinsame Ansicht löscht, wer sie angelegt hat, oder die Leitung des Clubs.")
    status = 403


@db.service
def save(
    *, owner: User, model: type[Model], name: str, query: str, shared_with: Club | None = None, now: datetime
) -> SavedView:
    """Keep `query` under a name; one's own view of that list with the same name is replaced.

    :raises NotYourTeam: unless `owner` looks at this list for the club it is shared with.
    :raises TooManyViews: past 20 of one list.
    """
    if shared_with is not None and shared_with.pk not in rights.clubs_for(owner, "view", model):
        raise NotYourTeam
    # Locked so that two windows of one person count one after the other.
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=owner.pk)
    own = SavedView.objects.filter(owner=owner, model=model._meta.label_lower)
    if own.exclude(name=name).count() >= AT_MOST:
        raise TooManyViews(most=AT_MOST)
    view, _new = own.update_or_create(
        name=name,
        defaults={"query": query, "shared_with": shared_with, "saved_at": now},
        create_defaults={
            "owner": owner, "model": model._meta.label_lower, "query": query, "shared_with": shared_with,
            "saved_at": now,
        },
    )  # fmt: skip
    return view


@db.service
def delete(*, public_id: UUID, by: User, model: type[Model]) -> None:
    """Throw a view away. What is gone, or never was for `by` to see, is gone.

    :raises NotYourView: for somebody else's, unless `by` leads the club it is shared with.
    """
    view = views_for(by, model).select_for_update(of=("self",)).filter(public_id=public_id).first()
    if view is None:
        return
    if not may_delete(view, by):
        raise NotYourView
    view.delete()


def views_for(user: User, model: type[Model]) -> QuerySet[SavedView]:
    """Return one's own views of a list, and those shared with the clubs for which one looks at it."""
    clubs = rights.clubs_for(user, "view", model)
    return SavedView.objects.filter(Q(owner=user) | Q(shared_with__in=clubs), model=model._meta.label_lower)


def may_delete(view: SavedView, user: User) -> bool:
    if view.owner_id == user.pk:
        return True
    return view.shared_with_id is not None and rights.may_in(user, "change", StaffRole, view.shared_with_id)
