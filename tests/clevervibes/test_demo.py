"""The demo: everything the issue of the day promises is there, made by the services, and the same again."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count

from accounts import links, shared_phone, vouching
from accounts import selectors as people
from accounts.models import Club, Guardianship, Organisation, SavedView, TrustedPerson, User, YouthProfile
from activities.models import Booking, Opportunity, Place, PlaceInterest, Portfolio, Review, SharedTimeEntry
from activities.selectors import entries_confirmed_by
from clevervibes.demo import seeding
from clevervibes.demo.families import FAMILIES, first
from clevervibes.demo.logins import LOGINS, PASSWORD, PIN, PINS
from coins import reconciliation
from coins.models import Balance, ConversionLine, ConversionRun, Deposit, Sponsor
from coins.selectors import balance_of
from partners.joining import enquiries
from partners.models import Device, Hold, Offer, Partner, Redemption, Settlement
from tests.factories import make_club

# A Wednesday evening.
NOW = datetime(2026, 11, 18, 19, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo(settings, tmp_path):
    settings.DEMO = True
    settings.MEDIA_ROOT = tmp_path


def seed(*, youths: int = 12, weeks: int = 4, seed: int = 1, pictures: bool = False) -> None:
    seeding.seed(youths=youths, weeks=weeks, seed=seed, pictures=pictures, now=NOW, say=lambda text: None)


def run(**options: object) -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out, stderr=StringIO(), **{"pictures": False, **options})
    return out.getvalue()


# ── The whole of it ──────────────────────────────────────────────────────────────────────────────
def test_demo_holds_what_a_half_year_of_a_club_leaves_behind():
    seed(youths=40, weeks=26, pictures=True)

    assert YouthProfile.objects.count() == 40
    assert set(Club.objects.values_list("town", flat=True)) == {"Lünen", "Selm"}
    assert (Sponsor.objects.count(), Partner.objects.count(), Offer.objects.count()) == (8, 10, 61)
    assert not Offer.objects.filter(picture="", is_draft=False).exists()
    assert all(offer.picture.size <= 25_000 for offer in Offer.objects.filter(is_draft=False))
    assert {youth.age_at(NOW) for youth in YouthProfile.objects.all()} == set(range(12, 21))
    assert 900 <= SharedTimeEntry.objects.count() <= 1400
    assert set(SharedTimeEntry.objects.values_list("status", flat=True)) >= {
        "draft", "submitted", "approved", "returned", "withdrawn",
    }  # fmt: skip
    assert set(Hold.objects.values_list("status", flat=True)) == {"live", "redeemed", "cancelled", "expired"}
    assert ConversionRun.objects.filter(club__slug="luenen").count() == 26
    assert Settlement.objects.filter(partner__organisation__club__slug="luenen").count() >= 5
    assert Opportunity.objects.released().count() >= 10
    assert Opportunity.objects.filter(released_at=None).exists()
    assert Place.objects.released().count() >= 7
    standings = set(PlaceInterest.objects.values_list("youth__user__username", "state", "reply"))
    assert standings == {
        ("mia", "asked", ""),
        ("lena", "open", ""),
        ("ayse", "open", "invite"),
        ("noah", "open", "filled"),
    }
    assert Portfolio.objects.filter(youth__user__username="mia", revoked_at=None).exists()
    assert {result.name: result.bad for result in reconciliation.check() if result.bad} == {}

    _assert_states_of_consent()
    _assert_families()
    _assert_dates()
    _assert_each_login_finds_something()


def _assert_dates():
    State = Opportunity.State
    seen = {date.state_at(NOW) for date in Opportunity.objects.all()}
    assert seen >= {State.DRAFT, State.SENT, State.RELEASED, State.OVER, State.DONE}
    assert set(Booking.objects.values_list("status", flat=True)) >= {"asked", "booked", "waiting", "attended"}
    assert Opportunity.objects.filter(title="Mathe-Club vor der Arbeit").values("series").distinct().count() == 1
    assert Booking.objects.filter(checked_in_at__isnull=False).exists()


def _assert_states_of_consent():
    earning = people.earning_youths(NOW).count()
    youths = {youth.user.username: youth for youth in YouthProfile.objects.select_related("user")}
    assert 30 <= earning < 40
    assert not people.has_consent(youths["jonas"])
    assert not people.has_consent(youths["amira"])
    assert people.has_consent(youths["oliwia"])
    assert not people.is_seen(youths["oliwia"], NOW)
    assert youths["lukas"].paused_at
    assert youths["tim"].age_at(youths["tim"].joined_at) == 17
    assert youths["tim"].age_at(NOW) == 18
    assert not youths["tim"].guardianships.filter(ended_at=None).exists()
    waiting = SharedTimeEntry.objects.filter(youth=youths["oliwia"], status="approved", conversion_items=None)
    assert waiting.exists(), "hours of somebody not seen yet wait"
    assert set(youths["jonas"].entries.values_list("status", flat=True)) <= {"draft"}


def _assert_families():
    fatma = User.objects.get(username="fatma")
    assert fatma.language == "tr"
    assert Guardianship.objects.filter(guardian=fatma, ended_at=None).count() == 3
    pairs = YouthProfile.objects.annotate(guardians=Count("guardianships")).filter(guardians=2)
    assert pairs.count() >= 6
    grandmother = TrustedPerson.objects.filter(person__username="oma-ursula")
    assert {link.youth.user.username for link in grandmother} >= {"mia"}


def _assert_each_login_finds_something():
    def youth(name: str) -> YouthProfile:
        return YouthProfile.objects.get(user__username=name)

    for name, age in (("mia", 14), ("lena", 16), ("noah", 19)):
        assert youth(name).age_at(NOW) == age
        assert balance_of(youth(name)).spendable > 30, name
        earned = ConversionLine.objects.filter(account__youth_link__youth=youth(name))
        assert sum(line.paid_coins for line in earned) < 540, f"{name} can still earn this year"
    assert Hold.objects.filter(account__youth_link__youth=youth("mia"), status="live").exists()
    assert youth("mia").entries.filter(status="returned").exists()
    for name, waiting in (("sabine", 2), ("fatma", 6), ("oma-ursula", 2)):
        inbox = entries_confirmed_by(User.objects.get(username=name)).filter(status="submitted")
        assert inbox.count() >= waiting, name
    baker = Redemption.objects.filter(partner__organisation__memberships__user__username="baeckerei")
    assert baker.count() >= 3
    assert Deposit.objects.filter(sponsor__organisation__memberships__user__username="foerderer").count() == 2
    tablet = Device.objects.get(partner__organisation__memberships__user__username="baeckerei")
    assert tablet.last_seen_at == baker.filter(device=tablet).latest("redeemed_at").redeemed_at
    assert enquiries.waiting().exists()
    assert SavedView.objects.filter(shared_with__slug="luenen").exists()
    _assert_families_wait_in_each_state(youth)
    hosted = Opportunity.objects.filter(host__organisation__memberships__user__username="betrieb")
    assert hosted.count() >= 2


def _assert_families_wait_in_each_state(youth):
    jonas, oliwia = youth("jonas"), youth("oliwia")
    assert links.open_link(purpose="guardian", about=jonas.user, now=NOW)
    assert not people.has_consent(jonas, at=NOW)
    assert people.has_consent(oliwia, at=NOW)
    assert vouching.guardian_to_be_seen(User.objects.get(username="marta"), NOW).youths == [oliwia]
    assert YouthProfile.objects.get(paused_at__isnull=False).paused_reason
    for name in PINS:
        shared_phone.check_pin(user=User.objects.get(username=name), pin=PIN, now=NOW)


# ── Small ones ───────────────────────────────────────────────────────────────────────────────────
def test_everybody_of_the_table_signs_in_with_the_one_password(client):
    printed = run(youths=12, weeks=1)

    assert len(PASSWORD) >= 14
    assert PASSWORD in printed
    for login in LOGINS:
        if login.username in {"jonas", "marta", "greta"}:  # They come with the 20th, 25th and 37th youth.
            continue
        assert login.username in printed
        assert client.login(username=login.username, password=PASSWORD), login.username
    assert User.objects.filter(is_demo=False).count() == 0


def test_second_run_changes_nothing_and_shows_the_logins_again():
    first_table = run(youths=8, weeks=1)
    before = _fingerprint()

    assert run(youths=12, weeks=4) == first_table
    assert run(logins=True) == first_table
    assert _fingerprint() == before


def test_same_seed_tells_the_same_story_and_another_one_another():
    stories = []
    for number in (1, 1, 2):
        with _taken_back():
            seed(youths=8, weeks=2, seed=number)
            stories.append(_fingerprint())

    assert len(stories[0]["entries"]) > 15
    assert len(stories[0]["paid"]) > 3
    assert stories[0] == stories[1]
    assert stories[0]["entries"] != stories[2]["entries"]


def _taken_back() -> transaction.Atomic:
    """Return a block that is rolled back, and in which services may open their own transactions."""

    class TakenBack(transaction.Atomic):
        def __exit__(self, *error: object) -> None:
            transaction.set_rollback(True)
            super().__exit__(*error)

    block = TakenBack(using=None, savepoint=True, durable=False)
    block._from_testcase = True
    return block


def _fingerprint() -> dict[str, list]:
    """Return what people can see of a demo: names, times, amounts; no random id."""
    return {
        "people": list(User.objects.values_list("username", "first_name", "date_joined").order_by("username")),
        "entries": list(
            SharedTimeEntry.objects.values_list(
                "youth__user__username", "starts_at", "ends_at", "did", "companion_name", "status", "approved_at"
            ).order_by("youth__user__username", "starts_at")
        ),
        "steps": list(Review.objects.values_list("step", "at", "by__username").order_by("at", "pk")),
        "deposits": list(Deposit.objects.values_list("received_on", "coins").order_by("received_on", "coins")),
        "paid": list(
            ConversionLine.objects.values_list(
                "run__cutoff", "account__youth_link__youth__user__username", "counted_minutes", "paid_coins"
            ).order_by("run__cutoff", "account__youth_link__youth__user__username")
        ),
        "holds": list(Hold.objects.values_list("title", "placed_at", "status").order_by("placed_at", "title")),
        "coins": list(Balance.objects.values_list("account__youth_link__youth__user__username", "posted", "held")
                      .filter(account__youth_link__isnull=False)
                      .order_by("account__youth_link__youth__user__username")),
        "dates": list(
            Opportunity.objects.values_list("title", "starts_at", "released_at").order_by("title", "starts_at")
        ),
    }  # fmt: skip


def test_demo_is_refused_where_it_is_not_wanted(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=1"):
        run()
    with pytest.raises(CommandError, match="DEMO=1"):
        run(logins=True)
    assert not User.objects.exists()


def test_demo_is_not_mixed_with_a_real_club():
    make_club()

    with pytest.raises(CommandError, match="Nothing was changed"):
        run()
    assert not User.objects.exists()


def test_story_that_was_broken_off_is_not_taken_for_a_demo(monkeypatch):
    monkeypatch.setattr(seeding.Diary, "play", _stumble)
    with pytest.raises(ZeroDivisionError):
        seed(youths=8, weeks=1)

    assert Organisation.objects.exists()
    assert not seeding.is_whole()
    with pytest.raises(CommandError, match="no whole demo"):
        run(youths=8, weeks=1)
    with pytest.raises(CommandError, match="no demo yet"):
        run(logins=True)


def _stumble(*_: object, **__: object) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(("youths", "weeks"), [(7, 26), (40, 0)])
def test_too_small_a_demo_is_refused(youths, weeks):
    with pytest.raises(CommandError, match="At least"):
        run(youths=youths, weeks=weeks)


# ── The tables behind it ─────────────────────────────────────────────────────────────────────────
def test_forty_youths_are_written_by_hand_and_more_are_drawn():
    assert sum(len(family.youths) for family in FAMILIES) == 40
    assert sum(len(family.youths) for family in first(40, 1)) == 40
    assert sum(len(family.youths) for family in first(75, 1)) == 75
    assert first(75, 1) == first(75, 1)
    assert first(75, 1) != first(75, 2)
