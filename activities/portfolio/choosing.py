"""Which of their confirmed entries a youth wants to show, and with what they learned or without."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User, YouthProfile
from activities import entries
from activities.models import PortfolioPick, SharedTimeEntry
from clevervibes.lib import db


def choosable(user: User) -> QuerySet[SharedTimeEntry]:
    """Return what can stand on a portfolio: the youth's confirmed entries, newest first."""
    mine = SharedTimeEntry.objects.filter(youth__user=user, status=SharedTimeEntry.Status.APPROVED)
    return mine.select_related("category", "portfolio_pick").order_by("-starts_at", "-pk")


def picked(youth: YouthProfile) -> QuerySet[PortfolioPick]:
    """Return the choices whose entries are still confirmed."""
    return PortfolioPick.objects.filter(entry__youth=youth, entry__status=SharedTimeEntry.Status.APPROVED)


@db.service
def choose(*, youth: YouthProfile, shown: Collection[UUID], picks: Collection[UUID], learned: Collection[UUID]) -> None:
    """Keep what was ticked of the entries that were `shown`; all other choices stay as they are.

    Ids of entries that are not the youth's, or not confirmed, are passed over. Ticking what was learned picks it.
    """
    # Two phones at once: one after the other.
    entries.lock_times_of(youth)
    of_page = {entry.public_id: entry for entry in choosable(youth.user).filter(public_id__in=shown)}
    wanted = {public_id for public_id in of_page if public_id in {*picks, *learned}}
    PortfolioPick.objects.filter(entry__in=[row.pk for key, row in of_page.items() if key not in wanted]).delete()
    _store([(of_page[key], key in set(learned) and bool(of_page[key].learned)) for key in wanted])


@db.service
def choose_all(*, youth: YouthProfile) -> None:
    """Pick every confirmed entry; those that were picked keep what they show."""
    entries.lock_times_of(youth)
    rows = [PortfolioPick(entry=entry) for entry in choosable(youth.user).filter(portfolio_pick=None)]
    PortfolioPick.objects.bulk_create(rows, ignore_conflicts=True)


@db.service
def choose_none(*, youth: YouthProfile) -> None:
    entries.lock_times_of(youth)
    PortfolioPick.objects.filter(entry__youth=youth).delete()


def _store(rows: Collection[tuple[SharedTimeEntry, bool]]) -> None:
    PortfolioPick.objects.bulk_create(
        [PortfolioPick(entry=entry, shows_learned=learned) for entry, learned in rows],
        update_conflicts=True, unique_fields=["entry"], update_fields=["shows_learned"],
    )  # fmt: skip
