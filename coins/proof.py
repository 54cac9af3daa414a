"""The nightly proof, the short look in between, and the alarm if one of them finds something."""

import logging
from collections.abc import Callable
from datetime import timedelta

from clevervibes.lib import db, periods
from coins import alarm, bank, publication, reconciliation, seal, snapshots
from coins.models import ConversionRun, LedgerSeal, Transfer

logger = logging.getLogger(__name__)

# A transfer waits for its seal as long as the oldest open transaction lives: seconds, never a day.
UNSEALED_AT_MOST = timedelta(days=1)
RUN_OPEN_AT_MOST = timedelta(minutes=30)


def nightly() -> None:
    """Seal and publish it, take snapshots, recompute all invariants and seals. What does not hold raises an alarm."""
    for step in (_seal_all, _publish, _take_snapshots, _check, _verify, _prove_published):
        _or_alarm(step)


def look() -> None:
    """Raise an alarm if the sums over all accounts do not hold, a run does not end, or the bank says otherwise."""
    for step in (_look, _open_runs, _bank):
        _or_alarm(step)


def _or_alarm(step: Callable[[], None]) -> None:
    # A proof that breaks off proves nothing, and the other steps still count.
    try:
        step()
    except Exception as error:
        logger.exception("the proof broke off at %s", step.__name__)
        alarm.raise_(alarm.Kind.PROOF, f"{step.__name__.strip('_')}: {type(error).__name__}")


def _seal_all() -> None:
    seal.seal()
    last = LedgerSeal.objects.order_by("-seq").first()
    waiting = Transfer.objects.filter(posted_at__lt=db.now() - UNSEALED_AT_MOST)
    if last is not None:
        waiting = waiting.filter(xid__gte=last.to_xid, id__gte=last.first_id)
    if waiting.exists():
        alarm.raise_(
            alarm.Kind.SEAL_BEHIND, f"{waiting.count()} transfers, the first is {waiting.order_by('pk')[0].pk}"
        )


def _publish() -> None:
    publication.publish(day=periods.berlin_date(db.now()))


def _take_snapshots() -> None:
    snapshots.take(at_least=1)


def _check() -> None:
    _report(reconciliation.check())


def _look() -> None:
    _report(reconciliation.look())


def _report(results: list[reconciliation.Result]) -> None:
    if bad := [f"{result.name}: {result.bad} bad, {result.example}" for result in results if result.bad]:
        alarm.raise_(alarm.Kind.LEDGER, "\n".join(bad))


def _verify() -> None:
    if findings := seal.verify().findings:
        alarm.raise_(alarm.Kind.SEAL, "\n".join(str(finding) for finding in findings))


def _prove_published() -> None:
    found = publication.prove()
    publication.note_proof(found, now=db.now())
    if found:
        alarm.raise_(alarm.Kind.SEAL, "\n".join(str(finding) for finding in found[: seal.FINDINGS_NAMED]))


def _bank() -> None:
    bank.look(at=db.now())


def _open_runs() -> None:
    late = ConversionRun.objects.filter(closed_at=None, started_at__lt=db.now() - RUN_OPEN_AT_MOST)
    if run := late.order_by("started_at").first():
        alarm.raise_(alarm.Kind.RUN_OPEN, f"run {run.pk}, cutoff {run.cutoff.isoformat()}")
