"""What a youth can become at a company."""

import uuid

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities.models.hosts import Host, ReleasedQuerySet


class Place(models.Model):
    """An apprenticeship, placement or study place that a company offers. Shown once the team released it."""

    class Kind(models.TextChoices):
        PLACEMENT = "placement", _("Praktikum")
        APPRENTICESHIP = "apprenticeship", _("Ausbildung")
        DUAL = "dual", _("Duales Studium")
        STUDIES = "studies", _("Studium")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    host = models.ForeignKey(Host, models.CASCADE, related_name="places", verbose_name=_("Ausrichter"))
    kind = models.CharField(_("Art"), max_length=15, choices=Kind)
    title = models.CharField(_("Titel"), max_length=120)
    text = models.TextField(_("Beschreibung"))
    starts_on = models.DateField(_("Beginn"), null=True, blank=True)
    released_at = models.DateTimeField(_("freigegeben"), null=True, blank=True)
    released_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("freigegeben von")
    )

    objects = ReleasedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Platz")
        verbose_name_plural = _("Plätze")
        ordering = ["starts_on", "title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("activities:place", args=[self.public_id])
