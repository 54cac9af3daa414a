"""Who stands behind a counter or sits at a partner's desk.

The one place that knows how: today a signed-in manager; a paired device with a clerk's PIN takes the same seat.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import User
from partners import selectors
from partners.models import Partner

P = ParamSpec("P")
SHOP = "partner"  # key in the session: which of several shops


@dataclass(frozen=True)
class Counter:
    """A place that redeems codes for one partner."""

    partner: Partner
    by: User | None
    device: str  # names the counter in limits and idempotency keys
    shops: tuple[Partner, ...] = ()  # what the same person may switch to

    @property
    def takes_coins(self) -> bool:
        return self.partner.released_at is not None and self.partner.paused_at is None


def counter_of(request: HttpRequest) -> Counter | None:
    """Return the counter behind a request, or None if there is no partner for it."""
    user = request.user
    if not isinstance(user, User):
        return None
    shops = tuple(selectors.partners_of(user))
    if not shops:
        return None
    chosen = request.session.get(SHOP)
    partner = next((shop for shop in shops if str(shop.public_id) == chosen), shops[0])
    return Counter(partner=partner, by=user, device=f"user:{user.pk}", shops=shops)


def at_counter(
    view: Callable[Concatenate[HttpRequest, Counter, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Hand the counter to a view. To anybody who has none the page does not exist."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        counter = counter_of(request)
        if counter is None:
            raise Http404
        return view(request, counter, *args, **kwargs)

    return guarded
