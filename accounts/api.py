"""`tokens/` lets an app in, `me/` tells it for whom."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import selectors
from accounts.access import user_of
from accounts.models import ApiToken, Membership, TrustedPerson, User
from accounts.security import limits, second_factor, tokens
from accounts.security.bearer import may
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from clevervibes.lib.limits import give_back, take

Scope = ApiToken.Scope
ANY_SCOPE = tuple(Scope.values)


class WrongCredentials(DomainError):
    code = "wrong_credentials"
    message = _("Name oder Passwort stimmt nicht. Bitte noch einmal versuchen.")
    status = 401


class OtpRequired(DomainError):
    code = "otp_required"
    message = _("Zur Anmeldung gehört ein Code aus der App oder ein Notfall-Code.")
    status = 401


class OtpWrong(DomainError):
    code = "otp_wrong"
    message = _("Dieser Code stimmt nicht, oder er wurde schon benutzt.")
    status = 401


class SecondFactorMissing(DomainError):
    code = "second_factor_missing"
    message = _("Bitte erst einen zweiten Faktor einrichten.")
    status = 403


# ── Shapes ───────────────────────────────────────────────────────────────────────────────────────
class TokenRequest(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=254, help_text="Or the mail address")
    password = serializers.CharField(max_length=128, trim_whitespace=False)
    otp = serializers.CharField(
        max_length=20, required=False, allow_blank=True, help_text="Of an authenticator app, or a recovery code"
    )
    name = serializers.CharField(max_length=60, help_text="What its owner recognises the app by")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=Scope.choices), allow_empty=False, max_length=len(Scope)
    )


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    expires_at = serializers.DateTimeField()


class YouthSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="public_id")
    first_name = serializers.CharField()


class MeSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="public_id")
    first_name = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    youths = YouthSerializer(many=True)


# ── Calls ────────────────────────────────────────────────────────────────────────────────────────
class TokensView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(request=TokenRequest, responses={201: TokenSerializer}, auth=[])
    def post(self, request: Request) -> Response:
        """Sign an app in. The token is told this once; it ends with the password, at the latest at `expires_at`.

        401: wrong_credentials, otp_required, otp_wrong. 403: team_gets_no_token, second_factor_missing.
        409: scope_not_yours, too_many_tokens. 429: too_often.
        """
        form = TokenRequest(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        user = _prove(request._request, given["username"], given["password"])
        if user.is_staff:
            raise tokens.TeamGetsNone
        _prove_again(user, given.get("otp", ""), given["scopes"])
        token, row = tokens.issue(user=user, name=given["name"], scopes=given["scopes"], now=db.now())
        answer = {"token": token, "scopes": row.scopes, "expires_at": row.expires_at}
        return Response(TokenSerializer(answer).data, status=status.HTTP_201_CREATED)


def _prove(request: HttpRequest, login: str, password: str) -> User:
    """Return whom name and password belong to, counted as at the door for people.

    :raises WrongCredentials, TooOften, CannotCount:
    """
    try:
        user: User | None = get_adapter().authenticate(request, username=login, password=password)
    except ValidationError as refusal:
        if isinstance(refusal.__cause__, DomainError):
            raise refusal.__cause__ from None
        raise
    if user is None:
        raise WrongCredentials
    return user


def _prove_again(user: User, code: str, scopes: list[str]) -> None:
    """Ask for the second factor of whoever has one, and of those who manage a shop whether or not they have.

    :raises OtpRequired, OtpWrong, SecondFactorMissing, TooOften, CannotCount:
    """
    if not second_factor.is_asked_of(user):
        if settings.SECOND_FACTOR_DUTY and Scope.MANAGER in scopes:
            raise SecondFactorMissing
        return
    if not code:
        raise OtpRequired
    now = db.now()
    counted = take((limits.CODE_ACCOUNT, limits.account_of(user)), now=now)
    if second_factor.use_code(user=user, code=code, now=now) is None:
        raise OtpWrong
    give_back(counted)


class MeView(APIView):
    scopes = ANY_SCOPE

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Say who is signed in. `youths` are those whose guardian they are; the scope `guardian` shows them."""
        user = user_of(request)
        guarded = selectors.youths_guarded_by(user).order_by("user__first_name", "pk")
        me = {
            "public_id": user.public_id,
            "first_name": user.first_name,
            "roles": roles_of(user),
            "youths": guarded if may(request, Scope.GUARDIAN) else [],
        }
        return Response(MeSerializer(me).data)


def roles_of(user: User) -> list[str]:
    """Return what somebody is to the club, in the words of the code."""
    named = {
        "youth": hasattr(user, "youth"),
        "guardian": selectors.youths_guarded_by(user).exists(),
        "trusted_person": TrustedPerson.objects.filter(person=user, ended_at=None).exists(),
        "team": user.is_staff,
    }
    offices = set(Membership.objects.filter(user=user).values_list("role", flat=True))
    return [role for role, has in named.items() if has] + [role for role in Membership.Role.values if role in offices]
