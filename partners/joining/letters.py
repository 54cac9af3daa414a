"""What an organisation gets by mail: the link that proves its mailbox, and what the team has decided. In German."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from clevervibes.lib import outbox, post
from clevervibes.lib.models import OutboxMessage
from partners.joining import enquiries
from partners.models import Enquiry


@outbox.handles(enquiries.ASKED)
def asked(message: OutboxMessage) -> None:
    enquiry = _found(message)
    if enquiry and enquiry.confirmed_at is None:
        with translation.override("de"):
            url = enquiries.link_of(enquiry)
            _send(enquiry, _("Bitte bestätigen"), "partners/email/enquiry_asked", url=url)


@outbox.handles(enquiries.ACCEPTED)
def accepted(message: OutboxMessage) -> None:
    enquiry = _found(message)
    if enquiry and enquiry.organisation_id:
        with translation.override("de"):
            _send(enquiry, _("Schön, dass Sie mitmachen"), "partners/email/enquiry_accepted")


@outbox.handles(enquiries.DECLINED)
def declined(message: OutboxMessage) -> None:
    enquiry = _found(message)
    if enquiry and enquiry.reason:
        with translation.override("de"):
            _send(enquiry, _("Ihre Anfrage"), "partners/email/enquiry_declined")


def _found(message: OutboxMessage) -> Enquiry | None:
    return Enquiry.objects.select_related("club").filter(public_id=message.payload["enquiry"]).first()


def _send(enquiry: Enquiry, title: str, template: str, **more: Any) -> None:
    context = {"enquiry": enquiry, "title": title, "language": "de", "public_url": settings.PUBLIC_URL, **more}
    letter = EmailMultiAlternatives(
        subject=f"Clever Vibes Club: {title}",
        body=render_to_string(f"{template}.txt", context).strip() + "\n",
        to=[enquiry.email],
    )
    letter.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    post.send(letter)
