"""No number that fewer than five stand behind, and none that another one gives away."""

import random
from datetime import date
from itertools import combinations

from clevervibes.lib import periods
from clevervibes.lib.groups import LEAST
from clevervibes.openness.crowds import Crowd, Month, by_category, shown

JANUARY = date(2026, 1, 1)


def make_month(first: date, **people: set[int]) -> Month:
    """A month with one unit of each measure for each of its people."""
    return Month(
        first, periods.next_month(first) - periods.ONE_DAY, {name: len(who) for name, who in people.items()},
        {name: Crowd.of(len(who), who) for name, who in people.items()},
    )  # fmt: skip


def months(*crowds: set[int]) -> list[Month]:
    found, first = [], JANUARY
    for who in crowds:
        found.append(make_month(first, earned=who))
        first = periods.next_month(first)
    return found


def spans(found: list[Month]) -> list[tuple[int, int, int]]:
    return [(month.first.month, month.last.month, month.sums["earned"]) for month in found]


def test_a_month_of_five_stands_alone_and_one_of_four_waits_for_the_next():
    five, four = {1, 2, 3, 4, 5}, {6, 7, 8, 9}

    found, since = shown(months(five, four, five, four))

    assert spans(found) == [(1, 1, 5), (2, 3, 9)]
    assert since == date(2026, 4, 1)


def test_the_same_four_never_become_five():
    found, since = shown(months({1, 2, 3, 4}, {1, 2}, {3, 4}, {1, 2, 3, 4}))

    assert (found, since) == ([], JANUARY)


def test_nobody_is_nothing_to_hide():
    found, since = shown(months(set(), {1, 2, 3, 4, 5}, set()))

    assert (spans(found), since) == ([(1, 1, 0), (2, 2, 5), (3, 3, 0)], None)


def test_every_measure_needs_its_own_five():
    many, few = {1, 2, 3, 4, 5, 6}, {1}

    found, since = shown([make_month(JANUARY, earned=many, redeemed=few)])

    assert (found, since) == ([], JANUARY)


def test_small_themes_go_into_the_rest_together_with_enough_others():
    month = Month(JANUARY, JANUARY, {"minutes": 0}, {}, {1: 100, 2: 200, 3: 30}, {
        1: Crowd.of(9, None), 2: Crowd.of(7, None), 3: Crowd.of(1, [4]),
    })  # fmt: skip

    assert by_category(month) == ({2: 200}, 130)
    month.hour_crowds[3] = Crowd.of(5, None)
    assert by_category(month) == ({1: 100, 2: 200, 3: 30}, 0)


def test_drawn_clubs_never_show_a_number_of_one_to_four():
    """Whatever is shown, alone or as the difference of two totals, belongs to five and more, or to nobody."""
    source = random.Random(20261123)
    for _club in range(300):
        people = [set(source.sample(range(12), source.choice([0, 0, 1, 2, 3, 5, 8]))) for _month in range(8)]
        themes = {place: set(source.sample(range(12), source.choice([1, 2, 4, 6]))) for place in range(4)}
        found, _since = shown(months(*people))
        ends = [0, *(month.last.month for month in found)]
        for start, end in combinations(ends, 2):
            behind = set().union(*people[start:end])
            assert not 0 < len(behind) < LEAST
        if len(set().union(*themes.values())) >= LEAST:
            month = Month(JANUARY, JANUARY, {}, {}, dict.fromkeys(themes, 10), {
                place: Crowd.of(len(who), who) for place, who in themes.items()
            })  # fmt: skip
            kept, rest = by_category(month)
            assert all(len(themes[place]) >= LEAST for place in kept)
            in_rest = set().union(*(who for place, who in themes.items() if place not in kept))
            assert sum(kept.values()) + rest == 40
            assert not 0 < len(in_rest) < LEAST
