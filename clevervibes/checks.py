"""What must hold before this installation serves real people; `check --deploy` runs it."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Info, register
from django.db import OperationalError, connection

from accounts.models import User


@register(deploy=True)
def demo_people(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Refuse people of the demo: their password is printed for everybody.

    Not tagged as a check of databases, which only run when `--database` names one.
    """
    try:
        if User._meta.db_table not in connection.introspection.table_names():
            return []
        count = User.objects.filter(is_demo=True).count()
    except OperationalError:
        return [Info("The database does not answer: no look at demo logins was possible.", id="clevervibes.I001")]
    if not count:
        return []
    return [
        Error(
            f"{count} people of the demo are in the database.",
            hint="Their password is public. Put the club on a database of its own, where seed_demo never ran.",
            id="clevervibes.E001",
        )
    ]
