"""*Anhalten*: the team stops a youth or a guardianship, with a reason of its own and the sentence people read."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import selectors
from accounts.models import Guardianship, User, YouthProfile
from accounts.notices.telling import tell
from accounts.security import tokens
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

STOPPED, RESUMED = "stopped_by_team", "resumed_by_team"


class ReasonNeeded(DomainError):
    code = "reason_needed"
    message = _("Bitte schreiben Sie den Grund und den Satz auf, den die Familie liest.")
    status = 400


class AlreadyEnded(DomainError):
    code = "already_ended"
    message = _("Das ist schon beendet.")


@db.service
def stop_youth(*, youth: YouthProfile, by: User, reason: str, sentence: str, now: datetime) -> YouthProfile:
    """Stop a youth: nothing is logged, counts or is spent until it is resumed. Stopped again, the words change.

    Their apps are signed out.

    :raises ReasonNeeded: without a reason or without a sentence for the family.
    """
    _require_words(reason, sentence)
    fresh = _locked(youth)
    first = fresh.paused_at is None
    fresh.paused_at = fresh.paused_at or now
    fresh.paused_why, fresh.paused_reason, fresh.paused_by = sentence, reason, by
    fresh.save(update_fields=["paused_at", "paused_why", "paused_reason", "paused_by"])
    tokens.revoke_all(fresh.user, now=now)
    if first:
        _tell(STOPPED, fresh, about=fresh.user, now=now)
    return fresh


@db.service
def resume_youth(*, youth: YouthProfile, by: User, now: datetime) -> YouthProfile:
    """Let a youth go on; resuming who is not stopped changes nothing. Who had stopped them is in the history."""
    fresh = _locked(youth)
    if fresh.paused_at is None:
        return fresh
    fresh.paused_at, fresh.paused_why, fresh.paused_reason, fresh.paused_by = None, "", "", None
    fresh.save(update_fields=["paused_at", "paused_why", "paused_reason", "paused_by"])
    _tell(RESUMED, fresh, about=fresh.user, now=now)
    return fresh


@db.service
def stop_guardianship(
    *, guardianship: Guardianship, by: User, reason: str, sentence: str, now: datetime
) -> Guardianship:
    """Stop a guardian's part: they see and confirm nothing until it is resumed. What they said yes to stands.

    Their apps are signed out.

    :raises ReasonNeeded: without a reason or without a sentence.
    :raises AlreadyEnded: if it is over anyway.
    """
    _require_words(reason, sentence)
    youth = _locked(guardianship.youth)
    fresh = _locked_link(guardianship)
    if fresh.ended_at:
        raise AlreadyEnded
    first = fresh.paused_at is None
    fresh.paused_at = fresh.paused_at or now
    fresh.paused_why, fresh.paused_reason, fresh.paused_by = sentence, reason, by
    fresh.save(update_fields=["paused_at", "paused_why", "paused_reason", "paused_by"])
    tokens.revoke_all(fresh.guardian, now=now)
    if first:
        _tell(STOPPED, youth, about=fresh.guardian, now=now)
    return fresh


@db.service
def resume_guardianship(*, guardianship: Guardianship, by: User, now: datetime) -> Guardianship:
    """Let a guardian go on; resuming what is not stopped changes nothing."""
    youth = _locked(guardianship.youth)
    fresh = _locked_link(guardianship)
    if fresh.paused_at is None:
        return fresh
    fresh.paused_at, fresh.paused_why, fresh.paused_reason, fresh.paused_by = None, "", "", None
    fresh.save(update_fields=["paused_at", "paused_why", "paused_reason", "paused_by"])
    _tell(RESUMED, youth, about=fresh.guardian, now=now)
    return fresh


def sentence_for(youth: YouthProfile, about: User) -> str:
    """Return the sentence that stands beside a stop now, for the youth or for a guardian."""
    if about.pk == youth.user_id:
        return youth.paused_why
    link = youth.guardianships.filter(guardian=about, ended_at=None).first()
    return link.paused_why if link else ""


@dataclass(frozen=True)
class Stop:
    """What the team has stopped, as the person who looks reads it."""

    youth: YouthProfile
    sentence: str
    is_own: bool  # the youth looks
    is_link: bool  # not the youth is stopped, but the guardian's part


def stops_seen_by(user: User) -> list[Stop]:
    """Return what is stopped and concerns `user`: oneself, the youths one guards, one's own part in a family."""
    own = Q(user=user)
    guarded = Q(pk__in=selectors.youths_guarded_by(user).values("pk"))
    youths = YouthProfile.objects.filter(own | guarded, paused_at__isnull=False).select_related("user").order_by("pk")
    links = Guardianship.objects.filter(guardian=user, ended_at=None, paused_at__isnull=False).order_by("pk")
    return [
        *(Stop(youth, youth.paused_why, youth.user_id == user.pk, False) for youth in youths),
        *(Stop(link.youth, link.paused_why, False, True) for link in links.select_related("youth__user")),
    ]


def _require_words(reason: str, sentence: str) -> None:
    if not reason.strip() or not sentence.strip():
        raise ReasonNeeded


def _locked(youth: YouthProfile) -> YouthProfile:
    return YouthProfile.objects.select_for_update(of=("self",), no_key=True).select_related("user").get(pk=youth.pk)


def _locked_link(guardianship: Guardianship) -> Guardianship:
    return (
        Guardianship.objects.select_for_update(of=("self",), no_key=True)
        .select_related("guardian")
        .get(pk=guardianship.pk)
    )


def _tell(topic: str, youth: YouthProfile, *, about: User, now: datetime) -> None:
    guardians = User.objects.filter(guardianships__youth=youth, guardianships__ended_at=None)
    for person in {youth.user, *guardians}:
        tell(topic, to=person, youth=youth.public_id, about=about.public_id, now=now)
