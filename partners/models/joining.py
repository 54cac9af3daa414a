"""Organisations that want to take part, by their own form."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Club, Organisation


class Enquiry(models.Model):
    """What an organisation wrote. It reaches the team once somebody at its mailbox has said that it is theirs."""

    class Part(models.TextChoices):
        PARTNER = "partner", _("Coins annehmen, als Partner")
        SPONSOR = "sponsor", _("Coins bezahlen, als Förderer")
        HOST = "host", _("den Betrieb zeigen, als Ausrichter")
        POINT = "point", _("Familien helfen, als Anlaufstelle")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    club = models.ForeignKey(Club, models.PROTECT, related_name="enquiries", verbose_name=_("Club"))
    organisation_name = models.CharField(_("Organisation"), max_length=120)
    parts = ArrayField(models.CharField(max_length=10, choices=Part), verbose_name=_("möchte"))
    contact_name = models.CharField(_("Ansprechperson"), max_length=120)
    email = models.EmailField(_("E-Mail"))
    phone = models.CharField(_("Telefon"), max_length=40, blank=True)
    message = models.TextField(_("Nachricht"), max_length=2000, blank=True)
    # With the sentence "you may write to us": without it nothing is stored.
    asked_at = models.DateTimeField(_("geschrieben am"))
    confirmed_at = models.DateTimeField(_("Adresse bestätigt am"), null=True, blank=True)
    decided_at = models.DateTimeField(_("entschieden am"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("entschieden von"),
    )  # fmt: skip
    organisation = models.ForeignKey(
        Organisation, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("angelegt als")
    )
    reason = models.TextField(_("Grund der Absage"), max_length=600, blank=True)

    class Meta:
        verbose_name = _("Anfrage mitzumachen")
        verbose_name_plural = _("Anfragen mitzumachen")
        ordering = ["confirmed_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(parts__len__gt=0), name="partners_enquiry_wants_something"),
            models.CheckConstraint(
                condition=Q(decided_at=None) | Q(confirmed_at__isnull=False), name="partners_enquiry_confirmed_first"
            ),
        ]

    def __str__(self) -> str:
        return self.organisation_name

    @property
    def part_words(self) -> list[str]:
        return [str(self.Part(part).label) for part in self.parts]
