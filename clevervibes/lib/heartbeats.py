"""Who showed a sign of life, and when: one row a name, written by the one who lives.

In PostgreSQL, because whoever asks must get an answer while the broker is away.
"""

import time

from django.db import DatabaseError, connection

WORKER, BEAT, WATCH = "worker", "beat", "watch"
BACKUP, BACKUP_FAILED = "backup", "backup_failed"  # written by clevervibes/deploy/backup

EVERY_SECONDS = 15

_BEAT = """
    INSERT INTO lib_heartbeat AS h (name, at) VALUES (%s, clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET at = greatest(h.at, excluded.at)
"""

_last: dict[str, float] = {}


def beat(name: str) -> None:
    """Note that `name` is alive, at most every 15 seconds; a database that does not answer is nobody's error here."""
    if time.monotonic() - _last.get(name, float("-inf")) < EVERY_SECONDS:
        return
    _last[name] = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute(_BEAT, [name])
    except DatabaseError:
        connection.close()
