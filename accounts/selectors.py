"""Who may see and confirm whom. Every read of people goes through here."""

from datetime import date, datetime

from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from accounts.models import Club, Consent, Guardianship, Sighting, TrustedPerson, User, YouthProfile
from accounts.registration import ADULT_AGE, MAX_AGE
from clevervibes.lib import periods


def youths_guarded_by(user: User) -> QuerySet[YouthProfile]:
    """Return the youths that `user` is a guardian of right now."""
    links = Guardianship.objects.filter(youth=OuterRef("pk"), guardian=user, ended_at=None)
    return YouthProfile.objects.filter(Exists(links)).select_related("user")


def youths_confirmed_by(user: User) -> QuerySet[YouthProfile]:
    """Return the youths whose time `user` may confirm: as guardian or as trusted person, never one's own."""
    guarded = Guardianship.objects.filter(youth=OuterRef("pk"), guardian=user, ended_at=None)
    trusted = TrustedPerson.objects.filter(youth=OuterRef("pk"), person=user, ended_at=None)
    return YouthProfile.objects.filter(Exists(guarded) | Exists(trusted)).exclude(user=user).select_related("user")


def earning_youths(at: datetime, *, club: Club | None = None) -> QuerySet[YouthProfile]:
    """Return the youths whose time may become coins at the moment `at`.

    Joined, not left, not stopped, under 21, with a live consent, and somebody seen: under 18 one of the
    guardians, from 18 the youth.
    """
    today = periods.berlin_date(at)
    adult_since = _birth_date_of_age(ADULT_AGE, today)
    consent = Consent.objects.filter(youth=OuterRef("pk"), given_at__lte=at).filter(
        Q(withdrawn_at=None) | Q(withdrawn_at__gt=at)
    )
    guardian_seen = Guardianship.objects.filter(
        youth=OuterRef("pk"), ended_at=None, guardian__sighting__seen_at__lte=at
    )
    youth_seen = Sighting.objects.filter(person=OuterRef("user"), seen_at__lte=at)
    youths = YouthProfile.objects.filter(
        Exists(consent),
        Q(Exists(guardian_seen), birth_date__gt=adult_since) | Q(Exists(youth_seen), birth_date__lte=adult_since),
        joined_at__lte=at,
        left_at=None,
        paused_at=None,
        birth_date__gt=_birth_date_of_age(MAX_AGE + 1, today),
    )
    return youths.filter(user__club=club) if club else youths


def consented_at(youth: YouthProfile) -> datetime | None:
    """Return since when a consent for `youth` stands; None without one."""
    return Consent.objects.filter(youth=youth, withdrawn_at=None).aggregate(since=Min("given_at"))["since"]


def has_consent(youth: YouthProfile) -> bool:
    return Consent.objects.filter(youth=youth, withdrawn_at=None).exists()


def is_seen(youth: YouthProfile, at: datetime) -> bool:
    """Say whether somebody was seen for `youth`, so that confirmed hours may be paid."""
    if youth.age_at(at) >= ADULT_AGE:
        return Sighting.objects.filter(person=youth.user_id, seen_at__lte=at).exists()
    return Guardianship.objects.filter(youth=youth, ended_at=None, guardian__sighting__seen_at__lte=at).exists()


def _birth_date_of_age(years: int, today: date) -> date:
    """Return the latest birth date that makes somebody `years` old on `today`."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        # On 29 February those born on the 28th have had their birthday, those born on 1 March have not.
        return today.replace(year=today.year - years, day=28)
