"""The lists of the team stay quick: a long one asks the database as often as a short one, and answers as soon."""

import os
from datetime import timedelta
from statistics import quantiles

import pytest
from django.db import connections
from django.test import Client

from accounts.models import Club
from clevervibes.bench import crowd, town
from clevervibes.lib import db
from coins.models import Transfer
from tests.access import lists, staff
from tests.access.town import undone
from tests.factories import make_user

SOON_SECONDS = 0.3


def test_a_list_asks_as_often_for_many_rows_as_for_one(world, monkeypatch, django_db_blocker):
    with django_db_blocker.unblock(), undone():
        user = world.ours.people["team"]
        client = Client()
        client.force_login(user)
        counts = []
        for rows in (1, 100):
            for page in staff.pages().values():
                monkeypatch.setattr(page, "list_per_page", rows)
            counts.append(lists.ask(client, user, times=2, plain_only=True))
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
    """A hundred thousand transfers, ten thousand youths; RIG_SCALE=0.1 for a tenth."""
    scale = float(os.environ.get("RIG_SCALE", "1"))
    youths = int(10_000 * scale)
    now = db.now()
    with connections["owner"].cursor() as cursor:
        crowd.fill(cursor, entries=youths * 5, youths=youths, cutoff=now - timedelta(hours=1))
    town.found(now=now)
    town.open_accounts()
    for _ in range(5):
        town.hand_out()
    town.place_holds(youths * 2)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    user = make_user("Svenja", is_staff=True, is_superuser=True, club=Club.objects.get(slug=crowd.CLUB))
    client = Client()
    client.force_login(user)

    found = lists.ask(client, user, times=2)

    late = 0
    for name, asked in sorted(found.items(), key=lambda item: -item[1].slowest[0]):
        p95 = quantiles(asked.seconds, n=20)[-1]
        late += p95 > SOON_SECONDS
        queries = f"{min(asked.queries.values())}–{max(asked.queries.values())}"
        print(f"{name:36} {asked.rows:>8,} rows {queries:>7} queries  p95 {p95 * 1000:6.0f} ms  {asked.slowest[1]}")
    print(
        f"Z7 big lists: {Transfer.objects.count():,} transfers, {youths:,} youths, over 300 ms {late} of {len(found)}"
    )
    assert late == 0
