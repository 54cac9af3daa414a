"""Questions of people to the team, word by word."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _


class Case(models.Model):
    """One person's question, perhaps about a thing: `path` is that thing's page, `label` what it was called there."""

    class State(models.TextChoices):
        OPEN = "open", _("offen")
        ANSWERED = "answered", _("beantwortet")
        CLOSED = "closed", _("erledigt")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="cases", verbose_name=_("von"))
    path = models.CharField(_("Seite"), max_length=200, blank=True)
    label = models.CharField(_("Worum es geht"), max_length=160, blank=True)
    state = models.CharField(_("Stand"), max_length=10, choices=State, default=State.OPEN)
    asked_at = models.DateTimeField(_("gefragt am"))
    # Since when it stands as it does: an open one waits since then.
    since = models.DateTimeField(_("seit"))
    closed_at = models.DateTimeField(_("erledigt am"), null=True, blank=True)

    class Meta:
        verbose_name = _("Frage")
        verbose_name_plural = _("Fragen")
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["by", "-asked_at"], name="accounts_cases_of"),
            models.Index(fields=["since"], condition=Q(state="open"), name="accounts_cases_open"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | (~Q(state="closed") & Q(closed_at=None)),
                name="accounts_case_closed_has_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.label or str(_("Frage vom {on}")).format(on=date_format(localtime(self.asked_at), "d.m.Y"))

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class CaseWord(models.Model):
    """What one side said."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="words", verbose_name=_("Frage"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("von")
    )
    from_team = models.BooleanField(_("vom Team"), default=False)
    text = models.TextField(_("Text"), max_length=2000)
    at = models.DateTimeField(_("am"))

    class Meta:
        verbose_name = _("Nachricht zu einer Frage")
        verbose_name_plural = _("Nachrichten zu Fragen")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return date_format(localtime(self.at), "d.m.Y H:i")
