"""Statements of the bank: read, looked at, booked line by line, and compared with the books.

Reading a file stores it whole or not at all and moves no money. Booking goes line by line, each with a key of its own:
stopped anywhere or started twice, every line is booked once. What nobody can place waits until somebody assigns it.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import uuid5

from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from coins import alarm, bank_matching, bank_results, camt, funding, journal, ledger
from coins.models import (
    Alarm,
    BankLine,
    BankStatement,
    Deposit,
    FundingPool,
    LedgerAccount,
    MoneyOrder,
    Sponsor,
    Transfer,
)
from coins.numbers import euros

logger = logging.getLogger(__name__)

Kind, State = BankLine.Kind, BankLine.State
# What a page may book while somebody waits; more is a worker's.
AT_ONCE = 50
AT_A_TIME = 3_000
LATE_AFTER = timedelta(days=35)
_CHUNK = 1_000


class BankRefused(DomainError):
    """A rule about statements of the bank."""

    code = "bank_refused"
    field = "file"


class AlreadyRead(BankRefused):
    code = "statement_already_read"
    message = _("Diesen Auszug gibt es schon: Stand {on}, gelesen am {at}. Gebucht wurde nichts noch einmal.")


class ForeignAccount(BankRefused):
    code = "foreign_account"
    status = 400
    message = _("Das ist der Auszug eines anderen Kontos (… {iban}). Das Konto des Clubs endet auf {ours}.")


class AlreadyBooked(BankRefused):
    code = "line_already_booked"
    field = "kind"
    message = _("Dieser Umsatz ist schon gebucht.")


class InHands(BankRefused):
    code = "line_in_hands"
    field = "kind"
    message = _("Jemand anders ordnet diesen Umsatz gerade zu. Bitte laden Sie die Seite neu.")


class DoesNotFit(BankRefused):
    code = "line_does_not_fit"
    field = "kind"
    status = 400
    message = _("Das passt nicht zu diesem Umsatz: {why}")


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────
def read(*, data: bytes, by: User | None, now: datetime) -> list[BankStatement]:
    """Store the statements of a file with what each line seems to be. Nothing is booked.

    :raises coins.camt.WrongFile: by line and reason, if it is no statement; then nothing is stored.
    :raises ForeignAccount: if it is another account's.
    :raises AlreadyRead: if there is nothing in it that was not read before.
    """
    return _store(camt.read(data), sha256(data).hexdigest(), by, now)


@db.service
def _store(found: Sequence[camt.Statement], digest: str, by: User | None, now: datetime) -> list[BankStatement]:
    db.be_patient()
    # One at a time: of two who read the same file the second finds what the first has stored.
    db.lock_name("bank statements")
    before: BankStatement | None = None
    stored = []
    for statement in found:
        _require_ours(statement.iban)
        same = BankStatement.objects.filter(
            iban=statement.iban, statement_id=statement.statement_id, closing_on=statement.closing_on
        ).first()
        if same is not None:
            before = same
            continue
        stored.append(_store_one(statement, digest, by, now))
    if not stored and before is not None:
        at = before.imported_at.astimezone(periods.BERLIN)
        raise AlreadyRead(on=f"{before.closing_on:%d.%m.%Y}", at=f"{at:%d.%m.%Y}")
    return stored


def _require_ours(iban: str) -> None:
    ours = settings.CLUB_IBAN or BankStatement.objects.order_by("pk").values_list("iban", flat=True).first()
    if ours and iban != ours:
        raise ForeignAccount(iban=iban[-4:], ours=ours[-4:])


def _store_one(found: camt.Statement, digest: str, by: User | None, now: datetime) -> BankStatement:
    statement = BankStatement.objects.create(
        iban=found.iban, statement_id=found.statement_id, sequence=found.sequence, closing_on=found.closing_on,
        opening_cents=found.opening_cents, closing_cents=found.closing_cents, file_sha256=digest, imported_by=by,
        imported_at=now,
    )  # fmt: skip
    known = _known(found)
    lines = [
        BankLine(
            statement=statement, account_iban=found.iban, reference=line.reference, amount_cents=line.amount_cents,
            booked_on=line.booked_on, name=line.name, iban=line.iban, text=line.text, why=line.why,
            end_to_end_id=line.end_to_end_id, batch_ids=" ".join(line.batch_ids)[:160],
        )
        for line in found.lines
        if (line.reference, line.booked_on, line.amount_cents) not in known
    ]  # fmt: skip
    bank_matching.match(lines)
    BankLine.objects.bulk_create(lines, batch_size=_CHUNK)
    if missing := len(found.lines) - len(lines):
        BankStatement.objects.filter(pk=statement.pk).update(known_lines=missing)
        statement.known_lines = missing
    return statement


def _known(found: camt.Statement) -> set[tuple[str, date, int]]:
    """Return what of a statement stands in an earlier one."""
    stored = BankLine.objects.filter(account_iban=found.iban)
    references = [line.reference for line in found.lines]
    return {
        row
        for start in range(0, len(references), _CHUNK)
        for row in stored.filter(reference__in=references[start : start + _CHUNK]).values_list(
            "reference", "booked_on", "amount_cents"
        )
    }


# ── Booking ──────────────────────────────────────────────────────────────────────────────────────
@db.service
def start_booking(*, statement: BankStatement, by: User | None, now: datetime) -> BankStatement:
    """Say that the lines of a statement are right as they were shown. Saying it again changes nothing."""
    BankStatement.objects.filter(pk=statement.pk, booked_at=None).update(booked_at=now, booked_by=by)
    return BankStatement.objects.get(pk=statement.pk)


def carry_on(*, statement: BankStatement, now: datetime, at_most: int = AT_A_TIME) -> int:
    """Book what is left of a statement that somebody said yes to; return how many lines were looked at.

    Several at once are no harm, and are avoided: each line would be locked by one and waited for by the others.
    """
    if statement.booked_at is None:
        return 0
    with db.one_of(f"bank lines of {statement.pk}", 1) as mine:
        if not mine:
            return 0
        waiting = statement.lines.filter(state=State.NEW).order_by("pk").values_list("pk", flat=True)[:at_most]
        for pk in list(waiting):
            book_line(BankLine.objects.get(pk=pk), by=statement.booked_by, now=now)
    return len(waiting)


def carry_on_all(*, now: datetime) -> None:
    """Go on with every statement that is being booked; beat asks."""
    for statement in BankStatement.objects.filter(booked_at__isnull=False, lines__state=State.NEW).distinct():
        carry_on(statement=statement, now=now)


def book_line(line: BankLine, *, by: User | None, now: datetime) -> BankLine:
    """Book one line as what it was taken for; what cannot be booked waits, and says why. Again it changes nothing."""
    with db.one_of(f"bank line {line.pk}", 1) as mine:
        line.refresh_from_db()
        if line.state == State.BOOKED or not mine:
            return line
        try:
            return _book(line, by=by, now=now)
        except DomainError as error:
            return _wait(line, str(error))


def _book(line: BankLine, *, by: User | None, now: datetime) -> BankLine:
    if line.kind == Kind.DEPOSIT and line.pool is not None:
        # Between the look at the preview and now somebody may have typed it in.
        if known := bank_matching.booked_by_hand(line):
            return _done(line, by=by, now=now, known=known)
        # The line's own id is the key: whoever was stopped after this finds the deposit booked.
        deposit = funding.book_deposit(
            pool=line.pool, sponsor=line.sponsor, amount_cents=line.amount_cents, received_on=line.booked_on,
            reference=line.text[:140], by=by, key=line.public_id, now=now,
        )  # fmt: skip
        return _done(line, by=by, now=now, deposit=deposit)
    if line.kind == Kind.RESULT and line.about is not None:
        bank_results.book(line, about=line.about, by=by, now=now)
    if line.kind == Kind.UNKNOWN:
        return _wait(line, line.note)
    return _done(line, by=by, now=now)


@db.service
def _done(line: BankLine, *, by: User | None, now: datetime, deposit: Deposit | None = None,
          known: Deposit | None = None) -> BankLine:  # fmt: skip
    line = BankLine.objects.select_for_update(of=("self",), no_key=True).get(pk=line.pk)
    if line.state == State.BOOKED:
        return line
    if line.kind == Kind.OWN:
        _move_own(line)
    if known is not None:
        line.kind = Kind.KNOWN
    if (booked := deposit or known) is not None:
        line.deposit, line.sponsor = booked, booked.sponsor
    line.state, line.decided_by, line.decided_at = State.BOOKED, by, now
    line.save(update_fields=["state", "kind", "deposit", "sponsor", "decided_by", "decided_at"])
    return line


def _move_own(line: BankLine) -> None:
    ledger.require_open(line.booked_on)
    world, own = ledger.open_account(kind=LedgerAccount.Kind.WORLD), ledger.open_account(kind=LedgerAccount.Kind.OWN)
    came = line.amount_cents > 0
    ledger.post_transfer(
        debit=world if came else own, credit=own if came else world, amount=abs(line.amount_cents),
        kind=Transfer.Kind.OWN_IN if came else Transfer.Kind.OWN_OUT, key=uuid5(line.public_id, "own"),
        group=line.public_id, effective_on=line.booked_on,
    )  # fmt: skip


@db.service
def _wait(line: BankLine, why: str) -> BankLine:
    BankLine.objects.filter(pk=line.pk).exclude(state=State.BOOKED).update(state=State.WAITING, note=why[:300])
    line.refresh_from_db()
    return line


# ── Placing what nobody knew ─────────────────────────────────────────────────────────────────────
def assign(*, line: BankLine, kind: str, pool: FundingPool | None = None, sponsor: Sponsor | None = None,
           deposit: Deposit | None = None, order: MoneyOrder | None = None, remember: bool = False, by: User,
           now: datetime) -> BankLine:  # fmt: skip
    """Say what a waiting line is, and book it. `remember` keeps the IBAN for the sponsor's next deposit.

    :raises AlreadyBooked: if it is.
    :raises DoesNotFit: if money that left is taken for a deposit, or an amount is another.
    :raises DomainError: if it cannot be booked as that; it goes on waiting.
    """
    # Two who place the same line differently must not both book it.
    with db.one_of(f"bank line {line.pk}", 1) as mine:
        if not mine:
            raise InHands
        line = _decide(line=line, kind=kind, pool=pool, sponsor=sponsor, deposit=deposit, order=order)
        done = _book(line, by=by, now=now)
    if remember and done.sponsor is not None and done.iban:
        _remember(done.sponsor, done.iban)
    return done


@db.service
def _decide(*, line: BankLine, kind: str, pool: FundingPool | None, sponsor: Sponsor | None, deposit: Deposit | None,
            order: MoneyOrder | None) -> BankLine:  # fmt: skip
    line = BankLine.objects.select_for_update(of=("self",), no_key=True).get(pk=line.pk)
    if line.state == State.BOOKED:
        raise AlreadyBooked
    if Deposit.objects.filter(public_id=line.public_id).exists():
        # Stopped between its deposit and its mark: that deposit is what it is.
        return line
    if why := _misfit(line, kind, pool, deposit, order):
        raise DoesNotFit(why=why)
    line.kind, line.state, line.about, line.about_what = kind, State.WAITING, None, ""
    line.pool = pool if kind == Kind.DEPOSIT else None
    line.sponsor = (pool.sponsor or sponsor) if pool and kind == Kind.DEPOSIT else None
    line.deposit = deposit if kind == Kind.KNOWN else None
    line.order = order if kind == Kind.ORDER else None
    if line.deposit:
        line.sponsor = line.deposit.sponsor
    line.save(update_fields=["kind", "state", "about", "about_what", "pool", "sponsor", "deposit", "order"])
    return line


def _misfit(line: BankLine, kind: str, pool: FundingPool | None, deposit: Deposit | None,
            order: MoneyOrder | None) -> object:  # fmt: skip
    came = line.amount_cents > 0
    if kind in (Kind.DEPOSIT, Kind.KNOWN) and not came:
        return _("Das Geld ging vom Konto ab.")
    if kind == Kind.ORDER and came:
        return _("Das Geld kam auf das Konto.")
    if kind == Kind.DEPOSIT and pool is None:
        return _("Es fehlt der Fördertopf.")
    if kind == Kind.KNOWN and (deposit is None or deposit.amount_cents != line.amount_cents):
        return _("Die Einzahlung hat einen anderen Betrag.")
    if kind == Kind.ORDER and (order is None or order.paid_cents != -line.amount_cents):
        return _("Der Auftrag hat einen anderen Betrag.")
    return ""


@db.service
def _remember(sponsor: Sponsor, iban: str) -> None:
    # Whose it is already keeps it: two would leave open whose money it is.
    if not Sponsor.objects.filter(iban=iban).exists():
        Sponsor.objects.filter(pk=sponsor.pk, iban="").update(iban=iban)


# ── Against the books ────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Comparison:
    """What the bank says the club has, and what the books say, on the day of a statement."""

    statement: BankStatement
    books_cents: int  # trust, payable, own and unallotted together
    open_cents: int  # moved at the bank and not in the books yet: not booked, or not placed

    @property
    def difference_cents(self) -> int:
        return self.statement.closing_cents - self.books_cents - self.open_cents

    @property
    def agrees(self) -> bool:
        return self.difference_cents == 0


def compare(statement: BankStatement) -> Comparison:
    """Compare a statement's closing balance with the books of that day."""
    world = LedgerAccount.objects.filter(kind=LedgerAccount.Kind.WORLD).first()
    # What the club has is what the world gave it.
    books_cents = -journal.balance_on(world, statement.closing_on) if world else 0
    still_open = BankLine.objects.filter(account_iban=statement.iban, booked_on__lte=statement.closing_on).exclude(
        state=State.BOOKED
    )
    return Comparison(statement, books_cents, int(still_open.aggregate(sum=Sum("amount_cents", default=0))["sum"]))


def latest() -> Comparison | None:
    """Return how the latest statement compares with the books; None before the first was booked."""
    statement = BankStatement.objects.filter(booked_at__isnull=False).order_by("-closing_on", "-pk").first()
    return compare(statement) if statement else None


def is_late(comparison: Comparison, *, at: datetime) -> bool:
    """Say whether the latest statement is older than 35 days."""
    return periods.berlin_date(at) - comparison.statement.closing_on > LATE_AFTER


def look(*, at: datetime) -> None:
    """Raise an alarm if bank and books do not agree, or no statement came for 35 days; once per statement."""
    found = latest()
    if found is None or found.statement.lines.filter(state=State.NEW).exists():
        return
    if not found.agrees:
        _alarm(found.statement, f"difference {euros(found.difference_cents)}")
    if is_late(found, at=at):
        _alarm(found.statement, f"no statement since {found.statement.closing_on:%d.%m.%Y}")


def _alarm(statement: BankStatement, what: str) -> None:
    detail = f"statement {statement.pk}: {what}"
    if not Alarm.objects.filter(kind=Alarm.Kind.BANK, detail=detail).exists():
        alarm.raise_(Alarm.Kind.BANK, detail)


# ── Reading what was read ────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Part:
    """The lines of a statement that are taken for one thing."""

    label: str
    number: int
    cents: int


def parts_of(statement: BankStatement) -> list[Part]:
    """Return what the lines of a statement are taken for, with sums; what nobody knows comes last."""
    found: dict[str, tuple[int, int]] = {}
    for kind, cents in statement.lines.values_list("kind", "amount_cents"):
        number, total = found.get(kind, (0, 0))
        found[kind] = number + 1, total + cents
    order = [*(kind for kind in Kind.values if kind), Kind.UNKNOWN.value]
    return [Part(str(Kind(kind).label), *found[kind]) for kind in order if kind in found]


def gap_before(statement: BankStatement) -> int | None:
    """Return by how much a statement does not start where the one before ended; None if it does, or is the first."""
    before = (
        BankStatement.objects.filter(iban=statement.iban)
        .filter(Q(closing_on__lt=statement.closing_on) | Q(closing_on=statement.closing_on, pk__lt=statement.pk))
        .order_by("-closing_on", "-pk")
        .first()
    )
    # Where days and months overlap, a statement starts somewhere within the one before.
    if before is None or statement.known_lines:
        return None
    return (statement.opening_cents - before.closing_cents) or None


def waiting() -> QuerySet[BankLine]:
    """Return the lines that somebody has to place."""
    return BankLine.objects.filter(state=State.WAITING)


def progress_of(statement: BankStatement) -> tuple[int, int]:
    """Return how many lines of a statement have been looked at, of how many."""
    states: Iterable[str] = statement.lines.values_list("state", flat=True)
    every = list(states)
    return sum(state != State.NEW for state in every), len(every)
