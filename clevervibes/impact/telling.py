"""The words and plots of a sponsor's impact: the same on the page, on paper and in the table."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from activities import host_figures
from clevervibes import plots
from clevervibes.impact import promises
from clevervibes.impact.promises import Promises
from clevervibes.lib import periods
from clevervibes.lib.groups import at_least
from clevervibes.plots import Chart, Series
from coins import impact
from coins.impact import Impact, Span
from coins.models import Deposit, Sponsor
from coins.numbers import euros, said
from coins.withheld import Block

MINUTES_AN_HOUR = 60
MOST_COLUMNS = 12


@dataclass(frozen=True)
class Figure:
    """A number with its name; `why` says what is in it. None is told where fewer than five youths stand behind it."""

    label: str
    coins: int | None
    why: str
    icon: str
    tint: str

    @property
    def cents(self) -> int | None:
        return None if self.coins is None else self.coins * settings.COIN_VALUE_CENTS


@dataclass(frozen=True)
class Answer:
    """How many youths answered a host; None where fewer than five did."""

    label: str
    number: int | None


@dataclass(frozen=True)
class Story:
    """All that a page, a PDF and a table say about one sponsor and span."""

    impact: Impact
    deposits: list[Deposit]
    promises: Promises
    agreement: str  # when it ends, while that is near
    first_deposit_on: date | None
    sentences: list[str]
    figures: list[Figure]
    categories: Chart | None
    months: Chart | None
    offered: list[tuple[str, int]]
    answers: list[Answer]
    spans: list[Span]

    @property
    def until(self) -> date:
        return self.impact.end - timedelta(days=1)


def tell(sponsor: Sponsor, *, span: Span, now: datetime) -> Story:
    """Return what may be said about a sponsor's money in a span."""
    found = impact.of(sponsor, span=span, now=now)
    deposits = list(sponsor.deposits.select_related("pool").order_by("received_on", "pk"))
    since = deposits[0].received_on if deposits else impact.end_of_stand(now)
    hosted = host_figures.of_host(sponsor.organisation, since=span.first, end=found.end)
    today = periods.berlin_date(now)
    return Story(
        impact=found,
        promises=promises.of(sponsor, span=span, on=today),
        agreement=promises.agreement(sponsor, on=today),
        deposits=[deposit for deposit in deposits if deposit.received_on in span][::-1],
        first_deposit_on=deposits[0].received_on if deposits else None,
        sentences=_sentences(found),
        figures=_figures(found),
        categories=_by_category(found),
        months=_by_month(found),
        offered=[
            (_("Termine"), hosted.dates), (_("Plätze an den Terminen"), hosted.seats),
            (_("Ausbildungs- und Praktikumsplätze"), hosted.places),
        ] if hosted else [],
        answers=[
            Answer(label, at_least(number) or None)
            for label, number in (
                (_("haben gebucht"), hosted.booked), (_("waren dabei"), hosted.came),
                (_("haben Interesse gezeigt"), hosted.interested), (_("wurden eingeladen"), hosted.invited),
            )
        ] if hosted else [],
        spans=impact.spans(since, max(since, impact.end_of_stand(now) - timedelta(days=1))),
    )  # fmt: skip


def title_of(span: Span) -> str:
    """Say a span in words."""
    if span.quarter:
        return _("%(quarter)s. Quartal %(year)s") % {"quarter": span.quarter, "year": span.year}
    return str(span.year) if span.year else _("Seit Beginn")


def name_of(category: str) -> str:
    """Say a category; what was merged has none of its own."""
    return category or _("Weiteres")


def label_of(block: Block) -> str:
    """Say the months of a block."""
    last = date_format(block.last, "M Y")
    return last if block.first == block.last else f"{date_format(block.first, 'M')}–{last}"


def hours(minutes: int) -> int:
    """Return whole hours, rounded: what is left over is nobody's to find."""
    return (minutes + MINUTES_AN_HOUR // 2) // MINUTES_AN_HOUR


# ── Parts ────────────────────────────────────────────────────────────────────────────────────────
def _sentences(found: Impact) -> list[str]:
    """Say it so that somebody can read it out in a meeting."""
    said_of = []
    if found.funded_coins > 0:
        cents = euros(found.funded_coins * settings.COIN_VALUE_CENTS)
        said_of.append(_("%(name)s hat %(euros)s für gemeinsame Zeit gegeben.") % {
            "name": found.sponsor, "euros": cents,
        })  # fmt: skip
    if found.youths and (spent := hours(found.minutes)):
        words = {"youths": said(found.youths), "hours": said(spent)}
        said_of.append(_(
            "Mindestens %(youths)s Jugendliche haben dafür %(hours)s Stunden mit jemandem gelernt, gelesen oder "
            "angepackt."
        ) % words)  # fmt: skip
    named = [(name, minutes) for name, minutes in found.by_category if name]
    if len(named) > 1 and hours(named[0][1]):
        words = {"first": named[0][0], "hours": said(hours(named[0][1])), "second": named[1][0]}
        said_of.append(_("Am meisten Zeit ging in „%(first)s“ (%(hours)s Std.), danach in „%(second)s“.") % words)
    if found.earned_coins and found.redeemed_coins > 0:
        words = {"earned": said(found.earned_coins), "redeemed": said(found.redeemed_coins)}
        said_of.append(_(
            "Sie haben %(earned)s Coins verdient; %(redeemed)s Coins sind bei Läden vor Ort eingelöst worden."
        ) % words)  # fmt: skip
    return said_of


def _figures(found: Impact) -> list[Figure]:
    figures = [
        Figure(_("Gefördert"), found.funded_coins, _("was eingegangen und geblieben ist"), "hand-coins", "mint"),
        # Nobody, or too few to be told: the page does not say which.
        Figure(_("Freigegeben und verdient"), found.earned_coins or None, _("für gemeinsame Stunden"), "clock", "sky"),
        Figure(_("Eingelöst"), found.redeemed_coins or None, _("bei Läden vor Ort"), "shopping-bag", "violet"),
        Figure(_("Verfallen oder zurück"), found.back_coins or None, _("wieder in Ihren Töpfen"), "undo-2", "rose"),
        Figure(_("Noch in den Töpfen"), found.left_coins, _("für die nächsten Stunden"), "coins", "amber"),
    ]
    if found.granted_coins:
        extra = Figure(_("Gutgeschrieben"), found.granted_coins, _("einzeln, mit Grund"), "gift", "mint")
        figures.insert(2, extra)
    return figures


def _by_category(found: Impact) -> Chart | None:
    data = [(name_of(name), hours(minutes)) for name, minutes in found.by_category]
    return plots.bars(title=_("Stunden nach Thema"), unit=_("Stunden"), data=data) if data else None


def _by_month(found: Impact) -> Chart | None:
    """Draw a column per month; the themes that are not among the first five are one."""
    if not found.by_block:
        return None
    blocks = found.by_block[-MOST_COLUMNS:]
    named = [name for name, _minutes in found.by_category if name]
    own = named[: plots.COLOURS - 1]

    def rest(block: Block) -> int:
        return sum(minutes for name, minutes in block.parts.items() if name not in own)

    series = [Series(name, [hours(block.parts.get(name, 0)) for block in blocks]) for name in own]
    if any(rest(block) for block in blocks):
        series.append(Series(name_of(""), [hours(rest(block)) for block in blocks]))
    return plots.columns(
        title=_("Stunden nach Monat"), unit=_("Stunden"), labels=[label_of(block) for block in blocks], series=series
    )
