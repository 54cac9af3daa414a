"""What the team decides about money: who asked for it, who released it, what came of it."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coins.models.conversion import ConversionLine
from coins.models.funding import Deposit, FundingPool
from coins.models.ledger import LedgerAccount
from coins.numbers import said

# A grant of more needs a second person.
ALONE_COINS = 500


class MoneyOrder(models.Model):
    """A move of money that is no part of the loop: asked for by one person, mostly released by another.

    It reserves nothing. `public_id` is the group of its transfers and `pk` their source.
    """

    class Kind(models.TextChoices):
        GRANT = "grant", _("Gutschrift")
        TAKE_BACK = "take_back", _("Rücknahme")
        REALLOCATION = "reallocation", _("Umschichtung")
        WITHDRAWAL = "withdrawal", _("Entnahme durch den Förderer")
        DEPOSIT_BACK = "deposit_back", _("Einzahlung zurücknehmen")
        END_POOL = "end_pool", _("Topf beenden")

    class State(models.IntegerChoices):
        OPEN = 1, _("wartet auf Freigabe")
        DONE = 2, _("ausgeführt")
        REFUSED = 3, _("abgelehnt")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("Art"), max_length=12, choices=Kind)
    state = models.SmallIntegerField(_("Stand"), choices=State, default=State.OPEN)
    pool = models.ForeignKey(
        FundingPool, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("Fördertopf")
    )
    to_pool = models.ForeignKey(
        FundingPool, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("in den Topf")
    )
    # A youth is named by the account alone.
    account = models.ForeignKey(
        LedgerAccount, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("Konto")
    )
    line = models.ForeignKey(
        ConversionLine, models.PROTECT, null=True, blank=True, related_name="orders",
        verbose_name=_("Zeile eines Laufs"),
    )  # fmt: skip
    deposit = models.ForeignKey(
        Deposit, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("Einzahlung")
    )
    coins = models.BigIntegerField(_("Coins"))  # asked for; of a pool that ends, what was in it then
    # What it came to: of a take-back only what was still there, of a pool that ends what was in it at last.
    moved_coins = models.BigIntegerField(_("bewegte Coins"), default=0)
    paid_cents = models.BigIntegerField(_("ausgezahlt in Cent"), default=0)
    reason = models.CharField(_("Grund"), max_length=200, blank=True)
    two_people = models.BooleanField(_("zu zweit"))
    requested_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("beantragt von")
    )
    requested_at = models.DateTimeField(_("beantragt"))
    approved_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("freigegeben von")
    )
    approved_at = models.DateTimeField(_("freigegeben"), null=True, blank=True)
    done_at = models.DateTimeField(_("ausgeführt"), null=True, blank=True)
    refused_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("abgelehnt von")
    )
    refused_at = models.DateTimeField(_("abgelehnt"), null=True, blank=True)
    refused_why = models.CharField(_("Warum abgelehnt"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("Geldauftrag")
        verbose_name_plural = _("Geldaufträge")
        ordering = ["state", "-requested_at"]
        permissions = [("approve_moneyorder", _("Darf Geldaufträge anderer freigeben"))]
        constraints = [
            models.CheckConstraint(
                condition=~Q(approved_by=F("requested_by")), name="coins_order_approved_by_another"
            ),
            # Only small grants and what goes back to the pools is decided alone, and a pool without money.
            models.CheckConstraint(
                condition=Q(two_people=True) | Q(kind="take_back") | Q(kind="grant", coins__lte=ALONE_COINS)
                | Q(kind="end_pool", moved_coins=0),
                name="coins_order_decided_by_two",
            ),
            models.CheckConstraint(
                condition=Q(state=1, done_at=None, refused_at=None, approved_at=None)
                | Q(state=2, done_at__isnull=False, refused_at=None)
                & (Q(two_people=False) | Q(approved_at__isnull=False))
                | Q(state=3, refused_at__isnull=False, done_at=None, approved_at=None),
                name="coins_order_state_has_its_moment",
            ),
            models.CheckConstraint(
                condition=(Q(coins__gt=0) | Q(kind="end_pool", coins=0)) & Q(moved_coins__gte=0, paid_cents__gte=0),
                name="coins_order_positive",
            ),
            models.CheckConstraint(
                condition=Q(kind="grant", pool__isnull=False, account__isnull=False)
                | Q(kind="take_back", account__isnull=False, line__isnull=False)
                | Q(kind="reallocation", pool__isnull=False, to_pool__isnull=False) & ~Q(pool=F("to_pool"))
                | Q(kind__in=["withdrawal", "end_pool"], pool__isnull=False)
                | Q(kind="deposit_back", pool__isnull=False, deposit__isnull=False),
                name="coins_order_names_its_parts",
            ),
            models.UniqueConstraint(
                fields=["deposit"], condition=Q(deposit__isnull=False, state__lte=2), name="coins_deposit_back_once"
            ),
            models.UniqueConstraint(
                fields=["pool"], condition=Q(kind="end_pool", state=1), name="coins_one_open_end_per_pool"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {said(self.coins)} Coins"
