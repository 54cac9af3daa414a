"""Each shop's counter: a paired tablet and two clerks, who serve most of the time."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from accounts.models import User
from clevervibes.demo.logins import CLERK_PIN
from partners.counters import clerks, devices
from partners.models import Clerk, Device, Hold, Partner, Redemption

NAMES = ("Ayşe", "Tom", "Lea", "Emre", "Nina", "Paul", "Zeynep", "Ole", "Katja", "Murat")


def open_counter(partner: Partner, *, number: int, by: User, at: datetime, now: datetime) -> None:
    """Pair a tablet, not so long ago that it has run out, and let two people serve."""
    paired_at = max(at, now - timedelta(days=200))
    tablet = devices.begin_pairing(partner=partner, name="Tablet vorn", by=by, now=paired_at)
    devices.connect(device=tablet, now=paired_at + timedelta(minutes=2))
    for name in (NAMES[number % len(NAMES)], NAMES[(number + 3) % len(NAMES)]):
        clerks.add(partner=partner, name=name, pin=CLERK_PIN, now=paired_at)


def note_use() -> None:
    """Say of each tablet when it was last used: the door that a request comes through notes it, and here is none."""
    last = Redemption.objects.filter(device__isnull=False).values("device__public_id").annotate(at=Max("redeemed_at"))
    for row in last:
        devices.screen(str(row["device__public_id"]), now=row["at"])


class Crew:
    """Who is at which counter; asked once a shop."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Device | None, list[Clerk]]] = {}

    def serves(self, hold: Hold, manager: User) -> dict[str, Any]:
        """Return who hands a hold over: every fourth time the manager, else one of the clerks."""
        shop = hold.offer.partner
        if shop.pk not in self._known:
            self._known[shop.pk] = (shop.devices.first(), list(clerks.clerks_of(shop)))
        device, crew = self._known[shop.pk]
        turn = hold.pk % 4
        if not crew or turn == 0:
            return {"by": manager}
        return {"by": None, "clerk": crew[turn % len(crew)], "device": device}
