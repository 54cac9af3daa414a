"""Orders to erase somebody: given, announced, called off within the cooling-off of seven days.

What is done on the day concerns all apps and stands in clevervibes.erasure.
"""

from datetime import datetime, timedelta

from django.contrib.admin.models import LogEntry
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import selectors
from accounts.models import Consent, Ending, Erasure, User, YouthProfile
from accounts.notices.telling import tell
from accounts.registration import OWN_CONSENT_AGE
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

COOLING_OFF = timedelta(days=7)
# After the last 90 days: time to read the message, and for coins that a hold still keeps.
AFTER_THE_END = timedelta(days=30)
# Without a consent there is no reason to keep what a youth has entered.
WAIT_FOR_CONSENT = timedelta(days=90)

ORDERED, CALLED_OFF = "erasure_ordered", "erasure_called_off"


class NotYours(DomainError):
    code = "not_yours"
    message = _("Über diese Daten entscheidet jemand anderes.")
    status = 404


class DecidesAlone(DomainError):
    code = "decides_alone"
    message = _("Ab 16 entscheidet {name} selbst über die eigenen Daten.")


class BooksNeedYou(DomainError):
    code = "books_need_you"
    message = _(
        "Wer im Club-Team arbeitet, steht in Büchern, die der Verein zehn Jahre aufheben muss. Bitte sprechen Sie mit "
        "der Verwaltung: Erst endet die Mitarbeit, dann wird gelöscht, was gelöscht werden darf."
    )


def require_may_order(*, person: User, by: User, now: datetime) -> None:
    """Refuse whoever may not have `person` erased: it is one's own to say, under 16 also a guardian's.

    :raises NotYours, DecidesAlone: if it is somebody else's.
    :raises BooksNeedYou: for somebody who works or has worked in the team.
    """
    if person.pk != by.pk:
        youth = selectors.youths_guarded_by(by, at=now).filter(user=person).first()
        if youth is None:
            raise NotYours
        if youth.age_at(now) >= OWN_CONSENT_AGE:
            raise DecidesAlone(name=youth.first_name)
    # Also whoever worked there once: what they did stays traceable, and a trail without a name is none.
    if person.is_staff or LogEntry.objects.filter(user=person).exists():
        raise BooksNeedYou


@db.service
def order(*, person: User, by: User, now: datetime) -> Erasure:
    """Have `person` erased in seven days. Ordering it again changes nothing.

    :raises NotYours, DecidesAlone, BooksNeedYou: see `require_may_order`.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    require_may_order(person=person, by=by, now=now)
    if live := waiting_for(person):
        return live
    erasure = Erasure.objects.create(person=person, asked_by=by, asked_at=now, due_at=now + COOLING_OFF)
    _tell(ORDERED, erasure, now)
    return erasure


@db.service
def call_off(*, person: User, by: User, now: datetime) -> None:
    """Keep `person` after all. Calling it off again changes nothing; once they are erased there is nobody to ask.

    :raises NotYours, DecidesAlone, BooksNeedYou: as in `order`.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    require_may_order(person=person, by=by, now=now)
    erasure = waiting_for(person)
    # What follows from the end of the last 90 days is called off by a new consent, not here.
    if erasure is None or erasure.why != Erasure.Why.ASKED:
        return
    erasure.called_off_at = now
    erasure.save(update_fields=["called_off_at"])
    _tell(CALLED_OFF, erasure, now)


def waiting_for(person: User) -> Erasure | None:
    """Return the order to erase `person` that is not called off."""
    return Erasure.objects.filter(person=person, called_off_at=None).first()


@db.service
def order_next_ended(*, now: datetime) -> bool:
    """Announce the erasure of the next youth without a reason to stay; False when there is none.

    That is who has had the last 90 days, and who has waited for a first consent as long as that.
    """
    waiting = Erasure.objects.filter(person=OuterRef("user"), called_off_at=None)
    youth = (
        YouthProfile.objects.filter(_is_over(now) | _never_consented(now), ~Exists(waiting), user__is_staff=False)
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("user")
        .first()
    )
    if youth is None:
        return False
    over = YouthProfile.objects.filter(_is_over(now), pk=youth.pk).exists()
    erasure = Erasure.objects.create(
        person=youth.user,
        why=Erasure.Why.ENDED if over else Erasure.Why.NEVER,
        asked_at=now,
        due_at=now + AFTER_THE_END,
    )
    _tell(ORDERED, erasure, now)
    return True


@db.service
def call_off_next_resumed(*, now: datetime) -> bool:
    """Keep the next youth who was to be erased without having asked, and has a consent again; False if none is."""
    youths = YouthProfile.objects.filter(user=OuterRef("person"))
    erasure = (
        Erasure.objects.filter(called_off_at=None)
        .filter(
            Q(why=Erasure.Why.ENDED) & ~Exists(youths.filter(_is_over(now)))
            | Q(why=Erasure.Why.NEVER) & ~Exists(youths.filter(_never_consented(now)))
        )
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("person")
        .first()
    )
    if erasure is None:
        return False
    erasure.called_off_at = now
    erasure.save(update_fields=["called_off_at"])
    _tell(CALLED_OFF, erasure, now)
    return True


def _is_over(now: datetime) -> Q:
    """Of a youth: the last 90 days are over."""
    return Q(Exists(Ending.objects.filter(youth=OuterRef("pk"), called_off_at=None, spend_until__lte=now)))


def _never_consented(now: datetime) -> Q:
    """Of a youth: joined 90 days ago, and nobody has ever said yes."""
    waited_since = now - WAIT_FOR_CONSENT
    return Q(joined_at__lte=waited_since) & ~Q(Exists(Consent.objects.filter(youth=OuterRef("pk"))))


def due(now: datetime) -> QuerySet[Erasure]:
    """Return the orders whose day has come, the oldest first."""
    return Erasure.objects.filter(called_off_at=None, due_at__lte=now).order_by("due_at", "pk")


def _tell(topic: str, erasure: Erasure, now: datetime) -> None:
    """Tell whoever is to be erased, and the guardians of a youth: nobody is to be made to vanish in secret."""
    people = [erasure.person]
    if youth := YouthProfile.objects.filter(user=erasure.person).first():
        people += [
            guardian
            for guardian in User.objects.filter(guardianships__youth=youth, guardianships__ended_at=None)
            if selectors.youths_guarded_by(guardian, at=now).filter(pk=youth.pk).exists()
        ]
    for person in people:
        tell(topic, to=person, erasure=erasure.public_id, now=now)
