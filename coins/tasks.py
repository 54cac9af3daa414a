"""The run through workers. The database is the truth about what is to do; a message only says: look now.

So every task may come twice, at the same time, a day late, or never: `carry_on` finds what is left. One
that finds its work done tells nobody: else each message that came twice would send as many as there are chunks, club
after club.
"""

from celery import Task, shared_task

from clevervibes.lib import db
from clevervibes.lib.wake import send
from coins import agreements, bank, conversion, endings, expiry, pledge_reminders, progress, proof, seal, snapshots
from coins.models import ConversionRun

State = ConversionRun.State


@shared_task
def convert_due() -> None:
    """Ask what is due; beat calls this every five minutes."""
    if run := conversion.due(now=db.now()):
        wake(run)


@shared_task
def carry_on() -> None:
    """Look after the open run; beat calls this every minute. A worker that died holds it up for two at most."""
    if run := ConversionRun.objects.filter(closed_at=None).first():
        wake(run)


@shared_task
def plan_run(run_id: int) -> None:
    """Lay a run out, so that its chunks can be counted."""
    run = ConversionRun.objects.get(pk=run_id)
    if run.state == State.PLANNING:
        wake(conversion.lay_out(run=run))


@shared_task
def count_chunk(run_id: int, number: int) -> None:
    """Count a chunk; whoever counts the last one shares out."""
    run = ConversionRun.objects.get(pk=run_id)
    if run.state != State.COUNTING:
        return
    conversion.count_chunk(run=run, number=number)
    if not run.chunks.filter(counted_at=None).exists():
        share_out(run_id)


@shared_task
def share_out(run_id: int) -> None:
    """Share out what all chunks counted, so that they can be paid."""
    run = ConversionRun.objects.get(pk=run_id)
    if run.state == State.COUNTING:
        run = conversion.share_out(run=run)
        if run.state == State.PAYING:
            wake(run)


@shared_task
def pay_chunk(run_id: int, number: int) -> None:
    """Pay a chunk; whoever pays the last one closes the run."""
    run = ConversionRun.objects.get(pk=run_id)
    if run.state != State.PAYING:
        return
    conversion.pay_chunk(run=run, number=number)
    if not run.chunks.filter(paid_at=None).exists():
        close_run(run_id)


@shared_task
def close_run(run_id: int) -> None:
    """Close a run; the next club may be waiting for its turn."""
    run = ConversionRun.objects.get(pk=run_id)
    if run.state == State.PAYING:
        conversion.close(run=run)
        send([(convert_due, ())])


@shared_task
def end_coins() -> None:
    """Take back what is past its last day and tell people whose coins end soon. Twice at once or late: each once."""
    now = db.now()
    expiry.expire_due(now=now)
    endings.take_back_due(now=now)
    expiry.announce_due(now=now)


def wake(run: ConversionRun) -> bool:
    """Tell the workers what they can do for `run` now; False if they cannot be reached, then the next tick does."""
    return send(list(_steps(run)))


def _steps(run: ConversionRun) -> list[tuple[Task, tuple[int, ...]]]:
    if run.is_stopped:
        return []
    if run.state == State.PLANNING:
        return [] if progress.is_planning() else [(plan_run, (run.pk,))]
    if run.state == State.COUNTING:
        if run.chunks.filter(counted_at=None).exists():
            return [(count_chunk, (run.pk, number)) for number in progress.free_chunks(run)]
        return [] if progress.is_planning() else [(share_out, (run.pk,))]
    if run.state == State.CLOSED:
        return []
    if not run.chunks.filter(paid_at=None).exists():
        return [(close_run, (run.pk,))]
    return [(pay_chunk, (run.pk, number)) for number in progress.free_chunks(run)]


@shared_task
def seal_ledger() -> None:
    """Seal what is finished; beat calls this every minute. A second sealer leaves it to the first."""
    seal.seal()


@shared_task
def take_snapshots() -> None:
    """Remember derived balances that have moved a lot; beat calls this every hour."""
    snapshots.take()


@shared_task
def look_at_ledger() -> None:
    """Compare the sums over all accounts; beat calls this every five minutes."""
    proof.look()


@shared_task
def prove_ledger() -> None:
    """Recompute the books and every seal; beat calls this every night. Nothing is changed, so twice does no harm."""
    proof.nightly()


@shared_task
def book_bank_lines() -> None:
    """Go on booking statements of the bank; beat calls this every minute. Each line is booked once."""
    bank.carry_on_all(now=db.now())


@shared_task
def remind_of_pledges() -> None:
    """Tell sponsors what is due, and whose agreement ends; beat calls this every hour. Twice or late: each once."""
    now = db.now()
    pledge_reminders.remind_due(now=now)
    agreements.remind_due(now=now)
