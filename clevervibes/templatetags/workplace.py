"""What pages of the team draw beside a row."""

from typing import Any

from django import template
from django.db.models import Model

from accounts.models import User

register = template.Library()


@register.simple_tag(takes_context=True)
def coin_way(context: dict[str, Any], row: Model | None) -> list[Any]:
    """Return the other stations of a coin's way; none on the page of a new row."""
    # Here, since libraries are loaded while the admin itself is still being imported.
    from clevervibes.workplace import way

    user = context["request"].user
    return [*way.stations(user, row)] if row is not None and isinstance(user, User) else []
