"""A club with years behind it: a hundred thousand transfers, ten thousand youths, and some who have a lot of all."""

from datetime import datetime, timedelta

from django.db import connections

from accounts.models import Club, Membership, Organisation, User, YouthProfile
from activities.models import Host
from clevervibes.bench import crowd, town
from clevervibes.lib import db
from clevervibes.openness import figures
from coins import conversion
from coins.models import Sponsor
from partners import redemption, settlement
from partners.models import Offer, Partner
from tests import factories as make

YOUTHS = 10_000
SHELF = 12  # offers of each shop
DATES = PLACES = 60
LONG_DAYS = 180  # one family has written something down on each of them, and has that many lots
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def fill(scale: float) -> datetime:
    """Make everybody, their entries and coins, and return the cutoff of the run that is due."""
    youths, now = int(YOUTHS * scale), db.now()
    with connections["owner"].cursor() as cursor:
        crowd.fill(cursor, entries=youths * 5, youths=youths, cutoff=now - HOUR)
        cursor.execute(_LONG_LIFE, {"days": LONG_DAYS})
        cursor.execute(_SOME_WAIT)
    town.found(now=now)
    town.open_accounts()
    for _ in range(5):
        town.hand_out()
    pool = make.make_pool(coins=10_000, now=now)
    for _ in range(LONG_DAYS):
        make.give_coins(_youth(), 20, pool=pool, now=now)
    _count()
    return now - HOUR / 2


def live_on(cutoff: datetime, scale: float) -> dict[str, User]:
    """Convert, sell and settle, and return by role who reads what there is of it."""
    now, club = db.now(), Club.objects.get(slug=crowd.CLUB)
    conversion.convert(club=club, cutoff=cutoff, now=now)
    _sell(int(YOUTHS * scale) * 2, now)
    people = _people(club)
    company = Host.objects.get(organisation__memberships__user=people["host"])
    for number in range(DATES):
        make.make_date(f"Werkstatt {number}", host=company, starts_at=now + (number % 30 + 1) * DAY, now=now)
    for number in range(PLACES):
        make.make_place(f"Platz {number}", host=company, by=people["host"], now=now - DAY)
    figures.take(now=now)
    _count()
    return people


def _youth() -> YouthProfile:
    return YouthProfile.objects.get(user__username="youth1")


def _count() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")


def _sell(holds: int, now: datetime) -> None:
    """One shop has sold all that was set aside there and is settled, the others have sold a little."""
    copied = ("partner", "category", "price_coins", "released_at", "released_by")
    for offer in list(Offer.objects.select_related("partner")):
        fields = {name: getattr(offer, name) for name in copied}
        for number in range(SHELF - 1):
            Offer.objects.create(title=f"{offer.title}, {number}", valid_from=now, **fields)
    town.place_holds(holds)
    shop = Partner.objects.order_by("pk")[0]
    for hold in town.live_holds():
        if hold.offer.partner_id == shop.pk or hold.pk % 40 == 0:
            redemption.redeem(hold=hold, by=None, now=now)
    settlement.settle(partner=shop, cutoff=db.now(), now=db.now() + 2 * HOUR)
    for offer in Offer.objects.filter(partner=shop):
        redemption.hold(offer=offer, youth=_youth(), now=db.now())


def _people(club: Club) -> dict[str, User]:
    roles, point = Membership.Role, make.make_contact_point()
    Organisation.objects.filter(pk=point.organisation_id).update(club=club)
    return {
        # Of one club of two: whoever works for all is asked less.
        "team": make.make_user("Svenja", is_staff=True, is_superuser=True, club=club),
        "youth": _youth().user,
        "guardian": User.objects.get(username="guardian1"),
        "manager": make.make_member(Partner.objects.order_by("pk")[0].organisation, roles.MANAGER),
        "contact": make.make_member(Sponsor.objects.order_by("pk")[0].organisation, roles.CONTACT),
        "voucher": make.make_member(point.organisation, roles.VOUCHER),
        "host": make.host_person(make.make_host("Werk Nord", club=club)),
    }


_LONG_LIFE = """
    INSERT INTO activities_sharedtimeentry (
      public_id, youth_id, category_id, starts_at, ends_at, duration_minutes, companion_relation, companion_name, did,
      learned, status, host_confirmed, claimed_by_id, claimed_at, submitted_at, reviewed_by_id, approved_at)
    SELECT gen_random_uuid(), y.id, (SELECT min(id) FROM activities_category WHERE counts), at, at + interval '1 hour',
           60, 'parent', 'Kim', 'zusammen gelesen', '', 'approved', false, u.id, at + interval '5 hours',
           at + interval '5 hours', g.id, at + interval '1 day'
      FROM accounts_user u
      JOIN accounts_youthprofile y ON y.user_id = u.id
      JOIN accounts_user g ON g.username = 'guardian1',
           LATERAL (SELECT current_date - (14 + day) + interval '15 hours' AS at
                      FROM generate_series(2, %(days)s) day) days
     WHERE u.username = 'youth1'
"""

# One in ten is open, and of the long family all of the last two weeks.
_SOME_WAIT = """
    UPDATE activities_sharedtimeentry SET status = 'submitted', reviewed_by_id = NULL, approved_at = NULL
     WHERE NOT host_confirmed AND (id % 10 = 0 OR youth_id = (
             SELECT y.id FROM accounts_youthprofile y JOIN accounts_user u ON u.id = y.user_id
              WHERE u.username = 'youth1') AND starts_at > now() - interval '16 days')
"""
