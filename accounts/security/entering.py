"""Letting somebody in whose identity is proven, whichever way: new account, mail link, QR of a helper."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.models import User


def enter(request: HttpRequest, user: User, *, method: str, to: str = "", remember: bool | None = None) -> HttpResponse:
    """Sign `user` in and lead on to `to`, through the second factor if theirs is asked for.

    `method` says what was proven ("password", "mail_link", "helper"); only a password counts as recent proof later.
    `remember` keeps them signed in beyond the browser; None leaves it as it is.
    """
    record_authentication(request, user, method=method)
    if remember is not None:
        request.session.set_expiry(settings.SESSION_COOKIE_AGE if remember else 0)
    answer: HttpResponse = perform_login(request, Login(user=user, redirect_url=to or None))
    return answer
