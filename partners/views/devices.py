"""`/partner/geraete/`: what stands at the counter, behind a second factor and a fresh proof."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import fresh_sign_in_required, second_factor_required, user_of
from clevervibes.lib import db, qr
from clevervibes.lib.errors import DomainError
from partners.access import Counter, at_desk
from partners.counters import devices as services
from partners.counters.forms import DeviceForm, TillForm
from partners.models import Device


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
@second_factor_required
@fresh_sign_in_required
def devices(request: HttpRequest, here: Counter, /) -> HttpResponse:
    """List them; sent, the form makes a screen that waits to be paired."""
    form, now = DeviceForm(request.POST if request.method == "POST" else None), db.now()
    if request.method == "POST" and form.is_valid():
        try:
            made = services.begin_pairing(partner=here.partner, **form.cleaned_data, by=user_of(request), now=now)
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect("partners:device", made.public_id)
    return _list(request, here, form, TillForm())


@never_cache
@require_POST
@at_desk
@second_factor_required
@fresh_sign_in_required
def make_till(request: HttpRequest, here: Counter, /) -> HttpResponse:
    """Make a till and show its token, this once: the answer to the form is the only page that ever has it."""
    form = TillForm(request.POST)
    if form.is_valid():
        try:
            token, till = services.make_till(
                partner=here.partner, **form.cleaned_data, by=user_of(request), now=db.now()
            )
        except DomainError as error:
            form.refuse(error)
        else:
            return render(
                request, "partners/counters/till_token.html", {"counter": here, "device": till, "token": token}
            )
    return _list(request, here, DeviceForm(), form)


def _list(request: HttpRequest, here: Counter, form: DeviceForm, till_form: TillForm) -> HttpResponse:
    context = {
        "counter": here,
        "rows": list(services.devices_of(here.partner, now=db.now())),
        "form": form,
        "till_form": till_form,
    }
    status = 400 if form.errors or till_form.errors else 200
    return render(request, "partners/counters/devices.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
@second_factor_required
@fresh_sign_in_required
def device(request: HttpRequest, here: Counter, /, public_id: UUID) -> HttpResponse:
    """One device: its QR code while it waits for it, its name, its end."""
    row = _own(here, public_id)
    form = DeviceForm(request.POST if request.method == "POST" else None, initial={"name": row.name})
    if request.method == "POST" and form.is_valid():
        services.rename(device=row, name=form.cleaned_data["name"])
        messages.success(request, _("Gespeichert."))
        return redirect("partners:device", row.public_id)
    url = services.pairing_url(row) if row.connected_at is None else ""
    context = {"counter": here, "device": row, "form": form, "url": url, "qr": qr.draw(url) if url else None}
    return render(request, "partners/counters/device.html", context, status=400 if form.errors else 200)


@never_cache
@require_POST
@at_desk
@second_factor_required
@fresh_sign_in_required
def revoke(request: HttpRequest, here: Counter, /, public_id: UUID) -> HttpResponse:
    row = _own(here, public_id)
    services.revoke(device=row, by=user_of(request), now=db.now())
    messages.success(request, _("„%s“ ist getrennt.") % row.name)
    return redirect("partners:devices")


def _own(here: Counter, public_id: UUID) -> Device:
    return get_object_or_404(services.devices_of(here.partner, now=db.now()), public_id=public_id)
