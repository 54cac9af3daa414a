"""Who gives the money and into which pot it goes."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Club, Organisation, User
from clevervibes.lib import history


@history.kept(without=("iban",))
class Sponsor(models.Model):
    """An organisation that pays for coins; in German always *Förderer*."""

    class Kind(models.TextChoices):
        DONATION = "donation", _("Spende")
        SPONSORING = "sponsoring", _("Werbevertrag")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="sponsor", verbose_name=_("Organisation")
    )
    kind = models.CharField(_("Art"), max_length=10, choices=Kind)
    agreement_from = models.DateField(_("Vereinbarung ab"), null=True, blank=True)
    agreement_until = models.DateField(_("Vereinbarung bis"), null=True, blank=True)
    iban = models.CharField(
        _("IBAN"), max_length=34, blank=True, help_text=_("Von hier kommt das Geld: So erkennt der Kontoauszug es.")
    )
    suspended_at = models.DateTimeField(_("ausgesetzt"), null=True, blank=True)

    class Meta:
        verbose_name = _("Förderer")
        verbose_name_plural = _("Förderer")
        ordering = ["organisation__name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(agreement_until=None) | Q(agreement_until__gte=F("agreement_from")),
                name="coins_agreement_ends_after_it_starts",
                violation_error_message=_("Die Vereinbarung endet, bevor sie beginnt."),
            ),
            # Two would leave open whose money it is.
            models.UniqueConstraint(
                fields=["iban"],
                condition=~Q(iban=""),
                name="coins_sponsor_by_iban",
                violation_error_message=_("Diese IBAN gehört schon einem anderen Förderer."),
            ),
        ]

    def __str__(self) -> str:
        return self.organisation.name


@history.kept()
class FundingPool(models.Model):
    """A pot of coins. Its accounts in the ledger carry its public id. One without a sponsor is a common pool."""

    class Rest(models.TextChoices):
        COMMON = "common", _("in den Gemeinschaftstopf")
        SPONSOR = "sponsor", _("zurück an den Förderer")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sponsor = models.ForeignKey(
        Sponsor, models.PROTECT, null=True, blank=True, related_name="pools", verbose_name=_("Förderer"),
        help_text=_("Leer beim Gemeinschaftstopf eines Clubs."),
    )  # fmt: skip
    name = models.CharField(_("Name"), max_length=120)
    club = models.ForeignKey(
        Club, models.PROTECT, null=True, blank=True, related_name="pools", verbose_name=_("Club"),
        help_text=_("Leer: für alle Clubs."),
    )  # fmt: skip
    weekly_limit_coins = models.PositiveBigIntegerField(
        _("Coins je Woche höchstens"), null=True, blank=True, help_text=_("Leer: ohne Grenze.")
    )
    # "Anhalten" by the team: it releases nothing until it is resumed.
    paused_at = models.DateTimeField(_("angehalten"), null=True, blank=True)
    paused_why = models.CharField(_("Satz für den Förderer"), max_length=300, blank=True)
    paused_reason = models.CharField(_("Grund, nur für das Team"), max_length=300, blank=True)
    paused_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("angehalten von")
    )
    ended_at = models.DateTimeField(_("beendet"), null=True, blank=True)
    rest_goes = models.CharField(
        _("Was am Ende übrig ist, geht"), max_length=7, choices=Rest, default=Rest.COMMON,
        help_text=_("Wie es in der Vereinbarung mit dem Förderer steht."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("Fördertopf")
        verbose_name_plural = _("Fördertöpfe")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["club"], condition=Q(sponsor=None, ended_at=None), name="coins_one_common_pool_per_club",
                violation_error_message=_("Dieser Club hat schon einen Gemeinschaftstopf."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Deposit(models.Model):
    """Euros that arrived for a pool. What they became stands in the ledger, under this public id as group."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sponsor = models.ForeignKey(Sponsor, models.PROTECT, related_name="deposits", verbose_name=_("Förderer"))
    pool = models.ForeignKey(FundingPool, models.PROTECT, related_name="deposits", verbose_name=_("Fördertopf"))
    amount_cents = models.BigIntegerField(_("Betrag in Cent"))
    coins = models.BigIntegerField(_("Coins"))
    received_on = models.DateField(_("eingegangen am"))
    reference = models.CharField(_("Verwendungszweck"), max_length=140, blank=True)
    booked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("gebucht von"))
    booked_at = models.DateTimeField(_("gebucht am"))

    class Meta:
        verbose_name = _("Einzahlung")
        verbose_name_plural = _("Einzahlungen")
        ordering = ["-received_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__gt=0, coins__gte=0), name="coins_deposit_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.sponsor}, {self.received_on:%d.%m.%Y}"
