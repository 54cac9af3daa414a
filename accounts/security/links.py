"""Links that go by mail: good once, for one purpose, for a while.

Opening one changes nothing, however often a scanner does it; only the button on its page uses it up.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from accounts.models import MailLink, User
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

LIFETIME = {MailLink.Purpose.RESET: timedelta(hours=1), MailLink.Purpose.CONFIRM: timedelta(hours=24)}


class LinkUnknown(DomainError):
    code = "link_unknown"
    message = _("Diesen Link kennen wir nicht. Vielleicht fehlt am Ende ein Stück.")
    status = 404


class LinkUsed(DomainError):
    code = "link_used"
    message = _("Dieser Link wurde schon benutzt. Jeder gilt nur einmal.")
    status = 410


class LinkExpired(DomainError):
    code = "link_expired"
    message = _("Dieser Link ist abgelaufen.")
    status = 410


def make(*, user: User, purpose: str, mailbox: str, now: datetime) -> str:
    """Return the token of a new link; it is kept nowhere but in the mail."""
    token = secrets.token_urlsafe(32)  # 256 bits
    MailLink.objects.create(
        user=user, purpose=purpose, mailbox=mailbox, digest=digest_of(token), made_at=now,
        expires_at=now + LIFETIME[MailLink.Purpose(purpose)],
    )  # fmt: skip
    return token


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def look(digest: str, *, purpose: str, now: datetime) -> MailLink:
    """Return the live link behind a hash.

    :raises LinkUnknown: also for a link made for another purpose.
    :raises LinkUsed: it, or one that made it pointless.
    :raises LinkExpired: an hour after it was made, for a new password; a day, for an address.
    """
    link = MailLink.objects.select_related("user").filter(digest=digest, purpose=purpose, user__is_active=True).first()
    return _live(link, now)


def use(digest: str, *, purpose: str, now: datetime) -> MailLink:
    """Use a link up, as a part of a service, and with it all others of its person and purpose; raises as `look`."""
    db.require_transaction()
    link = MailLink.objects.select_for_update(of=("self",)).select_related("user").filter(
        digest=digest, purpose=purpose, user__is_active=True
    ).first()  # fmt: skip
    link = _live(link, now)
    MailLink.objects.filter(user=link.user, purpose=purpose, used_at=None).update(used_at=now)
    return link


def _live(link: MailLink | None, now: datetime) -> MailLink:
    if link is None:
        raise LinkUnknown
    if link.used_at is not None:
        raise LinkUsed
    if link.expires_at <= now:
        raise LinkExpired
    return link
