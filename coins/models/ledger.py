"""The double-entry ledger: accounts, transfers, holds and their proof.

The rules live in PostgreSQL (migration 0002_ledger_guards), so that no path goes round them.
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from clevervibes.lib import roles
from clevervibes.lib.fields import SetByDatabaseBigIntegerField, SetByDatabaseDateTimeField


class LedgerAccount(models.Model):
    """One place where coins or cents are. Opened by coins.ledger, closed once it is empty, never deleted."""

    class Asset(models.IntegerChoices):
        COIN = 1, _("Coins")
        EUR = 2, _("Cent")

    class Kind(models.IntegerChoices):
        """The chart of accounts: coins below 10, euros above."""

        ISSUANCE = 1, _("Ausgabe")
        POOL = 2, _("Fördertopf")
        CLEARING = 3, _("Verrechnung")
        YOUTH = 4, _("Jugendliche/r")
        PARTNER = 5, _("Partner")
        WORLD = 11, _("Bank")
        TRUST = 12, _("Deckung")
        UNALLOTTED = 13, _("Noch nicht zugeteilt")
        OWN = 14, _("Eigenes Geld des Clubs")
        PAYABLE = 15, _("Verbindlichkeit")

    # Refuse an overdraft, so they have a row of their own to lock; the others are summed up when asked.
    STORED = frozenset({Kind.POOL, Kind.YOUTH, Kind.TRUST, Kind.UNALLOTTED, Kind.OWN, Kind.PAYABLE})
    FIRST_EUR = Kind.WORLD

    app_role = roles.APPEND_ONLY

    asset = models.SmallIntegerField(_("Währung"), choices=Asset)
    kind = models.SmallIntegerField(_("Art"), choices=Kind)
    # A random id of its own for a youth, the public id for a pool or partner; none for the club's single accounts.
    owner = models.UUIDField(_("Inhaber"), null=True, blank=True)
    stored = models.BooleanField(_("Saldo gespeichert"))
    closed_at = SetByDatabaseDateTimeField(_("geschlossen"), null=True)

    class Meta:
        verbose_name = _("Konto")
        verbose_name_plural = _("Konten")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "owner", "asset"], nulls_distinct=False, name="coins_account_once_per_owner"
            ),
            models.CheckConstraint(
                condition=Q(asset=1, kind__lt=10) | Q(asset=2, kind__gt=10), name="coins_account_asset_of_kind"
            ),
            models.CheckConstraint(
                condition=Q(stored=True, kind__in=[2, 4, 12, 13, 14, 15]) | Q(stored=False, kind__in=[1, 3, 5, 11]),
                name="coins_account_stored_by_kind",
            ),
        ]

    def __str__(self) -> str:
        # Lists name a hundred: get_kind_display() puts all kinds into words to say one.
        return f"{self.Kind(self.kind).label} #{self.pk}"


class Balance(models.Model):
    """What a stored account has and how much of it is set aside. Moved by triggers only, never by Python.

    The row is the lock and the rule: two spenders meet here, and the CHECK refuses the second. No index
    but the primary key and room on each page, so that an update stays on its page.
    """

    app_role = roles.READ_ONLY

    # Made by the account's own trigger, and accounts stay for good: a constraint would only check what cannot fail.
    account = models.OneToOneField(
        LedgerAccount, models.PROTECT, primary_key=True, related_name="stored_balance", db_constraint=False,
        verbose_name=_("Konto"),
    )  # fmt: skip
    posted = models.BigIntegerField(_("gebucht"), default=0)
    held = models.BigIntegerField(_("vorgemerkt"), default=0)
    floor = models.BigIntegerField(_("Untergrenze"), default=0)

    class Meta:
        verbose_name = _("Saldo")
        verbose_name_plural = _("Salden")
        constraints = [
            models.CheckConstraint(condition=Q(held__gte=0), name="coins_balance_held_not_negative"),
            models.CheckConstraint(condition=Q(posted__gte=F("floor") + F("held")), name="coins_balance_no_overdraft"),
        ]

    def __str__(self) -> str:
        return f"{self.posted} ({self.held})"

    @property
    def spendable(self) -> int:
        return self.posted - self.held


class LedgerHold(models.Model):
    """Coins set aside on a stored account: they still belong to it, but nothing else can spend them."""

    app_role = roles.APPEND_ONLY

    account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="holds", db_constraint=False, verbose_name=_("Konto")
    )
    amount = models.BigIntegerField(_("Betrag"))
    idempotency_key = models.UUIDField(unique=True)
    # Berlin, by the service's clock: what is set aside are coins that were good on that day.
    placed_on = models.DateField(
        _("vorgemerkt am Tag"), db_default=RawSQL("(now() AT TIME ZONE 'Europe/Berlin')::date", [])
    )
    placed_at = SetByDatabaseDateTimeField(_("vorgemerkt am"), db_default=Now())

    class Meta:
        verbose_name = _("Vormerkung auf einem Konto")
        verbose_name_plural = _("Vormerkungen auf Konten")
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="coins_hold_positive")]

    def __str__(self) -> str:
        return f"#{self.pk}: {self.amount}"


class LedgerHoldEnd(models.Model):
    """How a hold ended. Its primary key is the hold: captured, cancelled or expired exactly once."""

    class Outcome(models.IntegerChoices):
        CAPTURED = 1, _("eingelöst")
        CANCELLED = 2, _("storniert")
        EXPIRED = 3, _("abgelaufen")

    app_role = roles.APPEND_ONLY

    hold = models.OneToOneField(LedgerHold, models.PROTECT, primary_key=True, related_name="end")
    outcome = models.SmallIntegerField(_("Ausgang"), choices=Outcome)
    # Written by the capturing transfer's trigger alone: without it nobody can call a hold captured.
    transfer_id = SetByDatabaseBigIntegerField(null=True)
    ended_at = SetByDatabaseDateTimeField(_("beendet am"), db_default=Now())

    class Meta:
        verbose_name = _("Ende einer Vormerkung")
        verbose_name_plural = _("Enden von Vormerkungen")
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome=1, transfer_id__isnull=False) | Q(outcome__in=[2, 3], transfer_id=None),
                name="coins_hold_captured_by_transfer",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}: {self.get_outcome_display()}"


class Transfer(models.Model):
    """Whole coins (or euro cents) leaving `debit` and arriving at `credit`. Inserted by coins.ledger, never changed.

    One row is both sides of the booking: an unbalanced one cannot be stored. A trigger moves the stored
    balances with the insert and refuses an overdraft, whoever inserts. With `hold` it captures that hold,
    with `reverses` it gives back at most what the original moved.
    """

    class Kind(models.IntegerChoices):
        DEPOSIT = 1, _("Einzahlung")
        RELEASE = 2, _("Freigabe für einen Lauf")
        CONVERSION = 3, _("Umrechnung")
        LEFTOVER = 4, _("Rest eines Laufs")
        REDEMPTION = 5, _("Einlösung")
        REFUND = 6, _("Erstattung")
        EXPIRY = 7, _("Verfall")
        GRANT = 8, _("Gutschrift")
        TAKE_BACK = 9, _("Rücknahme")
        REALLOCATION = 10, _("Umschichtung")
        WITHDRAWAL = 11, _("Entnahme")
        SETTLEMENT = 12, _("Abrechnung")
        CORRECTION = 13, _("Späte Korrektur")
        RETURN = 14, _("Rückgabe beim Austritt")
        # Euros: the money side of a move has a kind of its own.
        BANK_IN = 31, _("Geldeingang")
        ALLOTMENT = 32, _("Zuteilung")
        SETTLEMENT_EUR = 33, _("Abrechnung in Euro")
        PAYOUT = 34, _("Auszahlung")
        PAYOUT_RETURNED = 35, _("Zurückgekommene Auszahlung")
        WITHDRAWAL_EUR = 36, _("Entnahme in Euro")
        OWN_IN = 37, _("Eigenes Geld herein")
        OWN_OUT = 38, _("Eigenes Geld hinaus")
        CORRECTION_COVER = 39, _("Deckung einer Korrektur")
        CORRECTION_REPAID = 40, _("Erstattete Korrektur")
        BANK_BACK = 41, _("Zurückgezahlte Einzahlung")
        GOODWILL = 42, _("Ausgleich aus eigenem Geld")

    app_role = roles.APPEND_ONLY

    # Before the id: whoever holds an id has a transaction id already, so that a horizon of finished
    # transactions is also one of finished ids.
    xid = SetByDatabaseBigIntegerField(
        _("Datenbank-Transaktion"), db_default=RawSQL("pg_current_xact_id()::text::bigint", [])
    )
    id = models.BigAutoField(primary_key=True)
    # No constraint in the database: it would cost more than the insert; the trigger checks both accounts.
    debit = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="debits", db_constraint=False, db_index=False, verbose_name=_("von")
    )
    credit = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="credits", db_constraint=False, db_index=False, verbose_name=_("an")
    )
    amount = models.BigIntegerField(_("Betrag"))  # minor units of the accounts' asset
    posted_at = SetByDatabaseDateTimeField(_("gebucht am"), db_default=Now())  # audit only: no rule reads it
    effective_on = models.DateField(_("Buchungstag"))  # in the real world, Berlin
    asset = models.SmallIntegerField(_("Währung"), choices=LedgerAccount.Asset)
    kind = models.SmallIntegerField(_("Art"), choices=Kind)
    # The row written for exactly this transfer (payment, refund, settlement line), never its parent.
    source_id = models.BigIntegerField(_("Beleg"), null=True, blank=True)
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reversals", db_constraint=False, db_index=False,
        verbose_name=_("Storno von"),
    )  # fmt: skip
    hold = models.ForeignKey(
        LedgerHold, models.PROTECT, null=True, blank=True, related_name="captures", db_constraint=False, db_index=False,
        verbose_name=_("löst ein"),
    )  # fmt: skip
    # The public id of the document whose transfers belong together: a deposit, a redemption, a settlement.
    group = models.UUIDField(_("Vorgang"), null=True, blank=True, db_column="group_id")
    idempotency_key = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = _("Buchung")
        verbose_name_plural = _("Buchungen")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="coins_transfer_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="coins_transfer_two_accounts"),
            models.UniqueConstraint(
                fields=["kind", "source_id"], condition=Q(source_id__isnull=False),
                name="coins_transfer_once_per_source",
            ),
            models.UniqueConstraint(
                fields=["idempotency_key"], condition=Q(idempotency_key__isnull=False),
                name="coins_transfer_once_per_key",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["debit", "id"], name="coins_transfer_debit"),
            models.Index(fields=["credit", "id"], name="coins_transfer_credit"),
            models.Index(fields=["reverses"], condition=Q(reverses__isnull=False), name="coins_transfer_reverses"),
            models.Index(fields=["group"], condition=Q(group__isnull=False), name="coins_transfer_group"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}: {self.get_kind_display()} {self.amount}"


class BalanceSnapshot(models.Model):
    """What a derived account had when every transfer up to `upto_id` was final; later ones are added to it."""

    app_role = roles.READ_ONLY

    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="snapshots", db_index=False)
    upto_id = models.BigIntegerField()
    balance = models.BigIntegerField()
    taken_at = SetByDatabaseDateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "upto_id"], name="coins_snapshot_once")]

    def __str__(self) -> str:
        return f"#{self.account_id} ≤ {self.upto_id}: {self.balance}"


class LedgerSeal(models.Model):
    """A hash over all transfers of `[(from_xid, from_id), (to_xid, to_id))`, chained to the seal before it."""

    app_role = roles.READ_ONLY

    seq = models.BigIntegerField(primary_key=True)
    # A restore into a new cluster starts its transaction ids again: a new epoch from `first_id` on.
    epoch = models.PositiveSmallIntegerField(default=1)
    first_id = models.BigIntegerField(default=0)
    from_xid = models.BigIntegerField()
    from_id = models.BigIntegerField(default=0)
    to_xid = models.BigIntegerField()
    to_id = models.BigIntegerField(default=0)
    transfers = models.BigIntegerField(_("Buchungen"))
    highest_id = models.BigIntegerField(default=0)
    previous = models.BinaryField()
    hash = models.BinaryField()
    # Eight bytes a transfer, half of its id and a short hash: enough to name the one that does not fit.
    leaves = models.BinaryField(default=b"")
    sealed_at = SetByDatabaseDateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("Siegel")
        verbose_name_plural = _("Siegel")

    def __str__(self) -> str:
        return f"{self.seq}: {bytes(self.hash).hex()[:12]}"


class LedgerEntry(models.Model):
    """Each transfer as two signed lines, for statements and accountants: a view, nothing is written to it."""

    app_role = roles.READ_ONLY

    id = models.TextField(primary_key=True)  # transfer and side
    transfer = models.ForeignKey(Transfer, models.DO_NOTHING, related_name="entries", db_constraint=False)
    account = models.ForeignKey(LedgerAccount, models.DO_NOTHING, related_name="entries", db_constraint=False)
    other = models.ForeignKey(LedgerAccount, models.DO_NOTHING, related_name="+", db_constraint=False)
    amount = models.BigIntegerField(_("Betrag"))  # minus: left the account
    asset = models.SmallIntegerField(_("Währung"), choices=LedgerAccount.Asset)
    kind = models.SmallIntegerField(_("Art"), choices=Transfer.Kind)
    source_id = models.BigIntegerField(null=True)
    group = models.UUIDField(null=True, db_column="group_id")
    effective_on = models.DateField(_("Buchungstag"))
    posted_at = models.DateTimeField(_("gebucht am"))

    class Meta:
        managed = False
        db_table = "ledger_entry"

    def __str__(self) -> str:
        return f"{self.account_id}: {self.amount:+}"

    def __hash__(self) -> int:
        return hash(self.pk)


# Which accounts each kind of transfer joins; ledger_check names a transfer that is off the chart.
_A, _T = LedgerAccount.Kind, Transfer.Kind
ROUTES: dict[int, set[tuple[int, int]]] = {
    _T.DEPOSIT: {(_A.ISSUANCE, _A.POOL)},
    _T.RELEASE: {(_A.POOL, _A.CLEARING)},
    _T.CONVERSION: {(_A.CLEARING, _A.YOUTH)},
    _T.LEFTOVER: {(_A.CLEARING, _A.POOL)},
    _T.REDEMPTION: {(_A.YOUTH, _A.PARTNER)},
    _T.REFUND: {(_A.PARTNER, _A.YOUTH), (_A.PARTNER, _A.POOL)},
    _T.EXPIRY: {(_A.YOUTH, _A.POOL)},
    _T.GRANT: {(_A.POOL, _A.YOUTH)},
    _T.TAKE_BACK: {(_A.YOUTH, _A.POOL)},
    _T.REALLOCATION: {(_A.POOL, _A.POOL)},
    _T.WITHDRAWAL: {(_A.POOL, _A.ISSUANCE)},
    _T.SETTLEMENT: {(_A.PARTNER, _A.ISSUANCE)},
    _T.CORRECTION: {(_A.ISSUANCE, _A.YOUTH), (_A.ISSUANCE, _A.POOL)},
    _T.RETURN: {(_A.YOUTH, _A.POOL)},
    _T.BANK_IN: {(_A.WORLD, _A.UNALLOTTED)},
    _T.ALLOTMENT: {(_A.UNALLOTTED, _A.TRUST)},
    _T.SETTLEMENT_EUR: {(_A.TRUST, _A.PAYABLE)},
    _T.PAYOUT: {(_A.PAYABLE, _A.WORLD)},
    _T.PAYOUT_RETURNED: {(_A.WORLD, _A.PAYABLE)},
    _T.WITHDRAWAL_EUR: {(_A.TRUST, _A.WORLD), (_A.TRUST, _A.UNALLOTTED)},
    _T.OWN_IN: {(_A.WORLD, _A.OWN)},
    _T.OWN_OUT: {(_A.OWN, _A.WORLD)},
    _T.CORRECTION_COVER: {(_A.OWN, _A.TRUST)},
    _T.CORRECTION_REPAID: {(_A.PAYABLE, _A.OWN)},
    _T.BANK_BACK: {(_A.UNALLOTTED, _A.WORLD)},
    _T.GOODWILL: {(_A.OWN, _A.PAYABLE)},
}
