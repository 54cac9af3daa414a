"""Rows behind the helpers: messages that wait for delivery, kept answers, counted tries, signs of life."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class OutboxMessage(models.Model):
    """News written in the transaction that made it true; a relay delivers it afterwards, once."""

    topic = models.CharField(_("Anlass"), max_length=60)
    # Nobody: the topic itself knows where it goes (a mailbox of the team, say).
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    # Ids and numbers only: a name or a text would outlive the erasure of the person it is about.
    payload = models.JSONField(default=dict)
    key = models.UUIDField(unique=True, null=True, blank=True)
    created_at = models.DateTimeField(_("geschrieben"))
    due_at = models.DateTimeField(_("nächster Versuch"))
    attempts = models.PositiveSmallIntegerField(_("Versuche"), default=0)
    last_error = models.CharField(_("letzter Fehler"), max_length=200, blank=True)
    leased_until = models.DateTimeField(_("in Arbeit bis"), null=True, blank=True)  # somebody is delivering it
    delivered_at = models.DateTimeField(_("zugestellt"), null=True, blank=True)
    # Of the page that wrote it, so that the lines of its delivery can be found.
    request_id = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)

    class Meta:
        verbose_name = _("nicht zugestellte Nachricht")
        verbose_name_plural = _("Nicht zugestellte Nachrichten")
        indexes = [models.Index(fields=["due_at", "id"], condition=Q(delivered_at=None), name="lib_outbox_waiting")]

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"


class KeptAnswer(models.Model):
    """The answer given under an idempotency key, so that a repeated call gets the same one."""

    scope = models.CharField(max_length=60)  # who is asking: a user's or a device's id
    key = models.UUIDField()
    fingerprint = models.CharField(max_length=64)  # method, path and body, hashed
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="lib_one_answer_per_key")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


class TryCount(models.Model):
    """When something was tried, as far as a limit looks back; see lib.limits."""

    scope = models.CharField(primary_key=True, max_length=100)  # a limit and a hash of whoever tried
    tries = ArrayField(models.DateTimeField())
    over_at = models.DateTimeField(db_index=True)  # from then on no limit asks for the row

    def __str__(self) -> str:
        return self.scope


class Heartbeat(models.Model):
    """When a part of the house last showed that it works; see lib.heartbeats."""

    name = models.CharField(primary_key=True, max_length=40)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
