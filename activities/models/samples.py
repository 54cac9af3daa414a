"""Confirmed entries that wait for a look by the team, and the secret that draws some of them."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities.models.shared_time import SharedTimeEntry
from clevervibes.lib import roles


class SampleSeed(models.Model):
    """The secret of the draw: one row, made by a migration, never changed and never shown.

    Whoever has it can repeat every draw; without it nobody knows which entry will be drawn.
    """

    app_role = roles.READ_ONLY

    secret = models.BinaryField()
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("Geheimnis der Stichprobe")
        verbose_name_plural = _("Geheimnisse der Stichprobe")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="activities_one_sample_seed")]

    def __str__(self) -> str:
        return f"{self.made_at:%d.%m.%Y}"


class Sample(models.Model):
    """An entry that somebody of the team looks at before it becomes coins: why, and what they decided.

    Open, it keeps the entry out of a run and does nothing else; only a person decides, with a reason.
    """

    class Why(models.TextChoices):
        """The heaviest first: an open sample says the heaviest of its reasons."""

        PAPER = "paper", _("Wochenzettel auf Papier")
        MARKED = "marked", _("vom Team vorgemerkt")
        WEEKS = "weeks", _("drei Wochen in Folge an der Wochengrenze")
        AGAIN = "again", _("neu eingetragen nach einer Stichprobe")
        DRAWN = "drawn", _("gezogen")

    class Decision(models.TextChoices):
        FITS = "fits", _("passt")
        FAMILY = "family", _("zurück an die Familie")
        REJECTED = "rejected", _("abgelehnt")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    entry = models.ForeignKey(SharedTimeEntry, models.CASCADE, related_name="samples", verbose_name=_("Eintrag"))
    why = models.CharField(_("Anlass"), max_length=10, choices=Why)
    note = models.CharField(_("Vermerk"), max_length=300, blank=True)
    # Of a draw, what it needs to be repeated: the share at the time, and which version of the entry it was.
    drawn_percent = models.PositiveSmallIntegerField(_("gezogener Anteil in Prozent"), null=True, blank=True)
    drawn_version = models.PositiveSmallIntegerField(_("gezogene Fassung"), null=True, blank=True)
    raised_at = models.DateTimeField(_("wartet seit"))
    raised_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("vorgemerkt von")
    )
    decision = models.CharField(_("Entscheidung"), max_length=10, choices=Decision, blank=True)
    reason = models.CharField(_("Grund"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("entschieden von")
    )
    decided_at = models.DateTimeField(_("entschieden am"), null=True, blank=True)

    class Meta:
        verbose_name = _("Stichprobe")
        verbose_name_plural = _("Stichproben")
        ordering = ["raised_at", "pk"]
        constraints = [
            # Also the small index that a run asks of each entry.
            models.UniqueConstraint(fields=["entry"], condition=Q(decided_at=None), name="activities_one_open_sample"),
            models.CheckConstraint(
                condition=Q(decided_at=None, decision="", reason="")
                | (Q(decided_at__isnull=False) & ~Q(decision="") & ~Q(reason="")),
                name="activities_sample_decided_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_why_display()}, {self.raised_at:%d.%m.%Y}"

    @property
    def is_open(self) -> bool:
        return self.decided_at is None
