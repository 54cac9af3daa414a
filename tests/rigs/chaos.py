"""A conversion run by real workers that are killed where it hurts: at seeded points of its work, not after a while.

A point is a statement of the run, the nth of its kind. The database rests there for a moment (a trigger of the rig's,
see `_TRAPS`), the rig sees which process is at work and kills it.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connections
from kombu import Connection

from clevervibes.bench import crowd
from clevervibes.celery import app
from clevervibes.lib import db
from coins import conversion, reconciliation
from coins.models import ConversionRun
from tests.factories import make_organisation, make_pool
from tests.rigs.cluster import ROOT, Server, club

QUEUE = "celery"
PATIENCE_SECONDS = 600
REST_SECONDS = 1


# ── Waiting ──────────────────────────────────────────────────────────────────────────────────────
def wait_for(ask: Callable[[], Any], what: str, *, seconds: float = PATIENCE_SECONDS, pause: float = 0.02) -> Any:
    """Return what `ask` answers as soon as it is something.

    :raises AssertionError: if it stays nothing for so long.
    """
    until = time.monotonic() + seconds
    while True:
        if answer := ask():
            return answer
        assert time.monotonic() < until, f"{what}: not within {seconds:.0f} s"
        time.sleep(pause)


# ── Processes ────────────────────────────────────────────────────────────────────────────────────
class Process:
    """A worker or beat in a session of its own, and the most memory that any of its processes had."""

    def __init__(self, name: str, command: list[str], variables: dict[str, str], folder: Path) -> None:
        self.log = folder / f"{name}.log"
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "tests.rigs.worker", *command], cwd=ROOT, env=variables,
                stdout=log, stderr=log, start_new_session=True, preexec_fn=club().dying_with_us(signal.SIGKILL),
            )  # fmt: skip
        self.peaks: dict[int, int] = {}

    def pids(self) -> list[int]:
        """Return the processes of the session that are alive."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                if fields[0] != "Z" and int(fields[3]) == self.popen.pid:
                    found.append(int(stat.parent.name))
        return found

    def children(self) -> list[int]:
        return [pid for pid in self.pids() if pid != self.popen.pid]

    def note_memory(self) -> None:
        """Remember each process's peak of resident memory (VmHWM, in kB)."""
        for pid in self.pids():
            with suppress(OSError, StopIteration):
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                peak = next(line for line in lines if line.startswith("VmHWM:"))
                self.peaks[pid] = max(self.peaks.get(pid, 0), int(peak.split()[1]))

    def count(self, *words: str) -> int:
        """Return how many lines of the log have all of `words`."""
        lines = self.log.read_text(errors="replace").splitlines()
        return sum(all(word in line for word in words) for line in lines)

    def kill(self) -> None:
        """End the whole session at once, without a word."""
        self.note_memory()
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()
        wait_for(lambda: not self.pids(), f"the end of {self.log.stem}", seconds=10)


# ── Ground ───────────────────────────────────────────────────────────────────────────────────────
@dataclass
class Ground:
    """One database for the run, a broker, and the processes that work on both."""

    server: Server
    template: str
    database: str
    redis_url: str
    folder: Path
    lease_seconds: float = 2
    tick_seconds: float = 1
    visibility_seconds: float = 5
    youths_in_a_chunk: int = 200
    variables: dict[str, str] = field(default_factory=dict)  # more of them, for what is started from now on
    processes: list[Process] = field(default_factory=list)
    _session: Any = None

    # Processes
    def environment(self) -> dict[str, str]:
        mail = self.folder / "mail"
        mail.mkdir(exist_ok=True)
        privileged = ("DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL")
        return {
            **{name: value for name, value in os.environ.items() if name not in privileged},
            "DATABASE_URL": self.server.url("DATABASE_URL", self.database),
            "REDIS_URL": self.redis_url,
            "NO_WAKE_RELAY": "",
            "LOG_LEVEL": "INFO",
            "MAIL_FOLDER": str(mail),
            "STATEMENT_TIMEOUT": "10min",
            "RIG_TICK_SECONDS": str(self.tick_seconds),
            "RIG_LEASE_SECONDS": str(self.lease_seconds),
            "RIG_VISIBILITY_SECONDS": str(self.visibility_seconds),
            "RIG_YOUTHS_IN_A_CHUNK": str(self.youths_in_a_chunk),
            **self.variables,
        }

    def start(self, name: str, command: list[str]) -> Process:
        process = Process(name, command, self.environment(), self.folder)
        self.processes.append(process)
        return process

    def worker(self, *, concurrency: int = 2, name: str = "worker") -> Process:
        """Start a worker; it is ready as soon as it takes what waits."""
        return self.start(
            name, ["worker", "--concurrency", str(concurrency), "--loglevel", "info", "--without-mingle",
                   "--hostname", f"{name}-{len(self.processes)}@rig"]
        )  # fmt: skip

    def beat(self, name: str = "beat") -> Process:
        schedule = self.folder / f"{name}-{len(self.processes)}.schedule"
        return self.start(name, ["beat", "--schedule", str(schedule), "--pidfile", "", "--loglevel", "info"])

    def end(self) -> None:
        for process in self.processes:
            process.kill()
        if self._session:
            self._session.close()

    def note_memory(self) -> None:
        for process in self.processes:
            if process.popen.poll() is None:
                process.note_memory()

    @property
    def peak_mb(self) -> float:
        """The most that one process had."""
        return max((peak for process in self.processes for peak in process.peaks.values()), default=0) / 1024

    def send(self, task: str, *arguments: Any) -> None:
        """Send a task to the workers, as the club's pages do."""
        with Connection(f"{self.redis_url}/0") as broker:
            app.send_task(task, args=arguments, connection=broker, queue=QUEUE)

    # The database
    def renew(self) -> None:
        """Begin again: the database is a fresh copy of its template. Workers notice and connect anew."""
        if self._session:
            self._session.close()
        self.server.copy(self.database, like=self.template)
        self._session = self.server.session(self.database)

    def ask(self, query: str, *values: object) -> list[tuple]:
        """Return what the superuser reads right now."""
        with self._session.cursor() as cursor:
            cursor.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []

    def opened(self):
        return self.server.opened(self.database)

    def progress(self) -> tuple[int | None, int, int]:
        """Return the state of the last run, its paid chunks and all of them."""
        return self.ask(
            "SELECT (SELECT state FROM coins_conversionrun ORDER BY id DESC LIMIT 1),"
            "       (SELECT count(paid_at) FROM coins_runchunk), (SELECT count(*) FROM coins_runchunk)"
        )[0]

    def is_done(self) -> bool:
        """Say whether the run is closed, and watch the memory of who works on it."""
        self.note_memory()
        return self.progress()[0] == ConversionRun.State.CLOSED

    def is_paid(self) -> bool:
        """Say whether every chunk is paid and nobody is at work on one any more."""
        _state, paid, chunks = self.progress()
        ((at_work,),) = self.ask(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name LIKE 'rig %' AND state <> 'idle'"
        )
        return 0 < chunks == paid and not at_work

    def broken_invariants(self) -> list[str]:
        with self.opened():
            return [f"{result.name}: {result.example}" for result in reconciliation.check() if result.bad]


def fill(server: Server, *, database: str, like: str, entries: int, youths: int, seed: int) -> None:
    """Make a database with a crowd whose hours wait for a run, pools that hold less than is due, and the traps."""
    server.copy(database, like=like)
    with server.opened(database):
        cutoff = conversion.last_coin_day(db.now())
        with connections["owner"].cursor() as cursor:
            cursor.execute("SET statement_timeout = '30min'")
            crowd.fill(cursor, entries=entries, youths=youths, cutoff=cutoff, seed=seed)
        from accounts.models import Club
        from coins.funding import add_sponsor

        here = Club.objects.get(slug=crowd.CLUB)
        # An hour is ten coins; an entry has a good one. Three pools in line for about two thirds of it, one of them
        # with a limit: quota, coins left over, payments out of two pools.
        for name, limit in (("Lesen", None), ("Technik", entries * 2), ("Kunst", None)):
            sponsor = add_sponsor(organisation=make_organisation(name, club=here), kind="donation")
            make_pool(sponsor=sponsor, name=name, coins=entries * 3, now=db.now(), weekly_limit_coins=limit, club=here)
    server.run(database, *_TRAPS, "ANALYZE")


# ── Points ───────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Point:
    """The nth statement of a kind that a run makes."""

    name: str
    hit: int

    def __str__(self) -> str:
        return f"{self.name} {self.hit}"


# Where a run can be stopped: after which change of which table, and how often it comes to pass.
_PLACES = {
    "lay out: chunks": ("AFTER INSERT ON coins_runchunk", 1),
    "count: items": ("AFTER INSERT ON coins_conversionitem", None),
    "count: axes": ("AFTER INSERT ON coins_axis", None),
    "count: done": ("AFTER UPDATE OF counted_at ON coins_runchunk", None),
    "share: quota": ("AFTER UPDATE OF tally_paid ON coins_runchunk", 1),
    "share: pools": ("AFTER INSERT ON coins_runpool", 1),
    # Laid out, summed up, shared out, closed.
    "run": ("AFTER UPDATE ON coins_conversionrun", 4),
    "claim": ("AFTER UPDATE OF leased_until ON coins_runchunk", None),
    "pay: lines": ("AFTER INSERT ON coins_conversionline", None),
    "pay: lots": ("AFTER INSERT ON coins_lot", None),
    "pay: done": ("AFTER UPDATE OF paid_at ON coins_runchunk", None),
    "close: messages": ("AFTER INSERT ON lib_outboxmessage", 1),
}

_TRAPS = [
    "CREATE TABLE rig_trap (point text PRIMARY KEY, hit bigint NOT NULL)",
    # A sequence counts on when a transaction is rolled back: the same trap does not snap twice.
    f"""CREATE FUNCTION rig_rest() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    BEGIN
      IF nextval(format('%I', 'rig ' || tg_argv[0])) = (SELECT hit FROM rig_trap WHERE point = tg_argv[0]) THEN
        PERFORM pg_sleep({REST_SECONDS});
      END IF;
      RETURN NULL;
    END $$""",
    *(
        statement
        for name, (event, _times) in _PLACES.items()
        for statement in (
            f'CREATE SEQUENCE "rig {name}"',
            f"CREATE TRIGGER rig_rest {event} FOR EACH STATEMENT EXECUTE FUNCTION rig_rest('{name}')".replace(
                "rig_rest AFTER", f'"rig {name}" AFTER'
            ),
        )
    ),
]


def some_points(source: random.Random, number: int, *, chunks: int) -> list[Point]:
    """Return points all over a run: every place once, the rest where most of the work is."""
    names = list(_PLACES)
    often = [name for name, (_event, times) in _PLACES.items() if times is None]
    source.shuffle(names)
    drawn = (names + [source.choice(often) for _ in range(number)])[:number]
    return [Point(name, source.randint(1, _PLACES[name][1] or chunks)) for name in drawn]


def arm(ground: Ground, point: Point) -> None:
    ground.ask("INSERT INTO rig_trap VALUES (%s, %s)", point.name, point.hit)


def tasks_of_coins() -> list[str]:
    """Return the names of all tasks of coins, as the registry knows them."""
    app.loader.import_default_modules()
    return sorted(name.removeprefix("coins.tasks.") for name in app.tasks if name.startswith("coins.tasks."))


def caught(ground: Ground) -> int | None:
    """Return the process whose statement rests in a trap right now."""
    rows = ground.ask(
        "SELECT application_name FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event = 'PgSleep' AND application_name LIKE 'rig %'"
    )
    return int(rows[0][0].split()[1]) if rows else None


def begin(ground: Ground) -> None:
    """Start a run as the desk does, and tell the workers."""
    with ground.opened():
        from accounts.models import Club

        cutoff = conversion.last_coin_day(db.now())
        conversion.start(club=Club.objects.get(slug=crowd.CLUB), cutoff=cutoff, now=db.now())
    ground.send("coins.tasks.convert_due")


@contextmanager
def ending(ground: Ground) -> Iterator[Ground]:
    """Yield the ground, and end everything on it. Of a test that failed pytest shows what the processes said last."""
    try:
        yield ground
    finally:
        ground.end()
        for log in {process.log for process in ground.processes}:
            print(f"── {log.name}", *log.read_text(errors="replace").splitlines()[-15:], sep="\n")
