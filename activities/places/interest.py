"""A youth's interest in a place: asked, sent, looked at, answered, withdrawn, over.

What the company may see it asks at every look: sent, not over, the youth neither stopped nor without consent. So an
end holds at once, whatever the clock's tick does later.
"""

from datetime import datetime, time, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, validate_email
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import selectors as people
from accounts.models import Guardianship, User, YouthProfile
from accounts.notices.telling import tell
from accounts.registration import ADULT_AGE, OWN_CONSENT_AGE
from accounts.team import rights
from activities import entries, proposals
from activities.interests import is_of_interest
from activities.models import InterestStep, Place, PlaceInterest, Portfolio
from activities.places import hosting
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError

SHOWN_FOR = timedelta(days=90)
ASKED_FOR = timedelta(days=14)
AT_ONCE = 10
# When a company may invite somebody.
EARLIEST, LATEST = time(7), time(20)

ASKED, ARRIVED, SENT, DECLINED = "interest_asked", "interest_arrived", "interest_sent", "interest_declined"
ANSWERED, WITHDRAWN, ENDED, QUERIED = "interest_answered", "interest_withdrawn", "interest_ended", "interest_queried"

State, Reply, Reach, Step = PlaceInterest.State, PlaceInterest.Reply, PlaceInterest.Reach, InterestStep.Step
validate_phone = RegexValidator(r"^\+?[0-9][0-9 ()/-]{4,28}[0-9]$", _("Bitte nur Ziffern, zum Beispiel 0176 1234567."))


class PlaceGone(DomainError):
    code = "place_gone"
    message = _("Dieser Platz ist gerade nicht zu haben. Schau Dir an, was es sonst gibt.")


class TooYoungFor(DomainError):
    code = "too_young_for_place"
    message = _("Dieser Platz ist ab {age} Jahren.")


class TooManyOpen(DomainError):
    code = "too_many_open"
    message = _("Du hast schon bei {most} Plätzen Interesse gezeigt. Zieh eins zurück oder warte auf eine Antwort.")


class PortfolioGone(DomainError):
    code = "portfolio_gone"
    message = _("Dieses Portfolio hast Du zurückgezogen. Such Dir ein anderes aus.")
    field = "portfolio"


class ReachMissing(DomainError):
    code = "reach_missing"
    message = _("Bitte trag ein, wie der Betrieb Dich erreicht, oder wähle „über den Club“.")
    status = 400
    field = "reach_at"


class NotWaiting(DomainError):
    code = "not_waiting"
    message = _("Das wartet nicht mehr auf eine Zustimmung.")


class DateMissing(DomainError):
    code = "date_missing"
    message = _("Zur Einladung gehören ein Tag, eine Uhrzeit und ein Treffpunkt.")
    status = 400
    field = "day"


class BadDate(DomainError):
    code = "bad_date"
    message = _("Bitte laden Sie in die nächsten 90 Tage ein, zwischen 7 und 20 Uhr.")
    status = 400
    field = "day"


# ── Who sees what ────────────────────────────────────────────────────────────────────────────────
def open_places(user: User, now: datetime) -> QuerySet[Place]:
    """Return the places youths of the club of `user` see: released, not closed, and not too late for."""
    today = periods.berlin_date(now)
    return (
        Place.objects.released()
        .filter(Q(apply_until=None) | Q(apply_until__gte=today), host__organisation__club=user.club_id, closed_at=None)
        .select_related("host__organisation", "topic")
    )


def suggested(user: User, now: datetime) -> QuerySet[Place]:
    """Return the places `user` sees, what they are curious about first; `is_mine` says which that is."""
    found = open_places(user, now).annotate(is_mine=is_of_interest(user))
    return found.order_by("-is_mine", "starts_on", "title", "pk")


def of_youth(user: User) -> QuerySet[PlaceInterest]:
    """Return a youth's own interests, the latest first."""
    return _with_place(PlaceInterest.objects.filter(youth__user=user))


def guarded_by(user: User, now: datetime) -> QuerySet[PlaceInterest]:
    """Return the interests of the youths under 18 that `user` is a guardian of."""
    return _with_place(PlaceInterest.objects.filter(youth__in=people.youths_guarded_by(user, at=now)))


def seen_by_family(user: User, now: datetime) -> QuerySet[PlaceInterest]:
    """Return the interests that `user` may open: the own ones, and those of the youths in their care."""
    mine = Q(youth__user=user) | Q(youth__in=people.youths_guarded_by(user, at=now))
    return _with_place(PlaceInterest.objects.filter(mine))


def shown_to_host(user: User, now: datetime) -> QuerySet[PlaceInterest]:
    """Return what the company sees at the moment `now`: nothing that is over, nobody who is stopped or withdrawn."""
    return _with_place(
        PlaceInterest.objects.filter(
            place__host__in=hosting.hosts_of(user),
            state=State.OPEN,
            until__gt=now,
            youth__in=people.youths_in_standing(now),
        )
    ).order_by("-sent_at", "-pk")


def waiting_for(user: User, now: datetime) -> QuerySet[PlaceInterest]:
    """Return what waits for a guardian's yes: of youths under 16."""
    born_after = people.birth_date_of_age(OWN_CONSENT_AGE, periods.berlin_date(now))
    return guarded_by(user, now).filter(state=State.ASKED, until__gt=now, youth__birth_date__gt=born_after)


def _with_place(interests: QuerySet[PlaceInterest]) -> QuerySet[PlaceInterest]:
    return interests.select_related("place__host__organisation__club", "youth__user", "portfolio")


def state_at(interest: PlaceInterest, now: datetime) -> str:
    """Return the state as it is at `now`: what is past its time is over, whether or not the tick has come."""
    return State.ENDED if interest.is_live and interest.until <= now else interest.state


# ── The youth ────────────────────────────────────────────────────────────────────────────────────
@db.service
def express(
    *, place_id: UUID, youth: YouthProfile, by: User, portfolio: Portfolio | None, reach: str, reach_at: str = "",
    now: datetime,
) -> PlaceInterest:  # fmt: skip
    """Tell a company that a youth is interested; under 16 a guardian is asked first. Told twice it is told once.

    :raises NotYours: if `by` is not the youth.
    :raises ConsentWithdrawn, Grown, Stopped, ConsentMissing: if nothing of the youth's counts at present.
    :raises PlaceGone, TooYoungFor, TooManyOpen, PortfolioGone, ReachMissing:
    """
    if by.pk != youth.user_id:
        raise entries.NotYours
    entries.lock_times_of(youth)
    live = PlaceInterest.objects.filter(youth=youth, state__in=PlaceInterest.LIVE)
    _end(live.filter(until__lte=now).select_for_update(no_key=True), now)
    if known := live.filter(place__public_id=place_id).first():
        return known
    # A stop that came since this person signed in is in the row, not in their session.
    youth.refresh_from_db(fields=["paused_at", "paused_why"])
    entries.require_may_log(youth, now)
    entries.require_counts(youth, now)
    place = open_places(by, now).select_for_update(of=("self",), no_key=True).filter(public_id=place_id).first()
    if place is None:
        raise PlaceGone
    age = youth.age_at(now)
    if age < place.minimum_age:
        raise TooYoungFor(age=place.minimum_age)
    if live.count() >= AT_ONCE:
        raise TooManyOpen(most=AT_ONCE)
    if portfolio is not None and not Portfolio.objects.filter(pk=portfolio.pk, youth=youth, revoked_at=None).exists():
        raise PortfolioGone
    asks = age < OWN_CONSENT_AGE
    interest = PlaceInterest.objects.create(
        place=place, youth=youth, title=place.title, portfolio=portfolio, reach=reach,
        reach_at=contact(reach, reach_at), state=State.ASKED if asks else State.OPEN, asked_at=now,
        sent_at=None if asks else now, until=now + (ASKED_FOR if asks else SHOWN_FOR),
    )  # fmt: skip
    if asks:
        _note(interest, Step.ASK, by, now)
        _tell(ASKED, interest, _guardians(interest, now), now)
    else:
        _note(interest, Step.SEND, by, now)
        _tell(ARRIVED, interest, hosting.people_of(place.host), now)
    return interest


def contact(reach: str, reach_at: str) -> str:
    """Return the one way by which the company reaches the youth.

    :raises ReachMissing: if it leads nowhere.
    """
    reach_at = reach_at.strip()
    if reach == Reach.CLUB:
        return ""
    try:
        (validate_email if reach == Reach.MAIL else validate_phone)(reach_at)
    except ValidationError:
        raise ReachMissing from None
    return reach_at


@db.service
def withdraw(*, interest_id: UUID, by: User, now: datetime) -> PlaceInterest:
    """Take an interest back: the youth always, a guardian under 16. The company sees nothing from now on.

    Withdrawing what is over changes nothing.

    :raises PlaceInterest.DoesNotExist: if `by` may not.
    """
    interest = _locked(seen_by_family(by, now), interest_id)
    if by.pk != interest.youth.user_id and interest.youth.age_at(now) >= OWN_CONSENT_AGE:
        raise PlaceInterest.DoesNotExist
    if not interest.is_live:
        return interest
    was_sent = interest.state == State.OPEN
    _close(interest, State.WITHDRAWN, Step.WITHDRAW, by, now)
    if was_sent:
        _tell(WITHDRAWN, interest, hosting.people_of(interest.place.host), now)
    family = [interest.youth.user, *_guardians(interest, now)] if was_sent else [interest.youth.user]
    _tell(WITHDRAWN, interest, [person for person in family if person.pk != by.pk], now)
    return interest


@db.service
def send_oneself(*, interest_id: UUID, by: User, now: datetime) -> PlaceInterest:
    """Send what waited for a guardian, as somebody who has turned 16 since.

    :raises PlaceInterest.DoesNotExist: if it is not the own one.
    :raises NotWaiting: if it is over, or `by` is still under 16.
    :raises PlaceGone, ConsentWithdrawn, Grown, Stopped, ConsentMissing:
    """
    interest = _locked(of_youth(by), interest_id)
    if interest.state == State.OPEN:
        return interest
    if interest.youth.age_at(now) < OWN_CONSENT_AGE:
        raise NotWaiting
    return _send(interest, by, now)


# ── A guardian ───────────────────────────────────────────────────────────────────────────────────
@db.service
def agree(*, interest_id: UUID, by: User, now: datetime) -> PlaceInterest:
    """Say yes as a guardian of a youth under 16: the company may see it from now on. Again changes nothing.

    :raises PlaceInterest.DoesNotExist: if `by` is no guardian.
    :raises NotWaiting: if nobody has to be asked any more.
    :raises PlaceGone: if the place was closed, or is being changed.
    :raises CannotCount: if the youth is stopped, or no consent stands.
    """
    interest = _locked(guarded_by(by, now), interest_id)
    if interest.state == State.OPEN:
        return interest
    if interest.youth.age_at(now) >= OWN_CONSENT_AGE:
        raise NotWaiting
    _note(interest, Step.AGREE, by, now)
    sent = _send(interest, by, now)
    _tell(SENT, sent, [sent.youth.user], now)
    return sent


@db.service
def decline(*, interest_id: UUID, by: User, now: datetime) -> PlaceInterest:
    """Say no as a guardian of a youth under 16: nothing is sent. Again changes nothing.

    :raises PlaceInterest.DoesNotExist: if `by` is no guardian.
    :raises NotWaiting: if it was sent, or nobody has to be asked any more.
    """
    interest = _locked(guarded_by(by, now), interest_id)
    if interest.state == State.DECLINED:
        return interest
    if interest.state != State.ASKED or interest.youth.age_at(now) >= OWN_CONSENT_AGE:
        raise NotWaiting
    _close(interest, State.DECLINED, Step.DECLINE, by, now)
    _tell(DECLINED, interest, [interest.youth.user], now)
    return interest


def _send(interest: PlaceInterest, by: User, now: datetime) -> PlaceInterest:
    if state_at(interest, now) != State.ASKED:
        raise NotWaiting
    try:
        entries.require_may_log(interest.youth, now)
        entries.require_counts(interest.youth, now)
    except DomainError:
        if by.pk == interest.youth.user_id:
            raise
        # The reasons are told to the youth in words meant for the youth.
        raise proposals.CannotCount(name=interest.youth.first_name) from None
    if not open_places(interest.youth.user, now).filter(pk=interest.place_id).exists():
        raise PlaceGone
    interest.state, interest.sent_at, interest.until = State.OPEN, now, now + SHOWN_FOR
    interest.title = interest.place.title
    interest.save(update_fields=["state", "sent_at", "until", "title"])
    _note(interest, Step.SEND, by, now)
    _tell(ARRIVED, interest, hosting.people_of(interest.place.host), now)
    return interest


# ── The company ──────────────────────────────────────────────────────────────────────────────────
def look(*, interest_id: UUID, by: User, now: datetime) -> PlaceInterest:
    """Open an interest as the company, and note that it was looked at, once a day and person.

    :raises PlaceInterest.DoesNotExist: if it is not to be seen (any more).
    """
    found = shown_to_host(by, now).get(public_id=interest_id)
    today = periods.day(periods.berlin_date(now)).start
    if not found.steps.filter(step=Step.LOOK, by=by, at__gte=today).exists():
        _note_look(found, by, now)
    return found


@db.service
def _note_look(interest: PlaceInterest, by: User, now: datetime) -> None:
    _note(interest, Step.LOOK, by, now)


def meeting_points(place: Place) -> list[str]:
    """Return where a company may invite to: what the team knows of, so that nothing is written to youths unseen."""
    organisation = place.host.organisation
    address = ", ".join(filter(None, [organisation.street, f"{organisation.postcode} {organisation.town}".strip()]))
    released = place.where if place.released_at else ""
    return list(dict.fromkeys(filter(None, [released, address]))) or [organisation.name]


@db.service
def answer(
    *, interest_id: UUID, by: User, reply: str, meets_at: datetime | None = None, meets_where: str = "", now: datetime
) -> PlaceInterest:
    """Answer with one of four set replies; an invitation has a date and a known place. The same again changes nothing.

    A later answer takes the place of the earlier one, both stay in the steps.

    :raises PlaceInterest.DoesNotExist: if it is not to be seen (any more).
    :raises DateMissing: if an invitation says no date, or leads somewhere we do not know.
    :raises BadDate: if it lies in the past, after the last day of the access, or at night.
    """
    interest = _locked(shown_to_host(by, now), interest_id)
    if reply == Reply.INVITE:
        _require_invitation(interest, meets_at, meets_where, now)
    else:
        meets_at, meets_where = None, ""
    if (interest.reply, interest.meets_at, interest.meets_where) == (reply, meets_at, meets_where):
        return interest
    _reply(interest, Reply(reply), by, now, meets_at=meets_at, meets_where=meets_where)
    return interest


def _require_invitation(interest: PlaceInterest, at: datetime | None, where: str, now: datetime) -> None:
    if at is None or where not in meeting_points(interest.place):
        raise DateMissing
    local = at.astimezone(periods.BERLIN).time()
    if not now < at <= interest.until or not EARLIEST <= local <= LATEST:
        raise BadDate


def answer_all(*, place: Place, by: User, now: datetime) -> None:
    """Answer whoever still waits when a place is closed, and end what was never sent; a part."""
    db.require_transaction()
    live = PlaceInterest.objects.filter(place=place, state__in=PlaceInterest.LIVE).order_by("pk")
    reply = Reply.FILLED if place.closed_how == Place.Closed.FILLED else Reply.NO
    for interest in _with_place(live).select_for_update(of=("self",), no_key=True):
        if interest.state == State.ASKED:
            _close(interest, State.ENDED, Step.END, None, now)
            _tell(ENDED, interest, [interest.youth.user], now)
        elif interest.reply in ("", Reply.QUERY):
            _reply(interest, reply, by, now)


def _reply(
    interest: PlaceInterest, reply: PlaceInterest.Reply, by: User, now: datetime, *, meets_at: datetime | None = None,
    meets_where: str = "",
) -> None:  # fmt: skip
    interest.reply, interest.replied_at = reply, now
    interest.meets_at, interest.meets_where = meets_at, meets_where
    interest.save(update_fields=["reply", "replied_at", "meets_at", "meets_where"])
    _note(interest, Step(reply.value), by, now)
    _tell(ANSWERED, interest, [interest.youth.user, *_guardians(interest, now)], now)
    if reply == Reply.QUERY:
        _tell(QUERIED, interest, _team(interest), now)


# ── The clock, and the team ──────────────────────────────────────────────────────────────────────
@db.service
def end_due(*, now: datetime) -> int:
    """End what is past its time, tell the youth, and forget how they were to be reached. Twice or late: once."""
    due = PlaceInterest.objects.filter(state__in=PlaceInterest.LIVE, until__lte=now).order_by("pk")
    return _end(due.select_for_update(of=("self",), no_key=True, skip_locked=True), now)


@db.service
def stop(*, interest_id: UUID, by: User, now: datetime) -> PlaceInterest:
    """End an interest as the team; the youth and the guardians are told. Again changes nothing."""
    interest = _locked(_with_place(PlaceInterest.objects.all()), interest_id)
    if interest.is_live:
        _close(interest, State.ENDED, Step.END, by, now)
        _tell(ENDED, interest, [interest.youth.user, *_guardians(interest, now)], now)
    return interest


def _end(due: QuerySet[PlaceInterest], now: datetime) -> int:
    count = 0
    for interest in due.select_related("youth__user"):
        _close(interest, State.ENDED, Step.END, None, now)
        _tell(ENDED, interest, [interest.youth.user], now)
        count += 1
    return count


def _close(interest: PlaceInterest, state: str, step: str, by: User | None, now: datetime) -> None:
    interest.state, interest.ended_at, interest.reach_at = state, now, ""
    interest.save(update_fields=["state", "ended_at", "reach_at"])
    _note(interest, step, by, now)


def _note(interest: PlaceInterest, step: str, by: User | None, now: datetime) -> None:
    InterestStep.objects.create(interest=interest, step=step, by=by, at=now)


def _locked(interests: QuerySet[PlaceInterest], interest_id: UUID) -> PlaceInterest:
    return interests.select_for_update(of=("self",), no_key=True).get(public_id=interest_id)


def _guardians(interest: PlaceInterest, now: datetime) -> list[User]:
    """Return who must know: the guardians of a youth under 18."""
    links = Guardianship.objects.filter(youth=interest.youth_id, guardian=OuterRef("pk"), ended_at=None, paused_at=None)
    if interest.youth.age_at(now) >= ADULT_AGE:
        return []
    return list(User.objects.filter(Exists(links)).order_by("pk"))


def _team(interest: PlaceInterest) -> list[User]:
    return list(rights.colleagues_who_may("view", PlaceInterest, club_id=interest.youth.user.club_id))


def _tell(topic: str, interest: PlaceInterest, to: QuerySet[User] | list[User], now: datetime) -> None:
    for person in to:
        # With the youth's random number, so that an erasure finds it.
        tell(topic, to=person, interest=interest.public_id, youth=interest.youth.public_id, now=now)
