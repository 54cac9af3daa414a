"""How consents stand, for pages that show a line about them."""

from django import template

from accounts import consent
from accounts.models import User
from clevervibes.lib import db

register = template.Library()


@register.simple_tag
def consents_seen_by(user: User) -> list[consent.Standing]:
    """Return how the consent stands for everybody that `user` may look at: oneself and those one is a guardian of."""
    now = db.now()
    return [consent.standing_of(youth, seen_by=user, now=now) for youth in consent.youths_seen_by(user, now)]
