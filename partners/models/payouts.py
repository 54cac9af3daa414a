"""Where a partner's money goes, the files the bank is given, and what comes of each payment."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clevervibes.lib import roles
from coins.models import Transfer
from partners.models.catalog import Partner
from partners.models.redemption import Redemption
from partners.models.settlement import PayoutBatch, Settlement


class BankAccount(models.Model):
    """An account a partner asked to be paid to. Another person confirms it, and a week passes, before it is used."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="bank_accounts", verbose_name=_("Partner"))
    iban = models.CharField(_("IBAN"), max_length=34)
    holder = models.CharField(_("Kontoinhaber"), max_length=70)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("eingetragen von")
    )
    requested_at = models.DateTimeField(_("eingetragen"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("bestätigt von"),
    )  # fmt: skip
    approved_at = models.DateTimeField(_("bestätigt"), null=True, blank=True)
    usable_at = models.DateTimeField(_("gilt ab"), null=True, blank=True)
    refused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("abgelehnt von"),
    )  # fmt: skip
    refused_at = models.DateTimeField(_("abgelehnt"), null=True, blank=True)
    refused_why = models.CharField(_("Grund"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("Bankverbindung")
        verbose_name_plural = _("Bankverbindungen")
        ordering = ["-requested_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(requested_by=F("approved_by")), name="partners_iban_by_two"),
            models.CheckConstraint(
                condition=Q(approved_at=None, usable_at=None) | Q(usable_at__gt=F("approved_at"), refused_at=None),
                name="partners_iban_waits",
            ),
            models.UniqueConstraint(
                fields=["partner"], condition=Q(approved_at=None, refused_at=None), name="partners_one_iban_asked_for"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} {self.masked}"

    @property
    def masked(self) -> str:
        """The account as a letter may name it: the country and the last four."""
        return f"{self.iban[:2]} … {self.iban[-4:]}"


class PayoutFile(models.Model):
    """What the bank was given, byte for byte. Handed out again it is the same."""

    app_role = roles.APPEND_ONLY

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    batch = models.ForeignKey(PayoutBatch, models.PROTECT, related_name="files", verbose_name=_("Auszahlung"))
    message_id = models.CharField(_("Nachricht"), max_length=35, unique=True)
    executes_on = models.DateField(_("Ausführung am"))
    created_at = models.DateTimeField(_("erstellt"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("von")
    )
    content = models.TextField(_("Inhalt"))

    class Meta:
        verbose_name = _("Überweisungsdatei")
        verbose_name_plural = _("Überweisungsdateien")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.message_id


class Payout(models.Model):
    """One payment in a file: its ids belong to this money for good, also after the bank refused it."""

    settlement = models.OneToOneField(Settlement, models.PROTECT, related_name="payout", verbose_name=_("Abrechnung"))
    file = models.ForeignKey(PayoutFile, models.PROTECT, related_name="payouts", verbose_name=_("Datei"))
    end_to_end_id = models.CharField(_("Kennung"), max_length=35, unique=True)
    amount_cents = models.BigIntegerField(_("Betrag in Cent"))
    bank_account = models.ForeignKey(
        BankAccount, models.PROTECT, related_name="payouts", verbose_name=_("Bankverbindung")
    )
    paid_on = models.DateField(_("bezahlt am"), null=True, blank=True)
    failed_on = models.DateField(_("gescheitert am"), null=True, blank=True)
    failed_why = models.CharField(_("Grund"), max_length=200, blank=True)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("von")
    )

    class Meta:
        verbose_name = _("Überweisung")
        verbose_name_plural = _("Überweisungen")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="partners_payout_positive"),
            models.CheckConstraint(
                condition=Q(failed_on=None, failed_why="") | (Q(failed_on__isnull=False) & ~Q(failed_why="")),
                name="partners_payout_failed_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.end_to_end_id


class Correction(models.Model):
    """A redemption that is put right after its settlement: the youth has the coins back, the shop owes them."""

    class Incident(models.TextChoices):
        NOT_GIVEN = "not_given", _("nicht ausgegeben")
        WRONG = "wrong", _("falscher Artikel oder Preis")
        DEFECT = "defect", _("mangelhaft, zurückgebracht")
        TWICE = "twice", _("doppelt eingelöst")
        MISUSE = "misuse", _("Missbrauch")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    redemption = models.OneToOneField(
        Redemption, models.PROTECT, related_name="correction", verbose_name=_("Einlösung")
    )
    incident = models.CharField(_("Was war"), max_length=10, choices=Incident)
    reason = models.CharField(_("Grund"), max_length=300)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("beantragt von")
    )
    requested_at = models.DateTimeField(_("beantragt"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("freigegeben von"),
    )  # fmt: skip
    approved_at = models.DateTimeField(_("freigegeben"), null=True, blank=True)
    # Later than the release where the club's own money did not suffice at once.
    booked_at = models.DateTimeField(_("gebucht"), null=True, blank=True)
    transfer = models.OneToOneField(
        Transfer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Buchung")
    )

    class Meta:
        verbose_name = _("Spätere Korrektur")
        verbose_name_plural = _("Spätere Korrekturen")
        ordering = ["-requested_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(requested_by=F("approved_by")), name="partners_correction_by_two"),
            models.CheckConstraint(condition=~Q(reason=""), name="partners_correction_has_reason"),
            models.CheckConstraint(
                condition=Q(booked_at=None, transfer=None)
                | Q(booked_at__isnull=False, transfer__isnull=False, approved_at__isnull=False),
                name="partners_correction_booked_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.redemption} ({self.get_incident_display()})"
