"""Who is asking, when it is an app: `Authorization: Bearer …`."""

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.models import ApiToken, User
from accounts.security import tokens
from clevervibes.lib import db


class BearerAuthentication(BaseAuthentication):
    """A token of accounts.security.tokens. What it may do is asked of each view by `lib.api.HasScope`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        kind, _space, given = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        token = tokens.look_up(given.strip(), now=db.now())
        if token is None:
            raise exceptions.AuthenticationFailed(_("Dieser Zugang gilt nicht (mehr)."), code="token_invalid")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BearerScheme(OpenApiAuthenticationExtension):
    """How the description of the API names it; it registers itself by being defined."""

    target_class = "accounts.security.bearer.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


def may(request: Request, scope: str) -> bool:
    """Say whether a request may do what belongs to `scope`: an app by its token, a browser always."""
    scopes: Collection[str] | None = getattr(request.auth, "scopes", None)
    return scopes is None or scope in scopes
