"""Concerns, who may read them, and who did."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from clevervibes.lib import history


@history.kept(about_people=True)
class ProtectionMember(models.Model):
    """Somebody of the team who reads concerns of one club. Named one by one; being an administrator is not enough."""

    club = models.ForeignKey("accounts.Club", models.CASCADE, related_name="protection", verbose_name=_("Club"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="protects", verbose_name=_("Person")
    )
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("benannt von")
    )
    named_at = models.DateTimeField(_("benannt am"))
    ended_at = models.DateTimeField(_("beendet"), null=True, blank=True)

    class Meta:
        verbose_name = _("Schutz-Person")
        verbose_name_plural = _("Schutz-Team")
        ordering = ["club", "named_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["club", "person"], condition=Q(ended_at=None), name="accounts_protects_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.club}"


class Concern(models.Model):
    """Something was not okay. It names nobody but whom its words name: not even who was signed in is kept."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    club = models.ForeignKey(
        "accounts.Club", models.SET_NULL, null=True, blank=True, related_name="concerns", verbose_name=_("Club")
    )
    what = models.TextField(_("Was war los?"), max_length=4000)
    place = models.CharField(_("Wo war das?"), max_length=200, blank=True)
    reach = models.CharField(_("Wie wir antworten können"), max_length=200, blank=True)
    page = models.CharField(_("Geöffnet auf der Seite"), max_length=200, blank=True)
    raised_at = models.DateTimeField(_("gemeldet am"))
    closed_at = models.DateTimeField(_("abgeschlossen am"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("abgeschlossen von"),
    )  # fmt: skip
    note = models.TextField(_("Was getan ist"), max_length=2000, blank=True)

    class Meta:
        verbose_name = _("Meldung")
        verbose_name_plural = _("Meldungen")
        ordering = ["raised_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(closed_at=None) | ~Q(note=""), name="accounts_concern_closed_with_note"),
        ]

    def __str__(self) -> str:
        return str(_("Meldung vom {on}")).format(on=date_format(localtime(self.raised_at), "d.m.Y"))


class ConcernLook(models.Model):
    """Somebody opened a concern. Written with every look, never changed."""

    concern = models.ForeignKey(Concern, models.CASCADE, related_name="looks", verbose_name=_("Meldung"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("von")
    )
    at = models.DateTimeField(_("am"))

    class Meta:
        verbose_name = _("Einblick in eine Meldung")
        verbose_name_plural = _("Einblicke in Meldungen")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return date_format(localtime(self.at), "d.m.Y H:i")
