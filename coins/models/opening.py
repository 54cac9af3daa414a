"""What lay on the club's account before its first statement."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coins.numbers import euros


class OpeningMoney(models.Model):
    """The club's own money from before the books: entered by one person, let in by another, then booked once."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    amount_cents = models.BigIntegerField(_("Betrag in Cent"))
    held_on = models.DateField(_("lag auf dem Konto am"))
    reason = models.CharField(_("Woher man das weiß"), max_length=300)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("beantragt von"))
    asked_at = models.DateTimeField(_("beantragt"))
    approved_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("freigegeben von")
    )
    approved_at = models.DateTimeField(_("freigegeben"), null=True, blank=True)

    class Meta:
        verbose_name = _("Anfangsbestand")
        verbose_name_plural = _("Anfangsbestand")
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="coins_opening_positive"),
            models.CheckConstraint(condition=~Q(approved_by=F("asked_by")), name="coins_opening_by_another"),
            # There is one account at the bank, and one beginning of its books.
            models.UniqueConstraint(models.Value(1), name="coins_one_opening"),
        ]

    def __str__(self) -> str:
        return f"{euros(self.amount_cents)}, {self.held_on:%d.%m.%Y}"
