"""Closing a year: asked for by one person with the bank's word for 31 December, decided by another, for good.

There is one ledger for all clubs, so a year is closed for all. What turns out wrong later is put right by a booking of
the new year.
"""

from datetime import date, datetime, timedelta

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from coins import bank, year
from coins.models import BankStatement, ConversionRun, YearClosing

# By then no session's clock, in whatever time zone, is still in the old year.
SETTLES = timedelta(days=2)


class ClosingRefused(DomainError):
    """A rule about the end of a year; `field` is the form field that people look at."""

    field = "year"


class YearNotOver(ClosingRefused):
    code = "year_not_over"
    message = _("Ein Jahr lässt sich ab dem 3. Januar danach abschließen.")


class AlreadyClosed(ClosingRefused):
    code = "year_already_closed"
    message = _("Dieses Jahr ist schon abgeschlossen.")


class AlreadyAsked(ClosingRefused):
    code = "year_closing_asked"
    message = _("Der Abschluss dieses Jahres ist schon beantragt.")


class BooksDoNotAddUp(ClosingRefused):
    code = "year_does_not_add_up"
    message = _(
        "Anfang, Zu- und Abgänge ergeben nicht das Ende des Jahres. Bitte zuerst die Prüfung der Bücher ansehen."
    )


class RunStillOpen(ClosingRefused):
    code = "run_still_open"
    message = _("Ein Umrechnungslauf dieses Jahres ist noch offen. Bitte warten Sie, bis er abgeschlossen ist.")


class NotCompared(ClosingRefused):
    code = "year_not_compared"
    field = "why"
    message = _(
        "Für den 31.12. gibt es keinen Kontoauszug, der mit den Büchern übereinstimmt. Buchen Sie ihn zuerst oder "
        "schreiben Sie, warum es ohne geht."
    )


class OwnClosing(ClosingRefused):
    code = "own_closing"
    message = _("Was Sie selbst beantragt haben, schließt eine zweite Person ab.")


class BooksChanged(ClosingRefused):
    code = "books_changed"
    message = _("Seit dem Antrag wurde in dieses Jahr gebucht. Bitte ziehen Sie ihn zurück und beantragen ihn neu.")


@db.service
def ask(*, on: int, why: str = "", by: User, now: datetime) -> YearClosing:
    """Ask for the year `on` to be closed; `why` says why without the bank's balance of 31 December.

    :raises YearNotOver, AlreadyClosed, AlreadyAsked, RunStillOpen, BooksDoNotAddUp: if it cannot be closed.
    :raises NotCompared: without a statement that agrees, and without a reason.
    """
    db.lock_name("closing a year")
    _require_closable(on, now)
    if (before := YearClosing.objects.filter(year=on).first()) is not None:
        raise AlreadyClosed if before.approved_at else AlreadyAsked
    books_cents = year.of(on, now=now).closing_cents
    bank_cents = _bank_cents(on)
    if bank_cents != books_cents and not why.strip():
        raise NotCompared
    return YearClosing.objects.create(
        year=on, bank_cents=bank_cents, books_cents=books_cents, why_without_bank=why.strip(), asked_by=by, asked_at=now
    )


@db.service
def approve(*, closing: YearClosing, by: User, now: datetime) -> YearClosing:
    """Close a year that somebody else asked for. Closing it again changes nothing; nothing opens it again.

    :raises OwnClosing: if `by` asked for it.
    :raises BooksChanged: if something was booked into the year meanwhile.
    :raises YearNotOver, RunStillOpen, BooksDoNotAddUp: if it cannot be closed.
    """
    db.lock_name("closing a year")
    closing = YearClosing.objects.select_for_update(of=("self",), no_key=True).get(pk=closing.pk)
    if closing.approved_at is not None:
        return closing
    if closing.asked_by_id == by.pk:
        raise OwnClosing
    closing.approved_by, closing.approved_at = by, now
    try:
        # From here on postings into past years wait, and find the year closed.
        closing.save(update_fields=["approved_by", "approved_at"])
    except IntegrityError as error:
        if db.constraint(error) == "coins_year_is_over":
            raise YearNotOver from error
        raise
    # Looked at with everybody else kept out: this is what stays.
    _require_closable(closing.year, now)
    if year.of(closing.year, now=now).closing_cents != closing.books_cents:
        raise BooksChanged
    return closing


@db.service
def withdraw(*, closing: YearClosing, now: datetime) -> None:
    """Take an open request back; doing it again changes nothing.

    :raises AlreadyClosed: if the year is closed.
    """
    found = YearClosing.objects.select_for_update(of=("self",), no_key=True).filter(pk=closing.pk).first()
    if found is None:
        return
    if found.approved_at is not None:
        raise AlreadyClosed
    found.delete()


def closing_of(on: int) -> YearClosing | None:
    """Return what was asked or decided about a year."""
    return YearClosing.objects.filter(year=on).select_related("asked_by", "approved_by").first()


def _require_closable(on: int, now: datetime) -> None:
    if periods.berlin_date(now) < date(on + 1, 1, 1) + SETTLES:
        raise YearNotOver
    if ConversionRun.objects.filter(closed_at=None, effective_on__lt=date(on + 1, 1, 1)).exists():
        raise RunStillOpen
    if not year.of(on, now=now).adds_up:
        raise BooksDoNotAddUp


def _bank_cents(on: int) -> int | None:
    """Return what the bank's statement of 31 December says, all its lines booked; None without one."""
    statement = BankStatement.objects.filter(booked_at__isnull=False, closing_on=date(on, 12, 31)).first()
    if statement is None or not bank.compare(statement).agrees or bank.compare(statement).open_cents:
        return None
    return statement.closing_cents
