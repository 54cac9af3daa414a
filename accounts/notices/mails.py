"""Mails: every kind of news in one look, in the language of whoever reads it, with nothing personal in the subject."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.signing import BadSignature, Signer
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise

from accounts.models import User
from accounts.notices import kinds
from accounts.notices.kinds import Channel, Group, Kind, Reader, Text
from accounts.notices.models import Notice
from clevervibes.lib import outbox, post
from clevervibes.lib.models import OutboxMessage

DIGEST = "digest"  # what can be switched off besides the groups
_SIGNER = Signer(salt="accounts.unsubscribe")


def kind(
    *topics: str, group: Group, title: Text, youth_title: Text = "", icon: str, tint: str = "mint"
) -> Any:  # a decorator that gives back what it is given
    """Register what `topics` say, and that the outbox delivers them by mail.

    `title` is the subject as well: it must fit everybody, so it has no place to fill in.
    """

    def register(read: Reader) -> Reader:
        for topic in topics:
            kinds.KINDS[topic] = Kind(topic, group, title, youth_title or title, icon, tint, read)
        outbox.handles(*topics)(deliver)
        return read

    return register


def deliver(message: OutboxMessage) -> None:
    """Write the mail about one notice, if its reader wants one at once; the digest picks up the others."""
    kind, person = kinds.KINDS[message.topic], message.to
    if person is None or not person.email or kind.channel(person) != Channel.NOW:
        return
    with translation.override(person.language):
        # Read, settled, or no longer theirs to know in the meantime: the reader says what there is to tell now.
        news = kind.read(person, message.topic, message.payload, timezone.now())
        if news is None:
            return
        if news.way_in:
            news = replace(news, url=news.way_in(person, timezone.now()))
        if message.key:
            Notice.objects.filter(key=message.key).update(mailed_at=timezone.now())
        send(
            to=person, title=kind.title_for(person), template="accounts/email/news",
            context={"news": news}, what=kind.group.value,
        )  # fmt: skip


def send(
    *, to: User, title: str | Promise, template: str, context: dict[str, Any], what: str = "", mailbox: str = ""
) -> None:
    """Send `<template>.txt` and `.html` to `to`, in the language that is spoken here.

    `what` names what the reader can switch off by one click, `mailbox` an address that is not theirs yet.
    """
    context = {**page_context(to), **context, "title": title}
    headers = {}
    if what:
        context["unsubscribe"] = unsubscribe_url(to, what)
        headers = {
            "List-Unsubscribe": f"<{context['unsubscribe']}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    mail = EmailMultiAlternatives(
        subject=f"Clever Vibes Club: {title}",
        body=render_to_string(f"{template}.txt", context).strip() + "\n",
        to=[mailbox or to.email],
        headers=headers,
    )
    mail.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    post.send(mail)


def send_mail(
    *, to: User, subject: str | Promise, template: str, context: dict[str, object], mailbox: str = ""
) -> None:
    """Send `<template>.txt` and `.html` to `to`, in their language; nothing happens without an address.

    `mailbox` is an address that is not theirs yet. Subjects carry nothing personal: they are read on locked screens
    and by servers in between.
    """
    if mailbox or to.email:
        with translation.override(to.language):
            send(to=to, title=subject, template=template, context=context, mailbox=mailbox)


def page_context(to: User) -> dict[str, Any]:
    """Return what every mail of ours knows: whom it greets, and where the club is."""
    return {
        "to": to,
        "is_youth": hasattr(to, "youth"),
        "language": translation.get_language(),
        "public_url": settings.PUBLIC_URL,
        "settings_url": settings.PUBLIC_URL + reverse("accounts:mail-settings"),
    }


# ── Switched off by the mail itself ──────────────────────────────────────────────────────────────
def unsubscribe_url(person: User, what: str) -> str:
    """Return the link that switches `what` off for `person`. It opens nothing else, so it does not run out."""
    token = _SIGNER.sign_object({"person": str(person.public_id), "what": what})
    return settings.PUBLIC_URL + reverse("accounts:unsubscribe", args=[token])


def read_token(token: str) -> tuple[User, str] | None:
    """Return whose link it is and what it switches off; None if we did not make it, or they are gone."""
    try:
        said = _SIGNER.unsign_object(token)
    except (BadSignature, ValueError):
        return None
    person = User.objects.filter(public_id=said["person"], is_active=True).first()
    return (person, said["what"]) if person and said["what"] in (*SWITCHES, DIGEST) else None


SWITCHES = [group.value for group in Group if group.can_be_switched]


def label_of(what: str) -> Text:
    return kinds.label_of("weekday" if what == DIGEST else what)
