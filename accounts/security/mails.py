"""What goes by mail about an account: new passwords, addresses to be confirmed, and word of every change.

Whoever asks gets the same answer for known and unknown addresses. The mail itself is written when it is delivered, so
that no token lies in the outbox.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import MailLink, User
from accounts.notices import telling
from accounts.notices.kinds import Group, News
from accounts.notices.mails import kind, send_mail
from accounts.security import limits, links, sessions
from accounts.security.backend import find
from clevervibes.lib import db, outbox
from clevervibes.lib import limits as counting
from clevervibes.lib.errors import DomainError
from clevervibes.lib.models import OutboxMessage

# What somebody is told after it happened, in case it was not them.
NOTICES = {
    "password": _("Das Passwort wurde geändert."),
    "mail": _("Für das Konto soll eine andere E-Mail-Adresse gelten. Die neue ist noch nicht bestätigt."),
    "totp_on": _("Bei der Anmeldung wird jetzt auch ein Code aus einer App verlangt."),
    "totp_off": _("Der Code aus der App wird bei der Anmeldung nicht mehr verlangt."),
    "passkey_on": _("Ein Passkey wurde eingerichtet: Anmelden mit Fingerabdruck, Gesicht oder Geräte-PIN."),
    "passkey_off": _("Ein Passkey wurde entfernt."),
    "app": _("Eine App wurde angemeldet. Im Profil steht, welche."),
    "codes": _("Es gibt neue Notfall-Codes. Die alten gelten nicht mehr."),
}


class MailTaken(DomainError):
    """Between asking and confirming somebody else proved that the mailbox is theirs."""

    code = "mail_taken"
    message = _("Diese E-Mail-Adresse gehört inzwischen zu einem anderen Konto.")


# ── A new password by mail ───────────────────────────────────────────────────────────────────────
@db.service
def ask_for_reset(*, mailbox: str, now: datetime) -> None:
    """Have a link to a new password sent to `mailbox`, if anybody is known there; a row is written either way."""
    outbox.put("password_reset", to=_reader_of(mailbox), now=now)


def _reader_of(mailbox: str) -> User | None:
    """Return whose address it is and who, as far as we know, reads there. A moved one is to be confirmed first."""
    owner = _owner_of(mailbox)
    return owner if owner and not waiting_mailboxes(owner).filter(email__iexact=mailbox).exists() else None


def _owner_of(mailbox: str) -> User | None:
    person = find(mailbox) if "@" in mailbox else None
    return person if person and person.is_active and person.email.lower() == mailbox.lower() else None


@outbox.handles("password_reset")
def send_reset(message: OutboxMessage) -> None:
    person = message.to
    if person is None or not person.email:
        return
    token = links.make(user=person, purpose=MailLink.Purpose.RESET, mailbox=person.email, now=db.now())
    send_mail(
        to=person,
        subject=_("neues Passwort"),
        template="accounts/email/reset",
        context={"link": reverse("account_reset_password_from_key", args=[token])},
    )


@db.service
def set_password_by_link(*, digest: str, password: str, now: datetime) -> User:
    """Use a link up for a new password. All sign-ins end, and tries on the old password no longer count.

    :raises links.LinkUnknown, links.LinkUsed, links.LinkExpired: if the link is not live.
    """
    link = links.use(digest, purpose=MailLink.Purpose.RESET, now=now)
    set_password(user=link.user, password=password, now=now)
    return link.user


def set_password(*, user: User, password: str, now: datetime) -> None:
    """Give `user` a new password, as a part of a service, sign them out everywhere and send word of it."""
    replace_password(user=user, password=password, now=now)
    notify(user, "password", now=now)


def replace_password(*, user: User, password: str, now: datetime) -> None:
    """Give `user` a new password, as a part of a service, and sign them out everywhere; tries so far are forgotten."""
    db.require_transaction()
    user.set_password(password)
    user.save(update_fields=["password"])
    sessions.end_all(user)
    # A link to the old password would open the new one.
    MailLink.objects.filter(user=user, purpose=MailLink.Purpose.RESET, used_at=None).update(used_at=now)
    counting.drop(limits.LOGIN_ACCOUNT, limits.account_of(user))


@db.service
def change_password(*, user: User, password: str, now: datetime) -> None:
    """Give `user`, who has just shown the old one, a new password."""
    set_password(user=user, password=password, now=now)


# ── A mail address ───────────────────────────────────────────────────────────────────────────────
@db.service
def ask_to_confirm(*, user: User, mailbox: str, now: datetime) -> None:
    """Let `mailbox` become the address of `user` once somebody there says so. Until then the old one stays.

    Nobody learns here whether the address belongs to somebody else: that person alone is told, by mail.
    """
    expect_mailbox(user=user, mailbox=mailbox, now=now)
    if user.email and user.email.lower() != mailbox.lower():
        notify(user, "mail", now=now)


def expect_mailbox(*, user: User, mailbox: str, now: datetime) -> None:
    """Note the address that `user` gave and have it asked, as a part of a service."""
    db.require_transaction()
    # The one they have stays noted as long as it is theirs: without its row it would pass for confirmed.
    waiting_mailboxes(user).exclude(email__iexact=user.email).delete()
    address, _made = EmailAddress.objects.update_or_create(
        user=user, email=mailbox.lower(), defaults={"verified": False, "primary": False}
    )
    outbox.put("confirm_mail", to=user, now=now, address=address.pk)


def waiting_mailboxes(user: User) -> QuerySet[EmailAddress]:
    """Return the addresses of which nobody has shown yet that `user` reads there, the newest first."""
    return EmailAddress.objects.filter(user=user, verified=False).order_by("-pk")


@outbox.handles("confirm_mail")
def send_confirmation(message: OutboxMessage) -> None:
    """Ask the new mailbox, or tell its owner that somebody else gave it as theirs."""
    person = message.to
    address = waiting_mailboxes(person).filter(pk=message.payload["address"]).first() if person else None
    # Confirmed, replaced or taken back in the meantime: there is nothing to ask any more.
    if person is None or address is None:
        return
    owner = _owner_of(address.email)
    if owner and owner != person:
        send_mail(
            to=owner,
            subject=_("E-Mail-Adresse schon bekannt"),
            template="accounts/email/already_known",
            context={"link": reverse("account_reset_password")},
        )
        return
    token = links.make(user=person, purpose=MailLink.Purpose.CONFIRM, mailbox=address.email, now=db.now())
    send_mail(
        to=person,
        mailbox=address.email,
        subject=_("Bitte bestätigen"),
        template="accounts/email/confirm",
        context={"link": reverse("account_confirm_email", args=[token])},
    )


@db.service
def confirm_mailbox(*, digest: str, now: datetime) -> User:
    """Use a link up to make its mailbox the address of its person.

    :raises links.LinkUnknown, links.LinkUsed, links.LinkExpired: if the link is not live, or another address was
        given meanwhile.
    :raises MailTaken: if the mailbox is somebody else's by now.
    """
    link = links.use(digest, purpose=MailLink.Purpose.CONFIRM, now=now)
    user = User.objects.select_for_update(no_key=True).get(pk=link.user_id)
    if not waiting_mailboxes(user).filter(email=link.mailbox).exists():
        raise links.LinkUsed
    EmailAddress.objects.filter(user=user).delete()
    user.email = link.mailbox
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
            EmailAddress.objects.create(user=user, email=link.mailbox, verified=True, primary=True)
    except IntegrityError as error:
        raise MailTaken from error
    return user


@db.service
def drop_mailbox(*, user: User, now: datetime) -> None:
    """Keep no mail address of `user` any more; a username is enough."""
    EmailAddress.objects.filter(user=user).delete()
    user.email = ""
    user.save(update_fields=["email"])
    MailLink.objects.filter(user=user, used_at=None).update(used_at=now)


# ── Word of every change ─────────────────────────────────────────────────────────────────────────
def notify(user: User, what: str, *, now: datetime, key: UUID | None = None) -> None:
    """Tell `user` what was changed about their account, as a part of a service."""
    telling.tell("security_notice", to=user, now=now, key=key, what=what)


@kind("security_notice", group=Group.ACCOUNT, title=_("Änderung am Konto"), icon="shield", tint="sky")
def account_changed(to: User, topic: str, ids: dict[str, Any], now: datetime) -> News:
    return News(
        template="accounts/news/security.html",
        url=reverse("account_reset_password"),
        label=_("Neues Passwort setzen"),
        context={"what": NOTICES[ids["what"]]},
    )


@db.service
def tell(*, user: User, what: str, now: datetime) -> None:
    """Tell `user` what was changed about their account; see `notify`."""
    notify(user, what, now=now)
