"""Who is asking, and whether they have proven it well enough."""

import functools
import time
from collections.abc import Callable
from datetime import timedelta
from typing import ParamSpec
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from rest_framework.request import Request

from accounts.models import User
from accounts.security import second_factor

P = ParamSpec("P")
FRESH = timedelta(minutes=15)


def user_of(request: HttpRequest | Request) -> User:
    """Return the person who is signed in, for views that guests never reach.

    :raises PermissionDenied: for a guest, if a view forgot to keep them out.
    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class ProofNeeded(Exception):
    """Somebody must first show who they are, at `url`. accounts.security.middleware leads there, and back."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(url)


# ── Proven a short while ago ─────────────────────────────────────────────────────────────────────
def is_fresh(request: HttpRequest) -> bool:
    """Say whether the second factor was shown within 15 minutes, or the password by whoever has no second factor."""
    user = user_of(request)
    enough = {"mfa"} if second_factor.is_asked_of(user) else {"password", "mail_link", "mfa"}
    since = time.time() - FRESH.total_seconds()
    return any(
        record["method"] in enough and record["at"] > since for record in get_authentication_records(request, user)
    )


def require_fresh(request: HttpRequest) -> None:
    """Go no further unless whoever asks has proven who they are within 15 minutes: payouts, IBAN, exports, roles.

    :raises ProofNeeded: after that; what was sent is not kept.
    """
    if not is_fresh(request):
        raise ProofNeeded(_reauthentication(request))


def fresh_sign_in_required(view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
    """Let in who has proven who they are within 15 minutes; see `require_fresh`."""
    return _guarded(view, require_fresh)


# ── A second factor ──────────────────────────────────────────────────────────────────────────────
def require_second_factor(request: HttpRequest) -> None:
    """Go no further unless whoever asks has shown a second factor since signing in. Off in the demo.

    :raises ProofNeeded: at the page that sets one up, or at the one that asks for it.
    """
    user = user_of(request)
    if not settings.SECOND_FACTOR_DUTY:
        return
    if not second_factor.exists(user):
        raise ProofNeeded(reverse("accounts:second-factor"))
    if not any(record["method"] == "mfa" for record in get_authentication_records(request, user)):
        raise ProofNeeded(_reauthentication(request, only_second_factor=True))


def second_factor_required(view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
    """Let in who has shown a second factor since signing in; see `require_second_factor`."""
    return _guarded(view, require_second_factor)


def _guarded(
    view: Callable[P, HttpResponseBase], guard: Callable[[HttpRequest], None]
) -> Callable[P, HttpResponseBase]:
    @functools.wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        # A function's first argument, or a method's second.
        request = next(given for given in args if isinstance(given, HttpRequest))
        try:
            guard(request)
        except ProofNeeded as needed:
            return redirect(needed.url)
        return view(*args, **kwargs)

    return guarded


def _reauthentication(request: HttpRequest, *, only_second_factor: bool = False) -> str:
    methods = get_adapter().get_reauthentication_methods(request.user)
    for method in methods:
        if not only_second_factor or method["id"] != "reauthenticate":
            return f"{method['url']}?{urlencode({'next': _way_back(request)})}"
    raise PermissionDenied  # somebody without password and second factor has nothing to show


def _way_back(request: HttpRequest) -> str:
    """Return the page that was asked for, or the one whose button was pressed."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    sent = urlsplit(request.headers.get("referer", ""))
    if sent.netloc != request.get_host():
        return reverse("start")
    return f"{sent.path}?{sent.query}" if sent.query else sent.path
