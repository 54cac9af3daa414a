"""A small town for one story: a youth with her mother, a bakery, a sponsor, and the club's team."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.base import ContentFile

from accounts import consent, registration
from accounts.models import Club, User, YouthProfile
from activities import approvals, entries
from clevervibes.demo.pictures import draw
from clevervibes.lib import db, periods
from coins.models import FundingPool
from partners.models import Offer, Partner
from tests import factories as make

PASSWORD = "eine-stunde-zehn-coins"


@dataclass(frozen=True)
class Town:
    club: Club
    mia: YouthProfile
    mother: User
    team: User
    baker: User
    bakery: Partner
    croissant: Offer  # costs 15 coins
    pool: FundingPool  # still empty


def build() -> Town:
    club = make.make_club()
    mother = make.make_user("Sabine", club=club)
    team = make.make_user("Svenja", club=club, is_staff=True, is_superuser=True)
    mia = _youth_of_fourteen(club, mother, seen_by=team)
    bakery = make.make_partner("Bäckerei Kornblum", club=club)
    baker = make.make_manager(bakery, "Hatice")
    croissant = make.make_offer(
        "Buttercroissant", partner=bakery, price_coins=15, text="Frisch aus dem Ofen.", vat_percent=7,
        picture=ContentFile(draw("croissant", "sun"), name="croissant.webp"),
    )  # fmt: skip
    pool = make.make_pool(
        sponsor=make.make_sponsor("Kranz Metalltechnik", club=club), name="Kranz liest mit", club=club
    )
    for person in (mia.user, mother, team, baker):
        person.set_password(PASSWORD)
        person.save(update_fields=["password"])
    return Town(club, mia, mother, team, baker, bakery, croissant, pool)


def _youth_of_fourteen(club: Club, mother: User, *, seen_by: User) -> YouthProfile:
    """Fourteen by the database's clock, which the pages go by; not by the constant of other tests."""
    joined = db.now() - timedelta(days=40)
    born = periods.berlin_date(joined) - timedelta(days=14 * 366)
    mia = registration.join(user=make.make_user("Mia", club=club), birth_date=born, now=joined)
    registration.add_guardian(guardian=mother, youth=mia, now=joined)
    consent.give(youth=mia, text=make.make_consent_text(), by=mother, now=joined)
    registration.see(person=mother, by=seen_by, now=joined)
    return mia


def hour_of_last_week(town: Town) -> None:
    """An hour that was confirmed before the last Coin-Tag, so that the clockwork has something to do."""
    week_ago = db.now() - timedelta(days=8)
    start = _afternoon(week_ago)
    details = make.make_details(starts_at=start, minutes=60, category=make.make_category())
    entry = entries.log(youth=town.mia, by=town.mia.user, details=details, submit=True, now=start + timedelta(hours=2))
    approvals.approve(entry_id=entry.public_id, by=town.mother, now=start + timedelta(hours=3))


def _afternoon(moment: datetime) -> datetime:
    return periods.midnight(periods.berlin_date(moment)) + timedelta(hours=15)
