"""Snapshots of derived balances, so that a balance costs a short look however long the ledger grows."""

from datetime import timedelta

from django.db import connection

from clevervibes.lib import db

# Fewer moves than this are summed up faster than a snapshot of them would pay back.
MOVES_WORTH_A_SNAPSHOT = 1_000
PATIENCE = timedelta(seconds=10)


@db.service
def take(*, at_least: int = MOVES_WORTH_A_SNAPSHOT, patience: timedelta | None = None) -> int | None:
    """Remember what each derived account has that moved `at_least` times since its last snapshot.

    Return how many were written; None if a transaction was open for longer than `patience` (PATIENCE), for one of its
    transfers may still come in below the others. The next call tries again.
    """
    db.be_patient()
    seconds = (PATIENCE if patience is None else patience).total_seconds()
    with connection.cursor() as cursor:
        cursor.execute("SELECT coins_take_snapshots(%s, make_interval(secs => %s))", [at_least, seconds])
        taken: int | None = cursor.fetchone()[0]
    return taken
