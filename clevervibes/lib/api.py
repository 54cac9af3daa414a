"""What every API call shares: who is asking, and how an error looks."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import authentication, exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from clevervibes.lib.errors import DomainError


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session. Naming a scheme makes a missing sign-in a 401 instead of a 403."""

    def authenticate_header(self, request: object) -> str:
        return "Session"


def exception_handler(error: Exception, context: dict) -> Response | None:
    """Answer every error as `{"code", "detail", "fields"?}`."""
    set_rollback()
    if isinstance(error, DomainError):
        return Response({"code": error.code, "detail": str(error)}, status=error.status)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait) + 1)
    body: dict[str, object] = {"code": error.default_code, "detail": str(error.default_detail)}
    if isinstance(error, exceptions.ValidationError):
        body = {"code": "invalid", "detail": str(error.default_detail), "fields": _fields(error.detail)}
    elif isinstance(error.detail, exceptions.ErrorDetail):
        body = {"code": error.detail.code, "detail": str(error.detail)}
    return Response(body, status=error.status_code, headers=headers)


def _fields(detail: object) -> object:
    return detail if isinstance(detail, dict) else {"non_field_errors": detail}
