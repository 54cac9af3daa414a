"""A real Celery worker with two processes, on a broker of its own."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from django.conf import settings

from clevervibes.bench.machine import CannotMeasure
from clevervibes.bench.players import Players, club_commands, club_variables
from clevervibes.bench.scratch import Scratch

_PROCESSES = 2
_BROKERS = range(15, 7, -1)  # the tests count upwards from 2
_PATIENCE_SECONDS = 60


@dataclass
class Workers:
    pid: int
    variables: dict[str, str]

    def watched_by(self, play: str, parameters: dict[str, Any]) -> Players:
        """Return a process that plays `play` and speaks to the same broker."""
        return Players(club_commands(play, parameters), self.variables)

    def most_memory_mb(self) -> float:
        """Return the peak of resident memory of the largest process so far, in MB."""
        return max(_peak_mb(pid) for pid in (self.pid, *_children(self.pid)))


@contextmanager
def running(scratch: Scratch, database: str) -> Iterator[Workers]:
    """Start the workers, and end them with all that they have not read."""
    # A child that is being killed may still write a mail.
    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with _empty_broker() as broker, folder as mail, tempfile.TemporaryFile("w+") as log:
        # Woken as in life: fanning a run out is part of what is measured.
        variables = club_variables(scratch, database, NO_WAKE_RELAY="", CELERY_BROKER_URL=broker, MAIL_FOLDER=mail)
        command = [sys.executable, "-m", "celery", "-A", "clevervibes", "worker", "--loglevel", "warning"]
        process = subprocess.Popen(
            [*command, "--concurrency", str(_PROCESSES)], env=variables, cwd=settings.BASE_DIR, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        try:
            yield Workers(process.pid, variables)
        finally:
            # With its children: what they would still deliver goes to nobody.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for_one() -> None:
    """Wait until a worker answers. To be called by who has the broker's address in its environment."""
    from clevervibes.celery import app

    for _try in range(_PATIENCE_SECONDS):
        if app.control.ping(timeout=1):
            return
    raise RuntimeError("no worker answers")


@contextmanager
def _empty_broker() -> Iterator[str]:
    for number in _BROKERS:
        url = f"{settings.REDIS_URL}/{number}"
        with redis.Redis.from_url(url) as store:
            if not store.dbsize():
                try:
                    yield url
                finally:
                    store.flushdb()
                return
    raise CannotMeasure("No database of the broker's server is empty, so the workers have none of their own.")


def _children(pid: int) -> list[int]:
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = file.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue  # it has ended meanwhile
        if int(parent) == pid:
            found.append(int(file.parent.name))
    return found


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024
