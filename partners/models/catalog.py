"""Shops and what they offer for coins."""

import uuid
from datetime import datetime
from pathlib import PurePath

from django.conf import settings
from django.core.validators import FileExtensionValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Club, Organisation
from clevervibes.lib import history
from clevervibes.lib.pictures import PictureField
from coins.models import LedgerAccount

MAX_PRICE_COINS = 10_000


@history.kept()
class Partner(models.Model):
    """An organisation that takes coins. Its ledger account opens when the team releases it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="partner", verbose_name=_("Organisation")
    )
    account = models.OneToOneField(
        LedgerAccount, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("Konto")
    )
    released_at = models.DateTimeField(_("freigegeben"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("von")
    )
    # "Anhalten" by the team: nothing is held or redeemed here until it is resumed.
    paused_at = models.DateTimeField(_("angehalten"), null=True, blank=True)
    paused_why = models.CharField(_("Satz für die Theke"), max_length=300, blank=True)
    paused_reason = models.CharField(_("Grund, nur für das Team"), max_length=300, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("angehalten von"),
    )  # fmt: skip
    # Stopped with all others of its club at once; those go on together, and leave alone what was stopped by itself.
    paused_with_all = models.BooleanField(_("mit allen angehalten"), default=False, db_default=False)

    class Meta:
        verbose_name = _("Partner")
        verbose_name_plural = _("Partner")
        ordering = ["organisation__name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(released_at=None) | Q(account__isnull=False), name="partners_released_with_account"
            ),
        ]

    def __str__(self) -> str:
        return self.organisation.name

    @property
    def name(self) -> str:
        return self.organisation.name


def picture_path(terms: "Terms", filename: str) -> str:
    """Return a new random name for each upload, so that a picture's address may be kept for ever."""
    return f"offers/{uuid.uuid4().hex}{PurePath(filename).suffix.lower()}"


class OfferQuerySet(models.QuerySet["Offer"]):
    def on_sale(self, at: datetime | Now) -> "OfferQuerySet":
        """Return what the catalog shows at the moment `at`; something sold out is still shown."""
        return self.filter(
            Q(valid_until=None) | Q(valid_until__gt=at),
            Q(event_ends_at=None) | Q(event_ends_at__gt=at),
            released_at__lte=at,
            valid_from__lte=at,
            paused_at=None,
            shop_paused_at=None,
            partner__released_at__lte=at,
            partner__paused_at=None,
        )


class Category(models.TextChoices):
    FOOD = "food", _("Essen & Trinken")
    CINEMA = "cinema", _("Kino & Kultur")
    SPORT = "sport", _("Sport & Bewegung")
    LEARNING = "learning", _("Bücher & Lernen")
    TECH = "tech", _("Technik & Spiele")
    STYLE = "style", _("Mode & Pflege")
    OUTING = "outing", _("Ausflug & Erlebnis")


class Vat(models.IntegerChoices):
    FULL = 19, _("19 %")
    REDUCED = 7, _("7 %")
    NONE = 0, _("0 %")


class Terms(models.Model):
    """What the team looks at before an offer comes into the catalog, and again before it is changed there."""

    title = models.CharField(_("Titel"), max_length=80)
    text = models.TextField(_("Text"), max_length=1000, blank=True)
    picture = PictureField(
        _("Bild"),
        upload_to=picture_path,
        blank=True,
        validators=[FileExtensionValidator(["webp", "png", "jpg", "jpeg"])],
    )
    category = models.CharField(_("Kategorie"), max_length=12, choices=Category)
    price_coins = models.PositiveIntegerField(
        _("Preis in Coins"), validators=[MinValueValidator(1), MaxValueValidator(MAX_PRICE_COINS)]
    )
    minimum_age = models.PositiveSmallIntegerField(
        _("ab Jahren"), default=12, validators=[MinValueValidator(12), MaxValueValidator(20)]
    )
    vat_percent = models.PositiveSmallIntegerField(_("Umsatzsteuer"), choices=Vat, default=Vat.FULL)

    class Meta:
        abstract = True

    @property
    def picture_url(self) -> str | None:
        return reverse("partners:picture", args=[PurePath(self.picture.name).name]) if self.picture.name else None


# The names of the fields of `Terms`. Stock and dates may change without asking again.
TERMS = ("title", "text", "picture", "category", "price_coins", "minimum_age", "vat_percent")


@history.kept(without=("stock",))
class Offer(Terms):
    """Something a partner hands out for coins. Changed terms wait for their release beside it, see `OfferChange`."""

    # By their names as before.
    Category, Vat = Category, Vat

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="offers", verbose_name=_("Partner"))
    # What is left, live holds already taken off. Empty: as many as asked for.
    stock = models.PositiveIntegerField(_("noch da"), null=True, blank=True, help_text=_("Leer: unbegrenzt"))
    per_youth_per_month = models.PositiveSmallIntegerField(
        _("je Jugendliche/n und Monat"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    valid_from = models.DateTimeField(_("gültig ab"))
    valid_until = models.DateTimeField(_("gültig bis"), null=True, blank=True)  # half-open
    released_at = models.DateTimeField(_("freigegeben"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("von")
    )
    paused_at = models.DateTimeField(_("angehalten"), null=True, blank=True)
    paused_why = models.CharField(_("Satz für die Jugendlichen"), max_length=300, blank=True)
    paused_reason = models.CharField(_("Grund, nur für das Team"), max_length=300, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("angehalten von"),
    )  # fmt: skip
    # The shop's own pause: nothing new is set aside, what is set aside is handed out.
    shop_paused_at = models.DateTimeField(_("pausiert vom Laden"), null=True, blank=True)
    # Something that happens at one time: its codes are good until 48 hours after it.
    event_ends_at = models.DateTimeField(_("Ende der Veranstaltung"), null=True, blank=True)
    # Not sent to the team yet, or sent back by it with a word why.
    is_draft = models.BooleanField(_("Entwurf"), default=False, db_default=False)
    refused_why = models.CharField(_("nicht freigegeben, weil"), max_length=300, blank=True, db_default="")

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("Angebot")
        verbose_name_plural = _("Angebote")
        ordering = ["price_coins", "title"]
        indexes = [models.Index(fields=["partner", "released_at"], name="partners_offer_by_partner")]
        constraints = [
            models.CheckConstraint(
                condition=Q(price_coins__gte=1, price_coins__lte=MAX_PRICE_COINS), name="partners_offer_price"
            ),
            models.CheckConstraint(condition=~Q(title=""), name="partners_offer_has_title"),
            models.CheckConstraint(
                condition=Q(per_youth_per_month=None) | Q(per_youth_per_month__gte=1), name="partners_offer_limit"
            ),
            models.CheckConstraint(
                condition=Q(minimum_age__gte=12, minimum_age__lte=20), name="partners_offer_minimum_age"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="partners_offer_validity"
            ),
            models.CheckConstraint(condition=Q(vat_percent__in=[0, 7, 19]), name="partners_offer_vat"),
            models.CheckConstraint(
                condition=Q(is_draft=False) | Q(released_at=None), name="partners_draft_is_not_released"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_on_sale(self, at: datetime) -> bool:
        """Say of a row at hand what `OfferQuerySet.on_sale` asks the database."""
        released = [self.released_at, self.partner.released_at, self.valid_from]
        stopped = [self.paused_at, self.shop_paused_at, self.partner.paused_at]
        ends = [moment for moment in (self.valid_until, self.event_ends_at) if moment]
        return (
            all(moment and moment <= at for moment in released) and not any(stopped) and all(at < end for end in ends)
        )

    @property
    def ends_at(self) -> datetime | None:
        """Return when it leaves the catalog, if that is known."""
        return min((moment for moment in (self.valid_until, self.event_ends_at) if moment), default=None)


class OfferChange(Terms):
    """New terms of an offer that is in the catalog: drafted, sent to the team, then released or refused.

    Until it is released the old terms stay on sale. What was decided stays written down.
    """

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="changes", verbose_name=_("Angebot"))
    asked_at = models.DateTimeField(_("geschrieben"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("von")
    )
    sent_at = models.DateTimeField(_("zur Freigabe gegeben"), null=True, blank=True)
    decided_at = models.DateTimeField(_("entschieden"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("von")
    )
    # Empty and decided: released.
    refused_why = models.CharField(_("nicht freigegeben, weil"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("Änderung eines Angebots")
        verbose_name_plural = _("Änderungen von Angeboten")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["offer"], condition=Q(decided_at=None), name="partners_one_open_change_of_an_offer"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, refused_why="") | Q(decided_at__isnull=False, sent_at__isnull=False),
                name="partners_change_sent_before_decided",
            ),
            models.CheckConstraint(
                condition=Q(price_coins__gte=1, price_coins__lte=MAX_PRICE_COINS), name="partners_change_price"
            ),
            models.CheckConstraint(condition=~Q(title=""), name="partners_change_has_title"),
            models.CheckConstraint(
                condition=Q(minimum_age__gte=12, minimum_age__lte=20), name="partners_change_minimum_age"
            ),
            models.CheckConstraint(condition=Q(vat_percent__in=[0, 7, 19]), name="partners_change_vat"),
        ]

    def __str__(self) -> str:
        return self.title


@history.kept()
class CategoryCap(models.Model):
    """How many coins a youth of a club may spend on one category in a Berlin month. No row: as many as they have."""

    club = models.ForeignKey(Club, models.CASCADE, related_name="+", verbose_name=_("Club"))
    category = models.CharField(_("Kategorie"), max_length=12, choices=Category)
    coins_per_month = models.PositiveIntegerField(
        _("Coins je Jugendliche/n und Monat"), validators=[MinValueValidator(1), MaxValueValidator(MAX_PRICE_COINS)]
    )

    class Meta:
        verbose_name = _("Monatsgrenze einer Kategorie")
        verbose_name_plural = _("Monatsgrenzen der Kategorien")
        ordering = ["club", "category"]
        constraints = [
            models.UniqueConstraint(fields=["club", "category"], name="partners_one_cap_per_category"),
            models.CheckConstraint(condition=Q(coins_per_month__gte=1), name="partners_cap_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {self.coins_per_month}"
