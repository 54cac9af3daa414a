"""News for one person, how they want to hear of it by mail, and the weekly digests."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """Something that happened and concerns a person, in the list behind the bell. What it says is written when read.

    Kept are only ids and numbers: what is erased, or is no longer theirs to know, is not told by an old notice.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", verbose_name=_("an"))
    topic = models.CharField(_("Art"), max_length=60)
    ids = models.JSONField(default=dict)
    key = models.UUIDField(unique=True)  # the same as of the message in the outbox, if it goes by mail
    at = models.DateTimeField(_("am"))
    read_at = models.DateTimeField(_("gelesen"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("als Mail"), null=True, blank=True)
    digest = models.ForeignKey(
        "Digest", models.SET_NULL, null=True, blank=True, related_name="notices", verbose_name=_("Wochenübersicht")
    )

    class Meta:
        verbose_name = _("Nachricht")
        verbose_name_plural = _("Nachrichten")
        indexes = [
            models.Index(fields=["to", "-at"], name="accounts_notices_of"),
            models.Index(fields=["to"], condition=Q(read_at=None), name="accounts_notices_unread"),
            models.Index(fields=["at", "topic"], name="accounts_notices_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.at:%d.%m.%Y}"


class MailSettings(models.Model):
    """What somebody wants by mail. Without a row it is the default."""

    class Channel(models.TextChoices):
        NOW = "now", _("gleich")
        DIGEST = "digest", _("in der Wochenübersicht")
        NEVER = "never", _("gar nicht")

    class Weekday(models.IntegerChoices):
        """As ISO counts them."""

        NONE = 0, _("keine Wochenübersicht")
        MONDAY = 1, _("Montag")
        TUESDAY = 2, _("Dienstag")
        WEDNESDAY = 3, _("Mittwoch")
        THURSDAY = 4, _("Donnerstag")
        FRIDAY = 5, _("Freitag")
        SATURDAY = 6, _("Samstag")
        SUNDAY = 7, _("Sonntag")

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="mail_settings", verbose_name=_("Person")
    )
    times = models.CharField(_("Zeiten und Bestätigungen"), max_length=10, choices=Channel, default=Channel.NOW)
    coins = models.CharField(_("Coins und Belohnungen"), max_length=10, choices=Channel, default=Channel.NOW)
    weekday = models.PositiveSmallIntegerField(_("Wochenübersicht"), choices=Weekday, default=Weekday.SATURDAY)
    # A day that was over when it was picked brings nothing any more.
    weekday_since = models.DateTimeField(_("Wochentag seit"))

    class Meta:
        verbose_name = _("Mails")
        verbose_name_plural = _("Mails")
        constraints = [models.CheckConstraint(condition=Q(weekday__lte=7), name="accounts_digest_on_a_weekday")]

    def __str__(self) -> str:
        return str(self.person)


class Digest(models.Model):
    """One person's digest of one week. The row says that it was taken care of: it is made once, by whoever is first."""

    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="digests", verbose_name=_("an"))
    on = models.DateField(_("für den"))  # in Berlin
    due_at = models.DateTimeField(_("fällig"))

    class Meta:
        verbose_name = _("Wochenübersicht")
        verbose_name_plural = _("Wochenübersichten")
        constraints = [models.UniqueConstraint(fields=["to", "on"], name="accounts_one_digest_a_day")]
        indexes = [models.Index(fields=["on"], name="accounts_digests_by_day")]

    def __str__(self) -> str:
        return f"{self.on:%d.%m.%Y}"
