"""From minutes to coins: the rules (policy), a run (start, lay out, count, share, pay, close), when one is due."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, connection, transaction
from django.db.models import CharField, Q, Sum, UUIDField, Value
from django.db.models.functions import MD5, Cast, Concat, JSONObject
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models import Club, User
from accounts.notices.telling import tell_all
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from coins import alarm, funding, ledger, lots, planning, report, seal
from coins.models import (
    ConversionLine,
    ConversionPolicy,
    ConversionRun,
    LedgerAccount,
    RunChunk,
    RunPool,
    Transfer,
)
from coins.report import Report

State = ConversionRun.State
Tell = Callable[[ConversionRun], None]

# Coin-Tag: Tuesday 18:00 in Berlin.
COIN_WEEKDAY, COIN_TIME = 1, clock_time(18)

# How long a chunk is one worker's; far more than it takes (see planning.YOUTHS_IN_A_CHUNK).
LEASE = timedelta(seconds=60)

_PAUSE = timedelta(milliseconds=200)

# Held while a run is laid out, shared out or previewed: one at a time (see clevervibes.lib.db).
PLANNING = "conversion"
# Held while a policy is set.
POLICY = "policy"
# Held alone while a run begins to count, shared by whoever changes an approved entry (migration 0003).
ENTRIES_LOCK = 252001
# Held alone by who leaves, shared by those who count: nobody is counted and gone at the same time.
LEAVING_LOCK = 252002


class CutoffInFuture(DomainError):
    field = "cutoff"
    code = "cutoff_in_future"
    message = _("Der Stichtag {cutoff} liegt in der Zukunft. Umgerechnet wird nur, was schon bestätigt ist.")
    status = 400


class CutoffTooEarly(DomainError):
    field = "cutoff"
    code = "cutoff_too_early"
    message = _("Es gibt schon einen Lauf bis {last}. Ein neuer Stichtag muss danach liegen.")
    status = 400


class RunUnderWay(DomainError):
    code = "run_under_way"
    message = _("Gerade läuft eine Umrechnung. Bitte warten Sie, bis sie fertig ist.")


class RunIsPlanned(DomainError):
    code = "run_is_planned"
    message = _("Dieser Lauf zählt schon. Er lässt sich nicht mehr verwerfen, nur weiterführen.")


class PoolsChanged(DomainError):
    code = "pools_changed"
    message = _("In einem Fördertopf hat sich gerade etwas geändert. Bitte starten Sie den Lauf noch einmal.")


class RunStopped(DomainError):
    code = "run_stopped"
    message = _("Der Lauf ist angehalten. Er geht weiter, sobald ihn jemand fortsetzt.")


class LeaseLost(RuntimeError):
    """A worker comes back so late that its chunk was given to another one."""


class ClearingNotEmpty(RuntimeError):
    """Coins of a closed run would be left between pool and youth. The run stays open, somebody must look."""


class PolicyRefused(DomainError):
    field = "valid_from"
    code = "policy_refused"
    message = _(
        "Ein neuer Umrechnungskurs gilt ab einem Montag in der Zukunft, und für jeden Montag gibt es nur einen."
    )
    status = 400


# ── Policy ───────────────────────────────────────────────────────────────────────────────────────
def policy_on(day: date) -> ConversionPolicy:
    """Return the policy in force on a Berlin day. The first one also covers the time before it: there is no gap."""
    policies = ConversionPolicy.objects.order_by("-valid_from")
    return policies.filter(valid_from__lte=day).first() or policies.reverse()[0]


@db.service
def set_policy(*, valid_from: date, now: datetime, **numbers: int) -> ConversionPolicy:
    """Store the policy for entries that start from Monday `valid_from` on. What is not given stays as it was.

    :raises PolicyRefused: if `valid_from` is not a future Monday, or has a policy already.
    :raises ValidationError: if a number is out of its range, or caps contradict each other.
    """
    # Two who set one for the same Monday: the second waits, and then sees that it is taken.
    db.lock_name(POLICY)
    taken = ConversionPolicy.objects.filter(valid_from=valid_from).exists()
    if valid_from.isoweekday() != 1 or valid_from <= periods.berlin_date(now) or taken:
        raise PolicyRefused
    before = policy_on(valid_from)
    same = {
        name: getattr(before, name)
        for name in (
            "minutes_per_coin", "host_weight_percent", "day_cap_minutes", "host_day_cap_minutes", "week_cap_minutes",
            "year_cap_coins",
        )
    }  # fmt: skip
    policy = ConversionPolicy(valid_from=valid_from, **{**same, **numbers})
    policy.full_clean()
    policy.save(force_insert=True)
    return policy


# ── Run ──────────────────────────────────────────────────────────────────────────────────────────
def convert(
    *, club: Club, cutoff: datetime, by: User | None = None, now: datetime, tell: Tell | None = None
) -> ConversionRun:
    """Convert everything approved before `cutoff` in this process: start, count and pay chunk by chunk, close.

    Each step is a transaction of its own; after a crash the same call goes on where it stopped. A cutoff that is
    already done returns its run. `tell` hears after each chunk how far it is.

    :raises CutoffInFuture, CutoffTooEarly, RunUnderWay: see `start`.
    :raises PoolsChanged: see `share_out`.
    """
    return carry_on(start(club=club, cutoff=cutoff, by=by, now=now), tell=tell)


def carry_on(run: ConversionRun, *, tell: Tell | None = None) -> ConversionRun:
    """Plan what is not planned, pay what is not paid, and close. Nothing happens twice.

    A chunk that somebody else has is waited for, at most as long as a lease lasts.

    :raises RunStopped: if the team has stopped it, before or meanwhile.
    """
    _refuse_stopped(run)
    run = plan(run=run, tell=tell)
    _each_chunk(run, pay_chunk, tell, paid_at=None)
    return close(run=run)


def plan(*, run: ConversionRun, tell: Tell | None = None) -> ConversionRun:
    """Lay a run out, count chunk by chunk, and share out. What is done already stays as it is.

    :raises PoolsChanged: see `share_out`.
    """
    run = lay_out(run=run)
    if run.state == State.COUNTING:
        _each_chunk(run, count_chunk, tell, counted_at=None)
    return share_out(run=run)


def _each_chunk(run: ConversionRun, work: Callable[..., object], tell: Tell | None, **undone: None) -> None:
    chunks = run.chunks.filter(**undone).values_list("number", flat=True)
    while numbers := list(chunks.all()):
        _refuse_stopped(run)
        for number in numbers:
            work(run=run, number=number)
            if tell is not None:
                tell(run)
        if list(chunks.all()) == numbers:
            # Others have them all.
            time.sleep(_PAUSE.total_seconds())


def _refuse_stopped(run: ConversionRun) -> None:
    if run.is_stopped:
        raise RunStopped


@db.service
def start(
    *, club: Club, cutoff: datetime, by: User | None = None, now: datetime, key: UUID | None = None
) -> ConversionRun:
    """Store a run that is to be planned, or return the one of this cutoff, or of this `key`, if there is one.

    :raises CutoffInFuture: if `cutoff` is later than `now`.
    :raises CutoffTooEarly: if a run of this club has a later one.
    :raises RunUnderWay: if another run is open, of whatever club.
    :raises coins.ledger.YearClosed: if the cutoff lies in a closed year.
    """
    if cutoff > now:
        raise CutoffInFuture(cutoff=_said(cutoff))
    if done := _known(club, cutoff, key):
        return done
    # Refused here: a run that cannot book would stay open for good.
    ledger.require_open(periods.berlin_date(cutoff))
    run = _new(club, cutoff, started_by=by, started_at=now, **({"public_id": key} if key else {}))
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError as error:
        if db.constraint(error) not in _ONE_RUN:
            raise
        if done := _known(club, cutoff, key):
            return done
        raise RunUnderWay from error
    # Looked up after the insert: while this run is open nobody can add another.
    _refuse_before_the_last(club, cutoff)
    return run


# Two starts at once: one inserts, the other one waits for it and then finds its row.
_ONE_RUN = {"coins_one_open_run", "coins_one_run_per_cutoff", "coins_conversionrun_public_id_key"}


def _known(club: Club, cutoff: datetime, key: UUID | None) -> ConversionRun | None:
    return ConversionRun.objects.filter(Q(club=club, cutoff=cutoff) | Q(public_id=key)).first()


def _new(club: Club, cutoff: datetime, **fields: Any) -> ConversionRun:
    effective_on = periods.berlin_date(cutoff)
    policy = policy_on(effective_on)
    return ConversionRun(club=club, cutoff=cutoff, effective_on=effective_on, policy=policy, **fields)


def _refuse_before_the_last(club: Club, cutoff: datetime) -> None:
    last = ConversionRun.objects.filter(club=club, cutoff__gt=cutoff).order_by("-cutoff").first()
    if last is not None:
        raise CutoffTooEarly(last=_said(last.cutoff))


@db.service
def lay_out(*, run: ConversionRun) -> ConversionRun:
    """Cut the youths into chunks that several workers can count, and let nobody change what is about to be counted.

    A run that is laid out already, or that is stopped, stays as it is.
    """
    db.be_patient()
    run = _locked(run)
    if run.state != State.PLANNING or run.is_stopped:
        return run
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ENTRIES_LOCK])
    planning.lay_out(run)
    run.state = State.COUNTING
    run.save(update_fields=["state"])
    return run


def count_chunk(*, run: ConversionRun, number: int) -> bool:
    """Claim and count one chunk of whole youths; False if it was counted before, or if somebody else is at it."""
    fence = claim(run=run, number=number, step=State.COUNTING)
    if fence is None:
        return False
    try:
        return count(run=run, number=number, fence=fence)
    except LeaseLost:
        return False


@db.service
def count(*, run: ConversionRun, number: int, fence: int) -> bool:
    """Count a chunk that `claim` gave out under `fence`; False if it is counted.

    :raises LeaseLost: if the chunk was given to somebody else meanwhile.
    """
    chunk = RunChunk.objects.select_for_update(no_key=True).get(run=run, number=number)
    if chunk.counted_at is not None:
        return False
    if chunk.fence != fence:
        raise LeaseLost(f"chunk {number} of run {run.pk}, fence {fence}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LEAVING_LOCK])
    planning.count(run, chunk)
    return True


@db.service
def share_out(*, run: ConversionRun) -> ConversionRun:
    """Decide who gets what of what was counted, and set the coins aside. A run that pays already stays as it is.

    Too early changes nothing either: not all chunks are counted, or the run is stopped.

    :raises PoolsChanged: if somebody took coins out of a pool meanwhile. The run waits to be shared out again.
    """
    db.be_patient()
    run = _locked(run)
    if run.state != State.COUNTING or run.is_stopped or run.chunks.filter(counted_at=None).exists():
        return run
    _share_out(run)
    run.state, run.planned_at = State.PAYING, db.now()
    run.save(update_fields=["state", "planned_at"])
    return run


def _locked(run: ConversionRun) -> ConversionRun:
    """Return the run as it stands once nobody else plans; what another worker has done meanwhile is seen."""
    db.lock_name(PLANNING)
    return ConversionRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)


@db.service
def abandon(*, run: ConversionRun) -> None:
    """Drop a run that does not count yet, so that another one can be started. Dropping it again changes nothing.

    :raises RunIsPlanned: if hours are counted for it already.
    :raises RunUnderWay: if it is being laid out at this moment.
    """
    if not db.try_lock_name(PLANNING):
        raise RunUnderWay
    dropped = ConversionRun.objects.select_for_update(no_key=True).filter(pk=run.pk).first()
    if dropped is None:
        return
    if dropped.state != State.PLANNING:
        raise RunIsPlanned
    dropped.delete()


def _share_out(run: ConversionRun) -> None:
    try:
        planning.share_out(run)
    except ledger.InsufficientBalance as error:
        raise PoolsChanged from error
    run.waiting = report.waiting(run)
    run.save(update_fields=["waiting"])


def pay_chunk(*, run: ConversionRun, number: int) -> int:
    """Claim and pay one chunk of whole youths and return how many payments that were.

    0 if it was paid before, or if somebody else is at it.
    """
    fence = claim(run=run, number=number)
    if fence is None:
        return 0
    try:
        return pay(run=run, number=number, fence=fence)
    except LeaseLost:
        return 0


@db.service
def claim(*, run: ConversionRun, number: int, step: State = State.PAYING) -> int | None:
    """Take a chunk for a minute, to count it or to pay it, and return the fence to do it with.

    None while somebody else has it, if it is done, or if the run is not at this step any more, or stopped.
    """
    values = {"run": run.pk, "number": number, "seconds": LEASE.seconds, "step": step}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {**values, "counting": State.COUNTING})
        row = cursor.fetchone()
    return row[0] if row else None


@db.service
def pay(*, run: ConversionRun, number: int, fence: int) -> int:
    """Pay a chunk that `claim` gave out under `fence` and return how many payments that were; 0 if it is paid.

    :raises LeaseLost: if the chunk was given to somebody else meanwhile.
    """
    until = lots.valid_until(run.effective_on)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT coins_pay_chunk(%s, %s, %s, %s)", [run.pk, number, until, fence])
            return int(cursor.fetchone()[0])
    except IntegrityError as error:
        if db.constraint(error) == "coins_chunk_fenced":
            raise LeaseLost(f"chunk {number} of run {run.pk}, fence {fence}") from error
        raise


# The clock is the database's. A chunk that is being claimed, counted or paid right now is locked: it is left alone.
_CLAIM = """
    UPDATE coins_runchunk SET leased_until = clock_timestamp() + %(seconds)s * interval '1 second', fence = fence + 1
     WHERE id = (SELECT c.id FROM coins_runchunk c JOIN coins_conversionrun r ON r.id = c.run_id
                  WHERE c.run_id = %(run)s AND c.number = %(number)s
                    AND r.state = %(step)s
                    AND NOT EXISTS (SELECT FROM coins_runstop s WHERE s.run_id = r.id AND s.resumed_at IS NULL)
                    AND CASE %(step)s WHEN %(counting)s THEN c.counted_at ELSE c.paid_at END IS NULL
                    AND (c.leased_until IS NULL OR c.leased_until < clock_timestamp())
                    FOR UPDATE OF c SKIP LOCKED)
    RETURNING fence
"""


def close(*, run: ConversionRun) -> ConversionRun:
    """Bring what could not be paid back to its pools, tell the youths, close, and seal what was booked.

    Closing again, too early, or while it is stopped, changes nothing.

    :raises ClearingNotEmpty: if coins would be left between pool and youth; the team is alarmed.
    """
    try:
        run = _close(run=run)
    except ClearingNotEmpty as error:
        alarm.raise_(alarm.Kind.CLEARING, str(error))
        raise
    if run.state == State.CLOSED:
        seal.seal()
    return run


@db.service
def _close(*, run: ConversionRun) -> ConversionRun:
    db.be_patient()
    run = ConversionRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
    if run.state != State.PAYING or run.is_stopped or run.chunks.filter(paid_at=None).exists():
        return run
    for row, leftover in _leftovers(run):
        row.leftover_coins = leftover
        row.save(update_fields=["leftover_coins"])
        clearing = ledger.open_account(kind=LedgerAccount.Kind.CLEARING, owner=row.pool.public_id)
        if leftover:
            ledger.post_transfer(
                debit=clearing, credit=funding.account_of(row.pool), amount=leftover, kind=Transfer.Kind.LEFTOVER,
                source_id=row.pk, key=uuid5(run.public_id, f"leftover {row.pool.public_id}"),
                effective_on=run.effective_on,
            )  # fmt: skip
        if ledger.balance(clearing):
            raise ClearingNotEmpty(f"run {run.pk}: clearing account {clearing.pk} is not empty")
    run.leftover_coins = run.pools.aggregate(coins=Sum("leftover_coins", default=0))["coins"]
    run.state, run.closed_at = State.CLOSED, db.now()
    run.save(update_fields=["leftover_coins", "state", "closed_at"])
    _tell_youths(run)
    return run


def _tell_youths(run: ConversionRun) -> None:
    """Tell everybody who got coins."""
    person = "account__youth_link__youth__user"
    paid = ConversionLine.objects.filter(run=run, paid_coins__gt=0, account__closed_at=None)
    with connection.cursor() as cursor:
        # Statistics know nothing yet of the lines just written, and each of them would be looked up in four tables.
        cursor.execute("SET LOCAL enable_nestloop = off")
    tell_all(
        "coins_paid",
        paid.filter(**{f"{person}__isnull": False}).values_list(
            person,
            JSONObject(run=Value(str(run.public_id)), coins="paid_coins", open="open_out_coins"),
            Cast(MD5(Concat(Value(f"coins_paid {run.public_id} "), Cast("account_id", CharField()))), UUIDField()),
        ),
    )


def _leftovers(run: ConversionRun) -> Iterator[tuple[RunPool, int]]:
    paid = dict(run.payments.values_list("pool").annotate(coins=Sum("coins")))
    for row in run.pools.select_related("pool"):
        yield row, row.coins - paid.get(row.pool_id, 0)


# ── Preview ──────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Preview:
    """What a run would do; nothing of it is stored."""

    run: ConversionRun
    pools: list[tuple[str, int]]  # name and coins, in the order of the line
    carried_open: int  # coins that would stay open
    report: Report | None = None  # of what would be planned: afterwards it is gone


def preview(*, club: Club, cutoff: datetime, now: datetime) -> Preview:
    """Return what `convert` would plan: the same code, rolled back. Of a run that is planned, its own figures.

    :raises CutoffInFuture, CutoffTooEarly, RunUnderWay: see `start`.
    """
    if cutoff > now:
        raise CutoffInFuture(cutoff=_said(cutoff))

    def look() -> Preview:
        with _rolled_back():
            return _preview(club, cutoff, now)

    return db.retrying(look)


def _preview(club: Club, cutoff: datetime, now: datetime) -> Preview:
    if not db.try_lock_name(PLANNING):
        raise RunUnderWay
    done = _known(club, cutoff, None)
    if done and done.state != State.PLANNING:
        return summary(done)
    if ConversionRun.objects.filter(closed_at=None).exists():
        raise RunUnderWay
    _refuse_before_the_last(club, cutoff)
    # Its row stands as closed: nobody who starts a run meanwhile has to wait until this one is gone again.
    run = _new(club, cutoff, started_at=now, state=State.CLOSED, closed_at=now)
    run.save(force_insert=True)
    planning.lay_out(run)
    for chunk in run.chunks.all():
        planning.count(run, chunk)
    line = report.open_pools(run)
    _share_out(run)
    # Said of what is not there: nothing of it is paid.
    run.state, run.closed_at = State.PLANNING, None
    return replace(summary(run), report=report.of(run, line))


def summary(run: ConversionRun) -> Preview:
    """Return a run's figures, of one that is stored or only planned."""
    pools = [(row.pool.name, row.coins) for row in run.pools.select_related("pool")]
    return Preview(run, pools, run.open_coins - run.released_coins)


def figures(result: Preview) -> list[tuple[str | Promise, int]]:
    """Return what a run does, or would do, as labels and numbers."""
    run = result.run
    labels = [
        (_("Jugendliche"), run.youths),
        (_("Zeiteinträge"), run.entries),
        (_("Minuten"), run.minutes),
        (_("davon zählen"), run.counted_minutes),
        (_("neu verdient"), run.earned_coins),
        (_("fällig"), run.due_coins),
        (_("ausgezahlt") if run.state == State.CLOSED else _("freigegeben"), run.released_coins - run.leftover_coins),
        (_("bleibt offen"), result.carried_open),
    ]
    pools = [(str(_("aus „{pool}“")).format(pool=name), coins) for name, coins in result.pools]
    return [*((str(label), number) for label, number in labels), *pools]


@contextmanager
def _rolled_back() -> Iterator[None]:
    with transaction.atomic(durable=True):
        yield
        transaction.set_rollback(True)


# ── When ─────────────────────────────────────────────────────────────────────────────────────────
def last_coin_day(now: datetime) -> datetime:
    """Return the last Tuesday 18:00 in Berlin that is not after `now`."""
    local = now.astimezone(periods.BERLIN)
    tuesday = local.date() - timedelta(days=(local.weekday() - COIN_WEEKDAY) % 7)
    moment = datetime.combine(tuesday, COIN_TIME, periods.BERLIN)
    if moment > local:
        moment = datetime.combine(tuesday - timedelta(days=7), COIN_TIME, periods.BERLIN)
    return moment.astimezone(UTC)


def due(*, now: datetime) -> ConversionRun | None:
    """Return the run that has to be worked on: the open one, else that of the last Coin-Tag, started here.

    One club after the other, each Coin-Tag once. One that was missed is caught up; the one before it is part of it.
    """
    if run := ConversionRun.objects.filter(closed_at=None).first():
        return run
    cutoff = last_coin_day(now)
    done = ConversionRun.objects.filter(cutoff__gte=cutoff).values("club")
    club = Club.objects.exclude(pk__in=done).order_by("pk").first()
    if club is None:
        return None
    try:
        return start(club=club, cutoff=cutoff, now=now)
    except (RunUnderWay, CutoffTooEarly):
        # Somebody was quicker since we looked; the next tick sees what they did.
        return None


def _said(moment: datetime) -> str:
    return date_format(localtime(moment, periods.BERLIN), "j. F Y, H:i \\U\\h\\r")
