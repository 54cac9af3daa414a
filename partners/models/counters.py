"""Who stands at a counter: the devices of a shop, the clerks who work at them, and whom its managers invite."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from clevervibes.lib import history
from partners.models.catalog import Partner


@history.kept(without=("token_sha256", "pairing_until", "last_seen_at"))
class Device(models.Model):
    """What stands at one partner's counter: a screen that was paired once by QR, or a till with a token of its own.

    Only the hash of the token is kept: of a screen it opens the pairing once, of a till it is shown with each call.
    """

    class Kind(models.TextChoices):
        SCREEN = "screen", _("Tablet oder Handy")
        TILL = "till", _("Kasse")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="devices", verbose_name=_("Partner"))
    kind = models.CharField(_("Art"), max_length=6, choices=Kind)
    name = models.CharField(_("Name"), max_length=40)
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("angelegt von")
    )
    made_at = models.DateTimeField(_("angelegt"))
    # Of a screen: until then its QR code connects it.
    pairing_until = models.DateTimeField(_("QR-Code gilt bis"), null=True, blank=True)
    connected_at = models.DateTimeField(_("verbunden"), null=True, blank=True)
    expires_at = models.DateTimeField(_("verbunden bis"), null=True, blank=True)
    last_seen_at = models.DateTimeField(_("zuletzt benutzt"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("getrennt"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("getrennt von"),
    )  # fmt: skip
    # "Anhalten" by the team: it redeems nothing until it is resumed.
    paused_at = models.DateTimeField(_("angehalten"), null=True, blank=True)
    paused_why = models.CharField(_("Satz für die Theke"), max_length=300, blank=True)
    paused_reason = models.CharField(_("Grund"), max_length=300, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("angehalten von"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("Gerät an der Theke")
        verbose_name_plural = _("Geräte an der Theke")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="partners_device_has_a_name"),
            models.CheckConstraint(
                condition=Q(connected_at=None, expires_at=None)
                | Q(connected_at__isnull=False, expires_at__gt=F("connected_at")),
                name="partners_device_connected_for_a_time",
            ),
            models.CheckConstraint(
                condition=Q(kind="screen", pairing_until__isnull=False)
                | Q(kind="till", pairing_until=None, connected_at__isnull=False),
                name="partners_device_pairs_if_a_screen",
            ),
            models.CheckConstraint(
                condition=Q(paused_at=None) | (~Q(paused_why="") & ~Q(paused_reason="")),
                name="partners_device_paused_with_words",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_till(self) -> bool:
        return self.kind == self.Kind.TILL


class Clerk(models.Model):
    """Somebody who serves at a shop's counter: a name and a PIN, no mail, no password.

    A person who never signed up here, so nothing else is kept. Without the row redemptions stay, and name nobody.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="clerks", verbose_name=_("Partner"))
    name = models.CharField(_("Name"), max_length=40)
    pin_hash = models.CharField(max_length=128, blank=True)
    pin_set_at = models.DateTimeField(_("PIN gesetzt"))
    made_at = models.DateTimeField(_("angelegt"))
    ended_at = models.DateTimeField(_("abgemeldet"), null=True, blank=True)

    class Meta:
        verbose_name = _("Person an der Theke")
        verbose_name_plural = _("Personen an der Theke")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="partners_clerk_has_a_name"),
            # At the counter the name is what one picks.
            models.UniqueConstraint(
                "partner", Lower("name"), condition=Q(ended_at=None), name="partners_clerk_once_per_shop"
            ),
            models.CheckConstraint(
                condition=(Q(ended_at=None) & ~Q(pin_hash="")) | Q(ended_at__isnull=False, pin_hash=""),
                name="partners_clerk_pin_while_here",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Shift(models.Model):
    """Who works at a screen right now. Gone when it ends: nobody's working hours are kept."""

    device = models.OneToOneField(Device, models.CASCADE, primary_key=True, related_name="shift")
    clerk = models.ForeignKey(Clerk, models.CASCADE, related_name="shifts", verbose_name=_("Person an der Theke"))
    began_at = models.DateTimeField(_("seit"))
    last_seen_at = models.DateTimeField(_("zuletzt benutzt"))

    class Meta:
        verbose_name = _("Schicht")
        verbose_name_plural = _("Schichten")

    def __str__(self) -> str:
        return f"{self.clerk}, {self.began_at:%d.%m.%Y %H:%M}"


class DeskInvitation(models.Model):
    """A link or QR that makes one more person a manager of a shop, once. Only its hash is kept."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="invitations", verbose_name=_("Partner"))
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("von")
    )
    made_at = models.DateTimeField(_("erstellt"))
    expires_at = models.DateTimeField(_("gilt bis"))
    sent_to = models.EmailField(_("geschickt an"), blank=True)
    used_at = models.DateTimeField(_("benutzt"), null=True, blank=True)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("benutzt von"),
    )  # fmt: skip
    revoked_at = models.DateTimeField(_("zurückgezogen"), null=True, blank=True)

    class Meta:
        verbose_name = _("Einladung in den Partnerbereich")
        verbose_name_plural = _("Einladungen in den Partnerbereich")
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(revoked_at=None), name="partners_invitation_used_or_revoked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}, {self.made_at:%d.%m.%Y}"
