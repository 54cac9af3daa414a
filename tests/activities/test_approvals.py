"""Approving: two people, one transition, and a way back."""

from datetime import timedelta

import pytest

from accounts import registration
from accounts.models import Notice
from activities import approvals, entries, selectors
from activities.models import SharedTimeEntry
from coins import conversion
from tests.factories import (
    NOON,
    guardian_of,
    make_approved,
    make_club,
    make_details,
    make_entry,
    make_pool,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db


def test_a_guardian_approves_and_the_step_is_kept():
    youth = make_youth()
    entry = make_entry(youth)

    approvals.approve(entry_id=entry.public_id, by=guardian_of(youth), now=NOON)

    entry.refresh_from_db()
    assert (entry.status, entry.approved_at, entry.reviewed_by) == ("approved", NOON, guardian_of(youth))
    assert [review.step for review in entry.reviews.all()] == ["log", "submit", "approve"]


def test_approving_twice_changes_nothing():
    youth = make_youth()
    entry = make_entry(youth)
    for minutes in (0, 5):
        approvals.approve(entry_id=entry.public_id, by=guardian_of(youth), now=NOON + timedelta(minutes=minutes))
    entry.refresh_from_db()
    assert entry.approved_at == NOON


def test_a_trusted_person_confirms_too():
    youth = make_youth()
    grandmother = make_user("Ursula")
    registration.name_trusted_person(person=grandmother, youth=youth, by=guardian_of(youth), now=NOON)
    entry = make_entry(youth)
    assert list(selectors.inbox(grandmother)) == [entry]
    assert approvals.approve(entry_id=entry.public_id, by=grandmother, now=NOON).status == "approved"


def test_strangers_and_the_youth_do_not_find_the_entry():
    youth = make_youth()
    entry = make_entry(youth)
    stranger = guardian_of(make_youth("Ben"))
    for person in (stranger, youth.user, make_user()):
        with pytest.raises(SharedTimeEntry.DoesNotExist):
            approvals.approve(entry_id=entry.public_id, by=person, now=NOON)


def test_whoever_claimed_it_cannot_approve_it():
    youth = make_youth()
    entry = make_entry(youth)
    SharedTimeEntry.objects.update(claimed_by=guardian_of(youth))
    with pytest.raises(approvals.OwnClaim):
        approvals.approve(entry_id=entry.public_id, by=guardian_of(youth), now=NOON)
    assert not selectors.inbox(guardian_of(youth)).exists()


def test_a_guardianship_that_ended_sees_nothing():
    youth = make_youth()
    guardian = guardian_of(youth)
    entry = make_entry(youth)
    youth.guardianships.update(ended_at=NOON)
    with pytest.raises(SharedTimeEntry.DoesNotExist):
        approvals.approve(entry_id=entry.public_id, by=guardian, now=NOON)


def test_a_returned_entry_comes_back_after_a_change():
    youth = make_youth()
    guardian = guardian_of(youth)
    entry = make_entry(youth)

    approvals.return_(entry_id=entry.public_id, by=guardian, reason="Uhrzeit stimmt nicht", now=NOON)
    assert not selectors.inbox(guardian).exists()
    details = make_details(minutes=45)
    entries.edit(entry_id=entry.public_id, by=youth.user, details=details, submit=True, now=NOON)

    assert selectors.inbox(guardian).get().duration_minutes == 45
    assert entry.reviews.filter(step="return").get().reason == "Uhrzeit stimmt nicht"


def test_returning_needs_a_reason():
    youth = make_youth()
    entry = make_entry(youth)
    with pytest.raises(approvals.ReasonMissing):
        approvals.return_(entry_id=entry.public_id, by=guardian_of(youth), reason="  ", now=NOON)


def test_returning_what_is_approved_is_refused_with_its_state():
    youth = make_youth()
    entry = make_entry(youth)
    approvals.approve(entry_id=entry.public_id, by=guardian_of(youth), now=NOON)
    with pytest.raises(approvals.EntryNotOpen, match="bestätigt"):
        approvals.return_(entry_id=entry.public_id, by=guardian_of(youth), reason="doch nicht", now=NOON)


def test_undo_puts_the_entry_back_and_only_for_whoever_confirmed():
    youth = make_youth()
    second = make_user("Thomas")
    registration.add_guardian(guardian=second, youth=youth, now=NOON)
    entry = make_entry(youth)
    first = youth.guardianships.exclude(guardian=second).get().guardian
    approvals.approve(entry_id=entry.public_id, by=first, now=NOON)

    with pytest.raises(approvals.EntryNotOpen):
        approvals.undo(entry_id=entry.public_id, by=second, now=NOON)
    assert approvals.undo(entry_id=entry.public_id, by=first, now=NOON).status == "submitted"


def test_all_at_once_leaves_out_what_changed_meanwhile():
    youth = make_youth()
    guardian = guardian_of(youth)
    rows = [make_entry(youth, starts_at=NOON - timedelta(hours=2 * n)) for n in range(1, 4)]
    entries.withdraw(entry_id=rows[0].public_id, by=youth.user, now=NOON)
    foreign = make_entry(make_youth("Ben"))

    ids = [row.public_id for row in rows] + [foreign.public_id]
    approved = approvals.approve_all(entry_ids=ids, by=guardian, now=NOON)

    assert {entry.pk for entry in approved} == {rows[1].pk, rows[2].pk}
    foreign.refresh_from_db()
    assert foreign.status == "submitted"


# ── The team says no ─────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def team():
    return make_user("Svenja", is_staff=True, roles=["support"])


def reject(entry, by, *, seen="submitted", reason="Das war Unterricht."):
    return approvals.reject(entry_id=entry.public_id, by=by, reason=reason, seen=seen, now=NOON)


def test_the_team_rejects_with_a_reason_that_the_family_reads(team):
    youth = make_youth()
    entry = make_entry(youth)

    reject(entry, team)

    entry.refresh_from_db()
    assert (entry.status, entry.reviewed_by, entry.approved_at) == ("rejected", team, None)
    step = entry.reviews.get(step="reject")
    assert (step.by, step.reason) == (team, "Das war Unterricht.")
    assert Notice.objects.get(topic=approvals.REJECTED).to == youth.user
    # Its slot is free again.
    make_entry(youth)


def test_what_was_confirmed_is_rejected_until_a_run_has_taken_it_and_whoever_confirmed_is_told(team):
    youth = make_youth()
    entry = make_entry(youth)
    approvals.approve(entry_id=entry.public_id, by=guardian_of(youth), now=NOON)

    reject(entry, team, seen="approved")

    told = Notice.objects.filter(topic=approvals.REJECTED).values_list("to", flat=True)
    assert set(told) == {youth.user_id, guardian_of(youth).pk}


def test_a_run_has_taken_it_and_it_stays(team):
    youth = make_youth()
    make_pool(coins=1000)
    entry = make_approved(youth)
    conversion.convert(club=youth.user.club, cutoff=NOON + timedelta(hours=1), now=NOON + timedelta(hours=2))
    with pytest.raises(approvals.AlreadyTaken):
        reject(entry, team, seen="approved")


def test_a_page_drawn_before_somebody_decided_overrules_nobody(team):
    youth = make_youth()
    entry = make_entry(youth)
    approvals.approve(entry_id=entry.public_id, by=guardian_of(youth), now=NOON)
    with pytest.raises(approvals.EntryNotOpen):
        reject(entry, team, seen="submitted")


@pytest.mark.parametrize("who", ["guardian", "other club", "nobody", "youth"])
def test_only_the_team_of_the_club_rejects(who, team):
    youth = make_youth()
    entry = make_entry(youth)
    by = {
        "guardian": lambda: guardian_of(youth),
        "other club": lambda: make_user(is_staff=True, roles=["support"], club=make_club("Clever Vibes Unna")),
        "nobody": make_user,
        "youth": lambda: youth.user,
    }[who]()
    with pytest.raises(approvals.NotOfTheTeam):
        reject(entry, by)


def test_rejecting_needs_a_reason_and_a_state_to_reject(team):
    youth = make_youth()
    entry = make_entry(youth)
    with pytest.raises(approvals.ReasonMissing):
        reject(entry, team, reason=" ")
    entries.withdraw(entry_id=entry.public_id, by=youth.user, now=NOON)
    with pytest.raises(approvals.EntryNotOpen, match="zurückgezogen"):
        reject(entry, team, seen="withdrawn")
