"""Lists as somebody of the team wants to find them again."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

NAME_LENGTH = 40
QUERY_LENGTH = 1000


class SavedView(models.Model):
    """What the address of a list says behind its question mark. Without a club it is its owner's alone."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name=_("Person")
    )
    shared_with = models.ForeignKey(
        "accounts.Club", models.CASCADE, null=True, related_name="+", verbose_name=_("gemeinsam mit")
    )
    model = models.CharField(_("Liste"), max_length=100)  # as in "accounts.user"
    name = models.CharField(_("Name"), max_length=NAME_LENGTH)
    query = models.CharField(_("Filter und Reihenfolge"), max_length=QUERY_LENGTH)
    saved_at = models.DateTimeField(_("gespeichert"))

    class Meta:
        verbose_name = _("Ansicht einer Liste")
        verbose_name_plural = _("Ansichten von Listen")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "model", "name"], name="accounts_saved_view_once"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(query=""), name="accounts_saved_view_says_something"),
        ]

    def __str__(self) -> str:
        return self.name
