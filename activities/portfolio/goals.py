"""What a youth wants to learn next: one thing at a time, in their own words, marked by themself."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User, YouthProfile
from activities import entries
from activities.models import LearningGoal
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError


class GoalOpen(DomainError):
    code = "goal_open"
    message = _("Eins nach dem anderen: Dein Lernziel ist noch offen. Hast Du es geschafft, oder soll es weg?")


def of(user: User) -> QuerySet[LearningGoal]:
    """Return a youth's own goals, the latest first."""
    return LearningGoal.objects.filter(youth__user=user)


def open_goal(user: User) -> LearningGoal | None:
    return of(user).filter(reached_at=None, let_go_at=None).first()


@db.service
def set_goal(*, youth: YouthProfile, by: User, text: str, now: datetime) -> LearningGoal:
    """Pin a goal. The same words again are the goal that is open already.

    :raises NotYours: if `by` is not the youth.
    :raises ConsentWithdrawn, Grown: if the youth may only look.
    :raises GoalOpen: if another one is open.
    """
    if by.pk != youth.user_id:
        raise entries.NotYours
    entries.lock_times_of(youth)
    entries.require_may_log(youth, now)
    text = " ".join(text.split())
    if known := open_goal(by):
        if known.text == text:
            return known
        raise GoalOpen
    return LearningGoal.objects.create(youth=youth, text=text, set_at=now)


@db.service
def reach(*, goal_id: UUID, by: User, now: datetime) -> LearningGoal:
    """Mark a goal as reached; one that is not open any more stays as it is.

    :raises LearningGoal.DoesNotExist: if it is not the own one.
    """
    return _close(goal_id, by, "reached_at", now)


@db.service
def let_go(*, goal_id: UUID, by: User, now: datetime) -> LearningGoal:
    """Put a goal aside, without a word about it; as `reach`."""
    return _close(goal_id, by, "let_go_at", now)


def _close(goal_id: UUID, by: User, field: str, now: datetime) -> LearningGoal:
    goal = of(by).select_for_update(no_key=True).get(public_id=goal_id)
    if goal.reached_at is None and goal.let_go_at is None:
        setattr(goal, field, now)
        goal.save(update_fields=[field])
    return goal
