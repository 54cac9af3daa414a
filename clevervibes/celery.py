"""The Celery app and the one schedule.

Beat is only a tick in UTC: each task asks the database what is due in Berlin (see docs/decisions).
"""

import os
from typing import Any

from celery import Celery, signals
from celery.schedules import crontab

from clevervibes.lib import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clevervibes.settings")

app = Celery("clevervibes")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "outbox": {"task": "clevervibes.lib.tasks.relay_outbox", "schedule": 20.0, "options": {"expires": 20}},
    # Coin-Tag is Tuesday 18:00 in Berlin; the task asks the database whether it has come.
    "convert": {"task": "coins.tasks.convert_due", "schedule": 300.0, "options": {"expires": 300}},
    # Mostly of 31 December; the task asks what is over in Berlin, and who is to be told.
    "end_coins": {"task": "coins.tasks.end_coins", "schedule": 300.0, "options": {"expires": 300}},
    # What was interrupted goes on; nothing is started.
    "carry_on": {"task": "coins.tasks.carry_on", "schedule": 60.0, "options": {"expires": 60}},
    "bank": {"task": "coins.tasks.book_bank_lines", "schedule": 60.0, "options": {"expires": 60}},
    "forget": {"task": "clevervibes.lib.tasks.forget_what_is_old", "schedule": 24 * 3600.0},
    "seal": {"task": "coins.tasks.seal_ledger", "schedule": 60.0, "options": {"expires": 60}},
    "look": {"task": "coins.tasks.look_at_ledger", "schedule": 300.0, "options": {"expires": 300}},
    "snapshots": {"task": "coins.tasks.take_snapshots", "schedule": 3600.0, "options": {"expires": 3600}},
    "prove": {"task": "coins.tasks.prove_ledger", "schedule": crontab(hour=1, minute=30)},
    # After the books are proven.
    "figures": {"task": "clevervibes.tasks.take_figures", "schedule": crontab(hour=2, minute=0)},
    "birthdays": {"task": "clevervibes.tasks.turn_birthdays", "schedule": 300.0, "options": {"expires": 300}},
    "erase": {"task": "clevervibes.tasks.erase_people", "schedule": 600.0, "options": {"expires": 600}},
    # Whose Saturday, or whatever day they picked, has come to 16:00 in Berlin.
    "digests": {"task": "clevervibes.tasks.send_digests", "schedule": 300.0, "options": {"expires": 300}},
    "retention": {"task": "clevervibes.tasks.forget_by_class", "schedule": crontab(hour=2, minute=15)},
    "timers": {"task": "activities.tasks.end_forgotten_timers", "schedule": 300.0, "options": {"expires": 300}},
    "interests": {"task": "activities.tasks.end_interests", "schedule": 300.0, "options": {"expires": 300}},
    # Of what has waited for three or seven days when it is 17:00 in Berlin.
    "reminders": {"task": "activities.tasks.remind_of_entries", "schedule": 300.0, "options": {"expires": 300}},
    # What was released and could not be booked, or waited for money of the club's own.
    "payouts": {"task": "partners.tasks.book_released", "schedule": 300.0, "options": {"expires": 300}},
    # Drafts of the month that ended an hour ago in Berlin; whether they are paid, two people decide.
    "settle": {"task": "partners.tasks.settle_due", "schedule": 300.0, "options": {"expires": 300}},
    # Two weeks before a sponsor's pledge is due, and one and three after, and 30 days before an agreement ends, when it
    # is 9:00 in Berlin.
    "pledges": {"task": "coins.tasks.remind_of_pledges", "schedule": 3600.0, "options": {"expires": 3600}},
    "volume": {"task": "partners.tasks.look_at_volume", "schedule": 3600.0, "options": {"expires": 3600}},
    # Answers that are due, who goes somewhere tomorrow, lists of what is over.
    "dates": {"task": "activities.tasks.look_at_dates", "schedule": 300.0, "options": {"expires": 300}},
    "hold_reminders": {"task": "partners.tasks.remind_of_holds", "schedule": 300.0, "options": {"expires": 300}},
    "holds": {"task": "partners.tasks.expire_holds", "schedule": 300.0, "options": {"expires": 300}},
}


# ── Logs: a task's lines name it, and the request that asked for it ──────────────────────────────
@signals.before_task_publish.connect
def _tell_who_asked(headers: dict[str, Any], **_about: Any) -> None:
    if asked_by := logs.request_id.get():
        headers["request_id"] = asked_by


@signals.task_prerun.connect
def _begin_lines(task_id: str, task: Any, **_about: Any) -> None:
    logs.task_id.set(task_id)
    logs.request_id.set(getattr(task.request, "request_id", None) or "")


@signals.task_postrun.connect
def _end_lines(**_about: Any) -> None:
    logs.task_id.set("")
    logs.request_id.set("")


# ── Signs of life (read by /healthz) ─────────────────────────────────────────────────────────────
# A worker is alive when it has carried out a task, beat when it has sent one: a process that stands still does neither.
@signals.worker_process_init.connect
def _worker_starts(**_about: Any) -> None:
    signals.task_postrun.connect(_worker_works, weak=False)


@signals.beat_init.connect
@signals.beat_embedded_init.connect
def _beat_starts(**_about: Any) -> None:
    signals.after_task_publish.connect(_beat_ticks, weak=False)


def _worker_works(**_about: Any) -> None:
    from clevervibes.lib import heartbeats

    heartbeats.beat(heartbeats.WORKER)


def _beat_ticks(**_about: Any) -> None:
    from clevervibes.lib import heartbeats

    heartbeats.beat(heartbeats.BEAT)
