"""Where somebody is signed in, apps included, and the links they get by mail."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
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


class ApiToken(models.Model):
    """What an app shows to speak for somebody; see accounts.security.tokens. Only its hash is kept."""

    class Scope(models.TextChoices):
        YOUTH = "youth", _("Zeiten, Coins und Belohnungen")
        GUARDIAN = "guardian", _("Bestätigen und Coins ansehen")
        MANAGER = "manager", _("Abrechnungen ansehen")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("App"), max_length=60)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope), verbose_name=_("darf"))
    token_sha256 = models.CharField(max_length=64, unique=True)
    # A fingerprint of the password at that time: who changes it signs every app out.
    password_mark = models.CharField(max_length=64)
    created_at = models.DateTimeField(_("angemeldet"))
    expires_at = models.DateTimeField(_("gilt bis"))
    last_used_at = models.DateTimeField(_("zuletzt benutzt"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("abgemeldet"), null=True, blank=True)

    class Meta:
        verbose_name = _("Zugang einer App")
        verbose_name_plural = _("Zugänge von Apps")
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__len__gt=0, scopes__contained_by=["youth", "guardian", "manager"]),
                name="accounts_token_for_known_scopes",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("created_at")), name="accounts_token_expires"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def scope_words(self) -> list[str]:
        return [str(self.Scope(scope).label) for scope in self.scopes]


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
