"""The club's Celery app as the rigs run it: the same code and settings, with shorter waits.

`celery -A tests.rigs.worker …` for every worker and beat that a rig starts. How short is said by the environment.
"""

import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django
from celery import Task
from celery.signals import worker_process_init

from clevervibes.celery import app

django.setup()

from clevervibes.lib import db  # noqa: E402 (Django must know its settings first)
from coins import conversion, planning  # noqa: E402

TICK_SECONDS = float(os.environ["RIG_TICK_SECONDS"])

app.conf.broker_transport_options = {
    **app.conf.broker_transport_options,
    "visibility_timeout": float(os.environ["RIG_VISIBILITY_SECONDS"]),
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
}
for name in ("convert", "carry_on"):
    app.conf.beat_schedule[name] |= {"schedule": TICK_SECONDS, "options": {"expires": max(TICK_SECONDS, 5)}}
app.conf.beat_max_loop_interval = 1

conversion.LEASE = timedelta(seconds=float(os.environ["RIG_LEASE_SECONDS"]))
planning.YOUTHS_IN_A_CHUNK = int(os.environ["RIG_YOUTHS_IN_A_CHUNK"])


@worker_process_init.connect
def say_who_asks(**_about: object) -> None:
    """Tell PostgreSQL which process it serves, so that a rig can kill the one that is at work."""
    os.environ["PGAPPNAME"] = f"rig {os.getpid()}"


if os.environ.get("RIG_TWICE"):
    from coins import tasks

    send_once = tasks.send

    def send(calls: Iterable[tuple[Task, tuple[Any, ...]]]) -> bool:
        """Send every message twice."""
        return send_once([call for call in calls for _ in range(2)])

    tasks.send = send


if clock := os.environ.get("RIG_CLOCK"):
    real_now = db.now

    def now() -> datetime:
        """Return the database's time, moved by the seconds that stand in the rig's file."""
        return real_now() + timedelta(seconds=float(Path(clock).read_text()))

    db.now = now
