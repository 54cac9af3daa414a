"""Where the way leads: how often each answer was given, and nobody behind it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Occasion(models.TextChoices):
    ADULT = "18", _("mit 18")
    GROWN = "21", _("mit 21")
    LEAVING = "leaving", _("beim Gehen")


class NextStep(models.TextChoices):
    NETWORK = "network", _("Ausbildung in einem Betrieb aus dem Club")
    TRAINING = "training", _("Ausbildung in einem anderen Betrieb")
    DUAL = "dual", _("duales Studium")
    STUDIES = "studies", _("Studium")
    SCHOOL = "school", _("weiter zur Schule")
    SERVICE = "service", _("Freiwilligendienst oder Ausland")
    WORK = "work", _("arbeiten gehen")
    OPEN = "open", _("weiß ich noch nicht")


class Outlook(models.Model):
    """How many gave an answer on an occasion in a year. A row per person would say with its number who it was."""

    club = models.ForeignKey("accounts.Club", models.PROTECT, related_name="+", verbose_name=_("Club"))
    year = models.PositiveSmallIntegerField(_("Jahr"))  # of Berlin
    occasion = models.CharField(_("Anlass"), max_length=8, choices=Occasion)
    step = models.CharField(_("wie es weitergeht"), max_length=8, choices=NextStep)
    number = models.PositiveIntegerField(_("Antworten"), default=0)

    class Meta:
        verbose_name = _("Ausblick")
        verbose_name_plural = _("Wie es weitergeht")
        ordering = ["-year", "occasion", "step"]
        constraints = [
            models.UniqueConstraint(fields=["club", "year", "occasion", "step"], name="accounts_outlook_counted_once"),
            models.CheckConstraint(condition=Q(occasion__in=Occasion.values), name="accounts_outlook_occasion"),
            models.CheckConstraint(condition=Q(step__in=NextStep.values), name="accounts_outlook_step"),
        ]

    def __str__(self) -> str:
        return f"{self.year}, {self.get_occasion_display()}, {self.get_step_display()}"
