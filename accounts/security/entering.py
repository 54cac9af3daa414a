"""Letting somebody in whose identity is proven, whichever way: new account, mail link, QR of a helper."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib import auth
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.security import sessions


def enter(request: HttpRequest, user: User, *, method: str, to: str = "", remember: bool = False) -> HttpResponse:
    """Sign `user` in and lead on to `to`, through the second factor if theirs is asked for.

    `method` says what was proven ("password", "mail_link"); both count as proof for a while.
    `remember` keeps them signed in beyond the browser: somebody said that the device is their own.
    """
    if request.user.is_authenticated and request.user != user:
        auth.logout(request)
    record_authentication(request, user, method=method)
    answer: HttpResponse = perform_login(request, Login(user=user, redirect_url=to or None))
    sessions.remember(request, remember)
    return answer
