"""Invitations for people who speak for a sponsor."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coins.models.funding import Sponsor


class ContactInvitation(models.Model):
    """A link in a mail that makes somebody a contact of a sponsor, once. Only its hash is kept."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sponsor = models.ForeignKey(Sponsor, models.PROTECT, related_name="invitations", verbose_name=_("Förderer"))
    name = models.CharField(_("Name"), max_length=80, blank=True)
    sent_to = models.EmailField(_("geschickt an"), blank=True)
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("von")
    )
    made_at = models.DateTimeField(_("erstellt"))
    expires_at = models.DateTimeField(_("gilt bis"))
    used_at = models.DateTimeField(_("benutzt"), null=True, blank=True)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("benutzt von"),
    )  # fmt: skip
    revoked_at = models.DateTimeField(_("zurückgezogen"), null=True, blank=True)

    class Meta:
        verbose_name = _("Einladung eines Förderers")
        verbose_name_plural = _("Einladungen von Förderern")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(revoked_at=None), name="coins_contact_invitation_used_or_revoked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sponsor}, {self.made_at:%d.%m.%Y}"
