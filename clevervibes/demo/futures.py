"""Portfolios, learning goals, and youths who are interested in a place: one in each standing a visitor should find."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

from activities import interests
from activities.models import Place, PlaceInterest, Portfolio, Topic
from activities.places import hosting, interest
from activities.portfolio import choosing, goals, versions
from clevervibes.demo.diary import Diary, moment
from clevervibes.demo.hours import Member

# Who shows what to whom, so many days ago; the first waits for her mother.
INTERESTS = (
    ("mia", "Praktikum in der Werkstatt", "club", "", 1),
    ("lena", "Ausbildung Metallbauer/in", "mail", "lena@example.org", 2),
    ("ayse", "Schülerpraktikum in der Fertigung", "phone", "0176 0000000", 6),
    ("noah", "Duales Studium Informatik", "mail", "noah@example.org", 9),
)
# What the places of a line of business are about, and who is curious about what.
TOPICS = {
    "Metallbau": "maschinen", "Informatik": "computer", "Pflege": "pflege", "Handwerk": "handwerk",
    "Gartenbau": "natur", "Handel": "verkehr",
}  # fmt: skip
CURIOUS = {"mia": ("handwerk", "natur"), "lena": ("maschinen", "pflege"), "noah": ("computer",)}
GOALS = (
    ("mia", "Die Uhr auf Englisch sagen", 40, True),
    ("mia", "Löten, ohne zu kleckern", 12, False),
    ("lena", "Eine Minute frei über mich sprechen", 20, False),
    ("noah", "Technische Zeichnungen lesen", 15, False),
)


def plan(diary: Diary, member_of: Callable[[str], Member | None], today: date) -> None:
    """Set all of it into the last weeks of the story."""
    for username, slugs in CURIOUS.items():
        diary.plan(moment(today - timedelta(days=30), 20, 40), partial(_curious, member_of, username, slugs))
    for username, text, days_ago, reached in GOALS:
        diary.plan(moment(today - timedelta(days=days_ago), 20, 45), partial(_goal, member_of, username, text, reached))
    for username, title, reach, reach_at, days_ago in INTERESTS:
        diary.plan(
            moment(today - timedelta(days=days_ago), 20, 50),
            partial(_interest, member_of, username, title, reach, reach_at),
        )
    diary.plan(moment(today - timedelta(days=4), 11), partial(_answer, "ayse", today))
    diary.plan(moment(today - timedelta(days=5), 11), partial(_answer, "noah", today))


def topic_of(industry: str) -> Topic | None:
    """Return what a company's places are about."""
    return Topic.objects.filter(slug=TOPICS.get(industry, "")).first()


def _curious(member_of: Callable[[str], Member | None], username: str, slugs: tuple[str, ...], at: datetime) -> None:
    if member := member_of(username):
        interests.choose(youth=member.profile, topics=list(Topic.objects.filter(slug__in=slugs)), now=at)


def _goal(member_of: Callable[[str], Member | None], username: str, text: str, reached: bool, at: datetime) -> None:
    member = member_of(username)
    if member is None or member.joined_at > at:
        return
    goal = goals.set_goal(youth=member.profile, by=member.user, text=text, now=at)
    if reached:
        goals.reach(goal_id=goal.public_id, by=member.user, now=at + timedelta(days=9))


def _portfolio(member: Member, at: datetime) -> Portfolio | None:
    """Make a portfolio of what is confirmed, with the first three sentences about what was learned."""
    choosing.choose_all(youth=member.profile)
    learned = [entry.public_id for entry in choosing.choosable(member.user) if entry.learned][:3]
    choosing.choose(youth=member.profile, shown=learned, picks=learned, learned=learned)
    if not choosing.picked(member.profile).exists():
        return None
    return versions.make(youth=member.profile, by=member.user, now=at)


def _interest(
    member_of: Callable[[str], Member | None], username: str, title: str, reach: str, reach_at: str, at: datetime
) -> None:
    member = member_of(username)
    place = Place.objects.released().filter(title=title).first()
    if member is None or place is None or member.joined_at > at:
        return
    interest.express(
        place_id=place.public_id, youth=member.profile, by=member.user, portfolio=_portfolio(member, at),
        reach=reach, reach_at=reach_at, now=at,
    )  # fmt: skip


def _answer(username: str, today: date, at: datetime) -> None:
    """Invite one, and tell another that the place is filled."""
    found = PlaceInterest.objects.filter(youth__user__username=username, state=PlaceInterest.State.OPEN).first()
    if found is None:
        return
    by = hosting.people_of(found.place.host)[0]
    interest.look(interest_id=found.public_id, by=by, now=at)
    if username == "ayse":
        interest.answer(
            interest_id=found.public_id, by=by, reply="invite", meets_at=moment(today + timedelta(days=6), 15, 30),
            meets_where=interest.meeting_points(found.place)[0], now=at,
        )  # fmt: skip
    else:
        interest.answer(interest_id=found.public_id, by=by, reply="filled", now=at)
