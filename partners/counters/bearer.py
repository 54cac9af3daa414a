"""Who is asking, when it is a shop's till: `Authorization: Bearer cvt_…`."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from clevervibes.lib import db
from partners.counters import devices
from partners.models import Device


class Till:
    """Nobody in particular: a till is no person, has no rights of one, and is let in by its token alone."""

    pk = None
    is_authenticated = True
    is_active = True
    is_staff = is_superuser = is_anonymous = False

    def __str__(self) -> str:
        return str(_("Kasse"))


@dataclass(frozen=True)
class TillToken:
    """What stands in `request.auth`: the till, what it may do, and what it is called in idempotency keys."""

    device: Device
    scopes: tuple[str, ...] = ("device",)

    @property
    def called(self) -> str:
        return f"device:{self.device.pk}"


class TillAuthentication(BaseAuthentication):
    """A token of partners.counters.devices. Others are left to whoever knows them."""

    def authenticate(self, request: Request) -> tuple[Till, TillToken] | None:
        kind, _space, given = request.headers.get("Authorization", "").partition(" ")
        token = given.strip()
        if kind.lower() != "bearer" or not token.startswith(devices.TILL_PREFIX):
            return None
        device = devices.till(token, now=db.now())
        if device is None:
            raise exceptions.AuthenticationFailed(_("Dieser Zugang gilt nicht (mehr)."), code="token_invalid")
        return Till(), TillToken(device)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TillScheme(OpenApiAuthenticationExtension):
    """How the description of the API names it; it registers itself by being defined."""

    target_class = "partners.counters.bearer.TillAuthentication"
    name = "till"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "The key of a shop's till, made under /partner/geraete/",
        }
