"""`{% load shared_time %}`: what pages say about an entry's way."""

from django import template

from activities import history, selectors
from activities.models import SharedTimeEntry

register = template.Library()


@register.simple_tag
def correction(entry: SharedTimeEntry) -> history.Happened | None:
    """Return what was changed after `entry` had been sent back; its reviews should be fetched with it."""
    return history.last_correction(history.of(entry))


@register.simple_tag
def is_looked_at(entry: SharedTimeEntry) -> bool:
    """Say whether the team is to look at `entry` before it counts."""
    return selectors.waits_for_a_look(entry)
