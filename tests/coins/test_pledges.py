"""What sponsors promise: noted, counted against what arrives, taken back, and reminded of."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Membership, Notice
from clevervibes.lib import outbox, periods
from clevervibes.lib.team import APPROVER, AUDITOR, FINANCE
from clevervibes.workplace import waiting
from coins import funding, orders, pledge_reminders, pledges, references
from coins.models import Pledge
from coins.pledges import Rhythm, State
from tests.concurrency import in_parallel
from tests.factories import NOON, make_pool, make_sponsor, make_user

pytestmark = pytest.mark.django_db

TODAY = NOON.date()
A_DAY = timedelta(days=1)
DUE = TODAY + 40 * A_DAY


@pytest.fixture
def sponsor():
    return make_sponsor()


@pytest.fixture
def pool(sponsor):
    return make_pool(sponsor=sponsor)


def promise(sponsor, cents=100_00, due_on=TODAY + 30 * A_DAY, **more):
    (one,) = pledges.promise(sponsor=sponsor, amount_cents=cents, due_on=due_on, by=None, **{"now": NOON, **more})
    return one


def pay(pool, cents, *, on=TODAY):
    return funding.book_deposit(pool=pool, amount_cents=cents, received_on=on, by=None, now=NOON)


def state(pledge, *, on=TODAY):
    pledge.refresh_from_db()
    return pledges.state_of(pledge, pledges.received().get(pledge.pk, 0), on=on)


# ── Promising ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("rhythm", "first", "days"),
    [
        (Rhythm.ONCE, date(2026, 8, 31), [(2026, 8, 31)]),
        (Rhythm.QUARTERLY, date(2026, 8, 31), [(2026, 8, 31), (2026, 11, 30), (2027, 2, 28), (2027, 5, 31)]),
        (Rhythm.YEARLY, date(2026, 8, 30), [(2026, 8, 30), (2027, 8, 30)]),
    ],
)
def test_a_series_is_single_rows_until_the_agreement_ends(sponsor, rhythm, first, days):
    sponsor.agreement_until = date(2027, 8, 30)
    sponsor.save()

    made = pledges.promise(sponsor=sponsor, amount_cents=5, due_on=first, rhythm=rhythm, by=None, now=NOON)

    assert [one.due_on for one in made] == [date(*day) for day in days]
    assert {one.amount_cents for one in made} == {5}


def test_a_series_without_an_end_or_outside_of_the_agreement_is_refused(sponsor):
    def ask(first):
        pledges.promise(
            sponsor=sponsor, amount_cents=5, due_on=first, rhythm=Rhythm.QUARTERLY, by=None, now=NOON
        )  # fmt: skip

    with pytest.raises(pledges.NoAgreement):
        ask(TODAY)
    sponsor.agreement_from, sponsor.agreement_until = TODAY, TODAY + 90 * A_DAY
    sponsor.save()
    for first in (TODAY - A_DAY, TODAY + 91 * A_DAY):
        with pytest.raises(pledges.NoAgreement):
            ask(first)
    assert not Pledge.objects.exists()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"cents": 0}, pledges.NoAmount),
        ({"cents": funding.MAX_CENTS + 1}, pledges.NoAmount),
        ({"due_on": TODAY - 367 * A_DAY}, pledges.FarAway),
        ({"due_on": TODAY + 3661 * A_DAY}, pledges.FarAway),
        ({"promised_on": TODAY + A_DAY}, pledges.PromisedLater),
        ({"due_on": TODAY - 9 * A_DAY, "promised_on": TODAY - 8 * A_DAY}, pledges.PromisedLater),
    ],
)
def test_what_cannot_be_meant_is_refused(sponsor, given, error):
    with pytest.raises(error):
        promise(sponsor, **given)


def test_it_is_for_a_pool_of_theirs_or_a_common_one(sponsor):
    other = make_pool(sponsor=make_sponsor("Andere"))
    common = funding.open_pool(sponsor=None, name="Gemeinsam")

    assert promise(sponsor, pool=common).pool == common
    with pytest.raises(pledges.NotTheirPool):
        promise(sponsor, pool=other)


def test_a_form_sent_twice_notes_once(sponsor):
    key = uuid4()
    first = promise(sponsor, key=key)

    assert promise(sponsor, key=key) == first
    with pytest.raises(pledges.KeyReused):
        promise(sponsor, cents=1, key=key)
    assert Pledge.objects.count() == 1


# ── What arrived ─────────────────────────────────────────────────────────────────────────────────
def test_money_fills_the_oldest_pledge_first(sponsor, pool):
    later, soon = promise(sponsor, due_on=TODAY + 60 * A_DAY), promise(sponsor, due_on=TODAY)

    assert (state(soon), state(later)) == (State.OPEN, State.OPEN)
    pay(pool, 40_00)
    assert (state(soon), state(later)) == (State.PARTLY, State.OPEN)
    assert state(soon, on=TODAY + A_DAY) == State.OVERDUE
    pay(pool, 80_00)
    assert pledges.received() == {soon.pk: 100_00, later.pk: 20_00}
    assert (state(soon), state(later)) == (State.FULFILLED, State.PARTLY)


def test_money_of_before_of_others_and_for_other_pools_does_not_count(sponsor, pool):
    pay(pool, 100_00, on=TODAY - A_DAY)
    pay(make_pool(sponsor=make_sponsor("Andere")), 100_00)
    for_one = promise(sponsor, pool=make_pool(sponsor=sponsor, name="Anderer Topf"))
    for_any = promise(sponsor)

    assert (state(for_one), state(for_any)) == (State.OPEN, State.OPEN)
    pay(pool, 100_00)
    assert (state(for_one), state(for_any)) == (State.OPEN, State.FULFILLED)


def test_a_deposit_that_goes_back_opens_the_pledge_again(sponsor, pool):
    pledge = promise(sponsor)
    gift = pay(pool, 100_00)
    back = orders.give_deposit_back(deposit=gift, reason="Rückgabe", by=make_user(), now=NOON)

    assert state(pledge) == State.FULFILLED, "only asked for"
    orders.approve(order=back, by=make_user(), now=NOON)
    assert state(pledge) == State.OPEN


def test_every_list_says_the_same_as_the_single_pledge(sponsor, pool):
    made = [promise(sponsor, cents, due_on=TODAY + days * A_DAY) for days, cents in
            ((-9, 50_00), (-2, 70_00), (3, 10_00), (5, 90_00), (8, 20_00))]  # fmt: skip
    pledges.withdraw(pledge=made[2], reason="Doppelt", by=None, now=NOON)
    pay(pool, 60_00)
    assert {state(one) for one in made} == {State.FULFILLED, State.OVERDUE, State.WITHDRAWN, State.OPEN}
    pay(pool, 80_00)
    seen = [state(one) for one in made]
    assert State.PARTLY in seen

    for wanted in State:
        found = pledges.in_state(pledges.with_received(Pledge.objects.all()), wanted, on=TODAY)
        assert [one.pk for one in found] == [one.pk for one, is_so in zip(made, seen, strict=True) if is_so == wanted]


# ── Taking back ──────────────────────────────────────────────────────────────────────────────────
def test_withdrawn_with_a_reason_its_money_counts_for_the_next(sponsor, pool):
    first, second = promise(sponsor), promise(sponsor)
    pay(pool, 30_00)
    by = make_user()

    with pytest.raises(pledges.NoReason):
        pledges.withdraw(pledge=first, reason=" ", by=by, now=NOON)
    for _twice in range(2):
        pledges.withdraw(pledge=first, reason="Gekündigt", by=by, now=NOON)
    assert state(first) == State.WITHDRAWN
    assert pledges.received() == {second.pk: 30_00}
    with pytest.raises(IntegrityError), transaction.atomic():
        Pledge.objects.filter(pk=second.pk).update(withdrawn_at=NOON)
    pay(pool, 70_00)
    with pytest.raises(pledges.AlreadyFulfilled):
        pledges.withdraw(pledge=second, reason="Gekündigt", by=by, now=NOON)


def test_traces_stay(sponsor):
    pledge = promise(sponsor)
    pledges.withdraw(pledge=pledge, reason="Gekündigt", by=None, now=NOON)

    traces = Pledge.pgh_event_models["update"].objects.filter(pgh_obj_id=pledge.pk).order_by("pgh_id")
    assert [(row.pgh_label, row.withdrawn_why) for row in traces] == [("insert", ""), ("update", "Gekündigt")]


# ── The team's page ──────────────────────────────────────────────────────────────────────────────
def test_finance_notes_and_withdraws_and_the_auditor_reads(client, sponsor, pool):
    finance = make_user("Kasse", is_staff=True, roles=[FINANCE])
    client.force_login(finance)
    today = pledges.periods.berlin_date(pledges.db.now())
    form = {
        "key": str(uuid4()), "sponsor": sponsor.pk, "pool": "", "amount_cents": "1.250,00", "promised_on": "",
        "due_on": str(today - 3 * A_DAY), "rhythm": "once",
    }  # fmt: skip
    assert client.post(reverse("admin:coins_pledge_add"), {**form, "rhythm": "yearly"}).status_code == 200
    for _twice in range(2):
        assert client.post(reverse("admin:coins_pledge_add"), form).status_code == 302
    one = Pledge.objects.get()
    assert (one.amount_cents, one.created_by) == (125_000, finance)

    (queue,) = [q for q in waiting.for_(finance, pledges.db.now()) if "stand=overdue" in q.url]
    assert (queue.number, queue.since.date()) == (1, one.due_on)
    answer = client.get(queue.url)
    assert answer.context["cl"].result_count == 1
    assert "1.250,00 €" in answer.content.decode()
    assert client.get(reverse("admin:coins_pledge_changelist") + "?stand=fulfilled").context["cl"].result_count == 0
    assert "überfällig" in client.get(reverse("admin:coins_pledge_change", args=[one.pk])).content.decode()

    away = reverse("admin:coins_pledge_withdraw", args=[one.pk])
    client.force_login(make_user("Prüfung", is_staff=True, roles=[AUDITOR]))
    assert client.get(reverse("admin:coins_pledge_change", args=[one.pk])).status_code == 200
    assert client.post(away, {"reason": "x"}).status_code == 403
    assert client.post(reverse("admin:coins_pledge_add"), form).status_code == 403
    client.force_login(make_user("Freigabe", is_staff=True, roles=[APPROVER]))
    assert client.get(reverse("admin:coins_pledge_changelist")).status_code == 403
    client.force_login(finance)
    assert client.post(away, {"reason": ""}).status_code == 200
    assert client.post(away, {"reason": "Gekündigt"}).status_code == 302
    one.refresh_from_db()
    assert (one.withdrawn_why, one.withdrawn_by) == ("Gekündigt", finance)
    assert not [q for q in waiting.for_(finance, pledges.db.now()) if "stand=overdue" in q.url]


# ── Reminding ────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def contact(sponsor):
    return make_contact(sponsor)


def make_contact(sponsor, name="Karin"):
    person = make_user(name, email=f"{name.lower()}@example.org")
    Membership.objects.create(user=person, organisation=sponsor.organisation, role=Membership.Role.CONTACT)
    return person


def on_day(days, *, hour=10):
    """Return a time of day in Berlin, so many days after what these pledges are due."""
    return datetime.combine(DUE + days * A_DAY, time(hour), periods.BERLIN)


def steps(pledge):
    return list(pledge.reminders.order_by("step_days").values_list("step_days", flat=True))


def test_a_day_in_the_life_of_a_pledge_says_when_somebody_hears_of_it(sponsor, contact):
    pledge = promise(sponsor, due_on=DUE)
    heard = {days: pledge_reminders.remind_due(now=on_day(days)) for days in range(-20, 40)}

    assert [days for days, number in heard.items() if number] == [-14, 7, 21]
    assert steps(pledge) == [-14, 7, 21]
    assert Notice.objects.filter(to=contact, topic=pledge_reminders.TOPIC).count() == 3


def test_letters_leave_in_the_morning(sponsor, contact):
    promise(sponsor, due_on=DUE)

    assert pledge_reminders.remind_due(now=on_day(-14, hour=8)) == 0
    assert pledge_reminders.remind_due(now=on_day(-14, hour=9)) == 1


def test_what_was_missed_is_made_up_for_once_with_the_latest_step(sponsor, contact):
    pledge = promise(sponsor, due_on=DUE)

    assert [pledge_reminders.remind_due(now=on_day(days)) for days in (30, 30, 60)] == [1, 0, 0]
    assert steps(pledge) == [21]


def test_what_had_come_when_it_was_noted_is_no_step(sponsor, contact):
    pledge = promise(sponsor, due_on=DUE, promised_on=TODAY, now=on_day(8))

    assert [pledge_reminders.remind_due(now=on_day(days)) for days in (8, 9, 21)] == [0, 0, 1]
    assert steps(pledge) == [21]


@pytest.mark.parametrize("why", ["paid", "withdrawn", "suspended", "nobody", "gone"])
def test_nobody_hears_of_what_is_paid_or_withdrawn_or_rests(sponsor, pool, contact, why):
    pledge = promise(sponsor, due_on=DUE)
    if why == "paid":
        pay(pool, 100_00)
    elif why == "withdrawn":
        pledges.withdraw(pledge=pledge, reason="Gekündigt", by=None, now=NOON)
    elif why == "suspended":
        type(sponsor).objects.update(suspended_at=NOON)
    elif why == "nobody":
        Membership.objects.all().delete()
    else:
        type(contact).objects.filter(pk=contact.pk).update(is_active=False)

    assert pledge_reminders.remind_due(now=on_day(7)) == 0
    assert steps(pledge) == []
    if why == "nobody":
        make_contact(sponsor, "Doris")
        assert pledge_reminders.remind_due(now=on_day(8)) == 1, "as soon as there is somebody"


def test_the_letter_says_what_is_missing_when_it_is_read(sponsor, pool, contact, client):
    promise(sponsor, due_on=DUE, pool=pool)
    pay(pool, 40_00)
    pledge_reminders.remind_due(now=on_day(-14))
    outbox.relay(on_day(90))

    (letter,) = mail.outbox
    assert letter.to == [contact.email]
    assert letter.subject == "Clever Vibes Club: Erinnerung an Ihre Zusage"
    for words in ("100,00", "60,00", references.of(references.POOL, pool.pk)):
        assert words in letter.body
    client.force_login(contact)
    page = client.get(reverse("accounts:notices")).content.decode()
    assert "60,00" in page
    pay(pool, 60_00)
    assert "60,00" not in client.get(reverse("accounts:notices")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_write_one_letter(sponsor, contact):
    pledge = promise(sponsor, due_on=DUE)

    told = in_parallel(*[lambda: pledge_reminders.remind_due(now=on_day(7))] * 2)

    assert sorted(told) == [0, 1]
    assert steps(pledge) == [7]
    outbox.relay(on_day(90))
    assert len(mail.outbox) == 1
