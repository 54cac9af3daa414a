"""The public figures as plots."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from activities.models import Category
from clevervibes import plots
from clevervibes.lib import periods

THEMES = plots.COLOURS - 1  # and one colour for all others
MONTHS = 12


def hours(minutes: int) -> int:
    """Round to the nearest hour, half an hour up."""
    return (minutes + 30) // 60


def label(month: dict[str, Any]) -> str:
    """Return Sep 2026, or Sep–Nov 2026 for months that are shown as one."""
    first, last = date.fromisoformat(month["from"]), date.fromisoformat(month["to"])
    if (first.year, first.month) == (last.year, last.month):
        return date_format(first, "M y")
    return f"{date_format(first, 'M')}–{date_format(last, 'M y')}"


def some_wait(figures: dict[str, Any]) -> bool:
    """Say whether a month waits for the next one, or did."""
    return figures["held_back_since"] is not None or any(
        date.fromisoformat(month["to"]) >= periods.next_month(date.fromisoformat(month["from"]))
        for month in figures["months"]
    )


def charts(figures: dict[str, Any]) -> list[plots.Chart]:
    """Return the plots of the page: coins, hours by theme, backing; none before there is a month to show."""
    months = figures["months"][-MONTHS:]
    if not months:
        return []
    labels = [label(month) for month in months]
    drawn = [_coins(labels, months), _backing(labels, months)]
    # Coins can be given without an hour behind them.
    if any(month["minutes"] for month in months):
        drawn.insert(1, _themes(labels, months))
    return drawn


def _coins(labels: list[str], months: list[dict[str, Any]]) -> plots.Chart:
    return plots.lines(
        title=_("Coins im Monat"),
        unit=_("Coins"),
        labels=labels,
        series=[
            plots.Series(_("verdient"), [month["earned"] for month in months]),
            plots.Series(_("eingelöst"), [max(month["redeemed"], 0) for month in months]),
        ],
    )


def _themes(labels: list[str], months: list[dict[str, Any]]) -> plots.Chart:
    totals: dict[int, int] = {}
    for month in months:
        for category, minutes in month["by_category"]:
            totals[category] = totals.get(category, 0) + minutes
    names = {category.pk: str(category) for category in Category.objects.filter(pk__in=totals)}
    largest = sorted(totals, key=lambda category: -totals[category])[:THEMES]
    series = [
        plots.Series(
            names.get(category, _("Anderes")), [hours(dict(month["by_category"]).get(category, 0)) for month in months]
        )
        for category in largest
    ]
    others = [
        hours(
            month["other_minutes"]
            + sum(minutes for category, minutes in month["by_category"] if category not in largest)
        )
        for month in months
    ]
    if any(others) or not series:
        series.append(plots.Series(_("weitere Themen"), others))
    return plots.columns(title=_("Stunden nach Thema"), unit=_("Stunden"), labels=labels, series=series)


def _backing(labels: list[str], months: list[dict[str, Any]]) -> plots.Chart:
    return plots.lines(
        title=_("Deckung in Euro"),
        unit="€",
        labels=labels,
        series=[
            plots.Series(_("zurückgelegt"), [month["set_aside_cents"] // 100 for month in months]),
            plots.Series(_("Wert aller Coins"), [month["owed_cents"] // 100 for month in months]),
        ],
    )
