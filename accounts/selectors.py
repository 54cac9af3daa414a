"""Who may see and confirm whom. Every read of people goes through here."""

from datetime import date, datetime

from django.db.models import Case, Exists, F, Max, Min, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.models import (
    Club,
    Consent,
    ConsentText,
    Guardianship,
    Sighting,
    TrustedPerson,
    User,
    YouthProfile,
)
from accounts.registration import ADULT_AGE, MAX_AGE
from clevervibes.lib import periods


def youths_guarded_by(user: User, *, at: datetime | None = None) -> QuerySet[YouthProfile]:
    """Return the youths that `user` is a guardian of at the moment `at`, now by default, unless the team stopped it.

    The 18th birthday counts from its first second, whether or not the tick has ended the guardianship yet.
    """
    links = Guardianship.objects.filter(youth=OuterRef("pk"), guardian=user, ended_at=None, paused_at=None)
    return YouthProfile.objects.filter(Exists(links), _is_minor(at)).select_related("user")


def youths_confirmed_by(user: User, *, at: datetime | None = None) -> QuerySet[YouthProfile]:
    """Return the youths whose time `user` may confirm: as guardian or as trusted person, never one's own."""
    guarded = Guardianship.objects.filter(_is_minor(at, "youth__"), guardian=user, ended_at=None, paused_at=None)
    trusted = TrustedPerson.objects.filter(person=user, ended_at=None)
    # Asked by one OR the other, PostgreSQL goes through all youths of the club, and through the entries of all of them.
    youths = guarded.order_by().values("youth").union(trusted.order_by().values("youth"))
    return YouthProfile.objects.filter(pk__in=youths).exclude(user=user).select_related("user")


def _is_minor(at: datetime | None, youth: str = "") -> Q:
    today = periods.berlin_date(at or timezone.now())
    return Q(**{f"{youth}birth_date__gt": birth_date_of_age(ADULT_AGE, today)})


def earning_youths(at: datetime, *, club: Club | None = None) -> QuerySet[YouthProfile]:
    """Return the youths whose time may become coins at the moment `at`.

    Joined, not left, not stopped, under 21, with a consent that stands, and somebody seen: under 18 one of the
    guardians, from 18 the youth.
    """
    today = periods.berlin_date(at)
    adult_since = birth_date_of_age(ADULT_AGE, today)
    consent = _consents_enough(at).filter(youth=OuterRef("pk"))
    guardian_seen = Guardianship.objects.filter(
        youth=OuterRef("pk"), ended_at=None, guardian__sighting__seen_at__lte=at
    )
    youth_seen = Sighting.objects.filter(person=OuterRef("user"), seen_at__lte=at)
    youths = YouthProfile.objects.filter(
        Q(Exists(consent), Exists(guardian_seen), birth_date__gt=adult_since)
        | Q(Exists(consent.filter(given_by=OuterRef("user"))), Exists(youth_seen), birth_date__lte=adult_since),
        joined_at__lte=at,
        left_at=None,
        paused_at=None,
        birth_date__gt=birth_date_of_age(MAX_AGE + 1, today),
    )
    return youths.filter(user__club=club) if club else youths


def youths_waiting_to_earn(at: datetime, *, club: Club) -> QuerySet[YouthProfile]:
    """Return the youths of `club` whose time waits at the moment `at`, each with what for as `waits_for`.

    That is `stopped` (by the team), `consent` or `seen`, the first of them that is missing. Who has left, or is too
    old to earn, waits for nothing.
    """
    today = periods.berlin_date(at)
    adult = Q(birth_date__lte=birth_date_of_age(ADULT_AGE, today))
    consent = _consents_enough(at).filter(youth=OuterRef("pk"))
    consented = Q(Exists(consent), ~adult) | Q(Exists(consent.filter(given_by=OuterRef("user"))), adult)
    return (
        YouthProfile.objects.filter(
            user__club=club, joined_at__lte=at, left_at=None, birth_date__gt=birth_date_of_age(MAX_AGE + 1, today)
        )
        .exclude(pk__in=earning_youths(at, club=club).values("pk"))
        .annotate(
            waits_for=Case(
                When(paused_at__isnull=False, then=Value("stopped")),
                When(~consented, then=Value("consent")),
                default=Value("seen"),
            )
        )
    )


def youths_in_standing(at: datetime) -> QuerySet[YouthProfile]:
    """Return the youths of whom others may be shown something at the moment `at`.

    Joined, not left, not stopped, with a consent that stands; from 18 on their own.
    """
    adult_since = birth_date_of_age(ADULT_AGE, periods.berlin_date(at))
    consent = _consents_enough(at).filter(youth=OuterRef("pk"))
    own = consent.filter(given_by=OuterRef("user"))
    return YouthProfile.objects.filter(
        Q(Exists(consent), birth_date__gt=adult_since) | Q(Exists(own), birth_date__lte=adult_since),
        joined_at__lte=at,
        left_at=None,
        paused_at=None,
    )


# ── Consent ──────────────────────────────────────────────────────────────────────────────────────
def current_text() -> ConsentText | None:
    """Return the newest published text: the one that people consent to now."""
    return ConsentText.objects.filter(published_at__isnull=False).order_by("-version").first()


def required_version(at: datetime) -> int:
    """Return the oldest version that is enough at the moment `at`; 0 before the first text."""
    newest = ConsentText.objects.filter(required_from__lte=at).aggregate(version=Max("version"))["version"]
    return newest or 0


def _consents_enough(at: datetime) -> QuerySet[Consent]:
    """Return the consents that were live at `at`, to a text that was enough then."""
    live = Q(withdrawn_at=None) | Q(withdrawn_at__gt=at)
    return Consent.objects.filter(live, given_at__lte=at, text__version__gte=required_version(at))


def standing_consents(youth: YouthProfile, at: datetime) -> QuerySet[Consent]:
    """Return the consents by which what `youth` does counts at `at`; from 18 on only their own does."""
    consents = _consents_enough(at).filter(youth=youth)
    if youth.age_at(at) >= ADULT_AGE:
        consents = consents.filter(given_by=youth.user_id)
    return consents.select_related("text", "given_by").order_by("given_at")


def consented_at(youth: YouthProfile, *, at: datetime) -> datetime | None:
    """Return since when a consent for `youth` stands; None without one."""
    return standing_consents(youth, at).aggregate(since=Min("given_at"))["since"]


def has_consent(youth: YouthProfile, *, at: datetime | None = None) -> bool:
    """Say whether a consent for `youth` stands at the moment `at`, now by default."""
    return standing_consents(youth, at or timezone.now()).exists()


def standing_no(youth: YouthProfile) -> Consent | None:
    """Return the consent whose withdrawal still stands in the way; None if nothing does."""
    if Consent.objects.filter(youth=youth, withdrawn_at=None).exists():
        return None
    latest = Consent.objects.filter(youth=youth).select_related("withdrawn_by").order_by("withdrawn_at", "pk").last()
    return latest if latest and latest.withdrawn_how != Consent.Ended.LAPSED else None


def has_decided_alone(youth: YouthProfile) -> bool:
    """Say whether `youth` has said yes or no for themself."""
    return Consent.objects.filter(Q(given_by=F("youth__user")) | Q(withdrawn_by=F("youth__user")), youth=youth).exists()


# ── Seen once ────────────────────────────────────────────────────────────────────────────────────
def is_seen(youth: YouthProfile, at: datetime) -> bool:
    """Say whether somebody was seen for `youth`, so that confirmed hours may be paid."""
    if youth.age_at(at) >= ADULT_AGE:
        return Sighting.objects.filter(person=youth.user_id, seen_at__lte=at).exists()
    return Guardianship.objects.filter(youth=youth, ended_at=None, guardian__sighting__seen_at__lte=at).exists()


def birth_date_of_age(years: int, today: date) -> date:
    """Return the latest birth date that makes somebody `years` old on `today`."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        # On 29 February those born on the 28th have had their birthday, those born on 1 March have not.
        return today.replace(year=today.year - years, day=28)
