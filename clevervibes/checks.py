"""What must hold before this installation serves real people; `check --deploy` runs it."""

from collections.abc import Callable, Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Info, register
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.models import Club, Operator, ProtectionMember, SiteText, User
from accounts.texts import selectors as texts
from clevervibes.lib import periods


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


def _asked(find: Callable[[], list[str]], what: str, hint: str, id: str, *models: type) -> list[CheckMessage]:
    """Return an error that names what `find` misses; nothing before the first migration."""
    try:
        stored = connection.introspection.table_names()
        missing = find() if all(model._meta.db_table in stored for model in models) else []  # type: ignore[attr-defined]
    except OperationalError:
        return []  # said once, by the check above
    return [Error(f"{what}: {'; '.join(missing)}.", hint=hint, id=id)] if missing else []


@register(deploy=True)
def texts_of_pages(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Refuse to serve a page of the law or of help that says nothing."""
    return _asked(
        lambda: texts.missing(on=periods.berlin_date(timezone.now())),
        "No published text",
        "Write them in the staff pages under “Texte der Seiten” and publish them; without a club they hold for all.",
        "clevervibes.E002", SiteText, Club,
    )  # fmt: skip


@register(deploy=True)
def who_runs_it(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Refuse to serve without an imprint, or without a number to call in need."""

    def find() -> list[str]:
        unnamed = [f"{club}: operator" for club in texts.without_operator(on=periods.berlin_date(timezone.now()))]
        return unnamed + [f"{club}: emergency number" for club in Club.objects.filter(emergency_phone="")]

    return _asked(
        find, "Nobody is named", "Publish the operator under “Betreiber”, and fill in each club's emergency number.",
        "clevervibes.E003", Operator, Club,
    )  # fmt: skip


@register(deploy=True)
def who_protects(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Refuse to serve while nobody would read that something was not okay."""

    def find() -> list[str]:
        named = ProtectionMember.objects.filter(ended_at=None, person__is_active=True, person__is_staff=True)
        return [str(club) for club in Club.objects.exclude(pk__in=named.values("club"))]

    return _asked(
        find, "Nobody reads concerns", "Name people under “Schutz-Team” in the staff pages, for each club.",
        "clevervibes.E004", ProtectionMember, Club,
    )  # fmt: skip
