"""`/theke/verbinden/`: a tablet becomes a screen of the shop.

The token leaves the address at once: the first page puts the screen into the session and leads on. Opening the QR code
connects nothing, only the tap does.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import links
from clevervibes.lib import db
from partners.counters import devices, session
from partners.models import Device

CAME_FOR = "pairing"  # in the session


@never_cache
@require_safe
def pair(request: HttpRequest, token: str) -> HttpResponse:
    try:
        request.session[CAME_FOR] = str(devices.to_pair(token).public_id)
        answer: HttpResponse = redirect("partners:connect")
    except links.LinkClosed as refusal:
        answer = _closed(request, refusal)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: HttpRequest) -> HttpResponse:
    """Show which counter this device is for; the button makes it one."""
    device: Device | None = None
    try:
        device = _came_for(request)
        if request.method == "POST":
            session.bind(request, devices.connect(device=device, now=db.now()))
            return redirect("partners:shift")
        devices.require_pairable(device, db.now())
    except links.LinkClosed as refusal:
        here = session.screen_of(request)
        if here is not None and (device is None or here == device):
            return redirect("partners:shift")  # the second tap
        return _closed(request, refusal)
    return render(request, "partners/counters/connect.html", {"device": device})


def _came_for(request: HttpRequest) -> Device:
    named = request.session.get(CAME_FOR)
    if named is None:
        raise links.LinkUnknown
    return devices.waiting(named)


def _closed(request: HttpRequest, refusal: links.LinkClosed) -> HttpResponse:
    return render(request, "partners/counters/not_connected.html", {"refusal": refusal}, status=refusal.status)
