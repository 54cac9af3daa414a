"""Dates at which youths look inside a company."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities.models.hosts import Host, ReleasedQuerySet
from activities.models.interests import Topic
from activities.models.shared_time import Category


class Opportunity(models.Model):
    """A date at which youths can look inside: a visit, a trial day, a workshop. Shown once the team released it."""

    class Kind(models.TextChoices):
        VISIT = "visit", _("Betriebsbesuch")
        TRIAL = "trial", _("Schnuppertag")
        WORKSHOP = "workshop", _("Workshop")
        TRAINING = "training", _("Bewerbungstraining")
        CLUB = "club", _("Hausaufgaben-Club")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    host = models.ForeignKey(Host, models.CASCADE, related_name="opportunities", verbose_name=_("Ausrichter"))
    kind = models.CharField(_("Art"), max_length=10, choices=Kind)
    category = models.ForeignKey(Category, models.PROTECT, related_name="opportunities", verbose_name=_("Kategorie"))
    topic = models.ForeignKey(
        Topic, models.SET_NULL, null=True, blank=True, related_name="opportunities", verbose_name=_("Berufsfeld")
    )
    title = models.CharField(_("Titel"), max_length=120)
    text = models.TextField(_("Beschreibung"))
    starts_at = models.DateTimeField(_("Anfang"))
    ends_at = models.DateTimeField(_("Ende"))
    where = models.CharField(_("Treffpunkt"), max_length=200)
    wear = models.CharField(_("Kleidung"), max_length=200, blank=True)
    seats = models.PositiveSmallIntegerField(_("Plätze"))
    minimum_age = models.PositiveSmallIntegerField(_("ab Alter"), default=12)
    # The club's rule for contact with minors: a person with a name, whose certificate somebody has seen.
    contact_name = models.CharField(_("Ansprechperson"), max_length=80)
    certificate_seen_on = models.DateField(_("Führungszeugnis gesehen am"), null=True, blank=True)
    certificate_valid_until = models.DateField(_("gültig bis"), null=True, blank=True)
    released_at = models.DateTimeField(_("freigegeben"), null=True, blank=True)
    released_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("freigegeben von")
    )

    objects = ReleasedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Chance")
        verbose_name_plural = _("Chancen")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="activities_opportunity_ends_later"),
            models.CheckConstraint(
                condition=Q(released_at=None) | Q(certificate_seen_on__isnull=False),
                name="activities_released_with_certificate",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("activities:opportunity", args=[self.public_id])
