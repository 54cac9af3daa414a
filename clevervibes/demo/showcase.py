"""What there is to see: offers with pictures, dates and places, released by the team, and some that still wait."""

import subprocess
import sys
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile

from accounts.models import Membership, User
from activities import opportunities
from activities.models import Category, Opportunity, Topic
from activities.places import hosting
from clevervibes.demo import futures, pictures
from clevervibes.demo.cast import Cast
from clevervibes.demo.companies import HOSTS, Company, Date, Job
from clevervibes.demo.counters import open_counter
from clevervibes.demo.diary import moment
from clevervibes.demo.shops import SHOPS, Deal, file_name
from clevervibes.lib import periods
from partners import offers
from partners.models import Offer, Partner

SUNDAY = 6


class Artist:
    """Draws the pictures in a process of its own, while the story is played in this one."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        command = [sys.executable, "-m", pictures.__name__, self._folder.name]
        self._process = subprocess.Popen(command, cwd=settings.BASE_DIR)

    def hang_up(self, shown: list[Offer]) -> None:
        """Give each offer its picture."""
        if self._process.wait():
            raise RuntimeError("The pictures could not be drawn.")
        for offer in shown:
            name = file_name(offer.title)
            offer.picture.save(name, ContentFile(Path(self._folder.name, name).read_bytes()), save=False)
        Offer.objects.bulk_update(shown, ["picture"])

    def leave(self) -> None:
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


def open_shops(cast: Cast, *, now: datetime, since: date) -> list[Offer]:
    """Release partners and their offers as time went by; one offer still waits for the team."""
    shown = []
    for number, shop in enumerate(SHOPS):
        organisation = cast.organisations[shop.name]
        team = cast.users["team" if organisation.club.slug == "luenen" else "team-selm"]
        partner = offers.add_partner(organisation=organisation)
        partner = offers.release_partner(partner=partner, by=team, now=moment(since, 11))
        open_counter(partner, number=number, by=cast.users[shop.username], at=moment(since, 11), now=now)
        shown += [_offer(partner, deal, team, now, since) for deal in shop.deals]
    return shown


def _offer(partner: Partner, deal: Deal, team: User, now: datetime, since: date) -> Offer:
    today = periods.berlin_date(now)
    day = max(since, today - timedelta(weeks=max(deal.since_weeks, 0)))
    valid_until = periods.midnight(today + timedelta(days=deal.ends_in_days)) if deal.ends_in_days else None
    offer = offers.propose(
        partner=partner, title=deal.title, text=deal.text, price_coins=deal.price_coins, category=deal.category,
        vat_percent=deal.vat_percent, stock=deal.stock, per_youth_per_month=deal.per_youth_per_month,
        minimum_age=deal.minimum_age, valid_from=moment(day, 12), valid_until=valid_until,
        event_ends_at=moment(today + timedelta(days=deal.event_in_days), 22) if deal.event_in_days else None,
    )  # fmt: skip
    return offers.release(offer=offer, by=team, now=moment(day, 12)) if deal.since_weeks >= 0 else offer


def open_doors(cast: Cast, categories: dict[str, Category], *, now: datetime) -> None:
    """Post dates and places of the hosts; drafts wait for their release."""
    today = periods.berlin_date(now)
    for company in HOSTS:
        team = cast.users["team" if company.club == "luenen" else "team-selm"]
        for entry in company.dates:
            _date(cast, company, entry, categories[entry.category], team, today)
        for job in company.jobs:
            _job(cast, company, job, team, today)


def _date(cast: Cast, company: Company, entry: Date, category: Category, team: User, today: date) -> None:
    host = cast.hosts[company.name]
    day = today + timedelta(days=entry.in_days)
    day += timedelta(days=day.weekday() == SUNDAY)
    starts_at = moment(day, *entry.at)
    contact = Membership.objects.get(organisation=host.organisation, role=Membership.Role.HOST).user
    posted = Opportunity.objects.create(
        host=host, kind=entry.kind, category=category, title=entry.title, text=entry.text, starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=entry.hours),
        where=entry.where or f"{host.organisation.street}, {host.organisation.town}", wear=entry.wear,
        seats=entry.seats, minimum_age=entry.minimum_age, contact_name=contact.get_full_name(), never_alone=True,
        topic=Topic.objects.filter(slug=entry.topic).first(), way=entry.way, drafted_by=contact,
        sent_at=moment(today - timedelta(days=8), 18),
        certificate_seen_on=today - timedelta(days=75) if entry.released else None,
        certificate_valid_until=today + timedelta(days=1000) if entry.released else None,
    )  # fmt: skip
    if entry.released:
        opportunities.release(opportunity_id=posted.public_id, by=team, now=moment(today - timedelta(days=6), 9))


def _job(cast: Cast, company: Company, job: Job, team: User, today: date) -> None:
    starts_on = date(today.year + (job.month <= today.month), job.month, 1)
    host = cast.hosts[company.name]
    place = hosting.propose(
        host=host, by=hosting.people_of(host)[0], hand_in=True, now=moment(today - timedelta(days=22), 9),
        details=hosting.Details(
            kind=job.kind, title=job.title, text=job.text, topic=futures.topic_of(company.industry), starts_on=starts_on
        ),
    )  # fmt: skip
    if job.released:
        hosting.release(place_id=place.public_id, by=team, now=moment(today - timedelta(days=20), 9))
