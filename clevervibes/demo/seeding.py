"""The demo from beginning to end: a club of a half-year, told through the services, the same for the same seed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.contrib.auth.hashers import is_password_usable, make_password
from django.db import connection
from django.db.models import F

from accounts import shared_phone
from accounts.models import Club, Notice, User
from activities import approvals, entries
from activities.models import Category
from activities.sampling import draw
from clevervibes.demo import cast as casting
from clevervibes.demo import counters, families, futures, nightly, queues, shelf, showcase
from clevervibes.demo.diary import Diary, moment
from clevervibes.demo.hours import Hours, Member
from clevervibes.demo.logins import LOGINS, PASSWORD, PIN, PINS
from clevervibes.demo.money import Money
from clevervibes.demo.visits import Visits
from clevervibes.lib import periods
from coins.models import ConversionRun
from partners.models import Offer

SMALLEST_CLUB = 8  # fewer youths and somebody of the table of logins is missing
SENT, KEPT, SENT_BACK = "sent in", "kept as a draft", "sent back"
Say = Callable[[str], object]


class AlreadyThere(Exception):
    """There is a club already; `whole` says whether it is a demo that was told to its end."""

    def __init__(self, *, whole: bool) -> None:
        self.whole = whole


def is_whole() -> bool:
    """Say whether a demo was told to its end: its people get their password last."""
    user = User.objects.filter(is_demo=True, username=LOGINS[0].username).first()
    return user is not None and is_password_usable(user.password)


def seed(*, youths: int, weeks: int, seed: int, pictures: bool = True, now: datetime, say: Say) -> None:
    """Fill an empty database with the demo; without `pictures` that takes some seconds less.

    :raises AlreadyThere: if there is a club; nothing is changed then.
    """
    if Club.objects.exists() or User.objects.filter(is_demo=True).exists():
        raise AlreadyThere(whole=is_whole())
    artist = showcase.Artist() if pictures else None
    try:
        with connection.cursor() as cursor:
            # A demo that the power cut short is made anew; waiting for the disk a thousand times helps nobody.
            cursor.execute("SET synchronous_commit TO off")
        offers = _tell(youths=youths, weeks=weeks, seed=seed, now=now, say=say)
        if artist:
            say("pictures ...")
            artist.hang_up(offers)
        # Last: whoever can sign in finds a whole demo.
        User.objects.filter(is_demo=True).update(password=make_password(PASSWORD))
    finally:
        if artist:
            artist.leave()
    with connection.cursor() as cursor:
        cursor.execute("RESET synchronous_commit")


def _tell(*, youths: int, weeks: int, seed: int, now: datetime, say: Say) -> list[Offer]:
    today = periods.berlin_date(now)
    since = today - timedelta(days=today.weekday(), weeks=weeks)
    chosen = families.first(youths, seed)
    say(f"{youths} youths, {weeks} weeks: people and places ...")
    cast = casting.assemble(chosen, since=moment(since, 8))
    kinds = Category.objects.in_bulk(field_name="slug")
    showcase.open_doors(cast, kinds, now=now)
    shown = showcase.open_shops(cast, now=now, since=since)

    say("hours, confirmations, coins, rewards ...")
    diary = Diary()
    hours = Hours(cast=cast, diary=diary, categories=kinds, seed=seed, now=now, since=since)
    hours.plan(chosen)
    money = Money(cast=cast, diary=diary, hours=hours, offers=shown, seed=seed, now=now, since=since)
    money.plan()
    Scenes(hours, money, kinds).plan(diary)
    Visits(cast, hours.members, kinds, now).plan(diary)
    queues.Queues(hours).plan(diary)
    # Nobody of this team has looked at anything for half a year.
    with draw.share(0):
        diary.play(until=now)
    counters.note_use()
    _read_old_news(now)
    say("seals and public figures ...")
    nightly.pass_by(by=cast.users["team"], now=now)
    for username in PINS:
        shared_phone.set_pin(user=cast.users[username], pin=PIN, now=now)
    return shown


def _read_old_news(now: datetime) -> None:
    """Runs of weeks ago were told just now, all at once; put them where they belong, and leave the last week new."""
    for run in ConversionRun.objects.all():
        Notice.objects.filter(topic="coins_paid", ids__run=str(run.public_id)).update(at=run.cutoff)
    Notice.objects.filter(at__lt=now - timedelta(days=8), read_at=None).update(read_at=F("at") + timedelta(hours=20))


@dataclass
class Scenes:
    """What a visitor should find on the first click, set into the last days."""

    hours: Hours
    money: Money
    kinds: dict

    def plan(self, diary: Diary) -> None:
        today = self.hours.today
        for username, days_ago, slug, did, minutes, fate in (
            ("mia", 1, "lesen", "Vor dem Einschlafen aus „Momo“ vorgelesen, Ben wollte noch ein Kapitel.", 45, SENT),
            ("mia", 2, "lernen", "Die Vokabeln für Freitag abgefragt, bis alle saßen.", 30, SENT),
            ("mia", 3, "alltag", "Den Einkaufszettel für die Woche geschrieben und ausgerechnet.", 30, KEPT),
            ("mia", 4, "ehrenamt", "Geholfen.", 60, SENT_BACK),
            ("emir", 1, "alltag", "Börek gebacken, diesmal ohne Anbrennen.", 60, SENT),
            ("elif", 1, "nachhilfe", "Emir die Prozentrechnung erklärt.", 45, SENT),
            ("ayse", 2, "bewerbung", "Anschreiben für die Ausbildung geschrieben, Fassung zwei.", 60, SENT),
            ("lena", 1, "bewerbung", "Das Vorstellungsgespräch durchgespielt, mit strengen Fragen.", 45, SENT),
            ("lena", 2, "lesen", "Zusammen die Wochenzeitung gelesen.", 30, KEPT),
            (
                "noah",
                1,
                "betrieb",
                "Die Woche in der Werkstatt besprochen und Fragen für morgen aufgeschrieben.",
                60,
                SENT,
            ),
        ):
            day = today - timedelta(days=days_ago)
            diary.plan(moment(day, 21, 30), partial(self._log, username, slug, did, minutes, fate))
        yesterday = today - timedelta(days=1)
        for username, title in (("mia", "Zwei Kugeln Eis"), ("emir", "Eintritt für zwei Stunden"),
                                ("lena", "Popcorn, kleine Tüte")):  # fmt: skip
            diary.plan(moment(yesterday, 21), partial(self._set_aside, username, title))
        futures.plan(diary, self._member, today)
        shelf.plan(diary, self._member, today)

    def _member(self, username: str) -> Member | None:
        return next((member for member in self.hours.members if member.user.username == username), None)

    def _log(self, username: str, slug: str, did: str, minutes: int, fate: str, at: datetime) -> None:
        member = self._member(username)
        starts_at = at - timedelta(hours=1)
        if member is None or starts_at < member.joined_at:
            return
        companion = ("parent", member.home.family.guardians[0]) if member.home.guardians else ("mentor", "Karin")
        details = entries.Details(
            category=self.kinds[slug], starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes),
            companion_relation=companion[0], companion_name=companion[1], did=did,
        )  # fmt: skip
        if fate != SENT_BACK:
            self.hours.log(member, details, fate == SENT, at)
            return
        entry = entries.log(youth=member.profile, by=member.user, details=details, submit=True, now=at)
        approvals.return_(
            entry_id=entry.public_id, by=member.home.guardians[0], reason="bitte genauer beschreiben",
            now=at + timedelta(hours=10),
        )  # fmt: skip

    def _set_aside(self, username: str, title: str, at: datetime) -> None:
        offer = next(offer for offer in self.money.offers if offer.title == title)
        member = self._member(username)
        if member and self.money.spendable(member) >= offer.price_coins:
            self.money.take(member, offer, at)
