"""What a youth shows of their time: picked entries, sheets with sums that the club confirms, and what comes next."""

import uuid

from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import YouthProfile
from activities.models.shared_time import SharedTimeEntry


class PortfolioPick(models.Model):
    """An entry that the youth wants on their next portfolio. The choice stays until they change it."""

    entry = models.OneToOneField(
        SharedTimeEntry, models.CASCADE, related_name="portfolio_pick", verbose_name=_("Eintrag")
    )
    shows_learned = models.BooleanField(_("mit dem, was ich gelernt habe"), default=False)

    class Meta:
        verbose_name = _("Auswahl fürs Portfolio")
        verbose_name_plural = _("Auswahl fürs Portfolio")

    def __str__(self) -> str:
        return str(self.entry_id)


class Portfolio(models.Model):
    """One version: what was picked on that day. The sheet and the page behind its QR are drawn from it every time.

    The link's token is not kept, only its hash (see activities.portfolio.links). Revoked, it opens nothing any more.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    youth = models.ForeignKey(YouthProfile, models.CASCADE, related_name="portfolios", verbose_name=_("Jugendliche/r"))
    made_at = models.DateTimeField(_("erstellt"))
    # As printed. What the club confirms today is counted anew: an entry may have been taken back since.
    minutes = models.PositiveIntegerField(_("Minuten"))
    shows_last_name = models.BooleanField(_("mit Nachnamen"), default=True)
    token_sha256 = models.CharField(max_length=64, unique=True)
    revoked_at = models.DateTimeField(_("zurückgezogen"), null=True, blank=True)
    entries = models.ManyToManyField(SharedTimeEntry, through="PortfolioItem", related_name="portfolios")

    class Meta:
        verbose_name = _("Portfolio")
        verbose_name_plural = _("Portfolios")
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["youth", "-made_at"], name="activities_portfolios_of")]
        constraints = [
            models.CheckConstraint(condition=Q(minutes__gt=0), name="activities_portfolio_shows_something"),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(revoked_at__gte=models.F("made_at")),
                name="activities_portfolio_revoked_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet}, {self.made_at:%d.%m.%Y}"

    def get_absolute_url(self) -> str:
        return reverse("activities:portfolio", args=[self.public_id])

    @property
    def sheet(self) -> str:
        """The number that stands on the paper and on the page behind its QR: it tells two sheets apart, no more."""
        return self.public_id.hex[:8].upper()


class PortfolioItem(models.Model):
    """An entry on a portfolio, with what was learned or without."""

    portfolio = models.ForeignKey(Portfolio, models.CASCADE, related_name="items", verbose_name=_("Portfolio"))
    entry = models.ForeignKey(
        SharedTimeEntry, models.CASCADE, related_name="portfolio_items", verbose_name=_("Eintrag")
    )
    shows_learned = models.BooleanField(_("mit dem, was ich gelernt habe"), default=False)

    class Meta:
        verbose_name = _("Eintrag im Portfolio")
        verbose_name_plural = _("Einträge im Portfolio")
        constraints = [models.UniqueConstraint(fields=["portfolio", "entry"], name="activities_once_in_a_portfolio")]

    def __str__(self) -> str:
        return f"{self.portfolio_id}: {self.entry_id}"


class LearningGoal(models.Model):
    """Something a youth wants to learn, in their own words. One is open at a time; the others are their history."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    youth = models.ForeignKey(
        YouthProfile, models.CASCADE, related_name="learning_goals", verbose_name=_("Jugendliche/r")
    )
    text = models.CharField(_("Lernziel"), max_length=120, validators=[MinLengthValidator(3)])
    set_at = models.DateTimeField(_("gesetzt"))
    reached_at = models.DateTimeField(_("geschafft"), null=True, blank=True)
    let_go_at = models.DateTimeField(_("losgelassen"), null=True, blank=True)

    class Meta:
        verbose_name = _("Lernziel")
        verbose_name_plural = _("Lernziele")
        ordering = ["-set_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["youth"], condition=Q(reached_at=None, let_go_at=None), name="activities_one_open_goal"
            ),
            models.CheckConstraint(
                condition=Q(reached_at=None) | Q(let_go_at=None), name="activities_goal_reached_or_let_go"
            ),
        ]

    def __str__(self) -> str:
        return self.text
