"""Two guardians, an editing youth: one transition each, whoever comes first."""

import random
from datetime import timedelta

import pytest
from django.db.models import QuerySet

from accounts import registration
from accounts.models import Membership
from activities import approvals, entries, sheets
from activities.models import Review, SharedTimeEntry, Sheet
from clevervibes.lib import periods
from clevervibes.lib.errors import DomainError
from tests.concurrency import Meeting, control, in_parallel, rounds, scaled, tell
from tests.factories import (
    NOON,
    guardian_of,
    make_contact_point,
    make_details,
    make_entry,
    make_member,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 20
DECISIONS = {Review.Step.APPROVE, Review.Step.RETURN, Review.Step.WITHDRAW}


def test_approve_return_and_withdraw_at_once_make_one_decision():
    youth = make_youth()
    first, second = guardian_of(youth), make_user("Thomas")
    registration.add_guardian(guardian=second, youth=youth, now=NOON)

    for n in range(ROUNDS):
        entry = make_entry(youth, starts_at=NOON - timedelta(hours=6 * (n + 1)), minutes=30)
        in_parallel(
            lambda entry=entry: approvals.approve(entry_id=entry.public_id, by=first, now=NOON),
            lambda entry=entry: approvals.return_(entry_id=entry.public_id, by=second, reason="falscher Tag", now=NOON),
            lambda entry=entry: entries.withdraw(entry_id=entry.public_id, by=youth.user, now=NOON),
        )
        steps = [step for step in entry.reviews.values_list("step", flat=True) if step in DECISIONS]
        # A returned entry may still be withdrawn; nothing else follows a decision.
        assert steps in ([["approve"], ["return"], ["withdraw"], ["return", "withdraw"]]), f"round {n}: {steps}"


def test_parallel_posts_of_one_time_store_one_entry():
    youth = make_youth()
    bad = 0
    for n in range(ROUNDS):
        details = make_details(starts_at=NOON - timedelta(hours=6 * (n + 1)), minutes=60)
        results = in_parallel(*[lambda d=details: entries.log(youth=youth, by=youth.user, details=d, now=NOON)] * 4)
        stored = [result for result in results if isinstance(result, SharedTimeEntry)]
        assert all(isinstance(r, (SharedTimeEntry, entries.Overlaps)) for r in results), results
        bad += len(stored) != 1
    assert bad == 0, f"bad {bad} of {ROUNDS}"


# ── Two guardians, the youth and the team at one entry ───────────────────────────────────────────
FEW, MANY, CONTROL = 20, 2_000, 20
CHAIN = timedelta(hours=2)


def at_one_entry():
    """Return a round: everybody acts at once on what waits. Right is one decision, and 409 for all others."""
    youth, team = make_youth(), make_user("Svenja", is_staff=True, roles=["support"])
    first, second = guardian_of(youth), make_user("Thomas")
    registration.add_guardian(guardian=second, youth=youth, now=NOON)
    details = make_details(minutes=30)

    def play(source: random.Random) -> bool:
        entry = make_entry(youth, minutes=30)
        calls = [
            lambda: approvals.approve(entry_id=entry.public_id, by=first, now=NOON),
            source.choice([
                lambda: approvals.approve(entry_id=entry.public_id, by=second, now=NOON),
                lambda: approvals.return_(entry_id=entry.public_id, by=second, reason="falscher Tag", now=NOON),
            ]),
            lambda: entries.edit(entry_id=entry.public_id, by=youth.user, details=details, now=NOON),
            lambda: approvals.reject(
                entry_id=entry.public_id, by=team, reason="Das war Unterricht.", seen="submitted", now=NOON
            ),
        ]  # fmt: skip
        source.shuffle(calls)
        answers = in_parallel(*calls)
        steps = list(entry.reviews.exclude(step__in=("log", "submit")).values_list("step", flat=True))
        edited = entry.reviews.filter(step="log").count() - 1
        refused = sum(isinstance(answer, DomainError) and answer.status == 409 for answer in answers)
        # A returned entry is the youth's to edit: then both came through, one after the other.
        right = len(steps) == 1 and edited in (0, int(steps == ["return"])) and refused == 3 - edited
        SharedTimeEntry.objects.filter(pk=entry.pk).delete()
        return not right

    return play


def without_lock(monkeypatch) -> None:
    """Read first and act later, as a view without a lock would."""
    meeting = Meeting(3)

    class Unlocked:
        def __init__(self, entries_: QuerySet) -> None:
            self.entries = entries_

        def get(self, **where: object) -> SharedTimeEntry:
            found = self.entries.get(**where)
            meeting.wait()
            return found

    monkeypatch.setattr(approvals, "_for_update", Unlocked)


def test_at_one_entry_one_decides():
    assert rounds(FEW, at_one_entry()).bad == 0


@pytest.mark.slow
def test_at_one_entry_one_decides_two_thousand_times():
    report = rounds(scaled(MANY), at_one_entry())
    tell("transitions of one entry at once", bad=report.bad, of=report.of, seed=report.seed)
    assert report.bad == 0


def test_control_without_the_lock_several_decide(monkeypatch):
    without_lock(monkeypatch)
    report = control(CONTROL, at_one_entry())
    tell("transitions of one entry at once, control without the lock", bad=report.bad, of=report.of, seed=report.seed)
    assert report.broken


def test_a_sheet_of_paper_typed_in_twice_at_once_confirms_once():
    youth, point = make_youth(), make_contact_point()
    vouchers = [make_member(point.organisation, Membership.Role.VOUCHER, name) for name in ("Karin", "Ole")]
    monday = periods.berlin_date(NOON)

    for n in range(10):
        entry = make_entry(youth, starts_at=NOON - CHAIN - timedelta(minutes=30 * n), minutes=30)
        sheet = sheets.make(youth=youth, monday=monday, by=youth.user, now=NOON)
        paper = sheets.Paper(signed_by=guardian_of(youth), ticked=[entry.public_id])
        answers = in_parallel(
            *[lambda by=by, on=sheet, p=paper: sheets.enter(sheet_id=on.public_id, paper=p, by=by, now=NOON)
              for by in vouchers],
            lambda e=entry: approvals.approve(entry_id=e.public_id, by=guardian_of(youth), now=NOON),
        )  # fmt: skip
        assert list(entry.reviews.values_list("step", flat=True)).count("approve") == 1, answers
        assert Sheet.objects.filter(entered_at__isnull=False).count() <= n + 1
