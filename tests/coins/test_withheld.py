"""Nothing that is published, and nothing that can be computed from it, is about fewer than five youths."""

from datetime import date
from fractions import Fraction
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from clevervibes.lib.groups import LEAST, Cell, at_least, merged
from coins import withheld

MONTHS = [date(2026, month, 1) for month in range(1, 7)]
THEMES = ["Lesen", "Technik", "Sprachen", "Ehrenamt"]
# Who did how many minutes of what in which month: a small town, where most groups are small.
TOWNS = st.dictionaries(
    st.tuples(st.sampled_from(MONTHS), st.sampled_from(THEMES), st.integers(1, 9)), st.integers(1, 240), max_size=60
)


def cells(town):
    parts = {}
    for (month, theme, youth), minutes in town.items():
        by_theme = parts.setdefault(month, {})
        by_theme[theme] = by_theme.get(theme, Cell()) + Cell(minutes, frozenset({youth}))
    months = {}
    for month, by_theme in parts.items():
        for cell in by_theme.values():
            months[month] = months.get(month, Cell()) + cell
    return months, parts


def rank_basis(rows):
    """Return an echelon basis of rows of whole numbers."""
    basis = []
    for row in rows:
        row = [Fraction(value) for value in row]
        for pivot, found in basis:
            if row[pivot]:
                factor = row[pivot] / found[pivot]
                row = [value - factor * other for value, other in zip(row, found, strict=True)]
        pivot = next((index for index, value in enumerate(row) if value), None)
        if pivot is not None:
            basis.append((pivot, row))
    return basis


def can_be_computed(row, basis):
    row = [Fraction(value) for value in row]
    for pivot, found in basis:
        if row[pivot]:
            factor = row[pivot] / found[pivot]
            row = [value - factor * other for value, other in zip(row, found, strict=True)]
    return not any(row)


def shown_as_rows(blocks, town):
    """Return every number that a page shows as the cells it adds up: sums of blocks and their parts, by any span."""
    index = {cell: place for place, cell in enumerate(sorted({(month, theme) for month, theme, _youth in town}))}
    rows = []
    for block in blocks:
        named = [theme for theme in block.parts if theme]
        inside = [cell for cell in index if block.first <= cell[0] <= block.last]
        rows.append([int(cell in inside) for cell in index])
        rows += [[int(cell in inside and cell[1] == theme) for cell in index] for theme in named]
        if "" in block.parts:
            rows.append([int(cell in inside and cell[1] not in named) for cell in index])
    return index, rows


@settings(max_examples=150, deadline=None)
@given(town=TOWNS)
def test_no_group_of_fewer_than_five_can_be_computed(town):
    months, parts = cells(town)
    blocks = withheld.blocks(months, parts)
    index, rows = shown_as_rows(blocks, town)
    basis = rank_basis(rows)

    # Every group somebody could ask for: some months of one theme, or of all.
    for chosen in product([False, True], repeat=len(MONTHS)):
        asked = {month for month, taken in zip(MONTHS, chosen, strict=True) if taken}
        for theme in [None, *THEMES]:
            group = [(month, name, youth) for month, name, youth in town if month in asked and theme in (None, name)]
            youths = {youth for _month, _name, youth in group}
            row = [int(month in asked and theme in (None, name)) for month, name in index]
            if youths and len(youths) < LEAST:
                assert not can_be_computed(row, basis), (theme, sorted(asked), youths)


@settings(max_examples=100, deadline=None)
@given(town=TOWNS)
def test_parts_make_the_sum_and_a_later_month_changes_no_earlier_block(town):
    months, parts = cells(town)
    blocks = withheld.blocks(months, parts)

    for block in blocks:
        assert sum(block.parts.values()) == block.amount
    for until in MONTHS:
        before = {month: cell for month, cell in months.items() if month < until}
        earlier = withheld.blocks(before, parts)
        assert earlier == blocks[: len(earlier)]


def test_one_small_theme_takes_the_next_with_it():
    five, two = frozenset(range(5)), frozenset({1, 2})
    parts = {
        "Lesen": Cell(500, frozenset(range(9))), "Technik": Cell(300, five),
        "Ehrenamt": Cell(60, two),
    }  # fmt: skip

    assert merged(parts) == ({"Lesen": 500}, Cell(360, five))


def test_months_wait_until_five_stand_behind_them():
    months = {
        date(2026, 1, 1): Cell(10, frozenset({1, 2, 3, 4})),
        date(2026, 2, 1): Cell(5, frozenset({5})),
        date(2026, 3, 1): Cell(7, frozenset(range(7))),
        date(2026, 4, 1): Cell(2, frozenset({1})),
    }

    found = [(block.first.month, block.last.month, block.amount) for block in withheld.blocks(months)]

    assert found == [(1, 2, 15), (3, 3, 7)]


def test_people_are_said_in_fives():
    assert [at_least(number) for number in (0, 4, 5, 9, 10)] == [0, 0, 5, 5, 10]
