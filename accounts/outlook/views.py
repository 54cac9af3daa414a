"""Where the answer is sent; the question stands on the start page and beside an ordered erasure."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import user_of
from accounts.outlook import asking
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError


@require_POST
@login_required
def answer(request: HttpRequest) -> HttpResponse:
    """Count the answer, or only stop asking; then back to where the question stood."""
    step = asking.SKIPPED if "skip" in request.POST else request.POST.get("step") or "-"
    try:
        if asking.answer(by=user_of(request), step=step, now=db.now()) and step:
            messages.success(request, _("Danke! Gezählt ist nur die Antwort, ohne Deinen Namen."))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("data" if "leaving" in request.POST else "start")
