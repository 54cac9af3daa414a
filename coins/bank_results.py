"""What the bank did with payments of the club is known above coins: whoever pays says here which lines are theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import User
from coins.models import BankLine


@dataclass(frozen=True)
class Found:
    """What a line is about, above coins: by which payer, an id of theirs, and a sentence for whoever looks."""

    what: str
    about: UUID
    says: str


@dataclass(frozen=True)
class Payer:
    """`find` says whether a line is about a payment of theirs; `book` books it: called again it does nothing more."""

    what: str
    find: Callable[[BankLine], Found | None]
    book: Callable[[UUID, BankLine, User | None, datetime], object]


_payers: dict[str, Payer] = {}


def asked_about_results(payer: Payer) -> Payer:
    """Register a payer."""
    _payers[payer.what] = payer
    return payer


def find(line: BankLine) -> Found | None:
    """Return the payment that a line is about; None if nobody knows of one."""
    return next((found for payer in _payers.values() if (found := payer.find(line))), None)


def book(line: BankLine, *, about: UUID, by: User | None, now: datetime) -> None:
    """Have the payer of a line note what became of it.

    :raises DomainError: if that cannot be.
    """
    _payers[line.about_what].book(about, line, by, now)
