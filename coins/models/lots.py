"""Whose coins they are, who paid for them, and until when they are good."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import YouthProfile
from clevervibes.lib import roles
from coins.models.funding import FundingPool
from coins.models.ledger import LedgerAccount, Transfer
from coins.models.orders import MoneyOrder


class YouthAccount(models.Model):
    """The one row that says which person a youth's account belongs to. Erasing somebody deletes it; the rest stays."""

    youth = models.OneToOneField(YouthProfile, models.CASCADE, related_name="account_link")
    account = models.OneToOneField(LedgerAccount, models.PROTECT, related_name="youth_link")

    class Meta:
        verbose_name = _("Konto einer Person")
        verbose_name_plural = _("Konten von Personen")

    def __str__(self) -> str:
        return f"#{self.account_id}"


class Lot(models.Model):
    """Coins of one payment to a youth: from which pool, how many are left, until when."""

    # Without constraints, like all that a run writes by the hundred thousand; ledger_check looks for orphans.
    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="lots", db_constraint=False, db_index=False)
    pool = models.ForeignKey(
        FundingPool, models.PROTECT, related_name="lots", db_constraint=False, db_index=False,
        verbose_name=_("Fördertopf"),
    )  # fmt: skip
    # The transfer that brought them: a payment of a conversion run, or a grant.
    transfer = models.OneToOneField(Transfer, models.PROTECT, related_name="lot", db_constraint=False)
    coins = models.BigIntegerField(_("Coins"))
    left = models.BigIntegerField(_("übrig"))
    valid_until = models.DateField(_("gültig bis"))  # that day included, Berlin

    class Meta:
        verbose_name = _("Coin-Los")
        verbose_name_plural = _("Coin-Lose")
        constraints = [
            models.CheckConstraint(condition=Q(left__gte=0, left__lte=F("coins")), name="coins_lot_left_of_coins"),
        ]
        indexes = [
            models.Index(fields=["account", "valid_until", "id"], condition=Q(left__gt=0), name="coins_lots_to_spend"),
            # Asked every five minutes: whose last day is over, or near.
            models.Index(fields=["valid_until"], condition=Q(left__gt=0), name="coins_lots_by_last_day"),
        ]

    def __str__(self) -> str:
        return f"{self.left}/{self.coins}"


class LotMove(models.Model):
    """Coins that a transfer took out of a lot (negative) or gave back to it (positive)."""

    app_role = roles.APPEND_ONLY

    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="lot_moves", db_constraint=False)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="moves")
    coins = models.BigIntegerField(_("Coins"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transfer", "lot"], name="coins_lot_moved_once_per_transfer"),
            models.CheckConstraint(condition=~Q(coins=0), name="coins_lot_move_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.coins:+}"


class Backflow(models.Model):
    """Coins of a youth that go back to one pool: they were due, taken back, or their owner leaves.

    Written for exactly one transfer, whose source it is.
    """

    app_role = roles.APPEND_ONLY

    kind = models.SmallIntegerField(_("Art"), choices=Transfer.Kind)
    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="backflows", verbose_name=_("Konto"))
    pool = models.ForeignKey(FundingPool, models.PROTECT, related_name="backflows", verbose_name=_("Fördertopf"))
    coins = models.BigIntegerField(_("Coins"))
    effective_on = models.DateField(_("Buchungstag"))
    order = models.ForeignKey(MoneyOrder, models.PROTECT, null=True, blank=True, related_name="backflows")

    class Meta:
        verbose_name = _("Rückfluss in einen Topf")
        verbose_name_plural = _("Rückflüsse in Töpfe")
        constraints = [models.CheckConstraint(condition=Q(coins__gt=0), name="coins_backflow_positive")]

    def __str__(self) -> str:
        return f"#{self.account_id}: {self.coins}"


class ExpiryNotice(models.Model):
    """A youth was told that coins end on a day: once per day and stage, however often somebody asks."""

    app_role = roles.APPEND_ONLY

    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="+", db_index=False)
    valid_until = models.DateField()
    stage_days = models.SmallIntegerField()  # told so many days before, or later
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "valid_until", "stage_days"], name="coins_told_once_per_stage"),
        ]

    def __str__(self) -> str:
        return f"#{self.account_id}: {self.valid_until}"
