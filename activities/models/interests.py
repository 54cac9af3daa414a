"""What a youth is curious about: one or more of the fields of work that the team lists."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import YouthProfile
from clevervibes.lib import history


@history.kept()
class Topic(models.Model):
    """A field of work: what a date or a place is about, and what makes a youth curious. The team keeps the list."""

    slug = models.SlugField(_("Kürzel"), unique=True)
    name = models.CharField(_("Name"), max_length=60)
    icon = models.SlugField(_("Symbol"), default="sparkles")
    tint = models.SlugField(_("Farbe"), default="mint")
    position = models.PositiveSmallIntegerField(_("Reihenfolge"), default=0)

    class Meta:
        verbose_name = _("Berufsfeld")
        verbose_name_plural = _("Berufsfelder")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        # As with categories: the names a club starts with are in the catalogues.
        return gettext(self.name)


class Interest(models.Model):
    """A youth would like to see more of a topic. It orders what they are shown and says nothing to anybody else."""

    youth = models.ForeignKey(YouthProfile, models.CASCADE, related_name="interests", verbose_name=_("Jugendliche/r"))
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="interests", verbose_name=_("Berufsfeld"))
    since = models.DateTimeField(_("seit"))

    class Meta:
        verbose_name = _("Interesse")
        verbose_name_plural = _("Interessen")
        constraints = [models.UniqueConstraint(fields=["youth", "topic"], name="activities_interested_once")]

    def __str__(self) -> str:
        return f"{self.youth}: {self.topic}"
