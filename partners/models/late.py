"""What a counter scanned without a connection and could not be booked as it stood."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.catalog import Partner
from partners.models.redemption import Hold, Redemption


class LateScan(models.Model):
    """A thing that was handed out offline, and a code that did not carry it. The shop hears nothing of "invalid": a
    person of the team decides, and writes down what.

    The code itself is kept nowhere. If it was one of ours, `hold` says which, whichever shop it belonged to.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="late_scans", verbose_name=_("Partner"))
    hold = models.ForeignKey(
        Hold, models.PROTECT, null=True, related_name="late_scans", verbose_name=_("Vormerkung")
    )  # fmt: skip
    device = models.CharField(_("Gerät"), max_length=80)
    key = models.UUIDField(editable=False)  # made on the device with the scan
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("durch")
    )
    scanned_at = models.DateTimeField(_("gescannt"))
    received_at = models.DateTimeField(_("angekommen"))
    refusal = models.CharField(_("Kennwort"), max_length=40)
    why = models.CharField(_("Warum nicht gebucht"), max_length=300)
    decided_at = models.DateTimeField(_("entschieden"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("entschieden von"),
    )  # fmt: skip
    note = models.CharField(_("Was entschieden wurde"), max_length=300, blank=True)
    # Booked after all, out of the coins that were still set aside.
    redemption = models.OneToOneField(
        Redemption, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Einlösung")
    )

    class Meta:
        verbose_name = _("Später Scan")
        verbose_name_plural = _("Späte Scans")
        ordering = ["received_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["device", "key"], name="partners_late_scan_once"),
            models.CheckConstraint(condition=~Q(why=""), name="partners_late_scan_says_why"),
            models.CheckConstraint(
                condition=Q(decided_at=None, note="", redemption=None) | (Q(decided_at__isnull=False) & ~Q(note="")),
                name="partners_late_scan_decided_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}, {self.get_what()}"

    def get_what(self) -> str:
        return self.hold.title if self.hold else str(_("unbekannter Code"))
