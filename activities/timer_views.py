"""The two taps of the timer."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import user_of
from activities import timer
from activities.models import SharedTimeEntry
from activities.views import youth_of
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError


@require_POST
@login_required
def start(request: HttpRequest) -> HttpResponse:
    try:
        timer.start(youth=youth_of(request), by=user_of(request), now=db.now())
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("activities:entries")


@require_POST
@login_required
def stop(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Lead to the form that asks for the rest: start and end are filled in."""
    youth_of(request)
    try:
        entry = timer.stop(entry_id=public_id, by=user_of(request), now=db.now())
    except SharedTimeEntry.DoesNotExist:
        raise Http404 from None
    if entry.is_editable:
        return redirect("activities:edit", public_id)
    if entry.ends_at is None:
        messages.info(request, _("Das war noch keine Minute. Es ist nichts eingetragen."))
    return redirect("activities:entries")
