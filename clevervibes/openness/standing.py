"""Is all well? What the banner of the public page says, and the seals below it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from clevervibes.lib import periods
from coins import bank
from coins.models import DayProof, DaySeal
from coins.numbers import euros

SEALS_SHOWN = 10
# The proof is of every night; one may be missed without anything being wrong.
PROVEN_AGAIN_AFTER = timedelta(days=2)


@dataclass(frozen=True)
class Seal:
    number: int
    day: date
    hash: str


def seals(number: int = SEALS_SHOWN) -> list[Seal]:
    """Return the latest day seals, the newest first."""
    rows = DaySeal.objects.order_by("-number").values_list("number", "day", "hash")[:number]
    return [Seal(number, day, bytes(digest).hex()) for number, day, digest in rows]


def last_proof() -> DayProof | None:
    return DayProof.objects.order_by("-proved_on").first()


def troubles(figures: dict[str, Any], proof: DayProof | None, *, now: datetime) -> list[str]:
    """Return what is not as it should be, one sentence each; an empty list is good news."""
    found = []
    backing, money = figures["backing"], figures["bank"]
    if not backing["holds"]:
        found.append(
            _("Coins und zurückgelegte Euro stimmen nicht überein: Die Deckung beträgt %(percent)s %%.")
            % {"percent": backing["percent"]}
        )
    if money is None:
        if backing["has_money"]:
            found.append(_("Die Bücher sind noch mit keinem Kontoauszug abgeglichen."))
    else:
        compared_on = date.fromisoformat(money["closing_on"])
        if money["difference_cents"]:
            found.append(
                _("Kontoauszug und Bücher unterscheiden sich um %(amount)s.")
                % {"amount": euros(abs(money["difference_cents"]))}
            )
        if periods.berlin_date(now) - compared_on > bank.LATE_AFTER:
            found.append(_("Der letzte Abgleich mit dem Kontoauszug ist mehr als 35 Tage her."))
    if proof is not None and proof.findings:
        found.append(_("Die nächtliche Prüfung hat Buchungen gefunden, die nicht mehr zu ihrem Siegel passen."))
    if proof is not None and periods.berlin_date(now) - proof.proved_on > PROVEN_AGAIN_AFTER:
        found.append(_("Die nächtliche Prüfung der Bücher ist ausgeblieben."))
    return found
