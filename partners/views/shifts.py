"""`/theke/schicht/`: who works at a paired screen. The counter's pages lead here until somebody has shown a PIN."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from partners import selectors
from partners.access import counter_at
from partners.counters import clerks, session
from partners.counters.forms import ShiftForm
from partners.models import Device


def at_screen(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand the paired screen to a view; elsewhere the page does not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        screen = session.screen_of(request)
        if screen is None:
            raise Http404
        if screen.paused_at is not None:
            context = {"counter": counter_at(screen), "device": screen}
            return render(request, "partners/counters/stopped.html", context, status=403)
        return view(request, screen, *args, **kwargs)

    return guarded


@never_cache
@require_safe
@at_screen
def shift(request: HttpRequest, screen: Device) -> HttpResponse:
    now = db.now()
    current = clerks.shift_at(screen, now=now)
    if current is None:
        return _who_is_here(request, screen, ShiftForm())
    rows = list(selectors.redemptions_on(screen.partner, now)[:50])
    context = {
        "counter": counter_at(screen, clerk=current.clerk),
        "shift": current,
        "mine": selectors.sums(clerks.redeemed_in(current)),
        "today": selectors.sums(selectors.redemptions_on(screen.partner, now)),
        "rows": rows,
    }
    return render(request, "partners/counters/shift.html", context)


@never_cache
@sensitive_post_parameters("pin")
@require_POST
@at_screen
def begin(request: HttpRequest, screen: Device) -> HttpResponse:
    form, now = ShiftForm(request.POST), db.now()
    status = 400
    if form.is_valid():
        try:
            clerks.begin_shift(
                device=screen, clerk_id=form.cleaned_data["clerk"], pin=form.cleaned_data["pin"], now=now
            )
        except DomainError as error:
            form.add_error("pin", str(error))
            status = error.status
        else:
            return redirect("partners:counter")
    return _who_is_here(request, screen, form, status=status)


@never_cache
@require_POST
@at_screen
def end(request: HttpRequest, screen: Device) -> HttpResponse:
    clerks.end_shift(device=screen)
    return redirect("partners:shift")


def _who_is_here(request: HttpRequest, screen: Device, form: ShiftForm, status: int = 200) -> HttpResponse:
    context = {
        "counter": counter_at(screen),
        "device": screen,
        "form": form,
        "clerks": list(clerks.clerks_of(screen.partner)),
        "chosen": request.POST.get("clerk", ""),
    }
    return render(request, "partners/counters/who_is_here.html", context, status=status)
