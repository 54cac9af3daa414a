"""What every API call shares: who is asking, one effect per key, and how an error looks."""

import functools
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter
from rest_framework import authentication, exceptions, permissions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from clevervibes.lib import idempotency
from clevervibes.lib.errors import DomainError

View = Callable[..., Response]

# For `extend_schema(parameters=[IDEMPOTENCY_KEY])` on methods that are `idempotent`.
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    UUID,
    OpenApiParameter.HEADER,
    required=True,
    description="A UUID made by the client for each intention; the same key and body get the same answer for 30 days.",
)


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session. Naming a scheme makes a missing sign-in a 401 instead of a 403."""

    def authenticate_header(self, request: object) -> str:
        return "Session"


class SessionScheme(OpenApiAuthenticationExtension):
    """How the description of the API names that session; it registers itself by being defined."""

    target_class = "clevervibes.lib.api.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class HasScope(permissions.BasePermission):
    """Let a token do what its scopes say; a browser's session may do all that its person may.

    A view names in `scopes` the scopes of which one is enough; without it no token gets in.
    """

    def has_permission(self, request: Request, view: object) -> bool:
        if request.auth is None:
            return True
        if set(getattr(view, "scopes", ())) & set(getattr(request.auth, "scopes", ())):
            return True
        raise exceptions.PermissionDenied(_("Dafür gilt dieser Zugang nicht."), code="scope_missing")


def idempotent(method: View) -> View:
    """Run a view's method once per `Idempotency-Key` and user or till: the same key and body get the same answer.

    Services called inside are parts of the key's transaction. Errors are not kept.

    :raises idempotency.KeyRequired, idempotency.KeyReused, idempotency.InFlight:
    """

    @functools.wraps(method)
    def once(view: object, request: Request, *args: object, **kwargs: object) -> Response:
        answer = idempotency.once(
            # A till is nobody's: its token says what it is called.
            scope=getattr(request.auth, "called", "") or f"user:{request.user.pk}",
            key=_key(request),
            fingerprint=idempotency.fingerprint(request.method or "", request.path, request.data),
            call=lambda: _answer(method(view, request, *args, **kwargs)),
        )
        return Response(answer.body, status=answer.status)

    return once


def _key(request: Request) -> UUID:
    try:
        return UUID(request.headers.get("Idempotency-Key", ""))
    except ValueError:
        raise idempotency.KeyRequired from None


def _answer(response: Response) -> idempotency.Answer:
    # Rendered once, so that the first answer and the kept one are the same to the last digit.
    body: Any = None if response.data is None else json.loads(JSONRenderer().render(response.data))
    return idempotency.Answer(response.status_code, body)


def exception_handler(error: Exception, context: dict) -> Response | None:
    """Answer every error as `{"code", "detail", "fields"?}`."""
    if isinstance(error, DomainError):
        pause = error.retry_after_seconds
        return Response(
            {"code": error.code, "detail": str(error)},
            status=error.status,
            headers={"Retry-After": str(pause)} if pause else None,
        )
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    headers: dict[str, str] = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    body: dict[str, object] = {"code": error.default_code, "detail": str(error.default_detail)}
    if isinstance(error, exceptions.ValidationError):
        body = {"code": "invalid", "detail": str(error.default_detail), "fields": _fields(error.detail)}
    elif isinstance(error.detail, exceptions.ErrorDetail):
        body = {"code": error.detail.code, "detail": str(error.detail)}
    return Response(body, status=error.status_code, headers=headers)


def _fields(detail: object) -> object:
    return detail if isinstance(detail, dict) else {"non_field_errors": detail}
