"""Links and QR codes that open one door once: made, shown again, looked up, used.

The token is an HMAC of the row's id under a key that is not in the database: 256 bits nobody can guess or read off a
dump, and still the page of the person who made it can show it again without keeping it. The database holds its
SHA-256. Looking never uses a link up, only the POST of the person it was meant for does.
"""

import base64
import hashlib
import hmac
import re
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import OneTimeLink, User
from clevervibes.lib import db, qr
from clevervibes.lib.errors import DomainError

Purpose = OneTimeLink.Purpose
INVITATIONS = (Purpose.GUARDIAN, Purpose.TRUSTED)
LIFETIME = {
    Purpose.GUARDIAN: timedelta(days=7),
    Purpose.TRUSTED: timedelta(days=7),
    Purpose.PASSWORD: timedelta(minutes=15),
}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class OpensOnce(Protocol):
    """A row behind a link: an invitation of a family, a shop or a sponsor."""

    used_at: datetime | None
    revoked_at: datetime | None
    expires_at: datetime


class LinkClosed(DomainError):
    """A link that opens nothing; the subclass says why."""

    status = 410


class LinkUnknown(LinkClosed):
    code = "link_unknown"
    message = _("Diesen Link kennen wir nicht. Vielleicht fehlt ein Stück davon.")
    status = 404


class LinkUsed(LinkClosed):
    code = "link_used"
    message = _("Dieser Link wurde schon benutzt. Jeder Link gilt nur einmal.")


class LinkExpired(LinkClosed):
    code = "link_expired"
    message = _("Dieser Link ist abgelaufen.")


class LinkRevoked(LinkClosed):
    code = "link_revoked"
    message = _("Dieser Link gilt nicht mehr, weil ein neuer gemacht oder er zurückgezogen wurde.")


def make(*, purpose: str, about: User, by: User, now: datetime) -> OneTimeLink:
    """Make a link in the place of the open one of this purpose, as a part of a service."""
    db.require_transaction()
    close(purpose=purpose, about=about, now=now)
    link = OneTimeLink(
        purpose=purpose, about=about, made_by=by, created_at=now, expires_at=now + LIFETIME[Purpose(purpose)]
    )
    link.token_sha256 = digest_of(new_token(f"{link.purpose}:{link.public_id}"))
    link.save()
    return link


def close(*, purpose: str, about: User, now: datetime) -> int:
    """Revoke the open link of this purpose and return how many there were, as a part of a service."""
    db.require_transaction()
    return OneTimeLink.objects.filter(purpose=purpose, about=about, used_at=None, revoked_at=None).update(
        revoked_at=now
    )


def open_link(*, purpose: str, about: User, now: datetime) -> OneTimeLink | None:
    """Return the link of this purpose that can be used now."""
    return OneTimeLink.objects.filter(
        purpose=purpose, about=about, used_at=None, revoked_at=None, expires_at__gt=now
    ).first()


def url_of(link: OneTimeLink) -> str:
    """Return the address behind the QR, or an empty string if its key has left the settings: then a new link helps.

    Never log it, never keep it.
    """
    token = shown_again(f"{link.purpose}:{link.public_id}", link.token_sha256)
    if not token:
        return ""
    name = "accounts:password-link" if link.purpose == Purpose.PASSWORD else "accounts:invitation-link"
    return settings.PUBLIC_URL + reverse(name, args=[token])


def shown(link: OneTimeLink) -> dict[str, object]:
    """Return what a page needs to show a link: its address and QR, or neither if its key is gone."""
    url = url_of(link)
    return {"link": link, "youth": link.about.youth, "url": url, "qr": qr.draw(url) if url else None}


def look_up(token: str, *purposes: str) -> OneTimeLink:
    """Return the link behind `token`, open or not.

    :raises LinkUnknown: if no link of these purposes has this token.
    """
    return _found(token_sha256=digest_of(token), purpose__in=purposes)


def get(public_id: UUID | str, *purposes: str) -> OneTimeLink:
    """Return the link that a session has come in by.

    :raises LinkUnknown: if it is gone.
    """
    return _found(public_id=public_id, purpose__in=purposes)


def require_purpose(link: OneTimeLink, purpose: str) -> None:
    """Refuse a link that was made for another door.

    :raises LinkUnknown: as if there were none.
    """
    if link.purpose != purpose:
        raise LinkUnknown


def require_open(link: OpensOnce, now: datetime) -> None:
    """Refuse a link that opens nothing any more.

    :raises LinkUsed, LinkRevoked, LinkExpired: whichever it is.
    """
    if link.used_at:
        raise LinkUsed
    if link.revoked_at:
        raise LinkRevoked
    if link.expires_at <= now:
        raise LinkExpired


def use(link: OneTimeLink, *, by: User | None, now: datetime) -> None:
    """Use up a link as a part of a service; two who come at once are answered one after the other.

    :raises LinkUsed, LinkRevoked, LinkExpired: whichever it is.
    """
    db.require_transaction()
    fresh = OneTimeLink.objects.select_for_update(no_key=True).get(pk=link.pk)
    require_open(fresh, now)
    fresh.used_at, fresh.used_by = now, by
    fresh.save(update_fields=["used_at", "used_by"])


def _found(**where: object) -> OneTimeLink:
    link = OneTimeLink.objects.filter(**where).select_related("about__youth", "about__club", "made_by").first()
    if link is None:
        raise LinkUnknown
    return link


# ── Tokens that can be shown again ───────────────────────────────────────────────────────────────
def new_token(name: str) -> str:
    """Return the token of what is called `name`: its kind and its random number."""
    return _token(name, settings.CODE_KEYS[0])


def shown_again(name: str, digest: str) -> str:
    """Return the token that was made for `name`, or an empty string if its key has left the settings."""
    for key in settings.CODE_KEYS:
        token = _token(name, key)
        if hmac.compare_digest(sha256(token), digest):
            return token
    return ""


def digest_of(token: str) -> str:
    """Return the hash under which a token that somebody came with is stored.

    :raises LinkUnknown: if it cannot be one of ours.
    """
    if not _TOKEN.fullmatch(token):
        raise LinkUnknown
    return sha256(token)


def _token(name: str, key: str) -> str:
    # Derived, so that the key that makes links is not the key that seals redemption codes.
    own = hmac.digest(base64.urlsafe_b64decode(key), b"clevervibes one-time links", "sha256")
    digest = hmac.digest(own, name.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def sha256(token: str) -> str:
    """Return the hash of a random token, which needs no key and no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
