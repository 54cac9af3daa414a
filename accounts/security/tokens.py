"""Tokens by which an app speaks for a person: made with the password, good for a few scopes and a while.

A token is shown once; kept is its hash. It is void with the password it was made with, at the first request after its
owner was stopped or joined the team, and gone with its owner.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import selectors
from accounts.models import ApiToken, Membership, User
from accounts.security import mails
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

Scope = ApiToken.Scope
LIFETIME = timedelta(days=90)
# What a shop earns is looked at from a till as well as from home: asked for more often.
MANAGER_LIFETIME = timedelta(days=30)
MOST = 10
# Written at most once in this time: a page of the app is many calls.
GRAIN = timedelta(minutes=1)
# Says what it is to whoever finds one in a log or a repository.
PREFIX = "cvc_"


class TeamGetsNone(DomainError):
    code = "team_gets_no_token"
    message = _("Für das Club-Team gibt es keinen Zugang für Apps.")
    status = 403


class ScopeNotYours(DomainError):
    code = "scope_not_yours"
    message = _("Einen Zugang für „{scope}“ gibt es für dieses Konto nicht.")


class TooManyTokens(DomainError):
    code = "too_many_tokens"
    message = _("Mehr als 10 Apps auf einmal gehen nicht. Bitte zuerst im Profil eine abmelden.")


def make_token() -> str:
    return PREFIX + secrets.token_urlsafe(32)  # 256 bits


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def expires_at(scopes: Iterable[str], now: datetime) -> datetime:
    return now + (MANAGER_LIFETIME if Scope.MANAGER in scopes else LIFETIME)


@db.service
def issue(*, user: User, name: str, scopes: Iterable[str], now: datetime) -> tuple[str, ApiToken]:
    """Return a new token of `user`, who has just proven who they are, and its row; the token is shown this once.

    :raises TeamGetsNone: for somebody of the team.
    :raises ScopeNotYours: if a scope belongs to a role that `user` has not, or not while they are stopped.
    :raises TooManyTokens: past ten live ones.
    """
    # Locked: two apps that sign in at once must not both be the tenth.
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if user.is_staff:
        raise TeamGetsNone
    wanted = [scope for scope in Scope if scope in scopes]
    fits = scopes_of(user)
    for scope in wanted:
        if scope not in fits:
            raise ScopeNotYours(scope=scope.label)
    if len(tokens_of(user, now=now)) >= MOST:
        raise TooManyTokens
    token = make_token()
    row = ApiToken.objects.create(
        user=user, name=name, scopes=wanted, token_sha256=digest_of(token), password_mark=user.get_session_auth_hash(),
        created_at=now, expires_at=expires_at(wanted, now),
    )  # fmt: skip
    mails.notify(user, "app", now=now)
    return token, row


def scopes_of(user: User) -> set[Scope]:
    """Return what an app could do for `user`: a scope per role they have."""
    found = set()
    youth = getattr(user, "youth", None)
    if youth is not None and youth.paused_at is None:
        found.add(Scope.YOUTH)
    if selectors.youths_confirmed_by(user).exists():
        found.add(Scope.GUARDIAN)
    if Membership.objects.filter(user=user, role=Membership.Role.MANAGER).exists():
        found.add(Scope.MANAGER)
    return found


def tokens_of(user: User, *, now: datetime) -> list[ApiToken]:
    """Return the tokens of `user` that let an app in now, the newest first."""
    rows = _live(now).filter(user=user).select_related("user").order_by("-created_at", "-pk")
    return [row for row in rows if _has_password_of_then(row)]


def look_up(token: str, *, now: datetime) -> ApiToken | None:
    """Return the live token that an app shows, with its owner, and note that it was used; None if it opens nothing."""
    row = _live(now).filter(token_sha256=digest_of(token), user__is_active=True, user__is_staff=False)
    found = row.select_related("user").first()
    if found is None or not _has_password_of_then(found):
        return None
    if found.last_used_at is None or now - found.last_used_at >= GRAIN:
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found


@db.service
def revoke(*, user: User, public_id: UUID, now: datetime) -> None:
    """End a token of `user` at once; ending it again, or somebody else's, changes nothing."""
    ApiToken.objects.filter(user=user, public_id=public_id, revoked_at=None).update(revoked_at=now)


def revoke_all(user: User, *, now: datetime) -> None:
    """End all tokens of `user`, as a part of a service: they were stopped."""
    db.require_transaction()
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=now)


def ended_before(moment: datetime) -> QuerySet[ApiToken]:
    """Return the tokens that ended before `moment`, one way or the other."""
    return ApiToken.objects.filter(Q(revoked_at__lt=moment) | Q(expires_at__lt=moment))


def _live(now: datetime) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(revoked_at=None, expires_at__gt=now)


def _has_password_of_then(row: ApiToken) -> bool:
    """Say whether the password is still the one the token was made with, also after the server's key was changed."""
    marks = [row.user.get_session_auth_hash(), *row.user.get_session_auth_fallback_hash()]
    return any(hmac.compare_digest(row.password_mark, mark) for mark in marks)
