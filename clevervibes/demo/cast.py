"""Everybody and every place of the demo, as rows. The logins come first, so that the sign-in page can offer them."""

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.hashers import make_password

from accounts import consent as consents
from accounts.models import Club, ConsentText, ContactPoint, Membership, Organisation, User
from accounts.team import roles
from activities.models import Host
from clevervibes.demo import companies, consent_text, words
from clevervibes.demo.families import Family, Person
from clevervibes.demo.logins import LOGINS
from clevervibes.demo.names import ascii_name
from clevervibes.demo.shops import SHOPS
from clevervibes.lib.team import ADMIN, APPROVER, AUDITOR, CATALOG, FINANCE, SUPPORT, Role

# A small club: one does nearly everything, and for each role there is somebody who has that one alone.
TEAM = {
    "team": Role.values,
    "begleitung": [SUPPORT],
    "kasse": [FINANCE],
    "freigabe": [APPROVER],
    "angebote": [CATALOG],
    "pruefung": [AUDITOR],
    "leitung": [ADMIN],
    "team-selm": Role.values,
}


@dataclass
class Cast:
    """Who is who: people by their username, organisations by their name."""

    consent: ConsentText
    clubs: dict[str, Club] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    points: dict[str, ContactPoint] = field(default_factory=dict)
    hosts: dict[str, Host] = field(default_factory=dict)
    # By the number of the family and the first name.
    family_members: dict[tuple[int, str], User] = field(default_factory=dict)
    trusted: dict[tuple[int, str], User] = field(default_factory=dict)

    def add(self, first_name: str, last_name: str, club: str, username: str = "", **fields: object) -> User:
        """Note a person; everybody is stored at once by `store_people`."""
        name = username or self._free_username(first_name, last_name)
        if name not in self.users:
            self.users[name] = User(
                username=name, first_name=first_name, last_name=last_name, club=self.clubs[club], is_demo=True, **fields
            )
        return self.users[name]

    def _free_username(self, first_name: str, last_name: str) -> str:
        short, full = ascii_name(first_name), ascii_name(f"{first_name}-{last_name}")
        taken = {*self.users, *(login.username for login in LOGINS)}
        return next(name for name in (short, full, *(f"{full}{i}" for i in range(2, 99))) if name not in taken)


def assemble(families: list[Family], *, since: datetime) -> Cast:
    """Store clubs, people and organisations; nobody can sign in yet."""
    consent = ConsentText.objects.create(version=1, german=consent_text.GERMAN, turkish=consent_text.TURKISH)
    cast = Cast(consents.publish(text=consent, days_to_answer=0, now=since))
    for slug, town in (("luenen", "Lünen"), ("selm", "Selm")):
        cast.clubs[slug] = Club.objects.create(
            slug=slug, name=f"Clever Vibes Club {town}", town=town, contact_email=f"club-{slug}@example.org",
            contact_phone="02306 000000", emergency_phone="0171 0000000",
        )  # fmt: skip
    _note_people(cast, families)
    _store_people(cast, since)
    words.publish(by=cast.users["leitung"], now=since)
    _store_places(cast)
    return cast


def _note_people(cast: Cast, families: list[Family]) -> None:
    staff = {"is_staff": True}
    cast.add("Svenja", "Kortmann", "luenen", "team", is_superuser=True, **staff)
    cast.add("Holger", "Brinkmann", "luenen", "kasse", **staff)
    cast.add("Birgit", "Wessels", "luenen", "begleitung", **staff)
    cast.add("Jörg", "Hartmann", "luenen", "freigabe", **staff)
    cast.add("Canan", "Aydın", "luenen", "angebote", **staff)
    cast.add("Ingrid", "Paulsen", "luenen", "pruefung", **staff)
    cast.add("Martin", "Schulte", "luenen", "leitung", **staff)
    cast.add("Rolf", "Ostermann", "selm", "team-selm", is_superuser=True, **staff)
    for number, family in enumerate(families):
        for youth in family.youths:
            who = cast.add(youth.first_name, family.last_name, family.club, youth.username)
            cast.family_members[number, youth.first_name] = who
        for name in family.guardians:
            username, language = family.usernames.get(name, ""), family.language
            who = cast.add(name, family.last_name, family.club, username, language=language)
            cast.family_members[number, name] = who
        for person in family.trusted:
            cast.trusted[number, person.first_name] = _add_person(cast, person, family.club)
    for shop in SHOPS:
        cast.add(*shop.manager, "selm" if shop.town == "Selm" else "luenen", shop.username)
    for point in companies.POINTS:
        cast.add(*point.voucher, point.club, point.username)
    for fund in companies.FUNDS:
        cast.add(*fund.contact, fund.club, fund.username or ascii_name(fund.contact[1]))
    for company in companies.HOSTS:
        if company.name not in companies.POINT_NAMES:
            cast.add(*company.contact, company.club, company.username or ascii_name(company.contact[1]))


def _add_person(cast: Cast, person: Person, club: str) -> User:
    return cast.add(person.first_name, person.last_name, club, person.username)


def _store_people(cast: Cast, since: datetime) -> None:
    # The logins first, in the order in which they are printed.
    order = {login.username: place for place, login in enumerate(LOGINS)}
    people = sorted(cast.users.values(), key=lambda user: order.get(user.username, len(order)))
    locked = make_password(None)
    for user in people:
        user.password, user.date_joined = locked, since
    User.objects.bulk_create(people)
    for username, given in TEAM.items():
        for role in given:
            roles.set_up(user=cast.users[username], club=cast.clubs[_club_of(username)], role=role, now=since)
    # The account at the bank is one for all clubs, and so is who reads its statements and closes its years.
    roles.set_up(user=cast.users["kasse"], club=cast.clubs["selm"], role=FINANCE, now=since)
    roles.set_up(user=cast.users["freigabe"], club=cast.clubs["selm"], role=APPROVER, now=since)


def _club_of(username: str) -> str:
    return "selm" if username.endswith("-selm") else "luenen"


def _store_places(cast: Cast) -> None:
    Role = Membership.Role
    for shop in SHOPS:
        club = "selm" if shop.town == "Selm" else "luenen"
        place = _organisation(cast, shop.name, club, shop.street, shop.about, shop.town, shop.postcode)
        _works_for(cast.users[shop.username], place, Role.MANAGER)
    for point in companies.POINTS:
        place = _organisation(cast, point.name, point.club, point.street, point.about)
        cast.points[point.name] = ContactPoint.objects.create(organisation=place, opening_hours=point.opening_hours)
        _works_for(cast.users[point.username], place, Role.VOUCHER)
    for fund in companies.FUNDS:
        place = _organisation(cast, fund.name, fund.club, fund.street)
        _works_for(cast.users[fund.username or ascii_name(fund.contact[1])], place, Role.CONTACT)
    for company in companies.HOSTS:
        place = _organisation(cast, company.name, company.club, company.street, company.about)
        cast.hosts[company.name] = Host.objects.create(organisation=place, industry=company.industry)
        username = companies.POINT_NAMES.get(company.name) or company.username or ascii_name(company.contact[1])
        _works_for(cast.users[username], place, Role.HOST)


def _organisation(
    cast: Cast, name: str, club: str, street: str, about: str = "", town: str = "", postcode: str = ""
) -> Organisation:
    """Return the organisation of that name, made if need be: a sponsor may be a host too."""
    if name not in cast.organisations:
        cast.organisations[name] = Organisation.objects.create(
            club=cast.clubs[club], name=name, street=street, about=about, town=town or cast.clubs[club].town,
            postcode=postcode or {"luenen": "44532", "selm": "59379"}[club], is_shown=True,
        )  # fmt: skip
    elif about:
        place = cast.organisations[name]
        place.about = place.about or about
        place.save(update_fields=["about"])
    return cast.organisations[name]


def _works_for(user: User, organisation: Organisation, role: str) -> None:
    Membership.objects.get_or_create(user=user, organisation=organisation, role=role)
