"""Who shows itself from the inside, and what of that the team has released."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from clevervibes.lib import history


@history.kept()
class Host(models.Model):
    """An organisation that shows itself from the inside."""

    organisation = models.OneToOneField(
        Organisation, models.CASCADE, related_name="host", verbose_name=_("Organisation")
    )
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    industry = models.CharField(_("Branche"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("Ausrichter")
        verbose_name_plural = _("Ausrichter")

    def __str__(self) -> str:
        return self.organisation.name


class ReleasedQuerySet(models.QuerySet):
    def released(self) -> "ReleasedQuerySet":
        return self.filter(released_at__isnull=False)
