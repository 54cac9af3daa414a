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


def stopped_together(club: Club) -> int:
    return Partner.objects.filter(organisation__club=club, paused_with_all=True).count()
