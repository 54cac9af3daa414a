"""What a statement of the bank says about payments to partners: paid as a file or one by one, or sent back."""

import re
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from coins.bank_results import Found, Payer, asked_about_results
from coins.models import BankLine
from partners import payouts
from partners.models import Payout, PayoutFile, Settlement

_OURS = re.compile(r"CVC-[ME]-[0-9A-Z]{24}")
Status = Settlement.Status
# What has left the account in a file: all of it but what the bank refused at once.
_LEFT = (Status.EXPORTED, Status.PAID, Status.RETURNED)


def _ids(line: BankLine) -> set[str]:
    # Some banks break long words of the purpose.
    return set(_OURS.findall(f"{line.end_to_end_id} {line.batch_ids} {line.text} {line.text.replace(' ', '')}"))


def find_file(line: BankLine) -> Found | None:
    """Find the file whose payments together left the account with this line."""
    ids = _ids(line) if line.amount_cents < 0 else set()
    made = PayoutFile.objects.filter(message_id__in=ids).first() if ids else None
    if made is None:
        return None
    left = Payout.objects.filter(file=made, settlement__status__in=_LEFT)
    if sum(left.values_list("amount_cents", flat=True)) != -line.amount_cents:
        return None
    return Found("payout_file", made.public_id, _("Datei %(name)s") % {"name": made.message_id})


def find_payment(line: BankLine) -> Found | None:
    """Find the payment that left the account with this line."""
    return _find(line, "payout", -line.amount_cents)


def find_return(line: BankLine) -> Found | None:
    """Find the payment that came back with this line."""
    return _find(line, "return", line.amount_cents)


def _find(line: BankLine, what: str, amount_cents: int) -> Found | None:
    ids = _ids(line) if amount_cents > 0 else set()
    payout = _payouts().filter(end_to_end_id__in=ids, amount_cents=amount_cents).first() if ids else None
    return Found(what, payout.settlement.public_id, str(payout.settlement)) if payout else None


def _payouts() -> QuerySet[Payout]:
    return Payout.objects.select_related("settlement__partner__organisation")


def book_file(about: UUID, line: BankLine, by: User | None, now: datetime) -> None:
    """Note each payment of the file as paid; what is noted already, or came back, stays."""
    for payout in Payout.objects.filter(file__public_id=about, settlement__status=Status.EXPORTED):
        payouts.note_paid(payout=payout, on=line.booked_on, by=by)


def book_payment(about: UUID, line: BankLine, by: User | None, now: datetime) -> None:
    payouts.note_paid(payout=_payouts().get(settlement__public_id=about), on=line.booked_on, by=by)


def book_return(about: UUID, line: BankLine, by: User | None, now: datetime) -> None:
    """Note that a payment came back. It had left before, also where that was not noted yet."""
    payout = _payouts().get(settlement__public_id=about)
    if payout.settlement.status == Status.EXPORTED:
        payouts.note_paid(payout=payout, on=line.booked_on, by=by)
    why = line.why or line.text[:200] or _("von der Bank zurück")
    payouts.note_returned(payout=payout, on=line.booked_on, why=why, by=by)


asked_about_results(Payer("payout_file", find_file, book_file))
asked_about_results(Payer("payout", find_payment, book_payment))
asked_about_results(Payer("return", find_return, book_return))
