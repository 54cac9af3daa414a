"""Where somebody is signed in, and the links they get by mail."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SignIn(models.Model):
    """One sign-in on one device, until its owner or the clock ends it. The session knows its `public_id`.

    Without the row the session is over, so ending a sign-in is deleting it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sign_ins")
    # What its owner recognises a device by; no address, no version.
    browser = models.CharField(_("Browser"), max_length=30)
    system = models.CharField(_("Gerät"), max_length=30)
    signed_in_at = models.DateTimeField(_("angemeldet"))
    last_seen_at = models.DateTimeField(_("zuletzt benutzt"))

    class Meta:
        verbose_name = _("Anmeldung")
        verbose_name_plural = _("Anmeldungen")

    def __str__(self) -> str:
        return f"{self.user} {self.signed_in_at:%d.%m.%Y}"


class MailLink(models.Model):
    """A link that went to a mailbox: good for one purpose, once, for a while. Only its hash is kept."""

    class Purpose(models.TextChoices):
        RESET = "reset", _("neues Passwort")
        CONFIRM = "confirm", _("Adresse bestätigen")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mail_links")
    purpose = models.CharField(max_length=10, choices=Purpose)
    mailbox = models.EmailField()  # where it went: using the link proves that somebody reads there
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Link in einer Mail")
        verbose_name_plural = _("Links in Mails")

    def __str__(self) -> str:
        return f"{self.purpose} {self.made_at:%d.%m.%Y}"
