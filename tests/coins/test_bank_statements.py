"""Statements of the bank: stored whole or not at all, booked once, compared with the books."""

import random
from datetime import timedelta

import pytest
from django.db import transaction

from clevervibes.lib.errors import DomainError
from coins import alarm, bank, camt, funding, ledger, orders, references
from coins.models import Alarm, BankLine, BankStatement, Deposit, LedgerAccount, Sponsor, Transfer
from tests.coins.camt_files import DAY, Entry, document, file, statement
from tests.concurrency import control, in_parallel, rounds
from tests.factories import NOON, make_pool, make_sponsor, make_user

pytestmark = pytest.mark.django_db

IBAN = "DE89370400440532013000"
LATER = NOON + timedelta(days=2)
State, Kind = BankLine.State, BankLine.Kind


@pytest.fixture
def anna():
    return make_user("Anna", is_staff=True)


@pytest.fixture
def pool():
    return make_pool(sponsor=make_sponsor("Stadtwerke"))


def words(pool):
    return references.of(references.POOL, pool.pk)


def read(data, by=None):
    (found,) = bank.read(data=data, by=by, now=LATER)
    return found


def booked(data, by=None):
    found = bank.start_booking(statement=read(data, by), by=by, now=LATER)
    bank.carry_on(statement=found, now=LATER)
    return found


def lines(found):
    return list(found.lines.order_by("pk").values_list("kind", "state"))


# ── What a line is ───────────────────────────────────────────────────────────────────────────────
def test_reading_books_nothing_and_booking_books_what_was_shown(pool, anna):
    found = read(
        file(Entry(12_345, name="Stadtwerke", text=f"Spende {words(pool)}"), Entry(700, name="Unbekannt")), anna
    )
    assert lines(found) == [(Kind.DEPOSIT, State.NEW), (Kind.UNKNOWN, State.NEW)]
    assert not Deposit.objects.exists()
    assert [(part.label, part.number, part.cents) for part in bank.parts_of(found)] == [
        ("Einzahlung", 1, 12_345), ("unbekannt", 1, 700),
    ]  # fmt: skip

    assert bank.carry_on(statement=found, now=LATER) == 0  # nobody has said yes
    bank.carry_on(statement=bank.start_booking(statement=found, by=anna, now=LATER), now=LATER)

    deposit = Deposit.objects.get()
    assert (deposit.pool, deposit.amount_cents, deposit.coins, deposit.received_on) == (pool, 12_345, 1234, DAY)
    assert lines(found) == [(Kind.DEPOSIT, State.BOOKED), (Kind.UNKNOWN, State.WAITING)]
    assert [line.name for line in bank.waiting()] == ["Unbekannt"]


def test_who_paid_is_known_by_the_iban_where_there_is_one_open_pool(pool):
    Sponsor.objects.filter(pk=pool.sponsor_id).update(iban=IBAN)

    found = booked(file(Entry(1_000, iban=IBAN, text="Danke")))

    assert lines(found) == [(Kind.DEPOSIT, State.BOOKED)]
    make_pool(sponsor=pool.sponsor, name="Noch einer")
    two = booked(file(Entry(1_000, iban=IBAN)))
    assert lines(two) == [(Kind.UNKNOWN, State.WAITING)]
    assert two.lines.get().sponsor == pool.sponsor


def test_the_words_count_more_than_the_iban(pool):
    other = make_pool(sponsor=make_sponsor("Sparkasse"), name="Sparkasse")
    Sponsor.objects.filter(pk=other.sponsor_id).update(iban=IBAN)

    booked(file(Entry(1_000, iban=IBAN, text=words(pool))))

    assert Deposit.objects.get().pool == pool


def test_what_was_typed_in_already_is_not_booked_again(pool, anna):
    by_hand = funding.book_deposit(pool=pool, amount_cents=500, received_on=NOON.date(), by=anna, now=NOON)

    found = booked(file(Entry(500, text=words(pool)), Entry(500, text=words(pool))))

    assert lines(found) == [(Kind.KNOWN, State.BOOKED), (Kind.DEPOSIT, State.BOOKED)]
    assert found.lines.first().deposit == by_hand or found.lines.last().deposit == by_hand
    assert Deposit.objects.count() == 2


def test_what_is_typed_in_between_the_look_and_the_booking_is_noticed(pool, anna):
    found = read(file(Entry(500, text=words(pool))))
    assert lines(found) == [(Kind.DEPOSIT, State.NEW)]
    funding.book_deposit(pool=pool, amount_cents=500, received_on=DAY, by=anna, now=LATER)

    bank.carry_on(statement=bank.start_booking(statement=found, by=anna, now=LATER), now=LATER)

    assert lines(found) == [(Kind.KNOWN, State.BOOKED)]
    assert Deposit.objects.count() == 1


def test_a_repayment_is_known_by_its_amount(pool, anna):
    funding.book_deposit(pool=pool, amount_cents=5_000, received_on=NOON.date(), by=anna, now=NOON)
    asked = orders.withdraw(pool=pool, amount_cents=2_000, reason="Zu viel", by=anna, now=NOON)
    orders.approve(order=asked, by=make_user(), now=NOON)

    found = booked(file(Entry(-2_000, name="Stadtwerke"), opening=5_000))

    assert lines(found) == [(Kind.ORDER, State.BOOKED)]
    assert bank.latest().difference_cents == 0


def test_what_cannot_be_booked_waits_and_says_why(pool):
    found = read(file(Entry(1_000, text=words(pool)), Entry(2_000, text=words(pool))))
    type(pool).objects.filter(pk=pool.pk).update(paused_at=NOON)

    bank.carry_on(statement=bank.start_booking(statement=found, by=None, now=LATER), now=LATER)

    assert lines(found) == [(Kind.DEPOSIT, State.WAITING)] * 2
    assert "angehalten oder beendet" in found.lines.first().note


# ── Once ─────────────────────────────────────────────────────────────────────────────────────────
def test_the_same_statement_twice_books_nothing_twice(pool):
    data = file(Entry(1_000, text=words(pool)))
    booked(data)

    with pytest.raises(bank.AlreadyRead, match=r"17\.09\.2026"):
        bank.read(data=data, by=None, now=LATER)
    assert Deposit.objects.count() == 1


def test_lines_of_an_earlier_statement_are_left_out(pool):
    first, second = Entry(1_000, text=words(pool), reference="A"), Entry(2_000, text=words(pool), reference="B")
    booked(file(first))

    month = booked(file(first, second, name="MONAT"))

    assert (month.lines.count(), month.known_lines) == (1, 1)
    assert sorted(Deposit.objects.values_list("amount_cents", flat=True)) == [1_000, 2_000]


def test_a_wrong_file_leaves_nothing_behind(pool):
    good, bad = statement(Entry(1_000, text=words(pool))), statement(Entry(5, currency="CHF"))

    with pytest.raises(camt.WrongFile):
        bank.read(data=document(good, bad), by=None, now=LATER)

    assert not BankStatement.objects.exists()
    assert not BankLine.objects.exists()


def test_another_account_s_statement_is_refused(settings):
    settings.CLUB_IBAN = "DE75512108001245126199"
    with pytest.raises(bank.ForeignAccount, match="3000"):
        bank.read(data=file(Entry(100), iban=IBAN), by=None, now=LATER)
    settings.CLUB_IBAN = ""
    read(file(Entry(100)))
    with pytest.raises(bank.ForeignAccount):
        bank.read(data=document(statement(Entry(100)), statement(Entry(100), iban=IBAN)), by=None, now=LATER)
    assert BankStatement.objects.count() == 1


def test_stopped_after_a_deposit_it_goes_on_without_a_second_one(pool, monkeypatch):
    found = bank.start_booking(
        statement=read(file(Entry(1_000, text=words(pool)), Entry(2_000, text=words(pool)))), by=None, now=LATER
    )
    whole = bank._done

    def dies(line, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr(bank, "_done", dies)
    with pytest.raises(KeyboardInterrupt):
        bank.carry_on(statement=found, now=LATER)
    assert Deposit.objects.count() == 1
    monkeypatch.setattr(bank, "_done", whole)

    bank.carry_on_all(now=LATER)

    assert lines(found) == [(Kind.DEPOSIT, State.BOOKED)] * 2
    assert Deposit.objects.count() == 2


# ── By hand ──────────────────────────────────────────────────────────────────────────────────────
def waiting_line(entry):
    return booked(file(entry)).lines.get()


def test_a_waiting_line_is_placed_and_its_iban_remembered(pool, anna):
    line = waiting_line(Entry(1_500, iban=IBAN, name="Stadtwerke"))

    done = bank.assign(line=line, kind=Kind.DEPOSIT, pool=pool, remember=True, by=anna, now=LATER)

    assert (done.state, done.deposit.amount_cents, done.decided_by) == (State.BOOKED, 1_500, anna)
    assert Sponsor.objects.get(pk=pool.sponsor_id).iban == IBAN
    with pytest.raises(bank.AlreadyBooked):
        bank.assign(line=line, kind=Kind.OWN, by=anna, now=LATER)
    assert lines(booked(file(Entry(200, iban=IBAN)))) == [(Kind.DEPOSIT, State.BOOKED)]


def test_the_club_s_own_money_comes_and_goes(anna):
    came, fee, more = (waiting_line(Entry(cents, text="Zinsen")) for cents in (500, -300, -300))

    for line in (came, fee):
        bank.assign(line=line, kind=Kind.OWN, by=anna, now=LATER)
    with pytest.raises(ledger.InsufficientBalance):
        bank.assign(line=more, kind=Kind.OWN, by=anna, now=LATER)

    own = LedgerAccount.objects.get(kind=LedgerAccount.Kind.OWN)
    assert ledger.balance(own) == 200


def test_what_does_not_fit_is_refused_with_a_sentence(pool, anna):
    went, came = waiting_line(Entry(-500)), waiting_line(Entry(500))
    deposit = funding.book_deposit(pool=pool, amount_cents=499, received_on=DAY, by=anna, now=LATER)

    for line, given in (
        (went, {"kind": Kind.DEPOSIT, "pool": pool}),
        (came, {"kind": Kind.DEPOSIT}),
        (came, {"kind": Kind.KNOWN, "deposit": deposit}),
        (came, {"kind": Kind.ORDER}),
    ):
        with pytest.raises(bank.DoesNotFit):
            bank.assign(line=line, by=anna, now=LATER, **given)
    assert bank.waiting().count() == 2


# ── Against the books ────────────────────────────────────────────────────────────────────────────
def test_the_closing_balance_is_compared_with_the_books(pool):
    found = booked(file(Entry(1_005, text=words(pool)), Entry(700)))

    result = bank.latest()
    assert (result.statement, result.books_cents, result.open_cents) == (found, 1_005, 700)
    assert result.agrees
    bank.look(at=LATER)
    assert not Alarm.objects.exists()


def test_a_difference_is_an_alarm_once_and_so_is_a_statement_that_is_late(pool, anna):
    funding.book_deposit(pool=pool, amount_cents=300, received_on=NOON.date(), by=None, now=NOON)
    found = booked(file(Entry(1_000, text=words(pool))))
    assert bank.latest().difference_cents == -300

    for _time in range(2):
        bank.look(at=LATER)
    assert Alarm.objects.get().detail == f"statement {found.pk}: difference -3,00 €"
    alarm.acknowledge(alarm=Alarm.objects.get(), by=anna, note="Wird geklärt.", now=LATER)
    bank.look(at=LATER)
    assert Alarm.objects.count() == 1

    assert not bank.is_late(bank.latest(), at=NOON + timedelta(days=36))
    bank.look(at=NOON + timedelta(days=37))
    assert "no statement since 17.09.2026" in Alarm.objects.get(seen_at=None).detail


def test_a_gap_between_two_statements_is_noticed(pool):
    booked(file(Entry(1_000, text=words(pool))))

    assert bank.gap_before(read(file(Entry(5), opening=1_000, on=DAY + timedelta(days=1)))) is None
    assert bank.gap_before(read(file(Entry(5), opening=2_000, on=DAY + timedelta(days=2)))) == 995


# ── At once ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_the_same_file_read_and_booked_by_two_at_once_is_booked_once():
    pool = make_pool(sponsor=make_sponsor("Stadtwerke"))
    number = iter(range(1_000))

    def play(_source: random.Random) -> bool:
        name = f"RENNEN-{next(number)}"
        data = file(Entry(1_000, text=words(pool)), Entry(2_000, text=words(pool)), name=name)
        before = Deposit.objects.count()

        def both() -> BankStatement:
            found = BankStatement.objects.filter(statement_id=name).first()
            return found or bank.read(data=data, by=None, now=LATER)[0]

        in_parallel(*[both] * 3)
        (found,) = BankStatement.objects.filter(statement_id=name)
        found = bank.start_booking(statement=found, by=None, now=LATER)
        in_parallel(*[lambda: bank.carry_on(statement=found, now=LATER)] * 3)
        bank.carry_on(statement=found, now=LATER)
        return Deposit.objects.count() - before != 2 or {state for _kind, state in lines(found)} != {State.BOOKED}

    assert rounds(4, play).bad == 0


@pytest.mark.django_db(transaction=True)
def test_control_without_lock_and_constraints_the_same_file_is_stored_twice(superuser_sql, monkeypatch):
    superuser_sql.execute('ALTER TABLE coins_bankline DROP CONSTRAINT "coins_bank_line_once"')
    superuser_sql.execute('ALTER TABLE coins_bankstatement DROP CONSTRAINT "coins_bank_statement_once"')
    monkeypatch.setattr(bank.db, "lock_name", lambda name: None)
    number = iter(range(1_000))

    def play(_source: random.Random) -> bool:
        name = f"KONTROLLE-{next(number)}"
        data = file(*[Entry(1_000)] * 200, name=name)
        in_parallel(*[lambda: bank.read(data=data, by=None, now=LATER)] * 3)
        return BankStatement.objects.filter(statement_id=name).count() > 1

    assert control(5, play).bad >= 4


@pytest.mark.django_db(transaction=True)
def test_a_line_placed_differently_by_two_at_once_is_booked_once():
    anna, bert = make_user(), make_user()
    pools = [make_pool(sponsor=make_sponsor(name), name=name) for name in ("Eins", "Zwei")]

    def play(_source: random.Random) -> bool:
        line = waiting_line(Entry(1_000))
        before = Deposit.objects.count()
        results = in_parallel(
            *(
                lambda pool=pool, by=by: bank.assign(line=line, kind=Kind.DEPOSIT, pool=pool, by=by, now=LATER)
                for pool, by in zip(pools, (anna, bert), strict=True)
            )
        )
        won = [result for result in results if isinstance(result, BankLine)]
        refused = [result for result in results if isinstance(result, DomainError)]
        return (len(won), len(refused), Deposit.objects.count() - before) != (1, 1, 1)

    assert rounds(8, play).bad == 0


def test_a_line_is_stored_once_whatever_the_code_does():
    found = read(file(Entry(1_000, reference="A")))
    row = found.lines.get()
    row.pk, row.public_id = None, ledger.random_owner()
    with pytest.raises(Exception, match="coins_bank_line_once"), transaction.atomic():
        row.save(force_insert=True)
    with pytest.raises(Exception, match="coins_bank_line_booked_as_something"), transaction.atomic():
        BankLine.objects.update(state=State.BOOKED)
    assert not Transfer.objects.exists()
