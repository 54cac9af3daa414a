"""What waits for the team on the first click: a drawn entry, a marked one, questions, a concern, an enquiry."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.urls import reverse

from accounts.cases import asking
from accounts.cases.subjects import Subject
from accounts.models import User
from accounts.protection import concerns, members
from accounts.saved_views import saving
from activities import approvals, entries
from activities.models import SharedTimeEntry
from activities.sampling import deciding, draw
from clevervibes.demo.diary import Diary, moment
from clevervibes.demo.hours import Hours, Member
from partners.joining import enquiries
from partners.joining.enquiries import Part

CONCERN = UUID("7d0c3a54-52f5-4a8e-9a53-0f6f6a1f7b11")
ENQUIRY = UUID("c1b9a6f0-83d4-4f6e-9d1a-3e5f4c8a2b60")


class Queues:
    """Set into the last days, through the services."""

    def __init__(self, hours: Hours) -> None:
        self.hours = hours
        self.users = hours.cast.users

    def plan(self, diary: Diary) -> None:
        yesterday = self.hours.today - timedelta(days=1)
        diary.plan(moment(yesterday, 7, 30), self._drawn)
        diary.plan(moment(yesterday, 22, 30), self._marked)
        diary.plan(moment(yesterday, 17, 10), self._answered)
        diary.plan(moment(yesterday, 20, 40), self._asked)
        diary.plan(moment(yesterday, 15, 5), self._concern)
        diary.plan(moment(yesterday, 11, 20), self._enquired)
        diary.plan(moment(yesterday, 18, 30), self._kept_a_view)
        for username in ("team", "team-selm"):
            diary.plan(moment(self.hours.since, 9), partial(self._named, self.users[username]))

    def _drawn(self, at: datetime) -> None:
        """Confirm a drawn hour over breakfast: its coins wait for a look."""
        lena = self._member("lena")
        if lena is None or at - timedelta(hours=1) < lena.joined_at:
            return
        details = entries.Details(
            category=self.hours.categories["sprachen"], starts_at=at - timedelta(minutes=55),
            ends_at=at - timedelta(minutes=10), companion_relation="parent", companion_name="Beata",
            did="Beim Frühstück nur Polnisch gesprochen und die neuen Wörter aufgeschrieben.",
        )  # fmt: skip
        entry = entries.log(youth=lena.profile, by=lena.user, details=details, submit=True, now=at)
        with draw.share(100):
            approvals.approve(entry_id=entry.public_id, by=lena.home.guardians[0], now=at + timedelta(minutes=2))

    def _member(self, username: str) -> Member | None:
        return next((member for member in self.hours.members if member.user.username == username), None)

    def _marked(self, at: datetime) -> None:
        waiting = SharedTimeEntry.objects.filter(
            youth__user=self.users["emir"], status=SharedTimeEntry.Status.SUBMITTED, starts_at__lt=at
        )
        if entry := waiting.order_by("starts_at").last():
            reason = "Ziemlich spät am Abend: bitte einmal nachfragen."
            deciding.mark(entry_id=entry.public_id, by=self.users["team"], reason=reason, now=at)

    def _asked(self, at: datetime) -> None:
        entry = SharedTimeEntry.objects.filter(youth__user=self.users["mia"], status="returned").last()
        about = Subject(entry.get_absolute_url(), str(entry.category)) if entry else Subject()
        text = "Papa hat das zurückgegeben, aber ich weiß nicht, was ich noch schreiben soll. Reicht ein Satz?"
        asking.ask(by=self.users["mia"], text=text, about=about, now=at)

    def _answered(self, at: datetime) -> None:
        about = Subject(reverse("what-counts"), "Was zählt?")
        text = "Zählt es auch, wenn Ben und ich zusammen kochen und er das Rezept vorliest?"
        case = asking.ask(by=self.users["sabine"], text=text, about=about, now=at - timedelta(days=1))
        answer = (
            "Ja, gern! Am besten unter „Alltag lernen“ eintragen. Ab 15 Minuten zählt es, und Ben bekommt für jede "
            "volle Stunde 10 Coins."
        )
        asking.answer(case_id=case.public_id, by=self.users["team"], text=answer, now=at)

    def _concern(self, at: datetime) -> None:
        concerns.keep(
            what="In einem Laden hat der Mann an der Kasse einen blöden Spruch gemacht, als ich meinen Code gezeigt "
            "habe. Meine Freundin hat es auch gehört.",
            place="Lünen, Innenstadt", reach="", page="/belohnungen/", club=self.users["team"].club, key=CONCERN,
            now=at,
        )  # fmt: skip

    def _enquired(self, at: datetime) -> None:
        """Have a workshop ask to take part, and open the link in its mailbox a little later."""
        given = {
            "organisation_name": "Fahrradwerkstatt Speiche", "parts": [Part.PARTNER, Part.HOST],
            "contact_name": "Jana Wittkamp", "email": "speiche@example.org", "phone": "",
            "message": "Wir reparieren Räder und könnten zwei Jugendliche im Monat mitschrauben lassen. "
            "Für Coins gäbe es Schläuche, Klingeln und einen Lichtcheck.",
        }  # fmt: skip
        enquiry = enquiries.keep(key=ENQUIRY, club=self.hours.cast.clubs["luenen"], given=given, now=at)
        token = enquiries.link_of(enquiry).rstrip("/").rpartition("/")[2]
        enquiries.confirm(token=token, now=at + timedelta(minutes=25))

    def _kept_a_view(self, at: datetime) -> None:
        team, luenen = self.users["team"], self.hours.cast.clubs["luenen"]
        query = "host_confirmed__exact=1&status__exact=approved"
        saving.save(
            owner=team, model=SharedTimeEntry, name="Von Betrieben bestätigt", query=query, shared_with=luenen, now=at
        )

    def _named(self, person: User, at: datetime) -> None:
        if person.club is not None:
            members.name(club=person.club, person=person, by=person, now=at)
