"""Which weeks of a youth are full, for those who ask from below (activities.sampling): the rule of a run."""

from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import YouthProfile
from activities.models import SharedTimeEntry
from activities.sampling.weeks import Counting, Weeks
from coins import room
from coins.estimates import Estimator
from coins.models import ConversionItem


def full_weeks(weeks: Weeks) -> set[date]:
    """Return the Mondays of the weeks in which as many minutes count as the policy lets."""
    estimator = Estimator()
    return {
        monday
        for monday, entries in weeks.items()
        if not room.of_week(entries, estimator.policy_on(monday)).left_minutes
    }


def uncounted(youth: YouthProfile) -> QuerySet[SharedTimeEntry]:
    """Return the confirmed entries of `youth` that no run has taken."""
    items = ConversionItem.objects.filter(account__youth_link__youth=youth, entry=OuterRef("pk"))
    return SharedTimeEntry.objects.filter(~Exists(items), youth=youth, status=SharedTimeEntry.Status.APPROVED)


COUNTING = Counting(full_weeks=full_weeks, uncounted=uncounted)
