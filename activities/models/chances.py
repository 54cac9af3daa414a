"""Dates at which youths look inside a company."""

import uuid
from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User, YouthProfile
from activities.models.hosts import Host, ReleasedQuerySet
from activities.models.interests import Topic
from activities.models.shared_time import Category, SharedTimeEntry
from clevervibes.lib import history


@history.kept()
class Opportunity(models.Model):
    """A date at which youths can look inside: a visit, a trial day, a workshop. Shown once the team released it."""

    class Kind(models.TextChoices):
        VISIT = "visit", _("Betriebsbesuch")
        TRIAL = "trial", _("Schnuppertag")
        WORKSHOP = "workshop", _("Workshop")
        TRAINING = "training", _("Bewerbungstraining")
        CLUB = "club", _("Hausaufgaben-Club")

    class Why(models.TextChoices):
        """Why a date does not take place. Set answers: adults write nothing to youths here."""

        ILL = "ill", _("Jemand ist krank geworden")
        FEW = "few", _("Es haben sich zu wenige angemeldet")
        CLOSED = "closed", _("An dem Tag ist geschlossen")
        OTHER = "other", _("Es geht leider nicht")

    class State(models.TextChoices):
        DRAFT = "draft", _("Entwurf")
        SENT = "sent", _("wartet auf Freigabe")
        RELEASED = "released", _("freigegeben")
        CANCELLED = "cancelled", _("abgesagt")
        OVER = "over", _("Anwesenheit fehlt noch")
        DONE = "done", _("erledigt")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    host = models.ForeignKey(Host, models.CASCADE, related_name="opportunities", verbose_name=_("Ausrichter"))
    kind = models.CharField(_("Art"), max_length=10, choices=Kind)
    category = models.ForeignKey(Category, models.PROTECT, related_name="opportunities", verbose_name=_("Kategorie"))
    topic = models.ForeignKey(
        Topic, models.SET_NULL, null=True, blank=True, related_name="opportunities", verbose_name=_("Berufsfeld")
    )
    title = models.CharField(_("Titel"), max_length=120)
    text = models.TextField(_("Beschreibung"))
    starts_at = models.DateTimeField(_("Anfang"))
    ends_at = models.DateTimeField(_("Ende"))
    where = models.CharField(_("Treffpunkt"), max_length=200)
    # How far it is, in the host's words: no map is asked where a youth lives.
    way = models.CharField(_("Weg dorthin"), max_length=120, blank=True)
    wear = models.CharField(_("Kleidung"), max_length=200, blank=True)
    seats = models.PositiveSmallIntegerField(_("Plätze"))
    minimum_age = models.PositiveSmallIntegerField(_("ab Alter"), default=12)
    # The club's rule for contact with minors: a person with a name, whose certificate somebody has seen.
    contact_name = models.CharField(_("Ansprechperson"), max_length=80)
    certificate_seen_on = models.DateField(_("Führungszeugnis gesehen am"), null=True, blank=True)
    certificate_valid_until = models.DateField(_("gültig bis"), null=True, blank=True)
    never_alone = models.BooleanField(_("immer zwei Erwachsene dabei"), default=False)
    # The same for all dates that one form made: a weekly homework club.
    series = models.UUIDField(_("Reihe"), null=True, blank=True, editable=False, db_index=True)
    drafted_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+",
        verbose_name=_("entworfen von"),
    )  # fmt: skip
    sent_at = models.DateTimeField(_("zur Freigabe geschickt"), null=True, blank=True, editable=False)
    released_at = models.DateTimeField(_("freigegeben"), null=True, blank=True)
    released_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("freigegeben von")
    )
    # Changed after it was released: whoever has booked reads the new words once the team has.
    changed_at = models.DateTimeField(_("geändert"), null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(_("abgesagt"), null=True, blank=True, editable=False)
    cancelled_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+",
        verbose_name=_("abgesagt von"),
    )  # fmt: skip
    cancelled_why = models.CharField(_("weshalb abgesagt"), max_length=10, choices=Why, blank=True, editable=False)
    code_shown_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+",
        verbose_name=_("QR-Code gezeigt von"),
    )  # fmt: skip
    host_told_at = models.DateTimeField(_("an die Liste erinnert"), null=True, blank=True, editable=False)
    listed_at = models.DateTimeField(_("Anwesenheit bestätigt"), null=True, blank=True, editable=False)
    listed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+",
        verbose_name=_("Anwesenheit bestätigt von"),
    )  # fmt: skip

    objects = ReleasedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Chance")
        verbose_name_plural = _("Chancen")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="activities_opportunity_ends_later"),
            models.CheckConstraint(
                condition=Q(released_at=None) | Q(certificate_seen_on__isnull=False),
                name="activities_released_with_certificate",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("activities:opportunity", args=[self.public_id])

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    @property
    def entry_to_be(self) -> SharedTimeEntry:
        """Return what somebody who stays to the end gets for it, not stored: so much may be said about it before."""
        return SharedTimeEntry(starts_at=self.starts_at, duration_minutes=self.minutes, host_confirmed=True)

    @property
    def look(self) -> Topic | Category:
        """Return whose icon and tint stand for it."""
        return self.topic or self.category

    def state_at(self, now: datetime) -> "Opportunity.State":
        """Return where the date stands for its host and the team."""
        if self.cancelled_at:
            return self.State.CANCELLED
        if self.listed_at:
            return self.State.DONE
        if self.released_at:
            return self.State.OVER if self.ends_at <= now else self.State.RELEASED
        return self.State.SENT if self.sent_at else self.State.DRAFT


class Booking(models.Model):
    """A youth's place at a date, from the wish to what became of it.

    A seat has a number: PostgreSQL gives each one once, so that no date is ever oversold, whoever asks at once.
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("wartet auf das Ja der Eltern")
        BOOKED = "booked", _("gebucht")
        WAITING = "waiting", _("auf der Warteliste")
        CANCELLED = "cancelled", _("abgesagt")
        ATTENDED = "attended", _("dabei gewesen")
        MISSED = "missed", _("nicht dabei gewesen")

    class Ended(models.TextChoices):
        YOUTH = "youth", _("selbst abgesagt")
        GUARDIAN = "guardian", _("Eltern haben Nein gesagt")
        SILENCE = "silence", _("Eltern haben nicht geantwortet")
        DATE = "date", _("Termin abgesagt")
        CLASH = "clash", _("Termin verschoben, überschneidet sich")
        MEMBER = "member", _("Mitgliedschaft ruht")

    # On the way to the date, or there.
    LIVE = (Status.ASKED, Status.BOOKED, Status.WAITING)
    SEATED = (Status.ASKED, Status.BOOKED, Status.ATTENDED, Status.MISSED)
    COMING = (Status.ASKED, Status.BOOKED)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="bookings", verbose_name=_("Chance"))
    youth = models.ForeignKey(YouthProfile, models.CASCADE, related_name="bookings", verbose_name=_("Jugendliche/r"))
    status = models.CharField(_("Stand"), max_length=10, choices=Status)
    seat = models.PositiveSmallIntegerField(_("Platz"), null=True, blank=True)
    # The date's own, kept here so that PostgreSQL knows whether two bookings of a youth overlap.
    starts_at = models.DateTimeField(_("Anfang"))
    ends_at = models.DateTimeField(_("Ende"))
    made_at = models.DateTimeField(_("gebucht am"))  # the wait-list's order
    answer_by = models.DateTimeField(_("Antwort der Eltern bis"), null=True, blank=True)
    answered_at = models.DateTimeField(_("Antwort der Eltern am"), null=True, blank=True)
    answered_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Antwort von")
    )
    reminded_at = models.DateTimeField(_("erinnert"), null=True, blank=True)
    checked_in_at = models.DateTimeField(_("eingecheckt"), null=True, blank=True)
    entry = models.OneToOneField(
        SharedTimeEntry, models.SET_NULL, null=True, blank=True, related_name="booking", verbose_name=_("Zeiteintrag")
    )
    ended_at = models.DateTimeField(_("abgesagt am"), null=True, blank=True)
    ended_why = models.CharField(_("weshalb"), max_length=10, choices=Ended, blank=True)

    class Meta:
        verbose_name = _("Buchung")
        verbose_name_plural = _("Buchungen")
        ordering = ["starts_at", "made_at"]
        indexes = [
            models.Index(fields=["answer_by"], condition=Q(status="asked"), name="activities_answers_due"),
            models.Index(fields=["starts_at"], condition=Q(status="booked"), name="activities_bookings_ahead"),
            models.Index(fields=["opportunity", "made_at"], condition=Q(status="waiting"), name="activities_wait_list"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity", "seat"], condition=Q(seat__isnull=False), name="activities_one_per_seat"
            ),
            models.UniqueConstraint(
                fields=["opportunity", "youth"], condition=~Q(status="cancelled"), name="activities_booked_once"
            ),
            models.CheckConstraint(
                condition=Q(seat__isnull=True, status__in=["waiting", "cancelled"])
                | Q(seat__gte=1, status__in=["asked", "booked", "attended", "missed"]),
                name="activities_seat_by_status",
            ),
            models.CheckConstraint(
                condition=~Q(status="asked") | Q(answer_by__isnull=False), name="activities_asked_until"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_why="") & ~Q(status="cancelled")
                | Q(ended_at__isnull=False, status="cancelled") & ~Q(ended_why=""),
                name="activities_booking_ended_why",
            ),
            ExclusionConstraint(
                name="activities_one_date_at_a_time",
                expressions=[
                    ("youth", RangeOperators.EQUAL),
                    (
                        Func(
                            F("starts_at"),
                            F("ends_at"),
                            RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(status__in=["asked", "booked", "attended"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opportunity}: {self.youth}"

    @property
    def is_live(self) -> bool:
        return self.status in self.LIVE


@history.kept()
class HeldWord(models.Model):
    """A word that keeps a text to youths waiting until the team has read it: names of messengers, ways of contact."""

    word = models.CharField(_("Wort"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("Wort, das warten lässt")
        verbose_name_plural = _("Wörter, die warten lassen")
        ordering = ["word"]

    def __str__(self) -> str:
        return self.word
