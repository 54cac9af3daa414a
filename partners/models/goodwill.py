"""What the club pays a shop out of its own money, because no coins paid for what it handed out."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.models.catalog import Offer
from partners.models.late import LateScan


class Goodwill(models.Model):
    """A late scan that could not be booked and is paid all the same: asked for by one person, released by another.

    Booked, it is promised out of the club's own money; the money moves with the statement that it stands in.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    late_scan = models.OneToOneField(
        LateScan, models.PROTECT, related_name="goodwill", verbose_name=_("Später Scan")
    )  # fmt: skip
    amount_coins = models.PositiveIntegerField(_("Betrag in Coins"))
    # Copied as with a redemption: the offer may say something else by the time of the statement.
    vat_percent = models.PositiveSmallIntegerField(_("Umsatzsteuer"), choices=Offer.Vat)
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

    class Meta:
        verbose_name = _("Späterer Ausgleich")
        verbose_name_plural = _("Spätere Ausgleiche")
        ordering = ["-requested_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(requested_by=F("approved_by")), name="partners_goodwill_by_two"),
            models.CheckConstraint(condition=~Q(reason=""), name="partners_goodwill_has_reason"),
            models.CheckConstraint(condition=Q(amount_coins__gte=1), name="partners_goodwill_positive"),
            models.CheckConstraint(
                condition=Q(booked_at=None) | Q(approved_at__isnull=False), name="partners_goodwill_booked_if_released"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.late_scan}, {self.amount_coins} Coins"
