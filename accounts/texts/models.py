"""What the club says about itself: texts and the operator's data, in versions that stay once they are published."""

import hashlib
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LANGUAGES = {"de": "german", "tr": "turkish", "en": "english"}


class Version(models.Model):
    """A draft until it is published; then PostgreSQL refuses to change or delete it.

    Without a club it says what holds for all of them; a club's own goes before it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    club = models.ForeignKey(
        "accounts.Club", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Club"),
        help_text=_("Leer: gilt für alle Clubs, die nichts Eigenes haben."),
    )  # fmt: skip
    version = models.PositiveIntegerField(_("Fassung"), null=True, blank=True, editable=False)
    valid_from = models.DateField(_("gilt ab"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("veröffentlicht"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+",
        verbose_name=_("veröffentlicht von"),
    )  # fmt: skip

    class Meta:
        abstract = True

    @staticmethod
    def published_as_a_whole() -> Q:
        draft = Q(published_at=None, version=None, valid_from=None)
        return draft | Q(published_at__isnull=False, version__isnull=False, valid_from__isnull=False)


class SiteText(Version):
    """One version of a page of the club's own words. The German one binds; where another is missing, it stands in."""

    class Kind(models.TextChoices):
        HELP = "help", _("Hilfe")
        IMPRINT = "imprint", _("Impressum")
        PRIVACY = "privacy", _("Datenschutz")
        TERMS = "terms", _("Teilnahme")
        ACCESSIBILITY = "accessibility", _("Barrierefreiheit")

    kind = models.CharField(_("Seite"), max_length=13, choices=Kind)
    german = models.TextField(_("Text auf Deutsch (bindend)"))
    turkish = models.TextField(_("Text auf Türkisch"), blank=True)
    english = models.TextField(_("Text auf Englisch"), blank=True)
    sha256 = models.CharField(_("Prüfsumme"), max_length=64, editable=False)

    class Meta:
        verbose_name = _("Text einer Seite")
        verbose_name_plural = _("Texte der Seiten")
        ordering = ["kind", "-valid_from", "-version"]
        constraints = [
            models.CheckConstraint(
                condition=Version.published_as_a_whole(), name="accounts_site_text_published_as_a_whole"
            ),
            models.UniqueConstraint(
                fields=["club", "kind", "version"], condition=Q(version__isnull=False), nulls_distinct=False,
                name="accounts_site_text_version_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {_('Fassung')} {self.version or _('Entwurf')}"

    def save(self, *args: object, **kwargs: object) -> None:
        # A browser sends other line ends than it was given; the hash must not depend on who typed.
        for name in LANGUAGES.values():
            setattr(self, name, "\n".join(getattr(self, name).splitlines()).strip())
        # No line can hold a form feed, so words never wander from one language to the next unseen.
        words = "\f".join(getattr(self, name) for name in LANGUAGES.values())
        self.sha256 = hashlib.sha256(words.encode()).hexdigest()
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class Operator(Version):
    """Who runs the club, as the imprint and printed matter name them."""

    legal_name = models.CharField(_("Name des Vereins"), max_length=120)
    street = models.CharField(_("Straße und Hausnummer"), max_length=120)
    postcode = models.CharField(_("Postleitzahl"), max_length=10)
    town = models.CharField(_("Ort"), max_length=80)
    representative = models.CharField(
        _("Vertreten durch"), max_length=200, help_text=_("Namen und Ämter des Vorstands.")
    )
    register_court = models.CharField(_("Registergericht"), max_length=120)
    register_number = models.CharField(_("Registernummer"), max_length=40)
    tax_number = models.CharField(_("Steuernummer oder USt-IdNr."), max_length=40)
    email = models.EmailField(_("E-Mail"))
    phone = models.CharField(_("Telefon"), max_length=40)
    press = models.CharField(_("Für die Presse"), max_length=200, help_text=_("Name und wie man sie erreicht."))
    data_protection = models.CharField(
        _("Datenschutz-Beauftragte"), max_length=200, blank=True,
        help_text=_("Name und wie man sie erreicht; leer, wenn der Verein keine braucht."),
    )  # fmt: skip
    supervisory = models.CharField(
        _("Aufsicht über den Datenschutz"), max_length=200, help_text=_("Behörde, bei der man sich beschweren kann.")
    )

    class Meta:
        verbose_name = _("Betreiber")
        verbose_name_plural = _("Betreiber")
        ordering = ["-valid_from", "-version"]
        constraints = [
            models.CheckConstraint(
                condition=Version.published_as_a_whole(), name="accounts_operator_published_as_a_whole"
            ),
            models.UniqueConstraint(
                fields=["club", "version"], condition=Q(version__isnull=False), nulls_distinct=False,
                name="accounts_operator_version_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.legal_name}, {_('Fassung')} {self.version or _('Entwurf')}"

    @property
    def address(self) -> str:
        """Return the address in one line."""
        return f"{self.street}, {self.postcode} {self.town}"
