"""`{% load shared_time %}`: what pages say about an entry's way."""

from django import template

from activities import history
from activities.models import SharedTimeEntry

register = template.Library()


@register.simple_tag
def correction(entry: SharedTimeEntry) -> history.Happened | None:
    """Return what was changed after `entry` had been sent back; its reviews should be fetched with it."""
    return history.last_correction(history.of(entry))
