"""Snapshots of derived balances, so that a balance costs a short look however long the ledger grows."""

from datetime import timedelta

from django.db import connection

from clevervibes.lib import db

# Fewer moves than this are summed up faster than a snapshot of them would pay back.
MOVES_WORTH_A_SNAPSHOT = 1_000
PATIENCE = timedelta(seconds=10)


@db.service
def take(*, at_least: int = MOVES_WORTH_A_SNAPSHOT, patience: timedelta = PATIENCE) -> int | None:
    """Remember what each derived account has that moved `at_least` times since its last snapshot.

    Return how many were written; None if a transaction was open for longer than `patience`, for one of its
    transfers may still come in below the others. The next call tries again.
    """
    db.be_patient()
    with connection.cursor() as cursor:
        cursor.execute("SELECT coins_take_snapshots(%s, %s)", [at_least, str(patience)])
        taken: int | None = cursor.fetchone()[0]
    return taken
