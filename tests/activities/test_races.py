"""Two guardians, an editing youth: one transition each, whoever comes first."""

from datetime import timedelta

import pytest

from accounts import registration
from activities import approvals, entries
from activities.models import Review, SharedTimeEntry
from tests.concurrency import in_parallel
from tests.factories import NOON, guardian_of, make_details, make_entry, make_user, make_youth

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
