"""The *Wochenzettel*: a week on paper, for families without a phone."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import ContactPoint, User, YouthProfile


class Sheet(models.Model):
    """One youth's week on paper: printed, signed at home, entered by a point of contact or the team.

    Entries that it confirmed point here; `signed_by` stands on the paper, `entered_by` saw it: two people.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Printed beside the QR, for whoever has no camera. It opens nothing: only a point of contact finds a sheet by it.
    code = models.CharField(_("Code"), max_length=9, unique=True, editable=False)
    youth = models.ForeignKey(YouthProfile, models.CASCADE, related_name="sheets", verbose_name=_("Jugendliche/r"))
    monday = models.DateField(_("Woche ab"))
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("gedruckt von"))
    made_at = models.DateTimeField(_("gedruckt am"))
    signed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("unterschrieben von")
    )
    entered_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("gesehen von")
    )
    entered_at = models.DateTimeField(_("eingetragen am"), null=True, blank=True)
    contact_point = models.ForeignKey(
        ContactPoint, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Anlaufstelle")
    )

    class Meta:
        verbose_name = _("Wochenzettel")
        verbose_name_plural = _("Wochenzettel")
        ordering = ["-monday", "-pk"]
        constraints = [
            # Printed twice it is the same sheet, until it was entered.
            models.UniqueConstraint(
                fields=["youth", "monday"], condition=Q(entered_at=None), name="activities_one_open_sheet_a_week"
            ),
            models.CheckConstraint(condition=~Q(signed_by=F("entered_by")), name="activities_sheet_seen_by_another"),
        ]

    def __str__(self) -> str:
        return f"{self.code}"
