"""What stands between a session and every page."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from accounts.access import ProofNeeded
from accounts.models import User
from accounts.security import second_factor, sessions
from clevervibes.lib import db

Next = Callable[[HttpRequest], HttpResponse]

# What somebody of the team needs to set up a second factor, and what belongs to every page.
WAY_TO_A_SECOND_FACTOR = {
    "accounts:second-factor", "accounts:set-up-app", "accounts:add-passkey", "accounts:language",
    "account_reauthenticate", "account_logout",
    "manifest", "service-worker", "offline", "healthz", "csp-report",
}  # fmt: skip


def _signed_in(request: HttpRequest) -> User | None:
    # Without the cookie there is nobody to ask, and a public page stays free of the session.
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not isinstance(request.user, User):
        return None
    return request.user


def session_limits(get_response: Next) -> Next:
    """Sign out whoever rested too long or was ended from another device, and keep the list of sign-ins.

    Every way of signing in or out, the admin's too, passes here on its way back.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        user = _signed_in(request)
        if user and not sessions.go_on(request, user, now=db.now()):
            auth.logout(request)
            messages.info(request, _("Die Anmeldung war abgelaufen. Bitte noch einmal anmelden."))
        before = sessions.named_in(request) if user else None
        answer = get_response(request)
        if request.session.accessed:
            sessions.follow(request, before, now=db.now)
        return answer

    return middleware


def second_factor_of_the_team(get_response: Next) -> Next:
    """Show the team nothing but the page that sets up a second factor until it has one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = _signed_in(request)
        if user and second_factor.is_missing(user) and _name(request) not in WAY_TO_A_SECOND_FACTOR:
            if request.path.startswith("/api/"):
                detail = _("Bitte erst einen zweiten Faktor einrichten.")
                return JsonResponse({"code": "second_factor_missing", "detail": detail}, status=403)
            return redirect("accounts:second-factor")
        return get_response(request)

    return middleware


def _name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""


def ask_for_proof(get_response: Next) -> Next:
    """Lead to the page that asks who somebody is, wherever `accounts.access` finds that it is time to."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, error: Exception) -> HttpResponse | None:
        return redirect(error.url) if isinstance(error, ProofNeeded) else None

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware
