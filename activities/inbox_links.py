"""The link in a mail that opens one person's inbox without signing in: 14 days, this person's list, nothing else.

Opening it changes nothing, however often a scanner does; what is sent from its pages acts in the name of the person
it was made for. It ends when they say so, with their password, and with their part in the family.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import selectors as people
from accounts.models import User
from accounts.notices import mails
from accounts.security import limits as mail_limits
from activities.models import InboxLink
from clevervibes.lib import db, limits, outbox
from clevervibes.lib.errors import DomainError
from clevervibes.lib.models import OutboxMessage

LIFETIME = timedelta(days=14)
ASKED = "inbox_link"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class LinkClosed(DomainError):
    """A link that opens nothing (any more); the subclass says why."""

    status = 410


class LinkUnknown(LinkClosed):
    code = "link_unknown"
    message = _("Diesen Link kennen wir nicht. Vielleicht fehlt am Ende ein Stück.")
    status = 404


class LinkExpired(LinkClosed):
    code = "link_expired"
    message = _("Dieser Link ist abgelaufen. Jeder gilt 14 Tage.")


class LinkEnded(LinkClosed):
    code = "link_ended"
    message = _("Dieser Link wurde beendet.")


class NothingToConfirm(LinkClosed):
    code = "nothing_to_confirm"
    message = _("Für diese Person gibt es im Club gerade nichts zu bestätigen.")


def make(*, person: User, now: datetime) -> str:
    """Return the path of a new link, as a part of a service; its token is kept nowhere but in the mail."""
    db.require_transaction()
    token = secrets.token_urlsafe(32)  # 256 bits
    InboxLink.objects.create(
        person=person, token_sha256=_sha256(token), password_mark=_mark(person), made_at=now, expires_at=now + LIFETIME
    )
    return reverse("activities:mail-link", args=[token])


def look_up(token: str) -> InboxLink:
    """Return the link with this token, open or not.

    :raises LinkUnknown: without one.
    """
    if not _TOKEN.fullmatch(token):
        raise LinkUnknown
    return _found(token_sha256=_sha256(token))


def get(pk: int | None) -> InboxLink:
    """Return the link that a session came in by.

    :raises LinkUnknown: if it is gone.
    """
    return _found(pk=pk)


def _found(**where: object) -> InboxLink:
    link = InboxLink.objects.filter(**where, person__is_active=True).select_related("person").first()
    if link is None:
        raise LinkUnknown
    return link


def require_open(link: InboxLink, now: datetime) -> None:
    """Refuse a link that opens nothing any more.

    :raises LinkEnded: by its person, or with their password.
    :raises LinkExpired: after 14 days.
    :raises NothingToConfirm: if its person confirms for nobody, or was stopped.
    """
    if link.revoked_at or not hmac.compare_digest(link.password_mark, _mark(link.person)):
        raise LinkEnded
    if link.expires_at <= now:
        raise LinkExpired
    if not people.youths_confirmed_by(link.person, at=now).exists():
        raise NothingToConfirm


def open_until(person: User, now: datetime) -> datetime | None:
    """Return until when the latest open link of `person` is good; None without one."""
    links = InboxLink.objects.filter(
        person=person, revoked_at=None, expires_at__gt=now, password_mark=_mark(person)
    )  # fmt: skip
    return links.order_by("-expires_at").values_list("expires_at", flat=True).first()


@db.service
def end_all(*, person: User, now: datetime) -> int:
    """End every link of `person` and return how many were open."""
    return InboxLink.objects.filter(person=person, revoked_at=None, expires_at__gt=now).update(revoked_at=now)


# ── A new one ────────────────────────────────────────────────────────────────────────────────────
def ask(*, person: User, now: datetime) -> None:
    """Have a new link sent to the mailbox of `person`; without an address nothing happens.

    :raises lib.limits.TooOften: past 2 an hour or 5 a day.
    """
    box = person.email.lower()
    if box:
        limits.take((mail_limits.MAIL_BOX_HOUR, box), (mail_limits.MAIL_BOX_DAY, box), now=now)
        db.service(outbox.put)(ASKED, to=person, now=now)


@outbox.handles(ASKED)
def send(message: OutboxMessage) -> None:
    """Write the mail when it is delivered, so that no token lies in the outbox."""
    person, now = message.to, timezone.now()
    if person is None or not person.email or not people.youths_confirmed_by(person, at=now).exists():
        return
    mails.send_mail(
        to=person,
        subject=_("Ihre Liste zum Bestätigen"),
        template="activities/email/inbox_link",
        context={"link": make(person=person, now=now)},
    )


def _sha256(token: str) -> str:
    # 256 random bits need no key and no salt.
    return hashlib.sha256(token.encode()).hexdigest()


def _mark(person: User) -> str:
    # Changes with the password, and says nothing about it.
    return person.get_session_auth_hash()
