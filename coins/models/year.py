"""Years that take no bookings any more."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class YearClosing(models.Model):
    """The end of a year in the books: asked for by one person, decided by another.

    Decided, it stays: PostgreSQL refuses to change or delete it, and every booking of that year or one before.
    """

    year = models.PositiveSmallIntegerField(_("Jahr"), unique=True)
    # What the bank said on 31 December and what the books say, or why nobody compared them.
    bank_cents = models.BigIntegerField(_("Endsaldo der Bank in Cent"), null=True, blank=True)
    books_cents = models.BigIntegerField(_("in den Büchern in Cent"))
    why_without_bank = models.CharField(_("Warum ohne Abgleich"), max_length=300, blank=True)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("beantragt von"))
    asked_at = models.DateTimeField(_("beantragt"))
    approved_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("abgeschlossen von")
    )
    approved_at = models.DateTimeField(_("abgeschlossen"), null=True, blank=True)

    class Meta:
        verbose_name = _("Jahresabschluss")
        verbose_name_plural = _("Jahresabschlüsse")
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(condition=~Q(approved_by=F("asked_by")), name="coins_year_closed_by_another"),
            models.CheckConstraint(
                condition=Q(bank_cents__isnull=False) & Q(bank_cents=F("books_cents")) | ~Q(why_without_bank=""),
                name="coins_year_compared_or_said_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}"
