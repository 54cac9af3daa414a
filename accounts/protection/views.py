"""`/nicht-okay/`: for everybody, signed in or not, with or without scripts."""

from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Club, User
from accounts.protection import concerns
from accounts.protection.forms import ConcernForm
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def concern(request: HttpRequest) -> HttpResponse:
    """Take in a concern. Who is signed in is asked for their club and not kept."""
    own_club, status = _club_of(request), 200
    if request.method == "POST":
        form, status = ConcernForm(request.POST, own_club=own_club), 422
        if form.is_valid():
            given = form.cleaned_data
            given["page"] = concerns.shape_of(given["page"])
            try:
                concerns.raise_(request=request, now=db.now(), **given)
            except DomainError as error:
                # What was written stays in the form, and the numbers to call stand above it.
                form.add_error(None, str(error))
                status = error.status
            else:
                return redirect("accounts:concern-thanks")
    else:
        form = ConcernForm(initial={"key": uuid4(), "page": concerns.page_of(request)}, own_club=own_club)
    context = {"form": form, "clubs": _clubs_to_call(own_club)}
    return render(request, "accounts/protection/concern.html", context, status=status)


@never_cache
@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    """Say what happens next; knows nothing of what was written."""
    return render(request, "accounts/protection/thanks.html", {"clubs": _clubs_to_call(_club_of(request))})


def _club_of(request: HttpRequest) -> Club | None:
    return request.user.club if isinstance(request.user, User) else None


def _clubs_to_call(own: Club | None) -> list[Club]:
    clubs = [own] if own else list(Club.objects.all())
    return [club for club in clubs if club.emergency_phone or club.contact_phone or club.contact_email]
