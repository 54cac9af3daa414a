"""Who of the team does what for which club."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clevervibes.lib import history
from clevervibes.lib.team import Role


@history.kept(about_people=True)
class StaffRole(models.Model):
    """A role of somebody in one club: asked for by one person, given by another, until it is ended."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="staff_roles", verbose_name=_("Person")
    )
    club = models.ForeignKey("accounts.Club", models.PROTECT, related_name="staff_roles", verbose_name=_("Club"))
    role = models.CharField(_("Rolle"), max_length=10, choices=Role)
    # Empty for the first ones, which operations give from the command line, and once that person is gone.
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("vorgeschlagen von")
    )
    asked_at = models.DateTimeField(_("vorgeschlagen"))
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("vergeben von"),
    )  # fmt: skip
    granted_at = models.DateTimeField(_("vergeben"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("beendet von"),
    )  # fmt: skip
    ended_at = models.DateTimeField(_("beendet"), null=True, blank=True)

    class Meta:
        verbose_name = _("Rolle im Team")
        verbose_name_plural = _("Rollen im Team")
        ordering = ["club", "role", "asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "club", "role"], condition=Q(ended_at=None), name="accounts_staff_role_once"
            ),
            models.CheckConstraint(condition=~Q(granted_by=F("asked_by")), name="accounts_role_granted_by_another"),
            models.CheckConstraint(condition=~Q(granted_by=F("user")), name="accounts_role_not_granted_to_oneself"),
            models.CheckConstraint(
                condition=Q(granted_by=None) | Q(granted_at__isnull=False), name="accounts_role_granted_at"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="accounts_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}, {self.club}"

    @property
    def is_live(self) -> bool:
        return self.granted_at is not None and self.ended_at is None
