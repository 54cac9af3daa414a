"""The first page of the team: what is wrong, what waits for whom, how the club is doing."""

from django.http import HttpRequest

from accounts.access import user_of
from clevervibes.lib import db
from clevervibes.workplace import figures, waiting
from coins import alarm
from partners.models import Partner


def staff(request: HttpRequest, context: dict[str, object]) -> dict[str, object]:
    """Put what the team must see first above the list of its pages."""
    user, now = user_of(request), db.now()
    if user.has_perm("coins.view_alarm"):
        context["alarms"] = alarm.unseen()
    context["may_halt"] = user.may("stop", Partner)
    context["queues"] = waiting.for_(user, now)
    context["figures"], context["charts"] = figures.of(user, now)
    return context
