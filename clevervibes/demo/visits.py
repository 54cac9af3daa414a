"""Dates that were, are and will be: visited, waiting for a list, booked, asked about, full, drafted, a whole series."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from activities import interests, opportunities
from activities.chances import attendance, booking, check_in, hosting, selectors
from activities.models import Booking, Category, Opportunity, Topic
from clevervibes.demo.cast import Cast
from clevervibes.demo.diary import Diary, moment
from clevervibes.demo.hours import Member
from clevervibes.lib import periods
from clevervibes.lib.errors import DomainError

CURIOUS = {
    "mia": ("pflege", "kunst", "natur"),
    "lena": ("handwerk", "computer"),
    "noah": ("maschinen", "computer"),
    "elif": ("labor", "pflege"),
}
# Who takes a seat, by the title of the date; where there are fewer seats, the last ones wait.
BOOKED = {
    "Kaffeenachmittag mit Geschichten": ("mia", "elif", "lena"),
    "Funken sehen: ein Nachmittag in der Schweißerei": ("noah", "lena"),
    "Deine erste Webseite": ("lena", "emir"),
    "Schnuppertag Industriemechanik": ("noah", "ayse", "lena"),
}
# Whose guardians have not answered yet.
STILL_ASKED = ("mia",)
OVER = "Ein Nachmittag an der Drehmaschine"
JUST_OVER = "Werkstatt offen: Schlüsselanhänger aus Messing"
VISITORS = ("noah", "lena", "elif", "emir")


@dataclass
class Visits:
    """What youths and hosts have done about dates in the last two weeks."""

    cast: Cast
    members: Sequence[Member]
    categories: dict[str, Category]
    now: datetime

    def plan(self, diary: Diary) -> None:
        today = periods.berlin_date(self.now)
        ago = {days: moment(today - timedelta(days=days), 17) for days in (16, 15, 5, 4, 3, 2)}
        diary.plan(ago[16], self._curious)
        begun = moment(today - timedelta(days=12), 15)
        diary.plan(ago[16], partial(self._offer, OVER, begun, 150))
        diary.plan(ago[15], partial(self._book, OVER, VISITORS, yes=True))
        diary.plan(begun, partial(self._check_in, OVER, VISITORS[:2]))
        diary.plan(begun + timedelta(hours=5), partial(self._tick, OVER))
        # Ended an hour ago, whatever time it is: its list waits for the host.
        ended = self.now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
        just_begun = ended - timedelta(hours=2)
        diary.plan(ago[5], partial(self._offer, JUST_OVER, just_begun, 120))
        diary.plan(ago[4], partial(self._book, JUST_OVER, VISITORS[:3], yes=True))
        diary.plan(just_begun, partial(self._check_in, JUST_OVER, VISITORS[:1]))
        for title, who in BOOKED.items():
            diary.plan(ago[3], partial(self._book, title, [name for name in who if name not in STILL_ASKED], yes=True))
            diary.plan(ago[2], partial(self._book, title, [name for name in who if name in STILL_ASKED], yes=False))
        diary.plan(ago[2], self._draft)
        diary.plan(ago[2], self._series)

    def _member(self, username: str) -> Member | None:
        return next((member for member in self.members if member.user.username == username), None)

    def _curious(self, at: datetime) -> None:
        for username, slugs in CURIOUS.items():
            if (member := self._member(username)) and member.joined_at < at:
                interests.choose(youth=member.profile, topics=list(Topic.objects.filter(slug__in=slugs)), now=at)

    def _details(self, title: str, starts_at: datetime, minutes: int, **more: object) -> hosting.Details:
        given = {
            "kind": Opportunity.Kind.WORKSHOP, "category": self.categories["betrieb"],
            "topic": Topic.objects.get(slug="maschinen"), "title": title,
            "text": "Jannis zeigt Dir, wie aus einer Stange ein Teil wird. Du stellst die Maschine ein und drückst Start.",
            "where": "Tor 2, Gewerbering 14", "way": "Lünen-Süd, Bus R11 hält vor dem Tor", "wear": "Feste Schuhe",
            "seats": 8, "minimum_age": 12, "contact_name": "Ole Kranz", "never_alone": True,
        }  # fmt: skip
        ends_at = starts_at + timedelta(minutes=minutes)
        return hosting.Details(starts_at=starts_at, ends_at=ends_at, **{**given, **more})  # type: ignore[arg-type]

    def _draft_of(
        self, host: str, who: str, details: list[hosting.Details], at: datetime, *, send: bool
    ) -> list[Opportunity]:
        return hosting.draft(host=self.cast.hosts[host], by=self.cast.users[who], details=details, send=send, now=at)

    def _offer(self, title: str, starts_at: datetime, minutes: int, at: datetime) -> None:
        (made,) = self._draft_of(
            "Kranz Metalltechnik GmbH", "betrieb", [self._details(title, starts_at, minutes)], at, send=True
        )
        opportunities.release(opportunity_id=made.public_id, by=self.cast.users["team"], now=at + timedelta(hours=1))

    def _draft(self, at: datetime) -> None:
        at = at.replace(hour=18)
        frost = self._details("Frühstück mit unseren Azubis", at + timedelta(days=30, hours=-9), 90, seats=6)
        self._draft_of("Kranz Metalltechnik GmbH", "betrieb", [frost], at, send=False)
        spare = self._details("Was macht eigentlich eine Fräse?", at + timedelta(days=24, hours=-2), 120)
        self._draft_of("Kranz Metalltechnik GmbH", "betrieb", [spare], at, send=True)

    def _series(self, at: datetime) -> None:
        first = at.replace(hour=15, minute=0) + timedelta(days=10)
        told = {
            "kind": Opportunity.Kind.CLUB, "category": self.categories["lernen"], "topic": None, "wear": "",
            "text": "Ein ruhiger Raum, zwei, die helfen, Tee und Kekse.", "where": "Raum 3", "way": "an der Kanalbrücke",
            "seats": 15, "contact_name": "Melanie Stark",
        }  # fmt: skip
        dates = [
            self._details("Mathe-Club vor der Arbeit", first + timedelta(weeks=week), 90, **told) for week in range(4)
        ]
        made = self._draft_of("Jugendzentrum Kanalkante", "anlaufstelle", dates, at, send=True)
        for one in made:
            opportunities.release(opportunity_id=one.public_id, by=self.cast.users["team"], now=at + timedelta(hours=1))

    def _date(self, title: str) -> Opportunity:
        return Opportunity.objects.get(title=title)

    def _book(self, title: str, who: Sequence[str], at: datetime, *, yes: bool) -> None:
        date = self._date(title)
        for member in filter(None, map(self._member, who)):
            try:
                made = booking.book(opportunity_id=date.public_id, by=member.user, may_wait=True, now=at)
            except DomainError:
                continue  # of a small demo: somebody too young, or not in the club by then
            if yes and made.status == Booking.Status.ASKED:
                guardian = selectors.guardians_of(member.profile)[0]
                booking.answer(booking_id=made.public_id, by=guardian, yes=True, now=at + timedelta(hours=3))

    def _check_in(self, title: str, who: Sequence[str], at: datetime) -> None:
        date, host = self._date(title), self.cast.users["betrieb"]
        check_in.show(opportunity_id=date.public_id, by=host, now=at)
        for member in filter(None, map(self._member, who)):
            if not date.bookings.filter(youth=member.profile, status=Booking.Status.BOOKED).exists():
                continue
            ticket = check_in.look(check_in.token_of(date, at), by=member.user, now=at)
            check_in.check_in(ticket=ticket.text, by=member.user, now=at)

    def _tick(self, title: str, at: datetime) -> None:
        date = self._date(title)
        late = date.bookings.filter(youth__user__username="elif").first()
        minutes = {late.public_id: 90} if late else {}
        attendance.confirm(opportunity_id=date.public_id, by=self.cast.users["betrieb"], minutes=minutes, now=at)
