"""The counter: look a code up, hand the thing over, take it back."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from uuid import UUID

from csp.constants import SELF
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from clevervibes.lib.forms import FIELD
from clevervibes.lib.middleware import PERMISSIONS
from partners import booking, redemption, selectors
from partners.access import Counter, at_counter, beside_counter, counter_of
from partners.forms import CodeForm, LateForm, UndoForm
from partners.models import Hold

P = ParamSpec("P")


def with_camera(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Let a page look through the device's camera and decode in a worker; the counter's pages, and no other."""

    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(*args, **kwargs)
        response["Permissions-Policy"] = PERMISSIONS.replace("camera=()", "camera=(self)")
        response._csp_update = {"media-src": [SELF, "blob:"], "worker-src": [SELF]}  # type: ignore[attr-defined]
        return response

    return wrapped


@require_http_methods(["GET", "HEAD", "POST"])
@at_counter
@with_camera
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
@with_camera
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
@with_camera
def redeem(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    looked_up = selectors.holds_at(here.partner).filter(looked_up_at__isnull=False)
    hold = get_object_or_404(looked_up, public_id=public_id)

    try:
        made = booking.hand_over(
            hold=hold, device=here.device, by=here.by, clerk=here.clerk, paired=here.paired, key=_key(request),
            now=db.now(),
        )  # fmt: skip
    except DomainError as error:
        return _handover_page(request, here, public_id, refusal=str(error), status=error.status)
    return redirect("partners:receipt", made.public_id)


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get(FIELD, ""))
    except ValueError:
        raise BadRequest("The form carries no request id.") from None


# ── Without a connection, and when it is back ──


@require_safe
@beside_counter
def pulse(request: HttpRequest, here: Counter) -> HttpResponse:
    """Say that the server is there, for which shop, and with which token forms may be sent from now on."""
    return JsonResponse({"shop": str(here.partner.public_id), "csrf": get_token(request)})


@require_POST
@at_counter
def late(request: HttpRequest, here: Counter) -> HttpResponse:
    """Book what was scanned while there was no connection; who asks twice hears the same twice."""
    form = LateForm(request.POST)
    if not form.is_valid():
        raise BadRequest("A late scan needs code, key and elapsed milliseconds.")
    try:
        made = booking.book_late(
            partner=here.partner, device=here.device, by=here.by, clerk=here.clerk, paired=here.paired, now=db.now(),
            **form.given(),
        )  # fmt: skip
    except DomainError as error:
        answer = JsonResponse({"code": error.code}, status=error.status)
        if error.retry_after_seconds:
            answer["Retry-After"] = str(error.retry_after_seconds)
        return answer
    if made is None:
        return JsonResponse({"booked": False}, status=202)
    return JsonResponse({"booked": True, "title": made.title, "price": made.price_coins})


@require_safe
@with_camera
def shell(request: HttpRequest) -> HttpResponse:
    """Draw the counter without anybody's data: kept on the device, it opens where there is no connection."""
    return render(request, "partners/shell.html")


@require_safe
@at_counter
@with_camera
def receipt(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    row = get_object_or_404(selectors.redemptions_at(here.partner), public_id=public_id)
    context = {"counter": here, "redemption": row, "can_undo": selectors.can_undo(row, db.now())}
    return render(request, "partners/receipt.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@at_counter
@with_camera
def undo(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    row = get_object_or_404(selectors.redemptions_at(here.partner), public_id=public_id)
    form, status = UndoForm(request.POST or None), 200
    if request.method == "POST":
        if form.is_valid():
            try:
                redemption.undo(redemption=row, by=here.by, clerk=here.clerk, reason=form.sentence(), now=db.now())
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
