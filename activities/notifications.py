"""News about shared time that somebody has to act on."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.notices import digests, mails
from accounts.notices.kinds import Group, News
from activities import approvals, handover, inbox_links, proposals, reminders, selectors, sheets
from activities.chances import notifications  # noqa: F401 (registers what it says)
from activities.models import SharedTimeEntry
from activities.places import notifications as _places  # noqa: F401 (registers its kinds)
from clevervibes.lib import periods

Ids = dict[str, Any]


@mails.kind(
    "entry_returned",
    group=Group.TIMES, title=_("Bitte schau noch einmal drauf"), icon="undo-2", tint="amber",
)  # fmt: skip
def entry_returned(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell the youth that an entry came back."""
    entry = SharedTimeEntry.objects.filter(public_id=ids["entry"], youth__user=to).first()
    # Corrected, withdrawn or erased in the meantime: the news is old.
    if entry is None or entry.status != entry.Status.RETURNED:
        return None
    return News(
        template="activities/news/entry_returned.html",
        url=entry.get_absolute_url(),
        label=_("Eintrag ansehen und ändern"),
    )


@mails.kind(
    approvals.REJECTED,
    group=Group.TIMES, title=_("Eine Zeit wurde abgelehnt"), icon="x", tint="rose",
)  # fmt: skip
def entry_rejected(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell the youth, and whoever had confirmed it, that the team has rejected an entry."""
    entries = SharedTimeEntry.objects.filter(public_id=ids["entry"], status=SharedTimeEntry.Status.REJECTED)
    entry = entries.select_related("youth__user").first()
    if entry is None:
        return None
    is_own = entry.youth.user_id == to.pk
    if not is_own and not selectors.entries_confirmed_by(to).filter(pk=entry.pk).exists():
        return None
    return News(
        template="activities/news/entry_rejected.html",
        url=entry.get_absolute_url() if is_own else reverse("activities:inbox"),
        label=_("Ansehen, weshalb"),
        context={"youth": None if is_own else entry.youth},
    )


@mails.kind(proposals.TOPIC, group=Group.TIMES, title=_("Stimmt das so?"), icon="hand", tint="amber")
def entry_proposed(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Ask the youth whether a guardian's entry is true."""
    proposed = SharedTimeEntry.objects.filter(public_id=ids["entry"], youth__user=to).select_related("claimed_by")
    entry = proposed.filter(status=SharedTimeEntry.Status.PROPOSED).first()
    if entry is None:
        return None
    return News(
        template="activities/news/entry_proposed.html",
        url=entry.get_absolute_url(),
        label=_("Ansehen und bestätigen"),
        context={"entry": entry},
    )


@mails.kind(handover.TOPIC, group=Group.TIMES, title=_("Bitte bestätigen Sie"), icon="check-check")
def entries_handed_over(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell a trusted person that entries wait for them alone, as many as it is now."""
    waiting = selectors.inbox(to).filter(youth__public_id=ids["youth"])
    if not waiting:
        return None
    return News(
        template="activities/news/entries_handed_over.html",
        url=reverse("activities:inbox"),
        label=_("Jetzt bestätigen"),
        context={"youth": waiting[0].youth, "count": len(waiting)},
        way_in=way_in,
    )


@mails.kind(reminders.TOPIC, group=Group.TIMES, title=_("Es wartet noch etwas auf Sie"), icon="hourglass", tint="amber")
def entries_wait(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Remind whoever confirms of all that waits for them, as it is now."""
    waiting = list(selectors.inbox(to))
    if not waiting:
        return None
    oldest = min(periods.berlin_date(entry.submitted_at) for entry in waiting if entry.submitted_at)
    return News(
        template="activities/news/entries_wait.html",
        url=reverse("activities:inbox"),
        label=_("Jetzt bestätigen"),
        context={
            "youths": _by_youth(waiting),
            "days": (periods.berlin_date(now) - oldest).days,
            "all_are_asked": ids["day"] == reminders.SECOND,
        },
        way_in=way_in,
    )


@mails.kind(sheets.ENTERED, group=Group.TIMES, title=_("Ein Wochenzettel ist eingetragen"), icon="file-text")
def sheet_entered(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Tell the youth, and whoever's signature was on it, what a sheet of paper has confirmed."""
    sheet = sheets.seen_by(to).filter(public_id=ids["sheet"]).first()
    confirmed = sheet.entries.count() if sheet else 0
    if sheet is None or not confirmed:
        return None
    is_own = sheet.youth.user_id == to.pk
    return News(
        template="activities/news/sheet_entered.html",
        url=reverse("activities:entries") if is_own else reverse("activities:inbox"),
        label=_("Ansehen"),
        context={"sheet": sheet, "count": confirmed, "is_own": is_own},
    )


def way_in(person: User, now: datetime) -> str:
    """Make the link by which a mail opens the inbox without signing in."""
    return inbox_links.make(person=person, now=now)


def _by_youth(waiting: Iterable[SharedTimeEntry]) -> list[tuple[str, int]]:
    return sorted(Counter(entry.youth.first_name for entry in waiting).items())


@digests.section(order=10)
def entries_that_wait(person: User, now: datetime) -> digests.Section | None:
    """Say for whom how many entries wait to be confirmed; the link opens them without signing in."""
    waiting = list(selectors.inbox(person))
    if not waiting:
        return None
    return digests.Section(
        title=_("Wartet auf Sie"),
        template="activities/news/waiting.html",
        context={"youths": _by_youth(waiting)},
        url=way_in(person, now),
        label=_("Jetzt bestätigen"),
    )
