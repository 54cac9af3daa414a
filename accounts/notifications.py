"""Mail to one person, in their language, from a pair of templates; and the news of consents."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import birthdays, consent, erasures, selectors
from accounts.models import Birthday, Erasure, User, YouthProfile
from clevervibes.lib import outbox, post
from clevervibes.lib.models import OutboxMessage


def send_mail(
    *, to: User, subject: str | Promise, template: str, context: dict[str, object], mailbox: str = ""
) -> None:
    """Send `<template>.txt` and `<template>.html` to `to`; nothing happens without an address.

    `mailbox` is an address that is not theirs yet. Subjects carry nothing personal: they are read on locked screens
    and by servers in between.
    """
    mailbox = mailbox or to.email
    if not mailbox:
        return
    with translation.override(to.language):
        context = {"to": to, "public_url": settings.PUBLIC_URL, **context}
        mail = EmailMultiAlternatives(
            subject=str(subject), body=render_to_string(f"{template}.txt", context), to=[mailbox]
        )
        mail.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
        post.send(mail)


@outbox.handles(consent.GIVEN, consent.WITHDRAWN)
def consent_changed(message: OutboxMessage) -> None:
    youth = YouthProfile.objects.select_related("user").filter(public_id=message.payload["youth"]).first()
    # Erased in the meantime, or no longer theirs to know.
    if youth is None or message.to is None:
        return
    if not consent.youths_seen_by(message.to, timezone.now()).filter(pk=youth.pk).exists():
        return
    given = message.topic == consent.GIVEN
    send_mail(
        to=message.to,
        subject=_("Clever Vibes Club: Eine Einwilligung hat sich geändert"),
        template="accounts/email/consent_given" if given else "accounts/email/consent_withdrawn",
        context={"youth": youth, "own": youth.user_id == message.to_id},
    )


@outbox.handles(consent.ASKED)
def consent_asked(message: OutboxMessage) -> None:
    text = selectors.current_text()
    # Answered meanwhile, or an even newer text asks by itself.
    if text is None or message.to is None or text.version != message.payload["version"]:
        return
    youths = list(consent.asked_of(message.to, timezone.now()))
    if youths:
        own = [youth.user_id for youth in youths] == [message.to_id]
        send_mail(
            to=message.to,
            subject=_("Clever Vibes Club: Bitte lesen Sie den neuen Text"),
            template="accounts/email/consent_asked",
            context={"text": text, "youths": youths, "own": own},
        )


@outbox.handles(birthdays.SOON, birthdays.TODAY)
def birthday(message: OutboxMessage) -> None:
    """Say what a birthday changes, before and on the day: to the youth, at the 18th to the guardians as well."""
    row = Birthday.objects.select_related("youth__user").filter(pk=message.payload["birthday"]).first()
    # Erased, or the birth date was corrected: another message says when.
    if row is None or message.to is None or (message.topic == birthdays.SOON) != (row.done_at is None):
        return
    send_mail(
        to=message.to,
        subject=_("Clever Vibes Club: Ein Geburtstag ändert etwas"),
        template="accounts/email/birthday",
        context={
            "row": row,
            "soon": message.topic == birthdays.SOON,
            "own": row.youth.user_id == message.to_id,
            "has_helper": row.youth.trusted_people.filter(ended_at=None).exists(),
            "ending": row.youth.endings.filter(called_off_at=None).order_by("spend_until").first(),
        },
    )


@outbox.handles(erasures.ORDERED, erasures.CALLED_OFF)
def erasure_ordered(message: OutboxMessage) -> None:
    """Say that somebody is to be erased and until when that can be called off, or that it was."""
    erasure = Erasure.objects.select_related("person").filter(public_id=message.payload["erasure"]).first()
    # Erased meanwhile, or changed since: another message says so.
    if erasure is None or message.to is None:
        return
    if (message.topic == erasures.CALLED_OFF) != (erasure.called_off_at is not None):
        return
    send_mail(
        to=message.to,
        subject=_("Clever Vibes Club: Eine Löschung"),
        template="accounts/email/erasure",
        context={"erasure": erasure, "own": erasure.person_id == message.to_id},
    )
