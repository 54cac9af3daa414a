"""The link behind a portfolio's QR: 256 bits that nobody can guess or read off a dump, revocable.

As with one-time links the token is an HMAC of the row's random id under a key outside the database, so that the sheet
can be printed again without keeping it; the database holds its SHA-256.
"""

import base64
import hashlib
import hmac
import re

from django.conf import settings
from django.urls import reverse

from activities.models import Portfolio

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def hash_for(portfolio: Portfolio) -> str:
    """Return what is kept of the token of a new portfolio."""
    return _sha256(_token(portfolio, settings.CODE_KEYS[0]))


def url_of(portfolio: Portfolio) -> str:
    """Return the address behind the QR; empty if it is revoked, or its key has left the settings. Never log it."""
    if portfolio.revoked_at is not None:
        return ""
    for key in settings.CODE_KEYS:
        token = _token(portfolio, key)
        if hmac.compare_digest(_sha256(token), portfolio.token_sha256):
            return settings.PUBLIC_URL + reverse("activities:portfolio-proof", args=[token])
    return ""


def digest_of(token: str) -> str | None:
    """Return the hash by which a scanned token is looked up; None if it cannot be one of ours."""
    return _sha256(token) if _TOKEN.fullmatch(token) else None


def _token(portfolio: Portfolio, key: str) -> str:
    own = hmac.digest(base64.urlsafe_b64decode(key), b"clevervibes portfolio links", "sha256")
    digest = hmac.digest(own, portfolio.public_id.bytes, "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
