"""No number that fewer than five stand behind, and none that another one gives away."""

import random
from datetime import date
from itertools import combinations

from clevervibes.lib import periods
from clevervibes.lib.groups import LEAST, Cell, merged
from clevervibes.openness.crowds import Month, shown

JANUARY = date(2026, 1, 1)


def make_month(first: date, **people: set[int]) -> Month:
    """A month with one unit of each measure for each of its people."""
    measures = {name: Cell(len(who), frozenset(who)) for name, who in people.items()}
    return Month(first, periods.next_month(first) - periods.ONE_DAY, measures)


def months(*crowds: set[int]) -> list[Month]:
    found, first = [], JANUARY
    for who in crowds:
        found.append(make_month(first, earned=who))
        first = periods.next_month(first)
    return found


def spans(found: list[Month]) -> list[tuple[int, int, int]]:
    return [(month.first.month, month.last.month, month.measures["earned"].amount) for month in found]


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
    nine, seven = frozenset(range(9)), frozenset(range(10, 17))
    hours = {1: Cell(100, nine), 2: Cell(200, seven), 3: Cell(30, frozenset({4}))}

    assert merged(hours) == ({2: 200}, Cell(130, nine))
    hours[3] = Cell(30, frozenset(range(5)))
    assert merged(hours) == ({1: 100, 2: 200, 3: 30}, Cell())


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
            kept, rest = merged({place: Cell(10, frozenset(who)) for place, who in themes.items()})
            assert all(len(themes[place]) >= LEAST for place in kept)
            in_rest = set().union(*(who for place, who in themes.items() if place not in kept))
            assert sum(kept.values()) + rest.amount == 40
            assert not 0 < len(in_rest) < LEAST
