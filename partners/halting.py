"""*Anhalten* of all redemptions of a club at once, and letting them go on."""

from datetime import datetime

from accounts.models import Club, User
from clevervibes.lib import db, halting
from partners.models import Partner


@db.service
def stop_all(*, club: Club, by: User, reason: str, sentence: str, now: datetime) -> int:
    """Stop every shop of a club in one statement; return how many. What was stopped already keeps its own words.

    :raises halting.ReasonNeeded: without a reason or without a sentence.
    """
    halting.require_words(reason, sentence)
    lock_stops_of(club.pk)
    going = Partner.objects.filter(organisation__club=club, paused_at=None)
    return Partner.objects.filter(pk__in=going.values("pk")).update(
        paused_at=now, paused_why=sentence, paused_reason=reason, paused_by=by, paused_with_all=True
    )


@db.service
def resume_all(*, club: Club) -> int:
    """Let those shops go on that were stopped together; return how many."""
    together = Partner.objects.filter(organisation__club=club, paused_with_all=True)
    return Partner.objects.filter(pk__in=together.values("pk")).update(
        paused_at=None, paused_why="", paused_reason="", paused_by=None, paused_with_all=False
    )


def lock_stops_of(club_id: int) -> None:
    """Wait for whoever stops all shops of a club right now, or lets a new one in. A part."""
    db.lock_name(f"stop all shops of {club_id}")


def stop_like_the_others(partner: Partner, *, now: datetime) -> list[str]:
    """Stop a shop that is being released while those of its club stand still; return the fields that changed.

    A part, under `lock_stops_of`.
    Otherwise whoever is let in during a stop would be the only one to hand something out.
    """
    together = Partner.objects.filter(organisation__club=partner.organisation.club_id, paused_with_all=True)
    other = together.exclude(pk=partner.pk).first()
    if other is None or partner.paused_at is not None:
        return []
    partner.paused_at, partner.paused_why, partner.paused_reason = now, other.paused_why, other.paused_reason
    partner.paused_by, partner.paused_with_all = other.paused_by, True
    return [*halting.FIELDS, "paused_with_all"]


def stopped_together(club: Club) -> int:
    return Partner.objects.filter(organisation__club=club, paused_with_all=True).count()
