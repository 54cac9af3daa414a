"""Which dates and bookings somebody sees."""

from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts import selectors as people
from accounts.models import Membership, User, YouthProfile
from activities import interests
from activities.models import Booking, Host, Opportunity

Status = Booking.Status


# ── Youths ───────────────────────────────────────────────────────────────────────────────────────
def dates_for(user: User, *, now: datetime) -> QuerySet[Opportunity]:
    """Return the released dates in the club of `user` that are still to come, with what a list says about each.

    `fits` says whether it is about something of interest, `free` how many seats are left, `own` how the youth's own
    booking stands. What is of interest comes first.
    """
    own = Booking.objects.filter(opportunity=OuterRef("pk"), youth__user=user).exclude(status=Status.CANCELLED)
    return (
        Opportunity.objects.filter(released_at__isnull=False, cancelled_at=None)
        .filter(host__organisation__club=user.club_id, starts_at__gt=now)
        .select_related("host__organisation", "category", "topic")
        .annotate(
            fits=interests.is_of_interest(user),
            free=F("seats") - _taken(),
            own=Subquery(own.values("status")[:1]),
        )
        .order_by("-fits", "starts_at", "pk")
    )


def _taken() -> Coalesce:
    seated = Booking.objects.filter(opportunity=OuterRef("pk"), seat__isnull=False).order_by()
    return Coalesce(Subquery(seated.values("opportunity").annotate(number=Count("pk")).values("number")), 0)


def readable_by(user: User, *, now: datetime) -> QuerySet[Opportunity]:
    """Return the dates whose page `user` may open: those to come, and those they have or had a place at.

    What was changed and is not released again is not among them: nobody of the team has read it.
    """
    to_come = Q(host__organisation__club=user.club_id, starts_at__gt=now, cancelled_at=None)
    own = Exists(Booking.objects.filter(opportunity=OuterRef("pk"), youth__user=user))
    return (
        Opportunity.objects.filter(to_come | own, released_at__isnull=False)
        .select_related("host__organisation", "category", "topic")
        .annotate(free=F("seats") - _taken())
    )


def bookings_of(user: User) -> QuerySet[Booking]:
    """Return a youth's own bookings, also those that came to nothing."""
    return Booking.objects.filter(youth__user=user).select_related(
        "opportunity__host__organisation", "opportunity__category", "entry"
    )


def coming_up(user: User, *, now: datetime) -> QuerySet[Booking]:
    """Return what a youth has booked, asked for or waits for and is not over, soonest first."""
    return bookings_of(user).filter(status__in=Booking.LIVE, ends_at__gt=now).order_by("starts_at", "pk")


def been_to(user: User, *, now: datetime) -> QuerySet[Booking]:
    """Return where a youth was, or should have been, latest first."""
    over = Q(status__in=(Status.ATTENDED, Status.MISSED)) | Q(status=Status.BOOKED, ends_at__lte=now)
    return bookings_of(user).filter(over).order_by("-starts_at", "pk")


# ── Guardians ────────────────────────────────────────────────────────────────────────────────────
def bookings_guarded_by(user: User, *, at: datetime) -> QuerySet[Booking]:
    """Return the bookings of the youths whose guardian `user` is, as far as a guardian is asked."""
    youths = people.youths_guarded_by(user, at=at)
    return (
        Booking.objects.filter(Exists(youths.filter(pk=OuterRef("youth"))))
        .filter(answer_by__isnull=False)
        .select_related("youth__user", "opportunity__host__organisation", "opportunity__category", "answered_by")
    )


def asked_of(user: User, *, at: datetime) -> QuerySet[Booking]:
    """Return the bookings that wait for a yes of `user`, most urgent first."""
    return bookings_guarded_by(user, at=at).filter(status=Status.ASKED, answer_by__gt=at).order_by("answer_by", "pk")


def coming_up_for_youths_of(user: User, *, at: datetime) -> QuerySet[Booking]:
    """Return where the youths of a guardian go."""
    return bookings_guarded_by(user, at=at).filter(status=Status.BOOKED, starts_at__gt=at).order_by("starts_at", "pk")


def guardians_of(youth: YouthProfile) -> QuerySet[User]:
    """Return whom a question about `youth` goes to."""
    return User.objects.filter(
        guardianships__youth=youth, guardianships__ended_at=None, guardianships__paused_at=None
    ).order_by("pk")


# ── Hosts ────────────────────────────────────────────────────────────────────────────────────────
def hosts_of(user: User) -> QuerySet[Host]:
    """Return the hosts for which `user` posts dates."""
    return (
        Host.objects.filter(organisation__memberships__user=user, organisation__memberships__role=Membership.Role.HOST)
        .select_related("organisation__club")
        .order_by("organisation__name")
        .distinct()
    )


def hosted_by(user: User) -> QuerySet[Opportunity]:
    """Return the dates that `user` looks after: those of their hosts, for the team those of its club."""
    mine = Q(host__organisation__memberships__user=user, host__organisation__memberships__role=Membership.Role.HOST)
    if is_team(user):
        mine |= Q(host__organisation__club=user.club_id)
    return (
        Opportunity.objects.filter(Exists(Opportunity.objects.filter(mine, pk=OuterRef("pk"))))
        .select_related("host__organisation__club", "category", "topic")
        .order_by("starts_at", "pk")
    )


def is_team(user: User) -> bool:
    return user.is_staff and user.has_perm("activities.change_opportunity")


def members_of(host: Host) -> QuerySet[User]:
    """Return who posts dates for `host`."""
    return User.objects.filter(
        memberships__organisation=host.organisation_id, memberships__role=Membership.Role.HOST, is_active=True
    ).order_by("pk")


def with_counts(dates: QuerySet[Opportunity]) -> QuerySet[Opportunity]:
    """Add to dates how many seats are taken (`taken`) and how many wait (`waiting`)."""
    waits = Booking.objects.filter(opportunity=OuterRef("pk"), status=Status.WAITING).order_by()
    number = waits.values("opportunity").annotate(number=Count("pk")).values("number")
    return dates.annotate(taken=_taken(), waiting=Coalesce(Subquery(number), 0))


def list_of(date: Opportunity) -> QuerySet[Booking]:
    """Return who comes to a date, by first name: all that a host gets to know about them."""
    shown = (Status.BOOKED, Status.ATTENDED, Status.MISSED)
    return (
        date.bookings.filter(status__in=shown)
        .select_related("youth__user", "entry", "opportunity__host__organisation")
        .order_by("youth__user__first_name", "pk")
    )
