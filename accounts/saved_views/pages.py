"""Above a list: its kept views, and the buttons that keep how it looks now and throw a kept view away."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import user_of
from accounts.models import SavedView
from accounts.saved_views import queries, saving
from accounts.saved_views.forms import ViewForm
from clevervibes.lib import admin as pages
from clevervibes.lib import db
from clevervibes.lib.admin import ModelAdmin
from clevervibes.lib.errors import DomainError


@dataclass(frozen=True)
class Shown:
    """A view as it stands above its list."""

    view: SavedView
    is_here: bool
    fits: bool
    may_delete: bool
    is_anothers: bool


def above(page: ModelAdmin, request: HttpRequest) -> dict[str, Any]:
    """Return the views of a list, and the form that keeps how it looks now (None if it looks as always)."""
    user = user_of(request)
    here = queries.kept(page, request, request.GET.urlencode(), search_too=True)
    rows = [
        Shown(
            view, is_here=view.query == here, fits=queries.fits_still(page, request, view.query),
            may_delete=saving.may_delete(view, user), is_anothers=view.owner_id != user.pk,
        )
        for view in saving.views_for(user, page.model).select_related("owner", "shared_with")
    ]  # fmt: skip
    return {
        "rows": rows,
        "deletable": [row for row in rows if row.may_delete],
        "form": ViewForm(page=page, user=user) if here else None,
        "query": here,
        "list": page.model._meta.label_lower,
        "drops_search": queries.may_name_somebody(page, request),
        "searched": bool(request.GET.get("q")),
        "is_lost": ERROR_FLAG in request.GET,
    }


# Over every list of the team, whichever part it belongs to.
pages.above = above


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    page, user = _list_of(request), user_of(request)
    sent = request.POST.get("query", "")
    form = ViewForm(request.POST, page=page, user=user)
    whole = queries.kept(page, request, sent, search_too=True)
    if not form.is_valid():
        messages.error(request, " ".join(str(word) for words in form.errors.values() for word in words))
        return _back(page, whole)
    alone = form.cleaned_data["shared_with"] is None
    query = queries.kept(page, request, sent, search_too=alone and not queries.may_name_somebody(page, request))
    try:
        query = queries.accepted(page, request, query)
        view = saving.save(owner=user, model=page.model, query=query, now=db.now(), **form.cleaned_data)
    except DomainError as error:
        messages.error(request, str(error))
        return _back(page, whole if not isinstance(error, queries.NotAccepted) else "")
    messages.success(request, _("Gespeichert: %(name)s.") % {"name": view.name})
    if "q" in QueryDict(whole) and "q" not in QueryDict(query):
        messages.info(request, _("Der Suchbegriff wurde nicht gespeichert, er kann ein Name sein."))
    return _back(page, query)


@require_POST
def delete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    page = _list_of(request)
    try:
        saving.delete(public_id=public_id, by=user_of(request), model=page.model)
    except saving.NotYourView as error:
        raise PermissionDenied(str(error)) from error
    messages.success(request, _("Die Ansicht ist gelöscht."))
    return _back(page, "")


def _list_of(request: HttpRequest) -> ModelAdmin:
    """Return the page whose list is meant; one that somebody may not look at answers as on its own address."""
    wanted = request.POST.get("list", "")
    page = next((page for model, page in admin.site._registry.items() if model._meta.label_lower == wanted), None)
    if not isinstance(page, ModelAdmin):
        raise Http404
    if not page.has_view_permission(request):
        raise PermissionDenied
    return page


def _back(page: ModelAdmin, query: str) -> HttpResponse:
    address = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
    return redirect(f"{address}?{query}" if query else address)
