"""What sponsors have promised to pay, and what they were reminded of."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clevervibes.lib import history
from clevervibes.lib.roles import APPEND_ONLY
from coins.models.funding import FundingPool, Sponsor
from coins.numbers import euros


@history.kept()
class Pledge(models.Model):
    """A sum that a sponsor promised for a day. How much of it has arrived is computed; see `coins.pledges`."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sponsor = models.ForeignKey(Sponsor, models.PROTECT, related_name="pledges", verbose_name=_("Förderer"))
    pool = models.ForeignKey(
        FundingPool, models.PROTECT, null=True, blank=True, related_name="pledges", verbose_name=_("Fördertopf")
    )
    amount_cents = models.BigIntegerField(_("Betrag in Cent"))
    due_on = models.DateField(_("fällig am"))
    # Money counts from this day on: what came before was given without it.
    promised_on = models.DateField(_("zugesagt am"))
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("eingetragen von")
    )
    created_at = models.DateTimeField(_("eingetragen"))
    withdrawn_at = models.DateTimeField(_("zurückgezogen"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("zurückgezogen von")
    )
    withdrawn_why = models.CharField(_("Warum zurückgezogen"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("Zusage")
        verbose_name_plural = _("Zusagen")
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="coins_pledge_positive"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_why="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_why=""),
                name="coins_pledge_withdrawn_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sponsor}, {euros(self.amount_cents)}, {self.due_on:%d.%m.%Y}"


class PledgeReminder(models.Model):
    """That a sponsor's contacts were reminded of a pledge: once per step."""

    app_role = APPEND_ONLY

    class Step(models.IntegerChoices):
        """Days after the pledge is due."""

        BEFORE = -14
        LATE = 7
        LAST = 21

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="reminders")
    step_days = models.SmallIntegerField(choices=Step)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pledge", "step_days"], name="coins_pledge_step_once")]

    def __str__(self) -> str:
        return f"{self.pledge_id}, {self.step_days:+}"


class AgreementReminder(models.Model):
    """That a sponsor's contacts heard of the end of their agreement: once per agreement, which its last day names."""

    app_role = APPEND_ONLY

    sponsor = models.ForeignKey(Sponsor, models.PROTECT, related_name="agreement_reminders")
    agreement_until = models.DateField()
    told_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sponsor", "agreement_until"], name="coins_agreement_told_once")]

    def __str__(self) -> str:
        return f"{self.sponsor_id}, {self.agreement_until:%d.%m.%Y}"
