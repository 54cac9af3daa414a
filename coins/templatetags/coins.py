from django import template

from clevervibes.lib import periods
from coins import conversion

register = template.Library()


@register.simple_tag
def coins_estimate(entry: object) -> int:
    """Return about how many coins a shared time becomes, before caps and quota."""
    return conversion.estimate(
        minutes=entry.duration_minutes,  # type: ignore[attr-defined]
        with_host=entry.host_confirmed,  # type: ignore[attr-defined]
        on=periods.berlin_date(entry.starts_at),  # type: ignore[attr-defined]
    )
