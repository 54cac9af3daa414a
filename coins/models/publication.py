"""What the club shows to everybody: a seal a day over the books, what last night's look at them found, its figures."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clevervibes.lib import roles
from clevervibes.lib.fields import SetByDatabaseDateTimeField


class DaySeal(models.Model):
    """What is published of the seals since the last one: a line for each transfer, which says nothing but whether it
    is still the same. Written by `coins_publish` alone.

    A line is a hash over a salt and the transfer. The salt comes from `secret`, which never leaves the database: who
    knows all of a booking but the salt cannot tell its line. Lines that belong to no transfer fill up the last sixteen.
    """

    app_role = roles.READ_ONLY

    number = models.BigIntegerField(_("Nummer"), primary_key=True)
    # The Berlin day of the publication: what was booked since the last one, late in the evening before or in the night.
    day = models.DateField(_("Tag"))
    # The seals it covers, `[from_seq, to_seq]`, and the last one's hash; they say which transfers these are.
    from_seq = models.BigIntegerField()
    to_seq = models.BigIntegerField()
    head = models.BinaryField()
    epoch = models.PositiveSmallIntegerField()
    first_id = models.BigIntegerField()
    from_xid = models.BigIntegerField()
    from_id = models.BigIntegerField()
    to_xid = models.BigIntegerField()
    to_id = models.BigIntegerField()
    transfers = models.BigIntegerField(_("Buchungen"))
    secret = models.BinaryField()
    lines = models.BinaryField()  # 32 bytes each
    previous = models.BinaryField()
    hash = models.BinaryField()  # of the published text, see coins_day_text
    published_at = SetByDatabaseDateTimeField(_("veröffentlicht"))

    class Meta:
        verbose_name = _("Tagessiegel")
        verbose_name_plural = _("Tagessiegel")
        ordering = ["number"]
        indexes = [models.Index(fields=["day"], name="coins_dayseal_day")]

    def __str__(self) -> str:
        return f"{self.number}: {bytes(self.hash).hex()[:12]}"


class DayProof(models.Model):
    """What the books said, on one night, to all that was published: which line no longer is what it was."""

    proved_on = models.DateField(_("geprüft am"), unique=True)
    upto = models.BigIntegerField()  # the number of the last day seal that was looked at
    # As it is published: [what, number, line, the line as the books say it now], never a transfer's number.
    findings = models.JSONField(_("Befund"), default=list)

    class Meta:
        verbose_name = _("Prüfung der Tagessiegel")
        verbose_name_plural = _("Prüfungen der Tagessiegel")
        ordering = ["-proved_on"]

    def __str__(self) -> str:
        return f"{self.proved_on:%d.%m.%Y}: {len(self.findings)}"


class PublicFigures(models.Model):
    """The club in numbers as the public page shows them, counted once a night: a visit costs one row."""

    taken_on = models.DateField(_("Stand"), unique=True)
    taken_at = models.DateTimeField(_("gezählt"))
    figures = models.JSONField(_("Zahlen"))

    class Meta:
        verbose_name = _("Öffentliche Zahlen")
        verbose_name_plural = _("Öffentliche Zahlen")
        ordering = ["-taken_on"]

    def __str__(self) -> str:
        return f"{self.taken_on:%d.%m.%Y}"
