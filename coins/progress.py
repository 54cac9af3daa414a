"""How far a run is, and whether anybody is at it. The clock is the database's."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clevervibes.lib import db
from coins import conversion
from coins.models import ConversionRun, RunStop

State = ConversionRun.State

# After a minute without a sign of life somebody may want to lend a hand.
QUIET = timedelta(minutes=1)


@dataclass(frozen=True)
class Progress:
    """A run at one moment."""

    run: ConversionRun
    chunks: int
    counted_chunks: int
    paid_chunks: int
    coins: int  # paid so far
    stalled: bool  # open, nobody is at it, and nothing has happened for a minute
    live: int = 0  # chunks that somebody has in hand
    per_minute: int = 0  # chunks, lately; 0 if it cannot be said
    stop: RunStop | None = None  # why it stands still

    @property
    def is_open(self) -> bool:
        return self.run.closed_at is None

    @property
    def is_counting(self) -> bool:
        return self.run.state == State.COUNTING

    @property
    def left(self) -> str:
        """Say how long the step will last at the speed of late; nothing while that cannot be known."""
        chunks = self.chunks - (self.counted_chunks if self.is_counting else self.paid_chunks)
        if not (self.is_open and chunks and self.per_minute) or self.stop:
            return ""
        # Round up: nobody minds if it is done before.
        minutes = -(-chunks // self.per_minute)
        if minutes == 1:
            return _("noch höchstens eine Minute")
        if minutes < 90:
            return _("noch etwa %(n)s Minuten") % {"n": minutes}
        hours = -(-minutes // 60)
        return ngettext("noch etwa %(n)s Stunde", "noch etwa %(n)s Stunden", hours) % {"n": hours}

    @property
    def percent(self) -> int:
        """Return how far the step is that the run is at: counting, or paying."""
        # Round down: 100 is said when all is done.
        if self.is_counting and self.chunks:
            return 100 * self.counted_chunks // self.chunks
        if self.run.released_coins:
            return 100 * self.coins // self.run.released_coins
        return 0 if self.is_open else 100


def of(run: ConversionRun) -> Progress:
    now = db.now()
    chunks = run.chunks.aggregate(
        all=Count("pk"),
        counted=Count("counted_at"),
        paid=Count("paid_at"),
        live=Count("pk", filter=Q(paid_at=None, leased_until__gt=now)),
        last_counted=Max("counted_at"),
        last_paid=Max("paid_at"),
        coins=Sum("coins", filter=Q(paid_at__isnull=False), default=0),
    )
    marks = (run.started_at, chunks["last_counted"], run.planned_at, chunks["last_paid"])
    signs = [sign for sign in marks if sign]
    stop = run.stops.select_related("by").filter(resumed_at=None).first() if run.closed_at is None else None
    if resumed := run.stops.aggregate(at=Max("resumed_at"))["at"]:
        signs.append(resumed)
    quiet = run.closed_at is None and not chunks["live"] and now - max(signs) > QUIET
    return Progress(
        run=run,
        chunks=chunks["all"],
        counted_chunks=chunks["counted"],
        paid_chunks=chunks["paid"],
        coins=run.released_coins - run.leftover_coins if run.state == State.CLOSED else chunks["coins"],
        stalled=quiet and stop is None and not is_planning(),
        live=chunks["live"],
        per_minute=_speed(run),
        stop=stop,
    )


LATELY = 20


def _speed(run: ConversionRun) -> int:
    """Return how many chunks a minute the step that a run is at has done of late; 0 if it has only begun."""
    if run.state not in (State.COUNTING, State.PAYING):
        return 0
    done = "counted_at" if run.state == State.COUNTING else "paid_at"
    moments = list(
        run.chunks.filter(**{f"{done}__isnull": False}).order_by(f"-{done}").values_list(done, flat=True)[:LATELY]
    )
    if len(moments) < 3:
        return 0
    span = max(moments[0] - moments[-1], timedelta(milliseconds=1))
    return max((len(moments) - 1) * timedelta(minutes=1) // span, 1)


def with_chunks(runs: QuerySet[ConversionRun]) -> QuerySet[ConversionRun]:
    """Add `all_chunks`, `counted_chunks`, `paid_chunks`, and whether it is `stopped` to each run, for lists."""
    return runs.annotate(
        stopped=Q(closed_at=None) & Exists(RunStop.objects.filter(run=OuterRef("pk"), resumed_at=None)),
        all_chunks=Count("chunks"),
        counted_chunks=Count("chunks__counted_at"),
        paid_chunks=Count("chunks__paid_at"),
    )


def is_planning() -> bool:
    """Say whether a run is being laid out or shared out, or a preview made, at this moment."""
    return db.is_locked(conversion.PLANNING)


def free_chunks(run: ConversionRun) -> list[int]:
    """Return the numbers of the chunks that are still to be counted, or paid, and nobody's."""
    free = Q(leased_until=None) | Q(leased_until__lt=db.now())
    undone = Q(counted_at=None) if run.state == State.COUNTING else Q(paid_at=None)
    return list(run.chunks.filter(free, undone).values_list("number", flat=True))


# ── Log ──────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Entry:
    """One thing that happened to a run."""

    at: datetime
    what: str
    who: str = ""
    why: str = ""


def log(run: ConversionRun) -> list[Entry]:
    """Return what happened to a run, in order: its steps, what had to be tried again, who stopped it and why."""
    marks = run.chunks.aggregate(
        all=Count("pk"), counted=Count("counted_at"), paid=Count("paid_at"),
        counted_from=Min("counted_at"), counted_to=Max("counted_at"),
        paid_from=Min("paid_at"), paid_to=Max("paid_at"),
    )  # fmt: skip
    entries = [Entry(run.started_at, _("Gestartet"), str(run.started_by or _("von selbst")))]

    def mark(at: datetime | None, what: str) -> None:
        if at is not None:
            entries.append(Entry(at, what))

    many = {"n": marks["all"]}
    if marks["all"] > 1:
        mark(marks["counted_from"], _("Der erste Abschnitt ist gezählt"))
    if marks["counted"] == marks["all"]:
        all_counted = ngettext("%(n)s Abschnitt ist gezählt", "Alle %(n)s Abschnitte sind gezählt", marks["all"])
        mark(marks["counted_to"], all_counted % many)
    mark(run.planned_at, _("Verteilt: Es steht fest, wer wie viele Coins bekommt"))
    if marks["all"] > 1:
        mark(marks["paid_from"], _("Der erste Abschnitt ist ausgezahlt"))
    if marks["paid"] == marks["all"]:
        all_paid = ngettext("%(n)s Abschnitt ist ausgezahlt", "Alle %(n)s Abschnitte sind ausgezahlt", marks["all"])
        mark(marks["paid_to"], all_paid % many)
    mark(run.closed_at, _("Abgeschlossen"))
    for stop in run.stops.select_related("by", "resumed_by"):
        entries.append(Entry(stop.at, _("Angehalten"), str(stop.by or ""), stop.reason))
        if stop.resumed_at:
            entries.append(Entry(stop.resumed_at, _("Fortgesetzt"), str(stop.resumed_by or ""), stop.resumed_reason))
    # Steps that end with one chunk begin and end at once: the order in which they were written down stays.
    return sorted(entries, key=lambda entry: entry.at)


def tried_again(run: ConversionRun) -> int:
    """Return how often a chunk had to be begun anew, since whoever had it did not come back."""
    one = Value(1)
    done = (
        Case(When(counted_at__isnull=False, then=one), default=Value(0))
        + Case(When(paid_at__isnull=False, then=one), default=Value(0))
        + Case(When(paid_at=None, leased_until__gt=db.now(), then=one), default=Value(0))
    )
    found: int = run.chunks.aggregate(n=Sum(Greatest(F("fence") - done, Value(0)), default=0))["n"]
    return found
