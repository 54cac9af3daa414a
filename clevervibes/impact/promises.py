"""What a sponsor promised, what has come of it and what is open; when the agreement ends. All of it is their own."""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coins import agreements, pledges
from coins.impact import Span
from coins.models import Pledge, Sponsor
from coins.numbers import euros
from coins.pledges import State

TINTS = {State.FULFILLED: "mint", State.OVERDUE: "rose", State.PARTLY: "amber", State.OPEN: "sky"}
ICONS = {State.FULFILLED: "circle-check", State.OVERDUE: "hourglass", State.PARTLY: "clock", State.OPEN: "calendar"}


@dataclass(frozen=True)
class Promise:
    """One pledge as its sponsor reads it."""

    due_on: date
    amount_cents: int
    received_cents: int
    state: State
    said: str
    pool: str  # without one, money for any pool counts

    @property
    def missing_cents(self) -> int:
        return self.amount_cents - self.received_cents

    @property
    def tint(self) -> str:
        return TINTS[self.state]

    @property
    def icon(self) -> str:
        return ICONS[self.state]


@dataclass(frozen=True)
class Promises:
    """The pledges that are due in a span, the oldest first, with sentences that say what they come to."""

    rows: list[Promise]
    sentences: list[str]


def of(sponsor: Sponsor, *, span: Span, on: date) -> Promises:
    """Return what was promised for a span, as it stands on a day; what was withdrawn is not among it."""
    arrived = pledges.received([sponsor.pk])
    standing = sponsor.pledges.filter(withdrawn_at=None).select_related("pool").order_by("due_on", "pk")
    rows = [_promise(one, arrived[one.pk], on) for one in standing if one.due_on in span]
    return Promises(rows, _sentences(rows))


def agreement(sponsor: Sponsor, *, on: date) -> str:
    """Say when the agreement ends, within 30 days of it and after; empty if there is nothing to say."""
    until = sponsor.agreement_until
    if until is None or until > on + agreements.SOON:
        return ""
    day = date_format(until, "DATE_FORMAT")
    if until < on:
        return _("Ihre Vereinbarung galt bis zum %(day)s.") % {"day": day}
    return _("Ihre Vereinbarung endet am %(day)s.") % {"day": day}


def _promise(pledge: Pledge, received_cents: int, on: date) -> Promise:
    state = pledges.state_of(pledge, received_cents, on=on)
    missing = euros(pledge.amount_cents - received_cents)
    if state == State.FULFILLED:
        said = _("ganz eingegangen")
    elif state == State.OVERDUE:
        said = _("überfällig, es fehlen %(missing)s") % {"missing": missing}
    elif state == State.PARTLY:
        said = _("%(received)s sind da, %(missing)s fehlen noch") % {
            "received": euros(received_cents), "missing": missing,
        }  # fmt: skip
    else:
        said = _("noch offen")
    return Promise(
        pledge.due_on, pledge.amount_cents, received_cents, state, said, pledge.pool.name if pledge.pool else ""
    )


def _sentences(rows: list[Promise]) -> list[str]:
    if not rows:
        return []
    promised, missing = sum(row.amount_cents for row in rows), sum(row.missing_cents for row in rows)
    if not missing:
        return [_("Sie haben %(promised)s zugesagt. Alles davon ist eingegangen.") % {"promised": euros(promised)}]
    said = [
        _("Sie haben %(promised)s zugesagt. Eingegangen sind davon %(received)s, offen sind %(missing)s.")
        % {"promised": euros(promised), "received": euros(promised - missing), "missing": euros(missing)}
    ]
    late = sum(row.missing_cents for row in rows if row.state == State.OVERDUE)
    if late:
        said.append(_("Überfällig sind %(missing)s.") % {"missing": euros(late)})
    coming = next((row for row in rows if row.state in (State.OPEN, State.PARTLY)), None)
    if coming:
        day = date_format(coming.due_on, "DATE_FORMAT")
        said.append(_("Als Nächstes sind %(missing)s am %(day)s fällig.") % {
            "missing": euros(coming.missing_cents), "day": day,
        })  # fmt: skip
    return said
