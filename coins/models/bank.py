"""What the bank says: statements and their lines, and what each line became in the books."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coins.models.funding import Deposit, FundingPool, Sponsor
from coins.models.orders import MoneyOrder


class BankStatement(models.Model):
    """A statement of the club's account as it was imported. Its lines are booked once somebody has looked at them."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    iban = models.CharField(_("Konto"), max_length=34)
    statement_id = models.CharField(_("Auszug"), max_length=35)
    sequence = models.CharField(_("Nummer"), max_length=18, blank=True)
    opening_cents = models.BigIntegerField(_("Anfangssaldo in Cent"))
    closing_cents = models.BigIntegerField(_("Endsaldo in Cent"))
    closing_on = models.DateField(_("Stand vom"))
    file_sha256 = models.CharField(_("Prüfsumme der Datei"), max_length=64)
    # In an earlier statement already, as where days and months overlap.
    known_lines = models.PositiveIntegerField(_("schon bekannte Umsätze"), default=0)
    imported_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("gelesen von"))
    imported_at = models.DateTimeField(_("gelesen"))
    # From here on its lines are booked, one after the other.
    booked_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("gebucht von")
    )
    booked_at = models.DateTimeField(_("gebucht"), null=True, blank=True)

    class Meta:
        verbose_name = _("Kontoauszug")
        verbose_name_plural = _("Kontoauszüge")
        ordering = ["-closing_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["iban", "statement_id", "closing_on"], name="coins_bank_statement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.closing_on:%d.%m.%Y} ({self.sequence or self.statement_id})"


class BankLine(models.Model):
    """One movement of the club's account: what it is, and whether that is in the books."""

    class State(models.TextChoices):
        NEW = "new", _("gelesen")
        WAITING = "waiting", _("wartet auf Zuordnung")
        BOOKED = "booked", _("gebucht")

    class Kind(models.TextChoices):
        UNKNOWN = "", _("unbekannt")
        DEPOSIT = "deposit", _("Einzahlung")
        KNOWN = "known", _("Einzahlung, schon von Hand gebucht")
        ORDER = "order", _("Rückzahlung an einen Förderer")
        RESULT = "result", _("Auszahlung an Partner")
        OWN = "own", _("eigenes Geld des Clubs")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    statement = models.ForeignKey(BankStatement, models.PROTECT, related_name="lines", verbose_name=_("Kontoauszug"))
    account_iban = models.CharField(_("Konto"), max_length=34)
    reference = models.CharField(_("Kennung der Bank"), max_length=80)
    amount_cents = models.BigIntegerField(_("Betrag in Cent"))  # what left the account is negative
    booked_on = models.DateField(_("Buchungstag"))
    name = models.CharField(_("Name"), max_length=70, blank=True)
    iban = models.CharField(_("IBAN"), max_length=34, blank=True)
    text = models.CharField(_("Verwendungszweck"), max_length=400, blank=True)
    end_to_end_id = models.CharField(_("Kennung"), max_length=35, blank=True)
    batch_ids = models.CharField(_("Kennung der Datei"), max_length=160, blank=True)
    why = models.CharField(_("Grund der Bank"), max_length=200, blank=True)

    state = models.CharField(_("Stand"), max_length=7, choices=State, default=State.NEW)
    kind = models.CharField(_("Was es ist"), max_length=7, choices=Kind, default=Kind.UNKNOWN, blank=True)
    note = models.CharField(_("Warum"), max_length=300, blank=True)
    pool = models.ForeignKey(
        FundingPool, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Fördertopf")
    )
    sponsor = models.ForeignKey(
        Sponsor, models.PROTECT, null=True, blank=True, related_name="bank_lines", verbose_name=_("Förderer")
    )
    deposit = models.OneToOneField(
        Deposit, models.PROTECT, null=True, blank=True, related_name="bank_line", verbose_name=_("Einzahlung")
    )
    order = models.OneToOneField(
        MoneyOrder, models.PROTECT, null=True, blank=True, related_name="bank_line", verbose_name=_("Geldauftrag")
    )
    # What it is known by above coins: a file of payments, or one of them.
    about = models.UUIDField(_("Vorgang"), null=True, blank=True)
    about_what = models.CharField(_("Vorgang"), max_length=20, blank=True)
    decided_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("zugeordnet von")
    )
    decided_at = models.DateTimeField(_("erledigt"), null=True, blank=True)

    class Meta:
        verbose_name = _("Kontoumsatz")
        verbose_name_plural = _("Kontoumsätze")
        ordering = ["-booked_on", "-pk"]
        constraints = [
            # Not the reference alone: some banks give one to all of a day, or start again each year.
            models.UniqueConstraint(
                fields=["account_iban", "reference", "booked_on", "amount_cents"], name="coins_bank_line_once"
            ),
            models.CheckConstraint(condition=~Q(amount_cents=0), name="coins_bank_line_moves_something"),
            models.CheckConstraint(
                condition=~Q(state="booked") | (~Q(kind="") & Q(decided_at__isnull=False)),
                name="coins_bank_line_booked_as_something",
            ),
            models.CheckConstraint(
                condition=~Q(state="booked", kind__in=["deposit", "known"]) | Q(deposit__isnull=False),
                name="coins_bank_line_names_its_deposit",
            ),
        ]
        indexes = [models.Index(fields=["statement", "state"], name="coins_bank_lines_by_state")]

    def __str__(self) -> str:
        return f"{self.booked_on:%d.%m.%Y} {self.name or self.text[:40]}".strip()
