"""People and things for tests, made through the services that make them in life."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from uuid import uuid4

from accounts import consent as consent_services
from accounts import registration
from accounts.models import Club, ConsentText, ContactPoint, Membership, Organisation, User, YouthProfile
from accounts.team import roles as team
from activities import approvals, entries, opportunities
from activities.chances import booking
from activities.models import Booking, Category, Host, Opportunity, Place, PlaceInterest, Portfolio, SharedTimeEntry
from activities.places import hosting
from activities.places import interest as interests
from activities.portfolio import choosing, versions
from clevervibes.lib import db, periods
from clevervibes.lib.team import Role
from coins import funding, lots
from coins.models import FundingPool, LedgerAccount, Lot, Sponsor, Transfer
from partners import offers, redemption
from partners.counters import clerks, devices
from partners.models import Clerk, Device, Hold, Offer, Partner, Redemption

# A Wednesday noon in Berlin, in the past, so that the database's clock is always later.
NOON = datetime(2026, 9, 16, 10, 0, tzinfo=UTC)
JOINED = NOON - timedelta(days=100)

_numbers = count(1)


def make_club(name: str = "Clever Vibes Lünen") -> Club:
    club, _created = Club.objects.get_or_create(
        slug=name.lower().replace(" ", "-"), defaults={"name": name, "town": "Lünen"}
    )
    return club


def make_user(
    first_name: str = "Alex", *, club: Club | None = None, roles: Iterable[str] | None = None, **fields: object
) -> User:
    """A person. `roles` makes them of the team; with `is_superuser` and none named they have all there are."""
    number = next(_numbers)
    user = User(
        username=f"{first_name.lower()}{number}",
        first_name=first_name,
        last_name=f"Muster{number}",
        club=club or make_club(),
        **fields,
    )
    user.set_unusable_password()
    user.save()
    for role in (Role.values if fields.get("is_superuser") else ()) if roles is None else roles:
        team.set_up(user=user, club=user.club, role=role, now=JOINED)
    return user


def make_consent_text() -> ConsentText:
    text, _created = ConsentText.objects.get_or_create(
        version=1, defaults={"german": "Ich bin einverstanden.", "published_at": JOINED, "required_from": JOINED}
    )
    return text


def make_youth(
    first_name: str = "Mia", *, age: int = 15, club: Club | None = None, consent: bool = True, seen: bool = True,
    guardian: User | None = None, now: datetime = JOINED,
) -> YouthProfile:  # fmt: skip
    """A youth with a guardian; ready to earn unless `consent` or `seen` says otherwise. `age` counts at NOON."""
    club = club or make_club()
    today = periods.berlin_date(NOON)
    birth_date = date(today.year - age, today.month, today.day) - timedelta(days=120)
    youth = registration.join(user=make_user(first_name, club=club), birth_date=birth_date, now=now)
    guardian = guardian or make_user("Sabine", club=club)
    if age < registration.ADULT_AGE:
        registration.add_guardian(guardian=guardian, youth=youth, now=now)
    if consent:
        by = guardian if age < registration.OWN_CONSENT_AGE else youth.user
        consent_services.give(youth=youth, text=make_consent_text(), by=by, now=now)
    if seen:
        person = guardian if age < registration.ADULT_AGE else youth.user
        registration.see(person=person, by=make_user("Team", club=club), now=now)
    return youth


def guardian_of(youth: YouthProfile) -> User:
    return youth.guardianships.get(ended_at=None).guardian


def make_category(name: str = "Lesen & Vorlesen", **fields: object) -> Category:
    """A category by name: one that a club starts with, changed by `fields`, or a new one."""
    new = {"slug": name.split()[0].lower(), "icon": "book-open", **fields}
    category, _created = Category.objects.update_or_create(name=name, defaults=fields, create_defaults=new)
    return category


def make_details(
    *, starts_at: datetime = NOON - timedelta(hours=2), minutes: int = 60, **fields: object
) -> entries.Details:
    given = {
        "category": fields.pop("category", None) or make_category(),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=minutes),
        "companion_relation": "parent",
        "companion_name": "Mama",
        "did": "Wir haben ein Kapitel gelesen.",
    }
    return entries.Details(**{**given, **fields})


def make_entry(youth: YouthProfile, *, submit: bool = True, now: datetime = NOON, **details: object) -> SharedTimeEntry:
    return entries.log(youth=youth, by=youth.user, details=make_details(**details), submit=submit, now=now)


def make_approved(youth: YouthProfile, *, now: datetime = NOON, **details: object) -> SharedTimeEntry:
    entry = make_entry(youth, now=now, **details)
    return approvals.approve(entry_id=entry.public_id, by=guardian_of(youth), now=now)


def make_organisation(name: str = "Bäckerei Kamp", *, club: Club | None = None) -> Organisation:
    return Organisation.objects.create(club=club or make_club(), name=name, town="Lünen")


def make_member(organisation: Organisation, role: str, first_name: str = "Rana") -> User:
    user = make_user(first_name, club=organisation.club)
    Membership.objects.create(user=user, organisation=organisation, role=role)
    return user


def make_host(name: str = "Metallbau Kranz", *, club: Club | None = None) -> Host:
    """A company with somebody who works for it as a host."""
    host = Host.objects.create(organisation=make_organisation(name, club=club))
    make_member(host.organisation, Membership.Role.HOST, "Ole")
    return host


def host_user(host: Host) -> User:
    return hosting.people_of(host)[0]


def make_place(
    title: str = "Praktikum", *, host: Host | None = None, by: User | None = None, release: bool = True,
    now: datetime = JOINED, **details: object,
) -> Place:  # fmt: skip
    host = host or make_host()
    given = {"kind": Place.Kind.PLACEMENT, "text": "Zwei Wochen in der Werkstatt.", **details}
    place = hosting.propose(
        host=host, by=by or host_user(host), details=hosting.Details(title=title, **given), hand_in=True, now=now
    )
    return hosting.release(place_id=place.public_id, by=make_user("Team"), now=now) if release else place


def make_portfolio(youth: YouthProfile, *, now: datetime = NOON, **options: object) -> Portfolio:
    """A portfolio of everything confirmed; something is, if nothing was yet."""
    if not choosing.choosable(youth.user).exists():
        make_approved(youth, now=now)
    choosing.choose_all(youth=youth)
    return versions.make(youth=youth, by=youth.user, now=now, **options)


def make_interest(
    youth: YouthProfile | None = None, *, place: Place | None = None, agree: bool = True, now: datetime = NOON,
    **details: object,
) -> PlaceInterest:  # fmt: skip
    """An interest that the company sees; under 16 a guardian has agreed."""
    youth = youth or make_youth(age=16)
    given = {"portfolio": None, "reach": "mail", "reach_at": "mia@example.org", **details}
    found = interests.express(place_id=(place or make_place()).public_id, youth=youth, by=youth.user, now=now, **given)
    if agree and found.state == PlaceInterest.State.ASKED:
        found = interests.agree(interest_id=found.public_id, by=guardian_of(youth), now=now)
    return found


def host_person(host: Host) -> User:
    return User.objects.get(memberships__organisation=host.organisation, memberships__role=Membership.Role.HOST)


def make_date(
    title: str = "Frühstücksbrett aus Eiche", *, host: Host | None = None, minutes: int = 120, seats: int = 3,
    starts_at: datetime = NOON + timedelta(days=7), release: bool = True, now: datetime = NOON, **fields: object,
) -> Opportunity:  # fmt: skip
    """A date of a host, released unless said otherwise."""
    day = periods.berlin_date(starts_at)
    given = {
        "kind": Opportunity.Kind.WORKSHOP, "text": "Sägen, schleifen, ölen.", "where": "Werkstatt", "seats": seats,
        "contact_name": "Jette Nissen", "certificate_seen_on": day - timedelta(days=90), "never_alone": True,
        "certificate_valid_until": day + timedelta(days=900), "sent_at": now,
        "category": fields.pop("category", None) or make_category(), **fields,
    }  # fmt: skip
    date = Opportunity.objects.create(
        host=host or make_host(), title=title, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes),
        **given,
    )  # fmt: skip
    if release:
        date = opportunities.release(opportunity_id=date.public_id, by=make_user("Team"), now=now)
    return date


def make_booking(
    youth: YouthProfile, date: Opportunity, *, yes: bool = True, wait: bool = False, now: datetime = NOON
) -> Booking:
    """A booking; under 16 the guardian has said yes unless told otherwise."""
    made = booking.book(opportunity_id=date.public_id, by=youth.user, may_wait=wait, now=now)
    if yes and made.status == Booking.Status.ASKED:
        return booking.answer(booking_id=made.public_id, by=guardian_of(youth), yes=True, now=now)
    return made


def make_contact_point(name: str = "Jugendzentrum Lükaz") -> ContactPoint:
    return ContactPoint.objects.create(organisation=make_organisation(name))


def make_sponsor(name: str = "Stadtwerke Lippe", *, club: Club | None = None) -> Sponsor:
    return funding.add_sponsor(organisation=make_organisation(name, club=club), kind=Sponsor.Kind.DONATION)


def make_pool(*, coins: int = 0, sponsor: Sponsor | None = None, now: datetime = NOON, **fields: object) -> FundingPool:
    """A pool with `coins` that a sponsor has paid for."""
    sponsor = sponsor or make_sponsor()
    pool = funding.open_pool(sponsor=sponsor, name=fields.pop("name", "Lesen im Kiez"), **fields)
    if coins:
        funding.book_deposit(pool=pool, amount_cents=coins * 10, received_on=periods.berlin_date(now), by=None, now=now)
    return pool


@db.service
def give_coins(youth: YouthProfile, coins: int, *, pool: FundingPool, now: datetime = NOON) -> Lot:
    """Grant coins of `pool` to a youth."""
    return lots.give(
        pool=pool, account=lots.account_for(youth), coins=coins, kind=Transfer.Kind.GRANT, key=uuid4(),
        effective_on=periods.berlin_date(now),
    )  # fmt: skip


def make_account(*, coins: int = 0, youth: YouthProfile | None = None) -> LedgerAccount:
    """The ledger account of a youth who has `coins`."""
    youth = youth or make_youth()
    if coins:
        return give_coins(youth, coins, pool=make_pool(coins=coins)).account
    return db.service(lots.account_for)(youth)


def make_rich_youth(first_name: str = "Mia", *, coins: int = 100, **details: object) -> YouthProfile:
    """A youth with coins to spend."""
    youth = make_youth(first_name, **details)
    make_account(coins=coins, youth=youth)
    return youth


def make_partner(name: str = "Bäckerei Kamp", *, club: Club | None = None, release: bool = True) -> Partner:
    partner = offers.add_partner(organisation=make_organisation(name, club=club))
    return offers.release_partner(partner=partner, by=make_user("Team"), now=JOINED) if release else partner


def make_manager(partner: Partner, first_name: str = "Rana") -> User:
    return make_member(partner.organisation, Membership.Role.MANAGER, first_name)


def make_offer(
    title: str = "Zwei Kugeln Eis", *, partner: Partner | None = None, price_coins: int = 30, release: bool = True,
    **details: object,
) -> Offer:  # fmt: skip
    given = {"category": Offer.Category.FOOD, "valid_from": JOINED, **details}
    offer = offers.propose(partner=partner or make_partner(), title=title, price_coins=price_coins, **given)
    return offers.release(offer=offer, by=make_user("Team"), now=JOINED) if release else offer


PIN = "2580"  # of clerks


def make_clerk(name: str = "Ayşe", *, partner: Partner | None = None, pin: str = PIN, now: datetime = JOINED) -> Clerk:
    return clerks.add(partner=partner or make_partner(), name=name, pin=pin, now=now)


def make_screen(name: str = "Tablet", *, partner: Partner | None = None, now: datetime = NOON) -> Device:
    """A tablet that was paired just now; `paired_browser` of the partners' tests is one to ask with."""
    partner = partner or make_partner()
    made = devices.begin_pairing(partner=partner, name=name, by=make_user("Team"), now=now)
    return devices.connect(device=made, now=now)


def make_till(name: str = "Kasse 1", *, partner: Partner | None = None, now: datetime = NOON) -> tuple[str, Device]:
    return devices.make_till(partner=partner or make_partner(), name=name, by=make_user("Team"), now=now)


def make_hold(*, offer: Offer | None = None, youth: YouthProfile | None = None, now: datetime = NOON) -> Hold:
    offer = offer or make_offer()
    return redemption.hold(offer=offer, youth=youth or make_rich_youth(coins=offer.price_coins), now=now)


def make_redemption(*, offer: Offer | None = None, by: User | None = None, now: datetime = NOON) -> Redemption:
    hold = make_hold(offer=offer, now=now)
    return redemption.redeem(hold=hold, by=by or make_manager(hold.offer.partner), now=now)
