"""Who stands behind a counter or sits at a partner's desk.

The one place that knows how. At the counter stands the clerk of a paired screen, else a signed-in manager; the desk is
the manager's alone, whatever screen they sit at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import User
from clevervibes.lib import db
from partners import selectors
from partners.counters import clerks, session
from partners.models import Clerk, Device, Partner

P = ParamSpec("P")
SHOP = "partner"  # key in the session: which of several shops


@dataclass(frozen=True)
class Counter:
    """A place that redeems codes for one partner."""

    partner: Partner
    by: User | None
    device: str  # names the counter in limits and idempotency keys
    shops: tuple[Partner, ...] = ()  # what the same person may switch to
    paired: Device | None = None  # the screen or till, where nobody is signed in
    clerk: Clerk | None = None  # who works at that screen

    @property
    def takes_coins(self) -> bool:
        return self.partner.released_at is not None and self.partner.paused_at is None


View = Callable[Concatenate[HttpRequest, Counter, P], HttpResponseBase]


def counter_of(request: HttpRequest, *, used: bool = True) -> Counter | None:
    """Return the counter behind a request: a clerk on shift at a paired screen, else a manager; None for others.

    Unless `used` is off, the request shows that the clerk is there.
    """
    screen = session.screen_of(request)
    if screen is not None and screen.paused_at is None:
        shift = clerks.shift_at(screen, now=db.now(), used=used)
        if shift is not None:
            return counter_at(screen, clerk=shift.clerk)
    return desk_of(request)


def counter_at(device: Device, *, clerk: Clerk | None = None) -> Counter:
    """Return the counter that a screen with its clerk is, or a till."""
    return Counter(partner=device.partner, by=None, device=f"device:{device.pk}", paired=device, clerk=clerk)


def desk_of(request: HttpRequest) -> Counter | None:
    """Return the shop whose manager is signed in, or None if there is no partner for them."""
    user = request.user
    if not isinstance(user, User):
        return None
    shops = tuple(selectors.partners_of(user))
    if not shops:
        return None
    chosen = request.session.get(SHOP)
    partner = next((shop for shop in shops if str(shop.public_id) == chosen), shops[0])
    return Counter(partner=partner, by=user, device=f"user:{user.pk}", shops=shops)


def at_counter(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Hand the counter to a view: at a paired screen after the PIN. To anybody who has none the page does not exist."""
    return _guarded(view, used=True)


def beside_counter(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """As `at_counter`, for what a page asks by itself: it does not keep a shift from coming to rest."""
    return _guarded(view, used=False)


def _guarded(view: View[P], *, used: bool) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        counter = counter_of(request, used=used)
        if counter is not None:
            return view(request, counter, *args, **kwargs)
        if session.screen_of(request) is not None:
            return _to_the_pin(request)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        raise Http404

    return guarded


def _to_the_pin(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        # A page of its own, and not a piece of one that still names whoever was here.
        return HttpResponse(headers={"HX-Redirect": reverse("partners:shift")})
    return redirect("partners:shift")


def at_desk(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Hand the shop to a view of its signed-in manager. To anybody else the page does not exist."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        counter = desk_of(request)
        if counter is None:
            raise Http404
        return view(request, counter, *args, **kwargs)

    return guarded
