"""The end of a place: off the list, and nobody is left without an answer."""

from datetime import datetime
from uuid import UUID

from accounts.models import User
from activities.models import Place
from activities.places import hosting, interest
from clevervibes.lib import db


@db.service
def close(*, place_id: UUID, by: User, how: str, now: datetime) -> Place:
    """Take a place off the list for good: filled, or not offered any more. Again changes nothing.

    Whoever waits for an answer gets one; an invitation stays.

    :raises Place.DoesNotExist: if `by` does not work for its host.
    """
    place = hosting.locked(place_id, by)
    if place.closed_at:
        return place
    place.closed_at, place.closed_how = now, Place.Closed(how)
    place.save(update_fields=["closed_at", "closed_how"])
    interest.answer_all(place=place, by=by, now=now)
    return place
