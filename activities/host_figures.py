"""What came of a host's dates and places, in numbers that name nobody."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from accounts.models import Organisation
from activities.models import Booking, Opportunity, Place, PlaceInterest
from clevervibes.lib import periods


@dataclass(frozen=True)
class HostFigures:
    """What a host offered, and how many youths answered."""

    dates: int
    seats: int
    places: int
    booked: int
    came: int
    interested: int
    invited: int

    def __bool__(self) -> bool:
        return bool(self.dates or self.places)


def of_host(organisation: Organisation, *, since: date, end: date) -> HostFigures:
    """Return the figures of the days `[since, end)`, in Berlin; youths are counted once each."""
    start, stop = periods.midnight(max(since, date(2000, 1, 1))), periods.midnight(min(end, date(2999, 1, 1)))
    dates = Opportunity.objects.released().filter(
        host__organisation=organisation, starts_at__gte=start, starts_at__lt=stop, cancelled_at=None
    )
    offered = list(dates.values_list("seats", flat=True))
    came = Q(status=Booking.Status.ATTENDED)
    booked = Booking.objects.filter(opportunity__in=dates, status__in=Booking.SEATED).aggregate(
        booked=Count("youth", distinct=True), came=Count("youth", distinct=True, filter=came)
    )
    interests = PlaceInterest.objects.filter(
        place__host__organisation=organisation, sent_at__gte=start, sent_at__lt=stop
    ).aggregate(
        interested=Count("youth", distinct=True),
        invited=Count("youth", distinct=True, filter=Q(reply=PlaceInterest.Reply.INVITE)),
    )
    places = Place.objects.filter(host__organisation=organisation, released_at__gte=start, released_at__lt=stop).count()
    return HostFigures(dates=len(offered), seats=sum(offered), places=places, **booked, **interests)
