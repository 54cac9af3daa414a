"""The club's own money from before the books: what lay on its account when the first statement began.

It is nobody's coins. Without it the bank would have more than the books from the first statement on.
"""

from datetime import date, datetime
from uuid import uuid5

from django.db.models import Min, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from coins import ledger
from coins.funding import MAX_CENTS
from coins.models import BankStatement, LedgerAccount, OpeningMoney, Transfer
from coins.numbers import euros


class OpeningRefused(DomainError):
    """A rule about the money from before the books; `field` is the form field that people look at."""

    field = "amount_cents"


class NoAmount(OpeningRefused):
    code = "opening_without_amount"
    status = 400
    message = _("Bitte geben Sie einen Betrag zwischen 1 Cent und {euros} ein.")


class ReasonMissing(OpeningRefused):
    code = "opening_without_reason"
    status = 400
    field = "reason"
    message = _("Bitte schreiben Sie in einem Satz, woher man das weiß: zum Beispiel aus welchem Kontoauszug.")


class TooLate(OpeningRefused):
    code = "opening_too_late"
    field = "held_on"
    message = _("Der Anfangsbestand lag vor dem ersten Kontoauszug auf dem Konto, spätestens am {day}.")


class AlreadyThere(OpeningRefused):
    code = "opening_already_there"
    message = _("Es gibt schon einen Anfangsbestand: {opening}. Das Konto hat nur einen Anfang.")


class OwnOpening(OpeningRefused):
    code = "own_opening"
    message = _("Was Sie selbst beantragt haben, gibt eine zweite Person frei.")


class AlreadyBooked(OpeningRefused):
    code = "opening_already_booked"
    message = _("Der Anfangsbestand ist schon gebucht.")


@db.service
def ask(*, amount_cents: int, held_on: date, reason: str, by: User, now: datetime) -> OpeningMoney:
    """Enter what lay on the account before the first statement. Nothing is booked before another lets it in.

    :raises NoAmount, ReasonMissing: if something is left out.
    :raises TooLate: on a day with or after the first statement, or in the future.
    :raises AlreadyThere: if there is one, let in or waiting.
    :raises coins.ledger.YearClosed: if the day lies in a closed year.
    """
    db.lock_name("opening money")
    if not 0 < amount_cents <= MAX_CENTS:
        raise NoAmount(euros=euros(MAX_CENTS))
    if not reason.strip():
        raise ReasonMissing
    _require_before_statements(held_on, now)
    ledger.require_open(held_on)
    if there := OpeningMoney.objects.first():
        raise AlreadyThere(opening=there)
    return OpeningMoney.objects.create(
        amount_cents=amount_cents, held_on=held_on, reason=reason.strip(), asked_by=by, asked_at=now
    )


@db.service
def approve(*, opening: OpeningMoney, by: User, now: datetime) -> OpeningMoney:
    """Let in what somebody else entered, and book it as the club's own. Again changes nothing.

    :raises OwnOpening: if `by` entered it.
    :raises TooLate: if an earlier statement came meanwhile.
    :raises coins.ledger.YearClosed: if its year was closed meanwhile.
    """
    opening = OpeningMoney.objects.select_for_update(of=("self",), no_key=True).get(pk=opening.pk)
    if opening.approved_at is not None:
        return opening
    if opening.asked_by_id == by.pk:
        raise OwnOpening
    _require_before_statements(opening.held_on, now)
    ledger.require_open(opening.held_on)
    world, own = ledger.open_account(kind=LedgerAccount.Kind.WORLD), ledger.open_account(kind=LedgerAccount.Kind.OWN)
    ledger.post_transfer(
        debit=world, credit=own, amount=opening.amount_cents, kind=Transfer.Kind.OWN_IN,
        key=uuid5(opening.public_id, "own"), group=opening.public_id, effective_on=opening.held_on,
    )  # fmt: skip
    opening.approved_by, opening.approved_at = by, now
    opening.save(update_fields=["approved_by", "approved_at"])
    return opening


@db.service
def withdraw(*, opening: OpeningMoney, now: datetime) -> None:
    """Take back what nobody has let in yet; doing it again changes nothing.

    :raises AlreadyBooked: if it was let in.
    """
    found = OpeningMoney.objects.select_for_update(of=("self",), no_key=True).filter(pk=opening.pk).first()
    if found is None:
        return
    if found.approved_at is not None:
        raise AlreadyBooked
    found.delete()


def booked_in(on: int) -> int:
    """Return the cents with which the books of a year were opened; 0 in any other year."""
    found = OpeningMoney.objects.filter(held_on__year=on, approved_at__isnull=False)
    return int(found.aggregate(cents=Sum("amount_cents", default=0))["cents"])


def _require_before_statements(held_on: date, now: datetime) -> None:
    first = BankStatement.objects.aggregate(day=Min("lines__booked_on"), closing=Min("closing_on"))
    days = [day for day in (first["day"], first["closing"], periods.berlin_date(now)) if day is not None]
    if held_on > min(days):
        raise TooLate(day=f"{min(days):%d.%m.%Y}")
