"""Other numbers, tried on what has been: exactly what was earned under the old ones, and nothing is stored."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db.models import Sum
from django.urls import reverse

from activities.models import SharedTimeEntry
from clevervibes.lib import db
from clevervibes.lib.team import AUDITOR, FINANCE
from coins import conversion, simulation
from coins.models import ConversionLine, ConversionPolicy, ConversionRun
from tests.coins.test_run_desk import sign_in, text_of
from tests.factories import NOON, make_approved, make_category, make_club, make_pool, make_sponsor, make_youth

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ADD = "admin:coins_conversionpolicy_add"


def numbers(**changed: int) -> ConversionPolicy:
    first = ConversionPolicy.objects.latest("valid_from")
    return ConversionPolicy(**{**{name: getattr(first, name) for name in simulation.NUMBERS}, **changed})


@pytest.fixture
def past():
    """Three runs with all there is: rests, the caps of day, week and category, companies, late entries, a quota."""
    tinkering = make_category("Technik & Natur", weekly_cap_minutes=100)
    make_pool(coins=70, sponsor=make_sponsor("Stadtwerke"))
    make_pool(coins=20, name="Werken", sponsor=make_sponsor("Sparkasse"))
    youths = [make_youth(name) for name in ("Mia", "Ben", "Ida")]
    for number, youth in enumerate(youths):
        for back, minutes in ((3, 200), (4, 75 + number), (7, 50), (10, 239 - number)):
            make_approved(youth, minutes=minutes, starts_at=NOON - back * DAY)
            make_approved(youth, minutes=60, starts_at=NOON - back * DAY + timedelta(hours=5), category=tinkering)
    host = make_approved(youths[0], minutes=200, starts_at=NOON - 5 * DAY)
    SharedTimeEntry.objects.filter(pk=host.pk).update(host_confirmed=True)
    conversion.convert(club=make_club(), cutoff=NOON + timedelta(hours=1), now=NOON + DAY)
    for late, when in ((6, 2), (2, 9)):
        now = NOON + when * DAY
        for youth in youths[: late // 2]:
            make_approved(youth, minutes=130, starts_at=NOON - late * DAY + timedelta(hours=-5), now=now)
            make_approved(youth, minutes=240, starts_at=now - timedelta(hours=5), now=now)
        conversion.convert(club=make_club(), cutoff=now + timedelta(hours=1), now=now + DAY)
    return list(ConversionRun.objects.order_by("cutoff"))


def test_the_numbers_of_the_time_give_exactly_what_was_earned(past):
    earned = ConversionLine.objects.aggregate(coins=Sum("earned_coins"), minutes=Sum("counted_minutes"))

    for policy in (None, numbers()):
        found = simulation.simulate(past, policy)
        assert (found.would.earned_coins, found.would.counted_minutes) == (earned["coins"], earned["minutes"])
        assert found.was == found.would
        assert found.groups == [(0, 3)]
        assert all(row.was == row.would for row in [*found.themes, *found.cuts])
    assert {row.label for row in found.cuts} == {"Tagesgrenze", "Wochengrenze", "Wochengrenze der Kategorie"}
    assert found.entries == sum(run.entries for run in past)


def test_a_later_window_knows_what_the_runs_before_it_have_counted(past):
    for runs in (past[1:], past[2:]):
        found = simulation.simulate(runs, numbers())
        earned = ConversionLine.objects.filter(run__in=runs).aggregate(coins=Sum("earned_coins"))
        assert found.would.earned_coins == found.was.earned_coins == earned["coins"]


def test_erased_entries_are_simulated_too(past):
    before = simulation.simulate(past, numbers(minutes_per_coin=5))
    # As erasing does: the item keeps a number that leads nowhere.
    SharedTimeEntry.objects.all().delete()

    assert simulation.simulate(past, numbers(minutes_per_coin=5)).would == before.would


def test_a_dearer_coin_earns_less_and_a_wider_cap_more(past):
    dearer = simulation.simulate(past, numbers(minutes_per_coin=12))
    assert dearer.would.counted_minutes == dearer.was.counted_minutes
    # Half, but for what is carried on.
    assert abs(dearer.would.earned_coins * 2 - dearer.was.earned_coins) <= 3
    assert (dearer.more, dearer.less) == (0, 3)

    wider = simulation.simulate(past, numbers(day_cap_minutes=480, week_cap_minutes=2_000))
    assert wider.would.counted_minutes > wider.was.counted_minutes
    assert (wider.more, wider.less) == (3, 0)


def test_the_year_cap_limits_what_is_needed_and_the_pools_share_it(past):
    found = simulation.simulate(past, numbers(year_cap_coins=30))

    assert (found.would.needed_coins, found.would.capped_youths) == (90, 3)
    assert [(pool.paid, pool.would) for pool in found.pools] == [(70, 70), (20, 20)]
    assert simulation._shares({1: 1, 2: 1, 3: 1}, 10) == {1: 4, 2: 3, 3: 3}


def everything() -> dict[str, list]:
    return {
        model._meta.label: sorted(repr([_plain(value) for value in row]) for row in model.objects.values_list())
        for app in ("coins", "activities", "lib")
        for model in apps.get_app_config(app).get_models()
    }


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def test_not_one_row_changes(past):
    before = everything()

    simulation.simulate(past, numbers(minutes_per_coin=10, year_cap_coins=5))

    assert everything() == before


def test_the_desk_shows_both_sides_and_stores_no_policy(client, past):
    sign_in(client, FINANCE)
    form = {name: getattr(numbers(), name) for name in simulation.NUMBERS}
    form |= {"valid_from": "2030-01-07", "minutes_per_coin": 12, "window": "12", "then": "preview"}

    page = text_of(client.post(reverse(ADD), form))

    assert "Simulation: nichts davon ist gespeichert" in page
    assert "3 Läufe, der erste vom 16. September 2026." in page
    assert "Coins mehr oder weniger je Person" in page
    assert "Stadtwerke" in page
    assert "Mia" not in page
    assert ConversionPolicy.objects.count() == 1


@pytest.mark.parametrize(("field", "wrong"), [("minutes_per_coin", "11"), ("window", "99"), ("year_cap_coins", "x")])
def test_what_makes_no_sense_is_not_simulated(client, past, field, wrong):
    sign_in(client, FINANCE)
    form = {name: getattr(numbers(), name) for name in simulation.NUMBERS} | {"valid_from": "2030-01-07"}

    page = text_of(client.post(reverse(ADD), form | {field: wrong, "then": "preview"}))

    assert "nichts davon ist gespeichert" not in page
    assert "errorlist" in page or "bg-red-100" in page or "text-red-600" in page


def test_without_a_run_the_page_says_what_to_do(client):
    sign_in(client, FINANCE)
    form = {name: getattr(numbers(), name) for name in simulation.NUMBERS} | {"valid_from": "2030-01-07"}

    assert "keinen abgeschlossenen Lauf" in text_of(client.post(reverse(ADD), form | {"then": "preview"}))


def test_the_form_begins_with_the_numbers_in_force_and_the_list_says_which_they_are(client):
    ahead = conversion.set_policy(
        valid_from=_monday(), minutes_per_coin=10, now=db.now()
    )  # fmt: skip
    sign_in(client, FINANCE)

    page = text_of(client.get(reverse(ADD)))
    assert 'name="minutes_per_coin" value="6"' in page
    assert f'value="{(ahead.valid_from + 7 * DAY).isoformat()}"' in page
    page = text_of(client.get(reverse("admin:coins_conversionpolicy_changelist")))
    assert "angekündigt" in page
    assert "gilt" in page


def _monday():
    today = db.now().date()
    return today + timedelta(days=7 - today.weekday())


def test_an_auditor_simulates_nothing(client):
    sign_in(client, AUDITOR)

    assert client.get(reverse(ADD)).status_code == 403
