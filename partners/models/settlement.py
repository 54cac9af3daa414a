"""What a partner is owed and why, line by line."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Club
from partners.models.catalog import Partner
from partners.models.goodwill import Goodwill
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


class PayoutBatch(models.Model):
    """Statements that one person put up for payment and another released, all at once."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    club = models.ForeignKey(Club, models.PROTECT, related_name="payout_batches", verbose_name=_("Club"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("vorgelegt von")
    )
    proposed_at = models.DateTimeField(_("vorgelegt"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("freigegeben von"),
    )  # fmt: skip
    approved_at = models.DateTimeField(_("freigegeben"), null=True, blank=True)
    refused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("abgelehnt von"),
    )  # fmt: skip
    refused_at = models.DateTimeField(_("abgelehnt"), null=True, blank=True)
    refused_why = models.CharField(_("Grund"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("Auszahlung an Partner")
        verbose_name_plural = _("Auszahlungen an Partner")
        ordering = ["-proposed_at"]
        constraints = [
            # Two people: whoever put it up does not release it, by no form, action or call.
            models.CheckConstraint(condition=~Q(proposed_by=F("approved_by")), name="partners_batch_by_two"),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None) | Q(approved_at__isnull=False, refused_at=None),
                name="partners_batch_approved_or_refused",
            ),
            models.CheckConstraint(
                condition=Q(refused_at=None, refused_why="") | (Q(refused_at__isnull=False) & ~Q(refused_why="")),
                name="partners_batch_refused_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.club} {self.proposed_at:%d.%m.%Y}"

    @property
    def is_open(self) -> bool:
        return self.approved_at is None and self.refused_at is None


class Settlement(models.Model):
    """One partner's statement for one cutoff. Its lines are bound from the draft on, its money moves when released.

    `net_coins` is the sum of its lines, `carried_coins` what earlier statements could not pay out because it was
    nothing or less. What is paid is the sum of the two.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Entwurf")
        ROLLED = "rolled", _("ohne Auszahlung")
        APPROVED = "approved", _("freigegeben")
        EXPORTED = "exported", _("an die Bank gegeben")
        PAID = "paid", _("bezahlt")
        REJECTED = "rejected", _("von der Bank abgelehnt")
        RETURNED = "returned", _("zurückgekommen")

    # The bank has said no, before or after: the money is still due, and stands in the next statement.
    FAILED = (Status.REJECTED, Status.RETURNED)
    WITH_PAYOUT = (Status.EXPORTED, Status.PAID, *FAILED)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.ForeignKey(SettlementRun, models.PROTECT, related_name="settlements", verbose_name=_("Lauf"))
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="settlements", verbose_name=_("Partner"))
    cutoff_at = models.DateTimeField(_("Stichtag"))
    status = models.CharField(_("Stand"), max_length=10, choices=Status, default=Status.DRAFT)
    net_coins = models.BigIntegerField(_("Summe in Coins"))
    carried_coins = models.BigIntegerField(_("Übertrag in Coins"), default=0)
    rolled_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="rolled", verbose_name=_("übertragen nach")
    )
    created_at = models.DateTimeField(_("erstellt"))
    # Taken out of the month's payment until somebody has looked.
    held_at = models.DateTimeField(_("zurückgestellt"), null=True, blank=True)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("von")
    )
    held_why = models.CharField(_("Grund"), max_length=300, blank=True)
    batch = models.ForeignKey(
        PayoutBatch, models.PROTECT, null=True, blank=True, related_name="settlements", verbose_name=_("Auszahlung")
    )

    class Meta:
        verbose_name = _("Abrechnung")
        verbose_name_plural = _("Abrechnungen")
        ordering = ["-cutoff_at", "partner"]
        constraints = [
            models.UniqueConstraint(fields=["partner", "cutoff_at"], name="partners_one_settlement_per_cutoff"),
            models.CheckConstraint(
                condition=Q(status="rolled", net_coins__lte=-F("carried_coins"))
                | (~Q(status="rolled") & Q(net_coins__gt=-F("carried_coins"), rolled_into=None)),
                name="partners_rolled_unless_positive",
            ),
            models.CheckConstraint(condition=Q(carried_coins__lte=0), name="partners_carries_no_claim"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "rolled"]) | Q(batch__isnull=False), name="partners_paid_in_a_batch"
            ),
            models.CheckConstraint(
                condition=Q(held_at=None, held_why="")
                | (Q(held_at__isnull=False, status="draft", batch=None) & ~Q(held_why="")),
                name="partners_held_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.partner}"

    @property
    def number(self) -> str:
        """The number printed on the statement; never given twice."""
        return f"A-{self.pk:06d}"

    @property
    def due_coins(self) -> int:
        """What is paid for this statement; nothing or less of one that is rolled."""
        return self.net_coins + self.carried_coins


class SettlementLine(models.Model):
    """What adds to a statement or is taken off it. Each of these stands in one statement only."""

    class Kind(models.TextChoices):
        REDEMPTION = "redemption", _("Einlösung")
        REFUND = "refund", _("Rücknahme")
        CORRECTION = "correction", _("Spätere Korrektur")
        RETRY = "retry", _("Erneute Auszahlung")
        GOODWILL = "goodwill", _("Späterer Ausgleich")

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="lines", verbose_name=_("Abrechnung"))
    kind = models.CharField(_("Art"), max_length=10, choices=Kind)
    redemption = models.ForeignKey(
        Redemption, models.PROTECT, null=True, blank=True, related_name="settlement_lines", verbose_name=_("Einlösung")
    )
    # The statement whose payment the bank refused or sent back.
    failed = models.OneToOneField(
        Settlement, models.PROTECT, null=True, blank=True, related_name="retried_in", verbose_name=_("aus Abrechnung")
    )
    # What was handed out without a connection, and is paid out of the club's own money.
    goodwill = models.OneToOneField(
        Goodwill, models.PROTECT, null=True, blank=True, related_name="settlement_line",
        verbose_name=_("Späterer Ausgleich"),
    )  # fmt: skip
    amount_coins = models.IntegerField(_("Coins"))  # what it adds to the sum owed: a refund is negative

    class Meta:
        verbose_name = _("Zeile")
        verbose_name_plural = _("Zeilen")
        constraints = [
            models.UniqueConstraint(fields=["redemption", "kind"], name="partners_settled_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["redemption", "retry", "goodwill"], amount_coins__gt=0)
                | Q(kind__in=["refund", "correction"], amount_coins__lt=0),
                name="partners_line_sign",
            ),
            models.CheckConstraint(
                condition=Q(kind="retry", failed__isnull=False, redemption=None, goodwill=None)
                | Q(kind="goodwill", goodwill__isnull=False, redemption=None, failed=None)
                | (~Q(kind__in=["retry", "goodwill"]) & Q(failed=None, goodwill=None, redemption__isnull=False)),
                name="partners_line_of_what",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount_coins}"

    @property
    def what(self) -> str:
        """What the line is about, in a few words."""
        if self.goodwill is not None:
            return self.goodwill.late_scan.get_what()
        return self.redemption.title if self.redemption else str(self.failed and self.failed.number)

    @property
    def vat_percent(self) -> int | None:
        """The rate of VAT in its amount; None if that was taxed in the statement that was to be paid."""
        taxed = self.redemption or self.goodwill
        return taxed.vat_percent if taxed else None

    @property
    def happened_at(self) -> datetime:
        if self.goodwill is not None:
            return self.goodwill.late_scan.scanned_at
        if self.redemption is None:
            return self.settlement.created_at
        if self.kind == self.Kind.CORRECTION:
            return self.redemption.correction.booked_at or self.settlement.created_at
        undone_at = self.redemption.undone_at
        return undone_at if self.kind == self.Kind.REFUND and undone_at else self.redemption.redeemed_at
