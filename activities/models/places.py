"""What a youth can become at a company, and a youth's interest in it."""

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User, YouthProfile
from activities.models.hosts import Host, ReleasedQuerySet
from activities.models.interests import Topic
from activities.models.portfolio import Portfolio
from clevervibes.lib import history


@history.kept()
class Place(models.Model):
    """An apprenticeship, placement or study place that a company offers. Shown once the team released it.

    A host's change to what youths read takes the release away until the team has looked again.
    """

    class Kind(models.TextChoices):
        PLACEMENT = "placement", _("Praktikum")
        APPRENTICESHIP = "apprenticeship", _("Ausbildung")
        DUAL = "dual", _("Duales Studium")
        STUDIES = "studies", _("Studium")

    class Closed(models.TextChoices):
        FILLED = "filled", _("besetzt")
        OVER = "over", _("nicht mehr angeboten")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    host = models.ForeignKey(Host, models.CASCADE, related_name="places", verbose_name=_("Ausrichter"))
    kind = models.CharField(_("Art"), max_length=15, choices=Kind)
    topic = models.ForeignKey(
        Topic, models.SET_NULL, null=True, blank=True, related_name="places", verbose_name=_("Berufsfeld")
    )
    title = models.CharField(_("Titel"), max_length=120)
    text = models.TextField(_("Beschreibung"), max_length=2000)
    where = models.CharField(_("Wo"), max_length=200, blank=True)
    starts_on = models.DateField(_("Beginn"), null=True, blank=True)
    apply_until = models.DateField(_("Melden bis"), null=True, blank=True)
    minimum_age = models.PositiveSmallIntegerField(_("ab Alter"), default=12)
    # Drafts of hosts have none: the team looks at what was handed in.
    submitted_at = models.DateTimeField(_("zur Freigabe gegeben"), null=True, blank=True)
    released_at = models.DateTimeField(_("freigegeben"), null=True, blank=True)
    released_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("freigegeben von")
    )
    closed_at = models.DateTimeField(_("geschlossen"), null=True, blank=True)
    closed_how = models.CharField(_("weshalb"), max_length=10, choices=Closed, blank=True)

    objects = ReleasedQuerySet.as_manager()

    class Meta:
        verbose_name = _("Platz")
        verbose_name_plural = _("Plätze")
        ordering = ["starts_on", "title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_how="") | Q(closed_at__isnull=False) & ~Q(closed_how=""),
                name="activities_place_closed_somehow",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("activities:place", args=[self.public_id])

    @property
    def standing(self) -> str:
        """In one word for its host: draft, submitted, released, ended."""
        if self.closed_at:
            return "ended"
        if self.released_at:
            return "released"
        return "submitted" if self.submitted_at else "draft"


class PlaceInterest(models.Model):
    """A youth is interested in a place, and what of them the company may see for it, for 90 days at most.

    Under 16 it waits for a guardian first. The company answers with set replies alone.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("wartet auf die Eltern")
        OPEN = "open", _("beim Betrieb")
        DECLINED = "declined", _("von den Eltern abgelehnt")
        WITHDRAWN = "withdrawn", _("zurückgezogen")
        ENDED = "ended", _("beendet")

    class Reach(models.TextChoices):
        CLUB = "club", _("über den Club")
        MAIL = "mail", _("per E-Mail")
        PHONE = "phone", _("per Telefon")

    class Reply(models.TextChoices):
        INVITE = "invite", _("Einladung mit Termin")
        QUERY = "query", _("Rückfrage über den Club")
        FILLED = "filled", _("Platz ist besetzt")
        NO = "no", _("leider nein")

    LIVE = (State.ASKED, State.OPEN)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    place = models.ForeignKey(Place, models.CASCADE, related_name="interests", verbose_name=_("Platz"))
    youth = models.ForeignKey(
        YouthProfile, models.CASCADE, related_name="place_interests", verbose_name=_("Jugendliche/r")
    )
    # As released on that day: what a host writes later waits for the team, also here.
    title = models.CharField(_("Titel"), max_length=120)
    portfolio = models.ForeignKey(
        Portfolio, models.SET_NULL, null=True, blank=True, related_name="interests", verbose_name=_("Portfolio")
    )
    reach = models.CharField(_("erreichbar"), max_length=10, choices=Reach)
    # Emptied with its end.
    reach_at = models.CharField(_("Kontakt"), max_length=254, blank=True)
    state = models.CharField(_("Stand"), max_length=10, choices=State)
    asked_at = models.DateTimeField(_("gefragt"))
    sent_at = models.DateTimeField(_("abgeschickt"), null=True, blank=True)
    # While it waits for a guardian: until when; from then on until when the company may look.
    until = models.DateTimeField(_("gilt bis"))
    ended_at = models.DateTimeField(_("beendet"), null=True, blank=True)
    reply = models.CharField(_("Antwort"), max_length=10, choices=Reply, blank=True)
    replied_at = models.DateTimeField(_("geantwortet"), null=True, blank=True)
    meets_at = models.DateTimeField(_("Termin"), null=True, blank=True)
    meets_where = models.CharField(_("Treffpunkt"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("Interesse an einem Platz")
        verbose_name_plural = _("Interesse an Plätzen")
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["place", "state"], name="activities_interests_in_place"),
            models.Index(fields=["until"], condition=Q(state__in=["asked", "open"]), name="activities_interests_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["youth", "place"],
                condition=Q(state__in=["asked", "open"]),
                name="activities_interested_in_place",
            ),
            # Whom the company may see was sent to it, and what is over has a moment.
            models.CheckConstraint(
                condition=~Q(state="open") | Q(sent_at__isnull=False), name="activities_open_interest_was_sent"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "open"], ended_at=None)
                | ~Q(state__in=["asked", "open"]) & Q(ended_at__isnull=False, reach_at=""),
                name="activities_ended_interest_keeps_no_contact",
            ),
            models.CheckConstraint(
                condition=Q(reply="", replied_at=None, meets_at=None, meets_where="")
                | Q(reply="invite", replied_at__isnull=False, meets_at__isnull=False) & ~Q(meets_where="")
                | Q(reply__in=["query", "filled", "no"], replied_at__isnull=False, meets_at=None, meets_where=""),
                name="activities_only_invitations_have_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}, {self.asked_at:%d.%m.%Y}"

    def get_absolute_url(self) -> str:
        return reverse("activities:interest", args=[self.public_id])

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE


class InterestStep(models.Model):
    """One step in the life of an interest: who did what when. The family and the team read it."""

    class Step(models.TextChoices):
        ASK = "ask", _("Zustimmung erbeten")
        AGREE = "agree", _("zugestimmt")
        DECLINE = "decline", _("abgelehnt")
        SEND = "send", _("abgeschickt")
        LOOK = "look", _("vom Betrieb angesehen")
        INVITE = "invite", _("eingeladen")
        QUERY = "query", _("Rückfrage über den Club")
        FILLED = "filled", _("Platz ist besetzt")
        NO = "no", _("leider nein")
        WITHDRAW = "withdraw", _("zurückgezogen")
        END = "end", _("beendet")

    interest = models.ForeignKey(PlaceInterest, models.CASCADE, related_name="steps", verbose_name=_("Interesse"))
    step = models.CharField(_("Schritt"), max_length=10, choices=Step)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("von"))
    at = models.DateTimeField(_("am"))

    class Meta:
        verbose_name = _("Schritt eines Interesses")
        verbose_name_plural = _("Schritte eines Interesses")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.at:%d.%m.%Y}"
