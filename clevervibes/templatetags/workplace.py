"""What pages of the team draw beside a row."""

from typing import Any

from django import template
from django.db.models import Model
from django.utils.translation import gettext as _

from accounts.models import User
from clevervibes import plots

register = template.Library()


@register.simple_tag(takes_context=True)
def coin_way(context: dict[str, Any], row: Model | None) -> list[Any]:
    """Return the other stations of a coin's way; none on the page of a new row."""
    # Here, since libraries are loaded while the admin itself is still being imported.
    from clevervibes.workplace import way

    user = context["request"].user
    return [*way.stations(user, row)] if row is not None and isinstance(user, User) else []


@register.inclusion_tag("components/plot.html")
def coin_spread(report: Any) -> dict[str, Any]:
    """Draw how the coins of a run (coins.report) spread over the youths. Everybody sees sums here, nobody a name."""
    from coins import report as reports

    groups = reports.steps(report.spread)
    chart = plots.columns(
        title=_("Coins je Person in diesem Lauf"), unit=_("Personen"), labels=[label for label, _n in groups],
        series=[plots.Series(_("Personen"), [youths for _label, youths in groups])],
    )  # fmt: skip
    return {"chart": chart, "key": f"spread-{chart.key}"}


@register.inclusion_tag("components/plot.html")
def more_or_less(simulation: Any) -> dict[str, Any]:
    """Draw how many youths would have more coins, or less (coins.simulation)."""
    from coins import report as reports

    lower = reports.steps([(-coins, youths) for coins, youths in simulation.groups if coins < 0])
    higher = reports.steps([(coins, youths) for coins, youths in simulation.groups if coins > 0])
    groups = [(f"−{label}", youths) for label, youths in reversed(lower)]
    groups += [(_("gleich"), simulation.same)] + [(f"+{label}", youths) for label, youths in higher]
    chart = plots.columns(
        title=_("Coins mehr oder weniger je Person"), unit=_("Personen"), labels=[label for label, _n in groups],
        series=[plots.Series(_("Personen"), [youths for _label, youths in groups])],
    )  # fmt: skip
    return {"chart": chart, "key": f"simulation-{chart.key}"}
