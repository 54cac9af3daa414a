"""Two of everything that must not see each other, in one club: families, shops, sponsors, points of contact.

All is made through the services, by the database's clock. Whatever of one side is private carries that side's word,
so that it is found wherever it should not be.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts import consent, families, registration, shared_phone, vouching
from accounts import links as one_time_links
from accounts.cases import asking
from accounts.cases.subjects import Subject
from accounts.models import ConsentText, ContactPoint, Membership, OneTimeLink, User, YouthProfile
from accounts.notices.models import Notice
from accounts.protection import concerns, members
from accounts.security import mails, tokens
from activities import approvals, entries, opportunities, proposals, sheets
from activities.chances import booking
from activities.models import Host, Opportunity, Place, SharedTimeEntry
from activities.places import interest
from activities.portfolio import choosing, goals, versions
from activities.portfolio import links as portfolio_links
from clevervibes.lib import db, periods
from coins import contacts, conversion
from coins.models import Sponsor
from partners import redemption, settlement
from partners.counters import devices, managers
from partners.models import Offer, Partner
from tests import factories as make

PASSWORD = "drei-woerter-hintereinander"
DAY = timedelta(days=1)
AGES = {"youth15": 15, "youth17": 17, "youth19": 19}
PEOPLE = (*AGES, "guardian", "trusted", "voucher", "manager", "contact", "host", "team")
# A tablet at a counter, where nobody is signed in and a clerk has shown a PIN.
SCREEN = "device"
# Apps by whom they speak for; each has the one scope of that role.
APPS = {"app-youth": "youth15", "app-guardian": "guardian", "app-manager": "manager", "till": "manager"}


@dataclass
class Side:
    """People by role, and what is theirs by kind. What a role has not itself is the youngest youth's."""

    word: str
    quarter: str  # part of public names
    people: dict[str, User] = field(default_factory=dict)
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)  # of apps
    screen: Client = field(default_factory=Client)

    def own(self, role: str, kind: str) -> str:
        role = APPS.get(role, role)
        return self.ids.get(role, {}).get(kind) or self.ids["youth15"].get(kind) or self.ids["all"][kind]

    def add(self, role: str, **ids: object) -> None:
        self.ids.setdefault(role, {}).update({kind: str(value) for kind, value in ids.items()})


@dataclass(frozen=True)
class World:
    ours: Side
    theirs: Side


def build() -> World:
    now = db.now()
    team = make.make_user("Svenja", is_staff=True, is_superuser=True)
    team.set_password(PASSWORD)
    team.save(update_fields=["password"])
    text = make.make_consent_text()
    # One after the other: a run of the second family is none of the first.
    ours = _side(Side("amselgarten", "Nord"), team, text, now, cutoff=now - 2 * DAY)
    theirs = _side(Side("fremdvogel", "Süd"), team, text, now, cutoff=now - 1 * DAY)
    return World(ours, theirs)


@contextmanager
def undone() -> Iterator[None]:
    """Undo in the database whatever is done in here; services may open their transactions as in any test."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


def _side(side: Side, team: User, text: ConsentText, now: datetime, *, cutoff: datetime) -> Side:
    side.people["team"] = team
    shop = _shop(side, now)
    pool = make.make_pool(coins=3000, sponsor=_sponsor(side), name=f"Topf {side.word}", now=now - 30 * DAY)
    point = _contact_point(side)
    youths = _family(side, point, text, now)
    for role, youth in youths.items():
        _hours_before_the_run(side, role, youth, now)
    run = conversion.convert(club=team.club, cutoff=cutoff, now=now)
    for role, youth in youths.items():
        make.give_coins(youth, 200, pool=pool, now=now - 30 * DAY)
        _hours_after_the_run(side, role, youth, now)
        _rewards(side, role, youth, shop, now)
    _settled(side, shop, youths["youth15"], now)
    _doors(side, now)
    _companies(side, team, now)
    _apps(side, now)
    _notices(side, now)
    _questions(side, team, now)
    side.add("all", run=run.public_id, text=text.sha256, picture="nichts.webp", nothing="nichts")
    return side


# ── People ───────────────────────────────────────────────────────────────────────────────────────
def _person(side: Side, role: str, first_name: str) -> User:
    user = make.make_user(f"{first_name} {side.word}")
    user.username, user.last_name = f"{role}-{side.word}", f"Nach{side.word}"
    user.email = f"{role}@{side.word}.example.org"
    user.set_password(PASSWORD)
    user.save()
    side.people[role] = user
    return user


def _family(side: Side, point: ContactPoint, text: ConsentText, now: datetime) -> dict[str, YouthProfile]:
    joined = now - 60 * DAY
    mother = _person(side, "guardian", "Sabine")
    youths = {}
    for role, age in AGES.items():
        youth = registration.join(user=_person(side, role, "Mia"), birth_date=_born(now, age), now=joined)
        by = youth.user
        if age < registration.ADULT_AGE:
            registration.add_guardian(guardian=mother, youth=youth, now=joined)
            side.add(role, guardianship=youth.guardianships.get().public_id)
            by = mother if age < registration.OWN_CONSENT_AGE else youth.user
        consent.give(youth=youth, text=text, by=by, now=joined)
        side.add(role, youth=youth.public_id, person=youth.user.public_id)
        youths[role] = youth
    voucher, grown = side.people["voucher"], youths["youth19"].user
    vouching.vouch(person=mother, point=point, by=voucher, now=now - 40 * DAY)
    vouching.vouch(person=grown, point=point, by=voucher, now=now - timedelta(minutes=2))
    side.add("all", seen=grown.public_id)
    other = _person(side, "trusted", "Ursula")
    trust = registration.name_trusted_person(person=other, youth=youths["youth15"], by=mother, now=joined)
    side.add("youth15", trust=trust.public_id)
    return youths


def _born(now: datetime, age: int) -> date:
    """Return a birth date that nobody of this age has near: half a year ago."""
    return periods.berlin_date(now - (age * 365 + 190) * DAY)


def _contact_point(side: Side) -> ContactPoint:
    point = make.make_contact_point(f"Jugendzentrum {side.quarter}")
    voucher = _person(side, "voucher", "Karin")
    Membership.objects.create(user=voucher, organisation=point.organisation, role=Membership.Role.VOUCHER)
    side.add("all", point=point.organisation.public_id)
    return point


# ── Time ─────────────────────────────────────────────────────────────────────────────────────────
def _log(side: Side, youth: YouthProfile, ago: timedelta, now: datetime, **more: object) -> SharedTimeEntry:
    starts_at = now - ago
    return entries.log(
        youth=youth, by=youth.user, details=_details(side, starts_at), now=starts_at + timedelta(hours=1), **more
    )


def _details(side: Side, starts_at: datetime) -> entries.Details:
    return make.make_details(
        starts_at=starts_at, minutes=30, companion_name=f"Opa {side.word}", did=f"Gelesen, {side.word}.",
        learned=f"Etwas über {side.word}.",
    )  # fmt: skip


def _reviewer(side: Side, role: str) -> User | None:
    return side.people["guardian"] if role != "youth19" else None


def _hours_before_the_run(side: Side, role: str, youth: YouthProfile, now: datetime) -> None:
    if reviewer := _reviewer(side, role):
        entry = _log(side, youth, 4 * DAY, now, submit=True)
        approvals.approve(entry_id=entry.public_id, by=reviewer, now=now - 3 * DAY)
        side.add(role, entry_paid=entry.public_id)
        proposed = proposals.propose(
            youth=youth, by=reviewer, details=_details(side, now - timedelta(hours=12)), now=now - timedelta(hours=11)
        )
        side.add(role, entry_proposed=proposed.public_id)


def _hours_after_the_run(side: Side, role: str, youth: YouthProfile, now: datetime) -> None:
    hours = {state: timedelta(hours=number * 2) for number, state in enumerate(("draft", "submitted", "approved"), 1)}
    made = {state: _log(side, youth, ago, now, submit=state != "draft") for state, ago in hours.items()}
    if reviewer := _reviewer(side, role):
        approvals.approve(entry_id=made["approved"].public_id, by=reviewer, now=now - timedelta(minutes=5))
        returned = _log(side, youth, timedelta(hours=9), now, submit=True)
        approvals.return_(entry_id=returned.public_id, by=reviewer, reason=f"Grund {side.word}", now=now)
        side.add(role, entry_returned=returned.public_id)
    side.add(role, **{f"entry_{state}": entry.public_id for state, entry in made.items()})
    if role == "youth15":
        sheet = sheets.make(youth=youth, monday=periods.berlin_date(now), by=youth.user, now=now)
        side.add(role, sheet=sheet.public_id, sheet_in_hand=sheet.public_id)


# ── Money ────────────────────────────────────────────────────────────────────────────────────────
def _sponsor(side: Side) -> Sponsor:
    sponsor = make.make_sponsor(f"Stadtwerke {side.quarter}")
    contact = _person(side, "contact", "Jonas")
    Membership.objects.create(user=contact, organisation=sponsor.organisation, role=Membership.Role.CONTACT)
    side.add("contact", sponsor=sponsor.public_id)
    invited = contacts.invite(sponsor=sponsor, name="Ute", mailbox="", by=contact, now=db.now())
    token = contacts.url_of(invited).rstrip("/").rpartition("/")[2]
    side.add("all", sponsor=sponsor.public_id, contact_token=token)
    return sponsor


def _shop(side: Side, now: datetime) -> Partner:
    shop = make.make_partner(f"Laden {side.quarter}")
    manager = _person(side, "manager", "Rana")
    Membership.objects.create(user=manager, organisation=shop.organisation, role=Membership.Role.MANAGER)
    offer = make.make_offer("Eis", partner=shop, price_coins=10, valid_from=now - 50 * DAY)
    draft = make.make_offer(f"Geplant {side.word}", partner=shop, release=False, valid_from=now)
    side.add("all", shop=shop.public_id, offer=offer.public_id, offer_draft=draft.public_id)
    _counter(side, shop, now)
    return shop


def _counter(side: Side, shop: Partner, now: datetime) -> None:
    """A screen with a clerk on shift, and one that waits to be paired."""
    manager, clerk = side.people["manager"], make.make_clerk(f"Ayşe {side.word}", partner=shop, now=now)
    made, waiting = (
        devices.begin_pairing(partner=shop, name=f"{name} {side.word}", by=manager, now=now)
        for name in ("Tablet", "Neues Tablet")
    )
    side.screen.get(devices.pairing_url(made).removeprefix(settings.PUBLIC_URL))
    side.screen.post(reverse("partners:connect"))
    side.screen.post(reverse("partners:begin-shift"), {"clerk": clerk.public_id, "pin": make.PIN})
    side.tokens["till"], _till = devices.make_till(partner=shop, name=f"Kasse {side.word}", by=manager, now=now)
    token = devices.pairing_url(waiting).rstrip("/").rpartition("/")[2]
    invited = managers.invite(partner=shop, by=manager, now=now)
    side.add(
        "all", manager=manager.public_id, desk_invitation=invited.public_id,
        desk_token=managers.url_of(invited).rstrip("/").rpartition("/")[2],
    )  # fmt: skip
    side.add("all", device=made.public_id, clerk=clerk.public_id, pairing_token=token)


def _rewards(side: Side, role: str, youth: YouthProfile, shop: Partner, now: datetime) -> None:
    offer = Offer.objects.get(partner=shop, title="Eis")
    manager = side.people["manager"]
    hold = redemption.hold(offer=offer, youth=youth, now=now - DAY)
    ready = redemption.hold(offer=offer, youth=youth, now=now - DAY)
    code = redemption.show_code(hold=ready)
    looked_up = redemption.look_up(partner=shop, text=code.code, device=f"{role}", now=now - timedelta(minutes=3))
    given = redemption.redeem(
        hold=redemption.hold(offer=offer, youth=youth, now=now - DAY), by=manager, now=now - timedelta(minutes=2)
    )
    back = redemption.redeem(
        hold=redemption.hold(offer=offer, youth=youth, now=now - DAY), by=manager, now=now - timedelta(minutes=2)
    )
    redemption.undo(redemption=back, by=manager, reason=f"Versehen {side.word}", now=now - timedelta(minutes=1))
    side.add(
        role, hold=hold.public_id, hold_undone=back.hold.public_id, handover=looked_up.public_id,
        redemption=given.public_id, code=redemption.show_code(hold=hold).code,
    )  # fmt: skip


def _settled(side: Side, shop: Partner, youth: YouthProfile, now: datetime) -> None:
    offer = Offer.objects.get(partner=shop, title="Eis")
    hold = redemption.hold(offer=offer, youth=youth, now=now - 6 * DAY)
    redemption.redeem(hold=hold, by=side.people["manager"], now=now - 5 * DAY)
    settled = settlement.settle(partner=shop, cutoff=now - 4 * DAY, now=now)
    assert settled is not None
    side.add("all", settlement=settled.public_id)


# ── Doors that were opened, and companies ────────────────────────────────────────────────────────
def _doors(side: Side, now: datetime) -> None:
    mother, voucher = side.people["guardian"], side.people["voucher"]
    for role in AGES:
        youth = side.people[role].youth
        if role != "youth19":
            link = families.invite_guardian(youth=youth, by=youth.user, now=now)
            side.add(role, invitation=link.public_id, invitation_token=_token(link))
        shared = shared_phone.share(user=youth.user, now=now)
        side.add(role, phone=shared.public_id)
    by_mother = vouching.make_password_link(person=side.people["youth15"], by=mother, now=now)
    side.add("guardian", password_qr=by_mother.public_id, password_token=_token(by_mother))
    by_voucher = vouching.make_password_link(person=side.people["youth17"], by=voucher, now=now)
    side.add("voucher", password_qr=by_voucher.public_id, password_token=_token(by_voucher))
    side.add("all", password_qr=by_mother.public_id, password_token=_token(by_mother))
    side.add("all", shown_token=vouching.url_to_show(mother, now).rstrip("/").rpartition("/")[2])


def _companies(side: Side, team: User, now: datetime) -> None:
    host = Host.objects.create(organisation=make.make_organisation(f"Betrieb {side.quarter}"))
    Membership.objects.create(
        user=_person(side, "host", "Petra"), organisation=host.organisation, role=Membership.Role.HOST
    )
    day = periods.berlin_date(now)
    visit = Opportunity.objects.create(
        host=host, kind=Opportunity.Kind.VISIT, category=make.make_category(), title="Besuch", text="Kommt vorbei.",
        starts_at=now + 9 * DAY, ends_at=now + 9 * DAY + timedelta(hours=2), where="Am Tor", seats=5,
        contact_name="Petra", certificate_seen_on=day, certificate_valid_until=day + 900 * DAY,
    )  # fmt: skip
    opportunities.release(opportunity_id=visit.public_id, by=team, now=now)
    place = make.make_place(host=host, by=side.people["host"], now=now)
    side.add("all", opportunity=visit.public_id, place=place.public_id)
    _futures(side, make.make_place("Lehrstelle", host=host, by=side.people["host"], now=now), now)
    for role in AGES:
        wish = booking.book(opportunity_id=visit.public_id, by=side.people[role], now=now)
        side.add(role, booking=wish.public_id)


def _futures(side: Side, place: Place, now: datetime) -> None:
    """A portfolio, a goal and an interest of each youth; the youngest one's waits for the guardian."""
    for role in AGES:
        youth = side.people[role].youth
        if _reviewer(side, role):
            choosing.choose_all(youth=youth)
            made = versions.make(youth=youth, by=youth.user, now=now)
            side.add(role, portfolio=made.public_id, proof=portfolio_links.url_of(made).rstrip("/").rpartition("/")[2])
        goal = goals.set_goal(youth=youth, by=youth.user, text=f"Löten, {side.word}", now=now)
        shown = interest.express(
            place_id=place.public_id, youth=youth, by=youth.user, portfolio=None, reach="mail",
            reach_at=f"{role}@{side.word}.example.org", now=now,
        )  # fmt: skip
        side.add(role, goal=goal.public_id, interest=shown.public_id)
    side.add("host", interest=side.ids["youth17"]["interest"])


def _apps(side: Side, now: datetime) -> None:
    for app, role in APPS.items():
        if app == "till":
            continue  # made with the shop, and nobody's
        scope = app.removeprefix("app-")
        token, row = tokens.issue(user=side.people[role], name=f"App {side.word}", scopes=[scope], now=now)
        side.tokens[app] = token
        side.add(role, app=row.public_id)


def _notices(side: Side, now: datetime) -> None:
    for role, person in side.people.items():
        if role != "team":
            db.service(mails.notify)(person, "password", now=now)
            side.add(role, notice=Notice.objects.filter(to=person).latest("pk").public_id)


def _questions(side: Side, team: User, now: datetime) -> None:
    for role, person in side.people.items():
        if role != "team":
            asked = asking.ask(by=person, text=f"Warum, {side.word}?", about=Subject(), now=now)
            side.add(role, case=asked.public_id)
    if team.club is not None:
        members.name(club=team.club, person=team, by=team, now=now)
    concerns.keep(
        what=f"Nicht okay, {side.word}", place="", reach=side.word, page="", club=team.club, key=uuid4(), now=now
    )


def _token(link: OneTimeLink) -> str:
    return one_time_links.url_of(link).rstrip("/").rpartition("/")[2]
