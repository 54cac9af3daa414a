"""How the youths of the demo spend their time with others, and who confirms it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial

from accounts import consent, families, registration, stops
from accounts.models import EndedBy, User, YouthProfile
from activities import approvals, entries
from activities.models import Category, SharedTimeEntry
from clevervibes.demo import families as kinds
from clevervibes.demo.cast import Cast
from clevervibes.demo.companies import POINTS
from clevervibes.demo.diary import Diary, moment
from clevervibes.demo.families import Family, Youth
from clevervibes.demo.sentences import SENTENCES, Sentence
from clevervibes.lib import periods

FRIENDS = ("Malte", "Sude", "Jonte", "Aleyna", "Vincent", "Zuzanna", "Rania", "Till")
SATURDAY = 5
NOBODY_YET = (kinds.NO_GUARDIAN, kinds.NO_CONSENT)

# What a guardian writes, and how the entry is put right.
RETURNS = {
    "Uhrzeit stimmt nicht": lambda given: replace(given, ends_at=given.ends_at - timedelta(minutes=15)),
    "bitte genauer beschreiben": lambda given: replace(
        given, did=f"{given.did} Danach noch alles zusammen besprochen."
    ),
}


@dataclass
class Member:
    """A youth as the story goes on."""

    spec: Youth
    home: "Home"
    user: User
    dice: random.Random
    joined_at: datetime
    profile: YouthProfile
    # Sent in and not answered yet, oldest first.
    waiting: list[tuple[SharedTimeEntry, entries.Details]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def age_at(self, at: datetime) -> int:
        return self.profile.age_at(at)


Sent = tuple[Member, SharedTimeEntry, entries.Details]


@dataclass
class Home:
    family: Family
    guardians: list[User]
    trusted: list[User]
    dice: random.Random
    members: list[Member] = field(default_factory=list)


class Hours:
    """Joining, logging, confirming."""

    def __init__(self, *, cast: Cast, diary: Diary, categories: dict[str, Category], seed: int, now: datetime,
                 since: date) -> None:  # fmt: skip
        self.cast, self.diary, self.categories, self.seed = cast, diary, categories, seed
        self.now, self.today, self.since = now, periods.berlin_date(now), since
        self.monday = self.today - timedelta(days=self.today.weekday())
        self.members: list[Member] = []

    def plan(self, families: list[Family]) -> None:
        for number, family in enumerate(families):
            home = Home(
                family,
                [self.cast.family_members[number, name] for name in family.guardians],
                [self.cast.trusted[number, person.first_name] for person in family.trusted],
                random.Random(f"{self.seed} {number} {family.last_name}"),
            )
            for youth in family.youths:
                self._plan_joining(home, youth, self.cast.family_members[number, youth.first_name])
            self._plan_confirming(home)

    # ── Joining ──
    def _plan_joining(self, home: Home, spec: Youth, user: User) -> None:
        dice = random.Random(f"{self.seed} {user.username}")
        born = self._birth_date(spec, dice)
        day = max(self.since, self.monday - timedelta(weeks=spec.joined_weeks_ago)) + timedelta(days=dice.randint(0, 4))
        # Twelve on the day, and never today: there is something to look at.
        day = min(max(day, periods.birthday(born, registration.MIN_AGE)), self.today - timedelta(days=2))
        self.diary.plan(moment(day, 16, dice.randrange(60)), partial(self._join, home, spec, user, born, dice))

    def _birth_date(self, spec: Youth, dice: random.Random) -> date:
        if spec.state == kinds.TURNED_18:
            days_since = 24
        elif spec.joined_weeks_ago >= 20 and spec.age == registration.MIN_AGE:
            days_since = dice.randint(200, 350)
        else:
            days_since = dice.randint(20, 340)
        birthday = self.today - timedelta(days=days_since)
        return birthday.replace(year=birthday.year - spec.age, day=min(birthday.day, 28))

    def _join(self, home: Home, spec: Youth, user: User, born: date, dice: random.Random, at: datetime) -> None:
        profile = registration.join(user=user, birth_date=born, now=at)
        # The instance that joined is held by `user`: entries ask it for its birth date and pause.
        member = Member(spec, home, user, dice, at, profile)
        home.members.append(member)
        self.members.append(member)
        self._plan_entries(member)
        adult = member.age_at(at) >= registration.ADULT_AGE
        if spec.state == kinds.NO_GUARDIAN:
            # Made with the sign-up, and still open: the QR stands on the start page.
            families.invite_guardian(youth=profile, by=user, now=at + timedelta(minutes=1))
            return
        if not adult:
            for guardian in home.guardians:
                registration.add_guardian(guardian=guardian, youth=profile, now=at + timedelta(minutes=20))
        by = home.guardians[0] if home.guardians and not adult else user
        for person in home.trusted:
            registration.name_trusted_person(person=person, youth=profile, by=by, now=at + timedelta(minutes=25))
        if spec.state == kinds.NO_CONSENT:
            return
        signer = by if member.age_at(at) < registration.OWN_CONSENT_AGE else user
        consent.give(youth=profile, text=self.cast.consent, by=signer, now=at + timedelta(minutes=30))
        if spec.state != kinds.NOT_SEEN:
            self.diary.plan(at + timedelta(days=dice.randint(1, 6)), partial(self._see, by, home))
        if spec.state == kinds.STOPPED:
            self.diary.plan(moment(self.today - timedelta(days=9), 10), partial(self._stop, member))
        if spec.state == kinds.TURNED_18:
            birthday = periods.birthday(born, registration.ADULT_AGE)
            self.diary.plan(moment(birthday, 0), partial(self._come_of_age, member))

    def _see(self, person: User, home: Home, at: datetime) -> None:
        point = next(point for point in POINTS if point.club == home.family.club)
        registration.see(
            person=person, by=self.cast.users[point.username], contact_point=self.cast.points[point.name], now=at
        )

    def _stop(self, member: Member, at: datetime) -> None:
        stopped = stops.stop_youth(
            youth=member.profile, by=self.cast.users["team"], now=at,
            sentence="Wir möchten kurz mit Dir über zwei Einträge sprechen. Melde Dich im Jugendzentrum.",
            reason="Zwei Einträge überschneiden sich mit dem Stundenplan, den die Schule genannt hat.",
        )  # fmt: skip
        member.profile.paused_at, member.profile.paused_why = stopped.paused_at, stopped.paused_why

    def _come_of_age(self, member: Member, at: datetime) -> None:
        """Guardianships end, and the youth decides alone."""
        for guardianship in member.profile.guardianships.filter(ended_at=None):
            families.end_guardianship(guardianship=guardianship, by=None, how=EndedBy.AGE, now=at)
        consent.give(youth=member.profile, text=self.cast.consent, by=member.user, now=at + timedelta(hours=17))
        self._see(member.user, member.home, at + timedelta(days=1, hours=15))

    # ── Logging ──
    def _plan_entries(self, member: Member) -> None:
        dice, joined_on = member.dice, periods.berlin_date(member.joined_at)
        week = joined_on - timedelta(days=joined_on.weekday())
        while week <= self.today:
            wanted = int(member.spec.pace) + (dice.random() < member.spec.pace % 1) if dice.random() > 0.1 else 0
            for weekday in sorted(dice.sample(range(7), wanted)):
                day = week + timedelta(days=weekday)
                if joined_on < day < self.today:
                    self._plan_entry(member, day)
            week += timedelta(weeks=1)

    def _plan_entry(self, member: Member, day: date) -> None:
        dice = member.dice
        slug = dice.choice(member.spec.likes) if dice.random() < 0.75 else dice.choice(sorted(SENTENCES))
        sentence = self._sentence(member, slug)
        minutes, hour = dice.choice(sentence.minutes), dice.randint(15, 17)
        if day.weekday() >= SATURDAY:
            hour = min(dice.randint(10, 16), 19 - minutes // 60)
        else:
            minutes = min(minutes, 135)  # a school day leaves no half day
        # Nobody is busy after 20:15; what a visitor should find is set into that hour (seeding.Scenes).
        starts_at = moment(day, hour, dice.choice((0, 15, 30, 45)))
        ends_at = starts_at + timedelta(minutes=minutes)
        relation, name = self._companion(member, sentence)
        details = entries.Details(
            category=self.categories[slug], starts_at=starts_at, ends_at=ends_at, companion_relation=relation,
            companion_name=name, did=sentence.did, learned=sentence.learned,
        )  # fmt: skip
        minutes_later = dice.choice((3, 6, 15, 50, 120))
        fate = dice.random()
        submit = fate > 0.03 and member.spec.state not in NOBODY_YET
        self.diary.plan(ends_at + timedelta(minutes=minutes_later), partial(self.log, member, details, submit))

    def _sentence(self, member: Member, slug: str) -> Sentence:
        language = member.home.family.language
        fitting = [sentence for sentence in SENTENCES[slug] if sentence.language in ("", language)]
        fresh = [sentence for sentence in fitting if sentence.did not in member.said[-25:]] or fitting
        chosen = member.dice.choice(fresh)
        member.said.append(chosen.did)
        return chosen

    def _companion(self, member: Member, sentence: Sentence) -> tuple[str, str]:
        family, dice = member.home.family, member.dice
        siblings = [other.first_name for other in family.youths if other.first_name != member.spec.first_name]
        names = {
            "parent": list(family.guardians),
            "sibling": siblings,
            "grandparent": [family.grandparent],
            "relative": [family.relative],
            "mentor": [person.first_name for person in family.trusted] or ["Karin"],
            "friend": list(FRIENDS),
            "company": ["Jannis"],
            "other": ["Frau Wilke"],
        }
        possible = [relation for relation in sentence.relations if names[relation]] or ["friend"]
        relation = dice.choice(possible)
        return relation, dice.choice(names[relation])

    def log(self, member: Member, details: entries.Details, submit: bool, at: datetime) -> SharedTimeEntry | None:
        if submit and member.profile.paused_at:
            return None
        entry = entries.log(youth=member.profile, by=member.user, details=details, submit=submit, now=at)
        if submit:
            member.waiting.append((entry, details))
            if member.dice.random() < 0.02:
                self.diary.plan(at + timedelta(hours=2), partial(self._withdraw, member))
        return entry

    def _withdraw(self, member: Member, at: datetime) -> None:
        if member.waiting:
            entry, _details = member.waiting.pop()
            entries.withdraw(entry_id=entry.public_id, by=member.user, now=at)

    # ── Confirming ──
    def _plan_confirming(self, home: Home) -> None:
        if not home.guardians and not home.trusted:
            return
        weekday = home.dice.choice((2, 5, 6, 6, 6))
        last = self.today - timedelta(days=max(home.family.late_days, 1))
        for day in _days(self.since, last):
            if day.weekday() == weekday:
                at = moment(day, home.dice.randint(18, 20), home.dice.randrange(60))
                self.diary.plan(at, partial(self._confirm, home))

    def _confirm(self, home: Home, at: datetime) -> None:
        for adults in (False, True):
            sent = [
                (member, *entry) for member in home.members for entry in member.waiting
                if (member.age_at(at) >= registration.ADULT_AGE) == adults
            ]  # fmt: skip
            reviewer = self._reviewer(home, adults) if sent else None
            if reviewer:
                self._answer(home, sent, reviewer, at)

    def _reviewer(self, home: Home, adults: bool) -> User | None:
        guardians = [] if adults else home.guardians
        if home.trusted and (not guardians or home.dice.random() < 0.25):
            return home.trusted[0]
        # The first guardian does it mostly.
        return home.dice.choice([guardians[0], *guardians]) if guardians else None

    def _answer(self, home: Home, sent: list[Sent], by: User, at: datetime) -> None:
        confirmed = []
        for member, entry, details in sent:
            member.waiting.remove((entry, details))
            if home.dice.random() < 0.025:
                self._send_back(member, entry, details, by, at)
            else:
                confirmed.append(entry.public_id)
        if confirmed:
            approvals.approve_all(entry_ids=confirmed, by=by, now=at)

    def _send_back(
        self, member: Member, entry: SharedTimeEntry, details: entries.Details, by: User, at: datetime
    ) -> None:
        reason = member.dice.choice(sorted(RETURNS))
        approvals.return_(entry_id=entry.public_id, by=by, reason=reason, now=at)
        better = RETURNS[reason](details)
        self.diary.plan(at + timedelta(hours=20), partial(self._correct, member, entry, better))

    def _correct(self, member: Member, entry: SharedTimeEntry, details: entries.Details, at: datetime) -> None:
        if member.profile.paused_at:
            return
        better = entries.edit(entry_id=entry.public_id, by=member.user, details=details, submit=True, now=at)
        member.waiting.append((better, details))


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
