"""What a browser's session knows of the counter: which paired screen it is.

The session itself is what the screen has (as with a phone that a family shares): no second cookie, nothing in the
browser that another one could show. Nobody is signed in by it. Its row in the database decides how long it goes on.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.security.sessions import PAIRED, PAIRED_DEVICE
from clevervibes.lib import db
from partners.counters import devices
from partners.models import Device

Next = Callable[[HttpRequest], HttpResponse]

_COOKIE = int(PAIRED_DEVICE.total_seconds())


def bind(request: HttpRequest, device: Device) -> None:
    """Make this browser the screen, and nobody's: whoever was signed in here is signed out."""
    request.session.flush()
    request.session[PAIRED] = str(device.public_id)
    request.session.set_expiry(_COOKIE)


def screen_of(request: HttpRequest) -> Device | None:
    """Return the paired screen that a request comes from, a stopped one too."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    named = request.session.get(PAIRED)
    return devices.screen(named, now=db.now()) if named else None


def stay_paired(get_response: Next) -> Next:
    """Leave a screen paired when somebody signs in on it, or out: Django ends the whole session then."""

    def middleware(request: HttpRequest) -> HttpResponse:
        named = request.session.get(PAIRED) if settings.SESSION_COOKIE_NAME in request.COOKIES else None
        answer = get_response(request)
        if named and (PAIRED not in request.session or request.session.get("_session_expiry") != _COOKIE):
            request.session.setdefault(PAIRED, named)
            request.session.set_expiry(_COOKIE)
        return answer

    return middleware
