"""Mails of families: an invitation to somebody who has no account yet, and the news that concern everybody in it."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts import families, links, stops, vouching
from accounts.models import OneTimeLink, User, YouthProfile
from accounts.notifications import send_mail
from clevervibes.lib import db, outbox, post
from clevervibes.lib.models import OutboxMessage


@outbox.handles(families.INVITED)
def invited(message: OutboxMessage) -> None:
    """Send an invitation to an address that belongs to nobody here yet, in the language of whoever invites."""
    link = (
        OneTimeLink.objects.filter(public_id=message.payload["link"]).select_related("about__youth", "made_by").first()
    )
    if link is None or not link.sent_to or link.used_at or link.revoked_at or link.expires_at <= db.now():
        return
    with translation.override(link.about.language):
        context = {
            "link": link,
            "youth": link.about.youth,
            "url": links.url_of(link),
            "is_guardian": link.purpose == OneTimeLink.Purpose.GUARDIAN,
            "public_url": settings.PUBLIC_URL,
            "language": link.about.language,
        }
        mail = EmailMultiAlternatives(
            subject=str(_("Clever Vibes Club: eine Einladung")),
            body=render_to_string("accounts/email/invited.txt", context),
            to=[link.sent_to],
        )
        mail.attach_alternative(render_to_string("accounts/email/invited.html", context), "text/html")
        post.send(mail)


SUBJECT = _("Clever Vibes Club: Neues in Ihrer Familie")


@outbox.handles(families.JOINED, families.ENDED, stops.STOPPED, stops.RESUMED)
def family_news(message: OutboxMessage) -> None:
    """Tell one person who came, who left, or what the team has stopped."""
    youth = YouthProfile.objects.select_related("user").filter(public_id=message.payload["youth"]).first()
    about = User.objects.filter(public_id=message.payload["about"]).first()
    if youth is None or about is None or message.to is None:
        return
    send_mail(
        to=message.to,
        subject=_("Clever Vibes Club: Neues in Deiner Familie") if youth.user_id == message.to_id else SUBJECT,
        template="accounts/email/family_news",
        context={
            "topic": message.topic,
            "youth": youth,
            "about": about,
            "own": youth.user_id == message.to_id,
            "is_me": about.pk == message.to_id,
            "about_youth": about.pk == youth.user_id,
            "why": stops.sentence_for(youth, about),
        },
    )


@outbox.handles(vouching.PASSWORD_SET)
def password_set(message: OutboxMessage) -> None:
    if message.to:
        send_mail(
            to=message.to,
            subject=_("Clever Vibes Club: Ein neues Passwort"),
            template="accounts/email/password_set_by_qr",
            context={},
        )
