"""A guardian logs for a youth, the youth confirms: always two people."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from accounts import registration
from activities import approvals, entries, proposals, selectors
from activities.models import SharedTimeEntry
from tests.factories import NOON, guardian_of, make_details, make_entry, make_user, make_youth

pytestmark = pytest.mark.django_db


def propose(youth, by=None, **details):
    return proposals.propose(youth=youth, by=by or guardian_of(youth), details=make_details(**details), now=NOON)


def confirm(entry, by=None):
    return proposals.confirm(entry_id=entry.public_id, by=by or entry.youth.user, now=NOON)


def test_the_youth_confirms_and_it_is_approved_by_another_than_its_claimant():
    youth = make_youth()
    entry = propose(youth)
    assert (entry.status, entry.claimed_by) == ("proposed", guardian_of(youth))

    for _ in range(2):
        entry = confirm(entry)

    assert (entry.status, entry.reviewed_by, entry.approved_at) == ("approved", youth.user, NOON)
    assert [(step.step, step.by) for step in entry.reviews.all()] == [
        ("log", guardian_of(youth)), ("approve", youth.user),
    ]  # fmt: skip
    assert list(selectors.convertible_entries(NOON + timedelta(seconds=1))) == [entry]


def test_only_a_guardian_proposes():
    youth = make_youth(age=16)
    trusted = make_user("Karin")
    registration.name_trusted_person(person=trusted, youth=youth, by=youth.user, now=NOON)
    for person in (trusted, make_user(), youth.user, guardian_of(make_youth("Ben"))):
        with pytest.raises(entries.NotYours):
            propose(youth, by=person)


def test_nobody_else_confirms_a_proposal():
    youth = make_youth()
    entry = propose(youth)
    second = make_user("Thomas")
    registration.add_guardian(guardian=second, youth=youth, now=NOON)
    for person in (entry.claimed_by, second, make_user()):
        with pytest.raises(SharedTimeEntry.DoesNotExist):
            confirm(entry, by=person)
    with pytest.raises(approvals.OwnClaim):
        approvals.approve(entry_id=entry.public_id, by=entry.claimed_by, now=NOON)
    with pytest.raises(approvals.EntryNotOpen):
        approvals.approve(entry_id=entry.public_id, by=second, now=NOON)


def test_the_youth_cannot_confirm_what_they_wrote_themself():
    entry = make_entry(make_youth())
    with pytest.raises(approvals.OwnClaim):
        confirm(entry)
    with pytest.raises(IntegrityError, match="claimant_is_not_reviewer"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE activities_sharedtimeentry SET status = 'approved', approved_at = now(),"
            " reviewed_by_id = claimed_by_id"
        )


def test_either_side_takes_a_proposal_back():
    youth = make_youth()
    for by in (youth.user, guardian_of(youth)):
        entry = propose(youth)
        entries.withdraw(entry_id=entry.public_id, by=by, now=NOON)
        with pytest.raises(approvals.EntryNotOpen):
            confirm(entry)


def test_the_guardian_corrects_a_proposal_and_the_youth_does_not():
    youth = make_youth()
    entry = propose(youth)
    details = make_details(minutes=30)

    changed = entries.edit(entry_id=entry.public_id, by=guardian_of(youth), details=details, submit=True, now=NOON)

    assert (changed.status, changed.duration_minutes) == ("proposed", 30)
    with pytest.raises(entries.NotEditable):
        entries.edit(entry_id=entry.public_id, by=youth.user, details=details, now=NOON)


def test_a_proposal_obeys_the_rules_of_time():
    youth = make_youth()
    make_entry(youth)
    with pytest.raises(entries.Overlaps):
        propose(youth)
    with pytest.raises(entries.TooShort):
        propose(youth, minutes=10)
    with pytest.raises(entries.BeforeJoining):
        propose(make_youth("Ben", now=NOON - timedelta(hours=1)))


@pytest.mark.parametrize("missing", ["consent", "stopped"])
def test_nothing_is_proposed_while_nothing_counts(missing):
    youth = make_youth(consent=missing != "consent")
    if missing == "stopped":
        youth.paused_at = NOON
        youth.save()
    with pytest.raises(proposals.CannotCount, match="Für Mia zählt"):
        propose(youth)


def test_a_proposal_sent_twice_is_one():
    youth = make_youth()
    key = SharedTimeEntry().public_id
    details = make_details()
    for _ in range(2):
        entry = proposals.propose(youth=youth, by=guardian_of(youth), details=details, now=NOON, public_id=key)
        assert entry.public_id == key
    assert youth.entries.count() == 1
