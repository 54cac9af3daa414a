"""Every task may be delivered twice, at the same time, or a day late: afterwards all is as after once.

A new task needs a case here.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import transaction
from django.utils.module_loading import import_string

from accounts import consent, erasures, registration
from accounts.models import Birthday, Digest, Erasure, Guardianship, Membership, Notice, User, YouthProfile
from accounts.notices import choices
from activities import timer
from activities.models import Booking, PlaceInterest, Reminder, Review, SharedTimeEntry
from clevervibes.celery import app
from clevervibes.lib import db, outbox, periods
from clevervibes.lib.models import KeptAnswer, OutboxMessage
from coins import bank, conversion, ledger, pledge_reminders, pledges, references
from coins.models import (
    Alarm,
    Balance,
    BalanceSnapshot,
    BankLine,
    ConversionRun,
    Deposit,
    LedgerAccount,
    LedgerSeal,
    Lot,
    PledgeReminder,
    PublicFigures,
    Transfer,
)
from partners import payouts, reminders, settlement
from partners.models import Hold, PayoutBatch, Redemption, Settlement, SettlementRun
from tests.coins import books
from tests.coins.camt_files import Entry, file
from tests.concurrency import in_parallel, let_transactions_end
from tests.factories import (
    JOINED,
    NOON,
    give_coins,
    guardian_of,
    make_approved,
    make_booking,
    make_club,
    make_date,
    make_entry,
    make_hold,
    make_interest,
    make_pool,
    make_redemption,
    make_sponsor,
    make_user,
    make_youth,
)
from tests.queue import Queue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("patient_snapshots")]

State = ConversionRun.State
LATER = NOON + timedelta(hours=1)
A_DAY = timedelta(days=1)


def nothing() -> None:
    """The world stands still."""


@dataclass(frozen=True)
class Case:
    arrange: Callable[[], list[Any]]  # returns the task's arguments
    expect: dict[str, Any]  # what `world` says after one delivery
    meanwhile: Callable[[], Any] = field(default=nothing)  # what happens in the day by which a delivery is late
    look: Callable[[], dict[str, Any]] = field(default=dict)  # what else is looked at
    follow: bool = False  # the task only sends others: deliver those too


def world() -> dict[str, Any]:
    """Everything a task may change, without ids and times."""
    youths = Balance.objects.filter(account__kind=LedgerAccount.Kind.YOUTH)
    return {
        "runs": Counter(ConversionRun.objects.values_list("state", flat=True)),
        "transfers": Counter(Transfer.objects.values_list("kind", "amount")),
        "youths": sorted(youths.values_list("posted", "held")),
        "holds": Counter(Hold.objects.values_list("status", flat=True)),
        "waiting": OutboxMessage.objects.filter(delivered_at=None).count(),
        "delivered": OutboxMessage.objects.exclude(delivered_at=None).count(),
        "mails": len(mail.outbox),
        "alarms": sorted(Alarm.objects.values_list("kind", flat=True)),
        "answers": KeptAnswer.objects.count(),
    }


# ── Cases ────────────────────────────────────────────────────────────────────────────────────────
def an_hour_to_convert() -> None:
    youth = make_youth()
    youth.user.email = "mia@example.org"
    youth.user.save(update_fields=["email"])
    make_pool(coins=50)
    make_approved(youth, minutes=60)


def a_started_run() -> list[int]:
    an_hour_to_convert()
    return [conversion.start(club=make_club(), cutoff=LATER, now=LATER).pk]


def a_laid_out_run() -> list[int]:
    (run_id,) = a_started_run()
    conversion.lay_out(run=ConversionRun.objects.get())
    return [run_id, 0]


def a_counted_run() -> list[int]:
    run_id, number = a_laid_out_run()
    conversion.count_chunk(run=ConversionRun.objects.get(), number=number)
    return [run_id]


def a_planned_run() -> list[int]:
    (run_id,) = a_started_run()
    conversion.plan(run=ConversionRun.objects.get())
    return [run_id, 0]


def a_run_without_workers() -> list[int]:
    a_planned_run()
    return []


def a_paid_run() -> list[int]:
    run_id, number = a_planned_run()
    conversion.pay_chunk(run=ConversionRun.objects.get(), number=number)
    return [run_id]


def the_next_run() -> None:
    """The open one is done, and a week later there is another."""
    conversion.carry_on(ConversionRun.objects.get())
    conversion.start(club=make_club(), cutoff=LATER + timedelta(days=7), now=LATER + timedelta(days=7))


def what_is_due_on_coin_day() -> list[int]:
    an_hour_to_convert()
    return []


def two_letters() -> list[int]:
    user = make_user(email="alex@example.org")
    with transaction.atomic():
        for _ in range(2):
            outbox.put("coins_paid", to=user, coins=5, open=0)
    return []


def old_and_new() -> list[int]:
    two_letters()
    outbox.relay(db.now())
    mail.outbox.clear()
    old = db.now() - timedelta(days=31)
    OutboxMessage.objects.filter(pk=OutboxMessage.objects.earliest("pk").pk).update(delivered_at=old)
    for at in (old, db.now()):
        KeptAnswer.objects.create(scope="user", key=uuid4(), fingerprint="", status=200, created_at=at)
    return []


def a_busy_bank() -> list[int]:
    own, bank = books.open_account(books.Kind.OWN), books.open_account(books.Kind.WORLD)
    move = ledger.Posting(bank, own, 1, Transfer.Kind.OWN_IN, books.TODAY)
    books.post([replace(move, key=uuid4()) for _ in range(1_000)])
    let_transactions_end()
    return []


def proof_so_far() -> dict[str, Any]:
    """What is proven. A run seals too, but how much of it depends on who else has a transaction open."""
    return {
        "sealed": sum(LedgerSeal.objects.values_list("transfers", flat=True)),
        "snapshots": sorted(BalanceSnapshot.objects.values_list("balance", flat=True)),
    }


def a_run_that_does_not_end() -> list[int]:
    a_planned_run()
    ConversionRun.objects.update(started_at=db.now() - timedelta(hours=1))
    return []


def coins_that_end() -> list[int]:
    """One lot whose last day is over, one that is good for another week, of somebody who can be told; and somebody
    whose consent was withdrawn long ago."""
    youth = make_youth()
    youth.user.email = "mia@example.org"
    youth.user.save(update_fields=["email"])
    today = periods.berlin_date(db.now())
    for coins, until in ((10, today - timedelta(days=1)), (7, today + timedelta(days=7))):
        lot = give_coins(youth, coins, pool=make_pool(coins=coins))
        Lot.objects.filter(pk=lot.pk).update(valid_until=until)
    return coins_past_their_last_days()


def a_hold_of_long_ago() -> list[int]:
    make_hold(now=NOON)  # 30 of 30 coins
    return []


def a_hold_that_ends_soon() -> list[int]:
    make_hold(now=db.now() - timedelta(days=12))
    return []


def holds_told_of() -> dict[str, Any]:
    return {"told": Notice.objects.filter(topic=reminders.TOPIC).count()}


def two_birthdays() -> list[int]:
    """Somebody turned 18 half a day ago, somebody else turns 16 in a week; both can be told."""
    today = periods.berlin_date(db.now())
    for years, on in ((18, today), (16, today + timedelta(days=7))):
        user = make_user(email=f"mia{years}@example.org")
        # 29 February of a leap year has no day in the year of birth: a day earlier is as good.
        born = (on - timedelta(days=1) if (on.month, on.day) == (2, 29) else on).replace(year=on.year - years)
        youth = registration.join(user=user, birth_date=born, now=db.now() - timedelta(days=200))
        registration.add_guardian(guardian=make_user("Sabine"), youth=youth, now=JOINED)
    return []


def coins_past_their_last_days() -> list[int]:
    youth = make_youth()
    give_coins(youth, 9, pool=make_pool(coins=9))
    long_ago = db.now() - timedelta(days=95)
    consent.withdraw(youth=youth, by=guardian_of(youth), now=max(long_ago, JOINED))
    youth.endings.update(spend_until=db.now() - timedelta(days=1))
    return []


def ages() -> dict[str, Any]:
    return {
        "birthdays": Counter((row.years, row.told_at is None, row.done_at is None) for row in Birthday.objects.all()),
        "guardianships": Guardianship.objects.filter(ended_at=None).count(),
    }


def two_to_erase() -> list[int]:
    """One asked for it eight days ago, one still has a week; whose last days are over is announced."""
    for days in (8, 1):
        youth = make_youth()
        give_coins(youth, 5, pool=make_pool(coins=5))
        erasures.order(person=youth.user, by=youth.user, now=db.now() - timedelta(days=days))
    youth = make_youth()
    consent.withdraw(youth=youth, by=guardian_of(youth), now=NOON)
    youth.endings.update(spend_until=db.now() - timedelta(days=1))
    return []


def people() -> dict[str, Any]:
    return {"youths_left": YouthProfile.objects.count(), "to_erase": Erasure.objects.count()}


def a_saturday_gone_by() -> list[int]:
    """One person is to get a digest, one has no address and one wants none."""
    long_ago = db.now() - timedelta(days=30)
    for name, fields in (("alex", {"email": "alex@example.org"}), ("ben", {}), ("cem", {"email": "cem@example.org"})):
        make_user(name, date_joined=long_ago, **fields)
    choices.choose(person=User.objects.get(first_name="cem"), weekday=choices.Weekday.NONE, now=long_ago)
    return []


def a_question_nobody_answered() -> list[Any]:
    """A seat that is not kept any longer, and one for which it is time to be reminded."""
    make_booking(make_youth("Mia", age=13), make_date(), yes=False)
    grown = make_youth("Lena", age=17)
    grown.user.email = "lena@example.org"
    grown.user.save(update_fields=["email"])
    soon = make_date(starts_at=db.now() + timedelta(hours=2), now=db.now())
    make_booking(grown, soon, now=db.now())
    return []


def bookings() -> list[tuple[str, bool]]:
    rows = Booking.objects.order_by("status").values_list("status", "reminded_at")
    return [(status, reminded_at is not None) for status, reminded_at in rows]


def a_timer_of_yesterday() -> list[int]:
    youth = make_youth()
    timer.start(youth=youth, by=youth.user, now=db.now() - timedelta(days=1))
    return []


def timers() -> dict[str, Any]:
    return {
        "entries": sorted(SharedTimeEntry.objects.values_list("status", "ends_at")),
        "steps": Review.objects.count(),
    }


def an_hour_that_waits() -> list[int]:
    """Since eight days, and two people may confirm it: one has a mail address."""
    youth, long_ago = make_youth(), db.now() - timedelta(days=8)
    registration.add_guardian(
        guardian=make_user("Thomas", email="thomas@example.org"), youth=youth, now=long_ago
    )  # fmt: skip
    make_entry(youth, now=long_ago, starts_at=long_ago - timedelta(hours=2))
    return []


def reminded() -> dict[str, Any]:
    return {"reminders": Reminder.objects.count(), "told": Notice.objects.filter(topic="entries_wait").count()}


def two_interests() -> list[int]:
    for days in (91, 1):
        make_interest(make_youth(age=16), now=db.now() - timedelta(days=days))
    return []


def interests() -> dict[str, Any]:
    return {
        "interests": Counter(PlaceInterest.objects.values_list("state", flat=True)),
        "contacts": PlaceInterest.objects.exclude(reach_at="").count(),
        "told": Notice.objects.filter(topic="interest_ended").count(),
    }


def a_statement_that_is_released() -> list[Any]:
    """Between the release of a batch and its booking, where a crash would leave it."""
    made = make_redemption()
    cutoff = NOON + timedelta(days=1)
    settlement.settle(partner=made.partner, cutoff=cutoff, now=cutoff)
    batch = payouts.propose(club=made.partner.organisation.club, by=make_user(), now=cutoff)
    PayoutBatch.objects.filter(pk=batch.pk).update(approved_by=make_user(), approved_at=cutoff)
    return []


def a_month_that_is_over() -> list[Any]:
    """Something was redeemed months ago, and somebody of the team is told of its drafts."""
    make_redemption(now=db.now() - timedelta(days=40))
    make_user(is_staff=True, is_superuser=True)
    return []


def a_statement_half_booked() -> list[Any]:
    """The first of two lines is in the books when the worker dies."""
    pool = make_pool()
    words = references.of(references.POOL, pool.pk)
    (found,) = bank.read(data=file(Entry(100, text=words), Entry(200, text=words)), by=None, now=LATER + 2 * A_DAY)
    found = bank.start_booking(statement=found, by=None, now=LATER + 2 * A_DAY)
    bank.carry_on(statement=found, now=LATER + 2 * A_DAY, at_most=1)
    return []


def bank_lines() -> dict[str, Any]:
    return {"lines": Counter(BankLine.objects.values_list("state", flat=True)), "deposits": Deposit.objects.count()}


def two_promises() -> list[Any]:
    """One is due in a week, of the other two reminders were missed; of both one is left to send."""
    sponsor, long_ago = make_sponsor(), db.now() - timedelta(days=90)
    contact = make_user(email="karin@example.org")
    Membership.objects.create(user=contact, organisation=sponsor.organisation, role=Membership.Role.CONTACT)
    for days in (7, -40):
        day = periods.berlin_date(db.now() + timedelta(days=days))
        pledges.promise(sponsor=sponsor, amount_cents=5000, due_on=day, by=None, now=long_ago)
    return []


def promises() -> dict[str, Any]:
    return {
        "steps": sorted(PledgeReminder.objects.values_list("step_days", flat=True)),
        "told": Notice.objects.filter(topic=pledge_reminders.TOPIC).count(),
    }


def nine_hundred_thousand_euros() -> list[Any]:
    """Nine tenths of the line; redeemed one by one it would take minutes."""
    make_redemption(now=db.now() - timedelta(minutes=1))
    Redemption.objects.update(price_coins=9_000_000)
    return []


def drafted() -> dict[str, Any]:
    runs = SettlementRun.objects.exclude(finished_at=None)
    told = Notice.objects.filter(topic="settlements_drafted")
    return {**statements(), "settled": runs.filter(settlements__isnull=False).count(), "told": told.count()}


def statements() -> dict[str, Any]:
    return {"statements": Counter(Settlement.objects.values_list("status", flat=True))}


CASES = {
    "activities.tasks.look_at_dates": Case(
        a_question_nobody_answered,
        {"bookings": [("booked", True), ("cancelled", False)], "waiting": 1},
        look=lambda: {"bookings": bookings()},
    ),
    "activities.tasks.end_interests": Case(
        two_interests, {"interests": {"ended": 1, "open": 1}, "contacts": 1, "told": 1}, look=interests
    ),
    "activities.tasks.remind_of_entries": Case(
        # Two people, each of two days; one of them by mail too.
        an_hour_that_waits,
        {"reminders": 4, "told": 2, "waiting": 1},
        look=reminded,
    ),
    "activities.tasks.end_forgotten_timers": Case(
        a_timer_of_yesterday, {"entries": [("draft", None)], "steps": 2}, look=timers
    ),
    "clevervibes.tasks.send_digests": Case(
        a_saturday_gone_by, {"digests": 1, "waiting": 1}, look=lambda: {"digests": Digest.objects.count()}
    ),
    "clevervibes.tasks.erase_people": Case(
        two_to_erase, {"youths_left": 2, "to_erase": 2, "youths": [(0, 0), (5, 0)]}, look=people
    ),
    "clevervibes.tasks.turn_birthdays": Case(
        two_birthdays,
        {"waiting": 2, "guardianships": 1},
        look=ages,
    ),
    "clevervibes.tasks.forget_by_class": Case(old_and_new, {"delivered": 1, "answers": 1}),
    "clevervibes.lib.tasks.relay_outbox": Case(two_letters, {"delivered": 2, "waiting": 0, "mails": 2}),
    "clevervibes.lib.tasks.forget_what_is_old": Case(old_and_new, {"delivered": 1, "answers": 1}),
    "coins.tasks.convert_due": Case(
        what_is_due_on_coin_day,
        {"runs": {State.PLANNING: 1}},
        lambda: conversion.carry_on(ConversionRun.objects.get()),
    ),
    # Afterwards the clock's own run, which finds nothing.
    "coins.tasks.carry_on": Case(a_run_without_workers, {"runs": {State.CLOSED: 2}, "youths": [(10, 0)]}, follow=True),
    "coins.tasks.plan_run": Case(a_started_run, {"runs": {State.COUNTING: 1}, "youths": [(0, 0)]}, the_next_run),
    # The last chunk: what was counted is shared out too.
    "coins.tasks.count_chunk": Case(a_laid_out_run, {"runs": {State.PAYING: 1}, "youths": [(0, 0)]}, the_next_run),
    "coins.tasks.share_out": Case(a_counted_run, {"runs": {State.PAYING: 1}, "youths": [(0, 0)]}, the_next_run),
    # The last chunk: the run is closed too, and the youth hears of it.
    "coins.tasks.pay_chunk": Case(
        a_planned_run, {"runs": {State.CLOSED: 1}, "youths": [(10, 0)], "waiting": 1}, the_next_run
    ),
    "coins.tasks.close_run": Case(a_paid_run, {"runs": {State.CLOSED: 1}, "waiting": 1}, the_next_run),
    "clevervibes.tasks.take_figures": Case(
        a_busy_bank, {"figures": 1}, look=lambda: {"figures": PublicFigures.objects.count()}
    ),
    "coins.tasks.seal_ledger": Case(a_busy_bank, {"sealed": 1_000}, look=proof_so_far),
    "coins.tasks.take_snapshots": Case(a_busy_bank, {"snapshots": [-1_000]}, look=proof_so_far),
    "coins.tasks.prove_ledger": Case(a_busy_bank, {"sealed": 1_000, "snapshots": [-1_000]}, look=proof_so_far),
    "coins.tasks.look_at_ledger": Case(a_run_that_does_not_end, {"alarms": ["run_open"], "waiting": 1}),
    "coins.tasks.book_bank_lines": Case(
        a_statement_half_booked, {"lines": {"booked": 2}, "deposits": 2}, look=bank_lines
    ),
    "coins.tasks.remind_of_pledges": Case(two_promises, {"steps": [-14, 21], "told": 2, "waiting": 2}, look=promises),
    "coins.tasks.end_coins": Case(coins_that_end, {"youths": [(0, 0), (7, 0)], "waiting": 1}),
    "partners.tasks.book_released": Case(
        a_statement_that_is_released, {"statements": {"approved": 1}}, look=statements
    ),
    "partners.tasks.settle_due": Case(
        a_month_that_is_over, {"statements": {"draft": 1}, "settled": 1, "told": 1}, look=drafted
    ),
    "partners.tasks.look_at_volume": Case(nine_hundred_thousand_euros, {"alarms": ["volume"], "waiting": 1}),
    "partners.tasks.remind_of_holds": Case(
        a_hold_that_ends_soon, {"holds": {Hold.Status.LIVE: 1}, "told": 1}, look=holds_told_of
    ),
    "partners.tasks.expire_holds": Case(a_hold_of_long_ago, {"holds": {Hold.Status.EXPIRED: 1}, "youths": [(30, 0)]}),
}


@pytest.mark.django_db(transaction=False)
def test_every_task_has_a_case():
    # What a worker does at its start: import the tasks of all apps.
    app.loader.import_default_modules()
    assert {name for name in app.tasks if not name.startswith("celery.")} == CASES.keys()


def arranged(name: str, queue: Queue) -> tuple[Callable[[], None], Case]:
    """Set the stage; return the delivery and what is expected of it, after seeing that it is not so already."""
    case = CASES[name]
    arguments = case.arrange()
    assert not as_expected(case)

    def deliver() -> None:
        import_string(name)(*arguments)
        if case.follow:
            queue.work()

    return deliver, case


def seen(case: Case) -> dict[str, Any]:
    return {**world(), **case.look()}


def as_expected(case: Case) -> bool:
    now = seen(case)
    return all(now[what] == value for what, value in case.expect.items())


@pytest.mark.parametrize("name", CASES)
def test_delivered_twice(name, queue):
    deliver, case = arranged(name, queue)

    deliver()
    once = seen(case)
    assert as_expected(case), once
    deliver()

    assert seen(case) == once


@pytest.mark.parametrize("name", CASES)
def test_delivered_three_times_at_once(name, queue):
    deliver, case = arranged(name, queue)

    assert in_parallel(*[deliver] * 3) == [None] * 3

    assert as_expected(case), seen(case)


@pytest.mark.parametrize("name", CASES)
def test_delivered_once_more_when_the_world_has_moved_on(name, queue):
    deliver, case = arranged(name, queue)
    deliver()
    case.meanwhile()
    before = seen(case)

    deliver()

    assert seen(case) == before
