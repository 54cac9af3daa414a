"""`{% load estimates %}`: what pages of shared time say about coins."""

from collections.abc import Iterable
from datetime import date

from django import template

from activities.models import SharedTimeEntry
from coins import room
from coins.estimates import Estimator
from coins.room import Room

register = template.Library()


@register.simple_tag(takes_context=True)
def coins_estimate(context: template.Context, entry: SharedTimeEntry) -> int:
    """Return about how many coins `entry` may bring; one look at the policies for all entries of a page."""
    return _estimator(context).coins(entry)


@register.simple_tag(takes_context=True)
def week_room(context: template.Context, monday: date, entries: Iterable[SharedTimeEntry]) -> Room:
    """Return how much of the week from `monday` on still counts, given all its entries."""
    return room.of_week(entries, _estimator(context).policy_on(monday))


@register.simple_tag(takes_context=True)
def minutes_per_coin(context: template.Context, day: date) -> int:
    return _estimator(context).policy_on(day).minutes_per_coin


def _estimator(context: template.Context) -> Estimator:
    request = context["request"]
    if not hasattr(request, "estimator"):
        request.estimator = Estimator()
    estimator: Estimator = request.estimator
    return estimator
