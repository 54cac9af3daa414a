"""What a partner is owed and why, line by line."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Club
from partners.models.catalog import Partner
from partners.models.redemption import Redemption


class SettlementRun(models.Model):
    """One cutoff for all partners of a club. Started again, it makes what is missing and nothing twice."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    club = models.ForeignKey(Club, models.PROTECT, related_name="settlement_runs", verbose_name=_("Club"))
    cutoff_at = models.DateTimeField(_("Stichtag"))  # half-open: what happened before it
    started_at = models.DateTimeField(_("gestartet"))
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("von")
    )
    finished_at = models.DateTimeField(_("fertig"), null=True, blank=True)

    class Meta:
        verbose_name = _("Abrechnungslauf")
        verbose_name_plural = _("Abrechnungsläufe")
        ordering = ["-cutoff_at"]
        constraints = [
            models.UniqueConstraint(fields=["club", "cutoff_at"], name="partners_one_run_per_cutoff"),
        ]

    def __str__(self) -> str:
        return f"{self.club} {self.cutoff_at:%d.%m.%Y}"


class Settlement(models.Model):
    """One partner's statement for one cutoff. Its lines are bound from the draft on."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Entwurf")
        ROLLED = "rolled", _("ohne Auszahlung")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.ForeignKey(SettlementRun, models.PROTECT, related_name="settlements", verbose_name=_("Lauf"))
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="settlements", verbose_name=_("Partner"))
    cutoff_at = models.DateTimeField(_("Stichtag"))
    status = models.CharField(_("Stand"), max_length=10, choices=Status, default=Status.DRAFT)
    created_at = models.DateTimeField(_("erstellt"))

    class Meta:
        verbose_name = _("Abrechnung")
        verbose_name_plural = _("Abrechnungen")
        ordering = ["-cutoff_at", "partner"]
        constraints = [
            models.UniqueConstraint(fields=["partner", "cutoff_at"], name="partners_one_settlement_per_cutoff"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.partner}"

    @property
    def number(self) -> str:
        """The number printed on the statement; never given twice."""
        return f"A-{self.pk:06d}"


class SettlementLine(models.Model):
    """A redemption, or its refund, in a statement. Each of the two can stand in one statement only."""

    class Kind(models.TextChoices):
        REDEMPTION = "redemption", _("Einlösung")
        REFUND = "refund", _("Rücknahme")

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="lines", verbose_name=_("Abrechnung"))
    kind = models.CharField(_("Art"), max_length=10, choices=Kind)
    redemption = models.ForeignKey(
        Redemption, models.PROTECT, related_name="settlement_lines", verbose_name=_("Einlösung")
    )
    amount_coins = models.IntegerField(_("Coins"))  # what it adds to the sum owed: a refund is negative

    class Meta:
        verbose_name = _("Zeile")
        verbose_name_plural = _("Zeilen")
        constraints = [
            models.UniqueConstraint(fields=["redemption", "kind"], name="partners_settled_once"),
            models.CheckConstraint(
                condition=Q(kind="redemption", amount_coins__gt=0) | Q(kind="refund", amount_coins__lt=0),
                name="partners_line_sign",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount_coins}"

    @property
    def happened_at(self) -> datetime:
        undone_at = self.redemption.undone_at
        return undone_at if self.kind == self.Kind.REFUND and undone_at else self.redemption.redeemed_at
