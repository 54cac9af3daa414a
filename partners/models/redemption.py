"""What is set aside for a youth and what went over the counter. A youth is a ledger account here, nothing more."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coins.models import LedgerAccount, LedgerHold, Transfer
from partners.models.catalog import Offer, Partner
from partners.models.counters import Clerk, Device


class Hold(models.Model):
    """An offer set aside: the coins in the ledger, the stock at the offer, the price frozen, one code to show.

    Title and price are copies on purpose: the counter hands out what was promised, not what the offer says by now.
    """

    class Status(models.TextChoices):
        LIVE = "live", _("vorgemerkt")
        REDEEMED = "redeemed", _("eingelöst")
        CANCELLED = "cancelled", _("storniert")
        EXPIRED = "expired", _("abgelaufen")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="holds", verbose_name=_("Angebot"))
    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="+", verbose_name=_("Konto"))
    ledger_hold = models.OneToOneField(LedgerHold, models.PROTECT, related_name="+", verbose_name=_("Reservierung"))
    title = models.CharField(_("Titel"), max_length=80)
    price_coins = models.PositiveIntegerField(_("Preis in Coins"))
    placed_at = models.DateTimeField(_("vorgemerkt"))
    expires_at = models.DateTimeField(_("gültig bis"))
    status = models.CharField(_("Stand"), max_length=10, choices=Status, default=Status.LIVE)
    ended_at = models.DateTimeField(_("beendet"), null=True, blank=True)
    # The last time a counter looked the code up: for half an hour after it the youth cannot cancel.
    looked_up_at = models.DateTimeField(_("an der Theke gezeigt"), null=True, blank=True)
    # When the youth was told that it ends in three days.
    reminded_at = models.DateTimeField(_("erinnert"), null=True, blank=True)
    # Offered once to a youth whose redemption the shop took back: the same thing at the same price.
    instead_of = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="again", verbose_name=_("statt")
    )
    # The hash outlives the hold, so that the counter can say when a code was used. The clear code does not.
    code_hmac = models.CharField(max_length=64)
    token_hash = models.CharField(max_length=64)
    sealed_code = models.TextField(blank=True)

    class Meta:
        verbose_name = _("Vormerkung")
        verbose_name_plural = _("Vormerkungen")
        ordering = ["-placed_at", "-pk"]
        indexes = [
            models.Index(fields=["account", "-placed_at"], name="partners_hold_by_account"),
            models.Index(fields=["expires_at"], condition=Q(status="live"), name="partners_hold_due"),
            models.Index(fields=["code_hmac"], name="partners_hold_by_code"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(price_coins__gte=1), name="partners_hold_price"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("placed_at")), name="partners_hold_lives"),
            models.CheckConstraint(
                condition=Q(status="live", ended_at=None) | (~Q(status="live") & Q(ended_at__isnull=False)),
                name="partners_hold_live_or_ended",
            ),
            models.CheckConstraint(
                condition=(Q(status="live") & ~Q(sealed_code="")) | (~Q(status="live") & Q(sealed_code="")),
                name="partners_hold_code_while_live",
            ),
            models.UniqueConstraint(fields=["code_hmac"], condition=Q(status="live"), name="partners_live_code_once"),
            models.UniqueConstraint(fields=["token_hash"], name="partners_token_once"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.get_status_display()})"


class RewardGoal(models.Model):
    """The one offer a youth saves for."""

    account = models.OneToOneField(
        LedgerAccount, models.PROTECT, primary_key=True, related_name="+", verbose_name=_("Konto")
    )
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="+", verbose_name=_("Angebot"))
    pinned_at = models.DateTimeField(_("angeheftet"))

    class Meta:
        verbose_name = _("Sparziel")
        verbose_name_plural = _("Sparziele")

    def __str__(self) -> str:
        return str(self.offer)


class Redemption(models.Model):
    """Coins that went from a youth to a partner over the counter; taking it back is written beside it.

    Its key is the hold's: a second redemption of one hold cannot be stored.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    hold = models.OneToOneField(Hold, models.PROTECT, primary_key=True, related_name="redemption")
    transfer = models.OneToOneField(Transfer, models.PROTECT, related_name="+", verbose_name=_("Buchung"))
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="redemptions", verbose_name=_("Partner"))
    title = models.CharField(_("Titel"), max_length=80)
    price_coins = models.PositiveIntegerField(_("Preis in Coins"))
    vat_percent = models.PositiveSmallIntegerField(_("Umsatzsteuer"), choices=Offer.Vat)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("durch")
    )
    # Nobody signs in at a paired device: it and its clerk stand in for the person.
    clerk = models.ForeignKey(
        Clerk, models.SET_NULL, null=True, blank=True, related_name="redemptions", verbose_name=_("an der Theke")
    )
    device = models.ForeignKey(
        Device, models.PROTECT, null=True, blank=True, related_name="redemptions", verbose_name=_("Gerät")
    )
    redeemed_at = models.DateTimeField(_("eingelöst"))  # as of the scan
    booked_at = models.DateTimeField(_("gebucht"))  # later than the scan if the counter was offline
    undone_at = models.DateTimeField(_("zurückgenommen"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("durch")
    )
    undone_clerk = models.ForeignKey(
        Clerk, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("zurückgenommen von")
    )
    undo_reason = models.CharField(_("Grund"), max_length=200, blank=True)
    refund = models.OneToOneField(
        Transfer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Storno")
    )

    class Meta:
        verbose_name = _("Einlösung")
        verbose_name_plural = _("Einlösungen")
        ordering = ["-redeemed_at", "-pk"]
        indexes = [models.Index(fields=["partner", "-redeemed_at"], name="partners_redemption_by_shop")]
        constraints = [
            models.CheckConstraint(condition=Q(price_coins__gte=1), name="partners_redemption_price"),
            models.CheckConstraint(
                condition=Q(booked_at__gte=F("redeemed_at")), name="partners_redemption_booked_after_scan"
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, refund=None, undo_reason="")
                | (Q(undone_at__isnull=False, refund__isnull=False) & ~Q(undo_reason="")),
                name="partners_redemption_undone_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.price_coins} Coins"

    @property
    def who(self) -> str:
        """Who handed it over, as the shop knows them: the clerk, the person who was signed in, else the device."""
        by = self.by and (self.by.first_name or self.by.username)
        return str(self.clerk or by or self.device or "")


class MissCount(models.Model):
    """Tries to guess a code, counted per scope (a device, a partner's day) before each look-up."""

    scope = models.CharField(max_length=80, primary_key=True)
    misses = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("Fehlversuche")
        verbose_name_plural = _("Fehlversuche")

    def __str__(self) -> str:
        return f"{self.scope}: {self.misses}"
