"""One period, eight processes that start it at the same moment: one effect."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from clevervibes.lib import db
from coins import conversion
from coins.models import ConversionRun
from partners.models import Redemption, Settlement, SettlementLine
from tests.concurrency import chosen_seed, scaled, tell
from tests.factories import make_club, make_offer, make_redemption
from tests.rigs import cluster
from tests.rigs.starters import STARTS, Starters

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROUNDS = 20


@pytest.fixture
def starters(request) -> Iterator[Starters]:
    """Return eight processes on the test's database; of those without locks nobody waits for another."""
    request.getfixturevalue("transactional_db")
    url = cluster.ambient().url("DATABASE_URL", connection.settings_dict["NAME"])
    starters = Starters({"DATABASE_URL": url}, without_locks=getattr(request, "param", False))
    yield starters
    starters.end()


def runs_of_one_start(starters: Starters, number: int) -> int:
    make_club()
    cutoff = db.now() - timedelta(days=400) + timedelta(days=number)
    starters.at_once("convert", cutoff)
    started = ConversionRun.objects.filter(cutoff=cutoff).order_by("pk")
    count = len(started)
    for run in started[:1]:
        conversion.carry_on(run)
    return count


def settlements_of_one_start(starters: Starters, number: int) -> int:
    offer = make_offer(f"Angebot {number}", price_coins=10)
    made = make_redemption(offer=offer, now=db.now() - timedelta(days=1))
    starters.at_once("settle", db.now() - timedelta(hours=1))
    in_lines = SettlementLine.objects.filter(redemption=made).count()
    return max(in_lines, Settlement.objects.filter(partner=offer.partner).count())


EFFECTS = {"conversion runs": runs_of_one_start, "settlements": settlements_of_one_start}


@pytest.mark.parametrize("what", EFFECTS)
def test_eight_starts_at_once_have_one_effect(what, starters):
    rounds = scaled(ROUNDS)
    bad = sum(EFFECTS[what](starters, number) != 1 for number in range(rounds))
    report = tell(f"C5 {what}, {STARTS} starts at once, rounds", bad=bad, of=rounds, seed=chosen_seed())
    assert report.bad == 0
    assert what != "settlements" or Redemption.objects.count() == SettlementLine.objects.count()


@pytest.mark.corrupts_ledger
@pytest.mark.parametrize("starters", [True], indirect=True)
@pytest.mark.parametrize("what", EFFECTS)
def test_control_without_locks_and_constraints_they_have_several(what, starters, superuser_sql):
    superuser_sql.execute(
        "SELECT indexrelid::regclass::text, indrelid::regclass::text, conname FROM pg_index i"
        " LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'u'"
        " WHERE indisunique AND NOT indisprimary AND indrelid::regclass::text IN"
        " ('coins_conversionrun', 'partners_settlement', 'partners_settlementline')"
    )
    for index, table, constraint in superuser_sql.fetchall():
        drop = f"ALTER TABLE {table} DROP CONSTRAINT {constraint}" if constraint else f"DROP INDEX {index}"
        superuser_sql.execute(drop)

    rounds, bad = scaled(10), 0
    for number in range(rounds):
        bad += EFFECTS[what](starters, number) > 1
        superuser_sql.execute("UPDATE coins_conversionrun SET state = 3, closed_at = now() WHERE closed_at IS NULL")

    report = tell(f"C5 control, {what}, rounds", bad=bad, of=rounds, seed=chosen_seed())
    assert report.bad >= 0.9 * report.of
