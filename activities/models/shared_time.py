"""What was done: categories, shared time, and each step in the life of an entry."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User, YouthProfile
from clevervibes.lib import history


@history.kept()
class Category(models.Model):
    """What a shared time was about. The team keeps the list; a category counts or it does not."""

    slug = models.SlugField(_("Kürzel"), unique=True)
    name = models.CharField(_("Name"), max_length=60)
    icon = models.SlugField(_("Symbol"), default="star")
    tint = models.SlugField(_("Farbe"), default="green")
    examples = models.CharField(_("Beispiele"), max_length=300, blank=True)
    counts = models.BooleanField(_("zählt"), default=True)
    weekly_cap_minutes = models.PositiveIntegerField(_("Minuten je Woche"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("Reihenfolge"), default=0)

    class Meta:
        verbose_name = _("Kategorie")
        verbose_name_plural = _("Kategorien")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        # Stored in German; the names a club starts with are in the catalogues, a name of the team's own stays as it is.
        return gettext(self.name)

    @property
    def ideas(self) -> list[str]:
        """The examples one by one, to be tapped instead of typed."""
        return [capfirst(one.strip()) for one in self.examples.split(",") if one.strip()]


class Relation(models.TextChoices):
    """Who somebody is to the youth."""

    PARENT = "parent", _("Mama oder Papa")
    SIBLING = "sibling", _("Geschwister")
    GRANDPARENT = "grandparent", _("Oma oder Opa")
    RELATIVE = "relative", _("Verwandte")
    MENTOR = "mentor", _("Mentorin oder Mentor")
    FRIEND = "friend", _("Freundinnen und Freunde")
    COMPANY = "company", _("Betrieb")
    OTHER = "other", _("jemand anderes")


class SharedTimeEntry(models.Model):
    """A stretch of time a youth spent together with somebody on something that educates.

    `claimed_by` says so, `reviewed_by` confirms it, and the database knows that these are two people.
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("läuft")
        DRAFT = "draft", _("Entwurf")
        PROPOSED = "proposed", _("wartet auf Dich")
        SUBMITTED = "submitted", _("wartet")
        APPROVED = "approved", _("bestätigt")
        RETURNED = "returned", _("bitte ändern")
        WITHDRAWN = "withdrawn", _("zurückgezogen")
        REJECTED = "rejected", _("abgelehnt")

    # These take no time slot: nothing was finished, or it does not count any more. Nor does a draft without an end.
    WITHOUT_SLOT = (Status.RUNNING, Status.WITHDRAWN, Status.REJECTED)
    # Whose end may still be missing: the timer runs, ran too long, or was thrown away.
    WITHOUT_END = (Status.RUNNING, Status.DRAFT, Status.WITHDRAWN)
    # What is not told yet, or will never have to be.
    UNTOLD = (Status.RUNNING, Status.DRAFT, Status.WITHDRAWN, Status.REJECTED)
    EDITABLE = (Status.DRAFT, Status.RETURNED)
    OPEN = (Status.SUBMITTED, Status.RETURNED, Status.PROPOSED)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    youth = models.ForeignKey(YouthProfile, models.CASCADE, related_name="entries", verbose_name=_("Jugendliche/r"))
    category = models.ForeignKey(Category, models.PROTECT, related_name="entries", verbose_name=_("Kategorie"))
    starts_at = models.DateTimeField(_("Anfang"))
    ends_at = models.DateTimeField(_("Ende"), null=True, blank=True)
    duration_minutes = models.PositiveSmallIntegerField(_("Minuten"), default=0, editable=False)
    companion_relation = models.CharField(_("mit wem"), max_length=12, choices=Relation)
    companion_name = models.CharField(_("Vorname"), max_length=40, blank=True)
    did = models.CharField(_("Was wir gemacht haben"), max_length=500, validators=[MinLengthValidator(3)])
    learned = models.CharField(_("Was ich gelernt habe"), max_length=500, blank=True)
    status = models.CharField(_("Stand"), max_length=10, choices=Status, default=Status.DRAFT)
    host_confirmed = models.BooleanField(_("vom Betrieb bestätigt"), default=False)
    claimed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("eingetragen von")
    )
    claimed_at = models.DateTimeField(_("eingetragen am"))
    submitted_at = models.DateTimeField(_("eingereicht am"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("bestätigt von")
    )
    approved_at = models.DateTimeField(_("bestätigt am"), null=True, blank=True)
    # Indexed below, for the few that have one.
    sheet = models.ForeignKey(
        "activities.Sheet", models.SET_NULL, null=True, blank=True, editable=False, db_index=False,
        related_name="entries", verbose_name=_("Wochenzettel"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("Zeiteintrag")
        verbose_name_plural = _("Zeiteinträge")
        ordering = ["-starts_at"]
        indexes = [
            models.Index(fields=["youth", "-starts_at"], name="activities_entries_of_youth"),
            models.Index(fields=["-starts_at", "-id"], name="activities_entries_newest"),  # as the team lists them
            models.Index(fields=["approved_at"], condition=Q(status="approved"), name="activities_approved"),
            # All that a conversion run asks of an entry, so that it need not look at each one ever approved.
            models.Index(
                fields=["youth", "starts_at"],
                include=["id", "public_id", "category", "duration_minutes", "host_confirmed", "approved_at"],
                condition=Q(status="approved"),
                name="activities_convertible",
            ),
            models.Index(fields=["sheet"], condition=Q(sheet__isnull=False), name="activities_on_paper"),
            models.Index(fields=["submitted_at"], condition=Q(status="submitted"), name="activities_waiting"),
        ]
        constraints = [
            ExclusionConstraint(
                name="activities_no_overlap",
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
                condition=Q(ends_at__isnull=False) & ~Q(status__in=["running", "withdrawn", "rejected"]),
            ),
            models.UniqueConstraint(fields=["youth"], condition=Q(status="running"), name="activities_one_timer"),
            models.CheckConstraint(
                condition=~Q(claimed_by=F("reviewed_by")), name="activities_claimant_is_not_reviewer"
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None, status__in=["running", "draft", "withdrawn"])
                | Q(ends_at__isnull=False, ends_at__gt=F("starts_at")),
                name="activities_ends_after_start",
            ),
            # How long ago, and since when, a trigger asks (migration 0004): other rows know.
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__lte=F("claimed_at")), name="activities_not_in_future"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["running", "draft", "withdrawn", "rejected"])
                | ~(Q(did="") | Q(companion_relation="")),
                name="activities_told",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["running", "draft", "returned", "withdrawn", "rejected"])
                | Q(duration_minutes__gte=15, duration_minutes__lte=240)
                | Q(host_confirmed=True, duration_minutes__gte=15, duration_minutes__lte=480),
                name="activities_counting_length",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(approved_at__isnull=False), name="activities_approved_has_moment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category}, {self.starts_at:%d.%m.%Y}"

    def get_absolute_url(self) -> str:
        return reverse("activities:entry", args=[self.public_id])

    @property
    def is_editable(self) -> bool:
        return self.status in self.EDITABLE

    @property
    def on_paper(self) -> bool:
        """Say whether it was confirmed by a signature on a Wochenzettel."""
        return self.sheet_id is not None

    @property
    def lacks_end(self) -> bool:
        """Say whether the timer ran past its limit, so that somebody must say when it was over."""
        return self.status == self.Status.DRAFT and self.ends_at is None


class Review(models.Model):
    """One step in the life of an entry: who, when, why. The text as it then stood is kept for later steps."""

    class Step(models.TextChoices):
        START = "start", _("Timer gestartet")
        STOP = "stop", _("Timer gestoppt")
        LOG = "log", _("eingetragen")
        SUBMIT = "submit", _("eingereicht")
        APPROVE = "approve", _("bestätigt")
        RETURN = "return", _("zurückgegeben")
        UNDO = "undo", _("Bestätigung zurückgenommen")
        WITHDRAW = "withdraw", _("zurückgezogen")
        REJECT = "reject", _("abgelehnt")

    entry = models.ForeignKey(SharedTimeEntry, models.CASCADE, related_name="reviews", verbose_name=_("Eintrag"))
    step = models.CharField(_("Schritt"), max_length=10, choices=Step)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("von"))
    at = models.DateTimeField(_("am"))
    reason = models.CharField(_("Grund"), max_length=300, blank=True)
    before = models.JSONField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("Schritt")
        verbose_name_plural = _("Schritte")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.at:%d.%m.%Y}"
