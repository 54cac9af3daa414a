"""How whoever confirms is asked: the link in a mail, and who was reminded of what."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities.models.shared_time import SharedTimeEntry


class InboxLink(models.Model):
    """A link in a mail that opens one person's inbox for 14 days, and nothing else. Only its hash is kept."""

    person = models.ForeignKey(User, models.CASCADE, related_name="inbox_links", verbose_name=_("für"))
    token_sha256 = models.CharField(max_length=64, unique=True)
    # A fingerprint of the password at that time: who changes it closes every link.
    password_mark = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("verschickt"))
    expires_at = models.DateTimeField(_("gilt bis"))
    revoked_at = models.DateTimeField(_("beendet"), null=True, blank=True)

    class Meta:
        verbose_name = _("Link zur Liste")
        verbose_name_plural = _("Links zur Liste")
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="activities_inbox_link_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.made_at:%d.%m.%Y}"


class Reminder(models.Model):
    """Somebody was reminded that an entry waits: once on day 3, once on day 7, since it was last sent in."""

    entry = models.ForeignKey(SharedTimeEntry, models.CASCADE, related_name="reminders", verbose_name=_("Eintrag"))
    to = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("an"))
    day = models.PositiveSmallIntegerField(_("Tag"))
    since = models.DateTimeField(_("eingereicht am"))
    at = models.DateTimeField(_("am"))

    class Meta:
        verbose_name = _("Erinnerung")
        verbose_name_plural = _("Erinnerungen")
        constraints = [
            models.UniqueConstraint(fields=["entry", "to", "day", "since"], name="activities_reminded_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day}, {self.at:%d.%m.%Y}"


class WaitingEntry(SharedTimeEntry):
    """An entry that waits to be confirmed, as the team's list of old ones shows it."""

    class Meta:
        proxy = True
        verbose_name = _("Wartender Zeiteintrag")
        verbose_name_plural = _("Wartende Zeiteinträge")
