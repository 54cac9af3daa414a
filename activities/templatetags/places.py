"""`{% load places %}`: how kinds of places and steps of an interest look, and a youth's badges."""

from django import template

from accounts.models import User
from activities.models import Place
from activities.portfolio import badges

register = template.Library()

_KINDS = {
    Place.Kind.PLACEMENT: ("briefcase", "sky"),
    Place.Kind.APPRENTICESHIP: ("wrench", "amber"),
    Place.Kind.DUAL: ("layers", "violet"),
    Place.Kind.STUDIES: ("graduation-cap", "rose"),
}
_STEPS = {
    "ask": "hand", "agree": "check", "decline": "x", "send": "send", "look": "eye", "invite": "calendar",
    "query": "phone", "filled": "users", "no": "x", "withdraw": "undo-2", "end": "clock",
}  # fmt: skip


@register.filter
def place_icon(kind: str) -> str:
    return _KINDS[Place.Kind(kind)][0]


@register.filter
def place_tint(kind: str) -> str:
    return _KINDS[Place.Kind(kind)][1]


@register.filter
def step_icon(step: str) -> str:
    return _STEPS[step]


@register.simple_tag
def state_of(place: Place, mine: dict[int, str]) -> str:
    """Return how far the youth's own interest in a place is; empty without one."""
    return mine.get(place.pk, "")


@register.simple_tag
def badges_of(user: User) -> badges.Badges | None:
    """Return a youth's badges; None for everybody else."""
    youth = getattr(user, "youth", None)
    return badges.of(youth) if youth else None
