"""`{% load estimates %}`: what pages of shared time say about coins."""

from django import template

from activities.models import SharedTimeEntry
from coins.estimates import Estimator

register = template.Library()


@register.simple_tag(takes_context=True)
def coins_estimate(context: template.Context, entry: SharedTimeEntry) -> int:
    """Return about how many coins `entry` may bring; one look at the policies for all entries of a page."""
    request = context["request"]
    if not hasattr(request, "estimator"):
        request.estimator = Estimator()
    return request.estimator.coins(entry)
