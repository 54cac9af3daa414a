"""Lists stay quick: a long one asks the database as often as a short one, and answers as soon."""

import gc
import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connections

from accounts.models import Club
from clevervibes.bench import crowd, machine
from clevervibes.lib import db, periods
from coins import conversion, simulation
from coins.models import ConversionPolicy, Transfer
from tests import factories as make
from tests.access import big_town, lists, staff
from tests.access.town import undone

SOON_MS = 300
DESK_SECONDS = 10
TIMES = 20


def test_a_list_asks_as_often_for_many_rows_as_for_one(world, monkeypatch, django_db_blocker):
    with django_db_blocker.unblock(), undone():
        user = world.ours.people["team"]
        counts = []
        for rows in (1, 100):
            for page in staff.pages().values():
                monkeypatch.setattr(page, "list_per_page", rows)
            for number in range(rows // 20):  # what lists are filtered by grows as well
                make.make_partner(f"Laden {number}")
                make.make_pool(sponsor=make.make_sponsor(f"Förderin {number}"), name=f"Topf {number}")
            counts.append(lists.ask(user, at_least=2, plain_only=True))
    one, many = counts
    more = {
        name: (asked.rows, one[name].queries["plain"], asked.queries["plain"])
        for name, asked in many.items()
        if asked.rows > 1 and asked.queries["plain"] > one[name].queries["plain"]
    }
    long_enough = [name for name, asked in many.items() if asked.rows > 1]
    print(f"Z7 lists: {len(long_enough)} of {len(many)} with more than a row, bad {len(more)}")
    assert more == {}
    assert len(long_enough) > 25


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_every_list_of_a_big_club_answers_soon():
    """A hundred thousand transfers, ten thousand youths; RIG_SCALE=0.1 for a tenth, RIG_WRITE=file for the page."""
    scale = float(os.environ.get("RIG_SCALE", "1"))
    cutoff = big_town.fill(scale)
    desk = {"preview of the next run": seconds(lambda: preview(cutoff))}
    people = big_town.live_on(cutoff, scale)
    desk["simulator, the last run with other numbers"] = seconds(simulate)

    gc.collect()
    gc.freeze()  # as the server does (clevervibes.wsgi): what tests have loaded is no page's

    found = {**lists.ask_people(people, times=TIMES), **lists.ask(people["team"], at_least=TIMES)}

    late = [name for name, asked in found.items() if asked.p95_ms > SOON_MS]
    about = f"{Transfer.objects.count():,} transfers, {int(big_town.YOUTHS * scale):,} youths"
    lines = [written(name, asked) for name, asked in found.items()]
    print("\n".join(lines))
    print(f"Z7 big lists: {about}, over {SOON_MS} ms {len(late)} of {len(found)} {late}; {desk}")
    gc.unfreeze()
    if file := os.environ.get("RIG_WRITE"):
        Path(file).write_text(page(about, lines, late, desk))
    assert late == []
    assert max(desk.values()) < DESK_SECONDS


def preview(cutoff: datetime) -> None:
    conversion.preview(club=Club.objects.get(slug=crowd.CLUB), cutoff=cutoff, now=db.now())


def simulate() -> None:
    today = periods.berlin_date(db.now())
    numbers = {name: getattr(conversion.policy_on(today), name) for name in simulation.NUMBERS}
    policy = ConversionPolicy(**{**numbers, "week_cap_minutes": 300}, valid_from=today)
    simulation.simulate(simulation.last_runs(1, now=db.now()), policy)


def seconds(do: Callable[[], None]) -> float:
    began = time.perf_counter()
    do()
    return round(time.perf_counter() - began, 2)


def written(name: str, asked: lists.Asked) -> str:
    least, most = min(asked.queries.values()), max(asked.queries.values())
    queries = f"{least}–{most}" if least != most else f"{most}"
    rows = f"{asked.rows:,}" if asked.rows else ""
    slowest = asked.slowest[1] if len(asked.queries) > 1 else ""
    return f"| {name} | {rows} | {queries} | {asked.p50_ms:.0f} | {asked.p95_ms:.0f} | {slowest} |"


ABOUT = """\
# How soon lists answer

Written by `RIG_WRITE=docs/lists.md ./club test -m slow tests/access/test_lists.py`; nothing here is written by hand.
Lists of the team (`app/model`) were asked in each way that their own links offer, at least 20 times in all; the last
column names the slowest way. `team` works for one club of two. The other readers have a lot of all: 180 entries and
lots, a shop with a thousand redemptions, a company with 60 dates and 60 places. Milliseconds are those of a whole
request within one process, without the network.
"""


def page(about: str, lines: list[str], late: list[str], desk: dict[str, float]) -> str:
    """Return what was measured as docs/lists.md."""
    with connections["owner"].cursor() as cursor:
        place = machine.describe(cursor)
    server = f"PostgreSQL {place['server']['server_version']} (fsync {place['server']['fsync']})"
    head = [
        ABOUT,
        f"- {about}",
        f"- {place['processor']}, {place['cores']} cores, {server}, Python {place['python']}",
        f"- {place['measured_at']}, commit {place['commit']}, load before {place['load_before']}",
        f"- over {SOON_MS} ms: {', '.join(late) or 'none'} ({len(late)} of {len(lines)})",
        *(f"- {name}: {took:.2f} s" for name, took in desk.items()),
        "",
        "| list | rows | queries | median, ms | 95 of 100 within, ms | slowest way |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    return "\n".join([*head, *lines, ""])
