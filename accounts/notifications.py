"""Mail to one person, in their language, from a pair of templates."""

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise

from accounts.models import User


def send_mail(*, to: User, subject: str | Promise, template: str, context: dict[str, object]) -> None:
    """Send `<template>.txt` and `<template>.html` to `to`; nothing happens without an address.

    Subjects carry nothing personal: they are read on locked screens and by servers in between.
    """
    if not to.email:
        return
    with translation.override(to.language):
        context = {"to": to, "public_url": settings.PUBLIC_URL, **context}
        mail = EmailMultiAlternatives(
            subject=str(subject), body=render_to_string(f"{template}.txt", context), to=[to.email]
        )
        mail.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
        mail.send()
