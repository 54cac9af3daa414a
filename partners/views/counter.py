"""The counter: look a code up, hand the thing over, take it back."""

import uuid
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from clevervibes.lib.forms import redirect_once
from partners import redemption, selectors
from partners.access import Counter, at_counter, counter_of
from partners.forms import CodeForm, UndoForm
from partners.models import Hold


@require_http_methods(["GET", "HEAD", "POST"])
@at_counter
def counter(request: HttpRequest, here: Counter) -> HttpResponse:
    """Take a code. Found, it goes on to the thing to hand over; refused, the reason stands at the field."""
    form = CodeForm(request.POST or None)
    status, earlier = 200, None
    if request.method == "POST":
        if form.is_valid():
            try:
                hold = redemption.look_up(
                    partner=here.partner, text=form.cleaned_data["code"], device=here.device, now=db.now()
                )
            except DomainError as error:
                form.refuse(error)
                status, earlier = error.status, error.values.get("redemption")
            else:
                return redirect("partners:handover", hold.public_id)
        else:
            status = 400
    now = db.now()
    today = selectors.redemptions_on(here.partner, now)
    context = {
        "counter": here,
        "form": form,
        "earlier": earlier,
        "rows": [(row, selectors.can_undo(row, now)) for row in today[:50]],
        "sums": selectors.sums(today),
    }
    return render(request, "partners/counter.html", context, status=status)


@require_safe
@at_counter
def handover(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    return _handover_page(request, here, public_id)


def _handover_page(
    request: HttpRequest, here: Counter, public_id: UUID, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    # Only what this counter's shop has looked up: an address alone shows nothing.
    looked_up = selectors.holds_at(here.partner).filter(looked_up_at__isnull=False)
    hold = get_object_or_404(looked_up, public_id=public_id)
    redeemed = getattr(hold, "redemption", None)
    if not refusal and redeemed is not None:
        return redirect("partners:receipt", redeemed.public_id)
    context = {
        "counter": here,
        "hold": hold,
        "live": hold.status == Hold.Status.LIVE and not refusal,
        "redemption": redeemed,
        "refusal": refusal,
        "request_id": uuid.uuid4(),
    }
    return render(request, "partners/handover.html", context, status=status)


@require_POST
@at_counter
def redeem(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    looked_up = selectors.holds_at(here.partner).filter(looked_up_at__isnull=False)
    hold = get_object_or_404(looked_up, public_id=public_id)

    def call() -> str:
        redeemed = redemption.redeem(hold=hold, by=here.by, now=db.now())
        return reverse("partners:receipt", args=[redeemed.public_id])

    try:
        return redirect_once(request, call)
    except DomainError as error:
        return _handover_page(request, here, public_id, refusal=str(error), status=error.status)


@require_safe
@at_counter
def receipt(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    row = get_object_or_404(selectors.redemptions_at(here.partner), public_id=public_id)
    context = {"counter": here, "redemption": row, "can_undo": selectors.can_undo(row, db.now())}
    return render(request, "partners/receipt.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@at_counter
def undo(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    row = get_object_or_404(selectors.redemptions_at(here.partner), public_id=public_id)
    form, status = UndoForm(request.POST or None), 200
    if request.method == "POST":
        if form.is_valid():
            try:
                redemption.undo(redemption=row, by=here.by, reason=form.sentence(), now=db.now())
            except DomainError as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                return redirect("partners:receipt", row.public_id)
        else:
            status = 400
    elif not selectors.can_undo(row, db.now()):
        return redirect("partners:receipt", row.public_id)
    return render(request, "partners/undo.html", {"counter": here, "redemption": row, "form": form}, status=status)


@require_safe
def scan(request: HttpRequest) -> HttpResponse:
    """Where the QR leads somebody who scans it with a phone's camera: it explains, and changes nothing."""
    here = counter_of(request)
    response = render(request, "partners/scan.html", {"counter": here})
    if here is None:
        # Not at a counter: its form would be sent with `Origin: null`, which the CSRF check refuses.
        response["Referrer-Policy"] = "no-referrer"
    return response
