"""Making and revoking versions of a portfolio, and what each of them says today."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, Min, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from accounts import selectors as people
from accounts.models import User, YouthProfile
from activities import entries
from activities.models import Category, Portfolio, PortfolioItem, SharedTimeEntry
from activities.portfolio import choosing, links
from clevervibes.lib import db, limits, periods
from clevervibes.lib.errors import DomainError

A_DAY = limits.Limit("portfolio", 20, timedelta(days=1))
# So many entries a page lists one by one; all of them are in the sums and on the sheet.
LISTED = 40

Status = SharedTimeEntry.Status


class NothingPicked(DomainError):
    code = "nothing_picked"
    message = _("Such Dir erst aus, was in Dein Portfolio soll.")


class NotInStanding(DomainError):
    code = "not_in_standing"
    message = _("Gerade können wir für Dich nichts bestätigen. Auf der Startseite steht, woran es liegt.")


@db.service
def make(*, youth: YouthProfile, by: User, shows_last_name: bool = True, now: datetime) -> Portfolio:
    """Make a version of what is picked. The choice stays for the next one.

    :raises NotYours: if `by` is not the youth.
    :raises NotInStanding: if the youth is stopped, or no consent stands.
    :raises NothingPicked: without a confirmed entry.
    """
    if by.pk != youth.user_id:
        raise entries.NotYours
    entries.lock_times_of(youth)
    if not people.youths_in_standing(now).filter(pk=youth.pk).exists():
        raise NotInStanding
    picks = list(choosing.picked(youth).select_related("entry"))
    minutes = sum(pick.entry.duration_minutes for pick in picks)
    if not minutes:
        raise NothingPicked
    made = Portfolio(youth=youth, made_at=now, minutes=minutes, shows_last_name=shows_last_name)
    made.token_sha256 = links.hash_for(made)
    made.save()
    PortfolioItem.objects.bulk_create(
        [PortfolioItem(portfolio=made, entry=pick.entry, shows_learned=pick.shows_learned) for pick in picks],
        batch_size=1000,
    )
    return made


@db.service
def revoke(*, portfolio_id: UUID, by: User, now: datetime) -> Portfolio:
    """Let the link of a version open nothing any more, and no company see it. Again changes nothing.

    :raises Portfolio.DoesNotExist: if it is not the own one.
    """
    found = versions_of(by).select_for_update(of=("self",), no_key=True).get(public_id=portfolio_id)
    if found.revoked_at is None:
        found.revoked_at = now
        found.save(update_fields=["revoked_at"])
    return found


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────
def versions_of(user: User) -> QuerySet[Portfolio]:
    """Return a youth's own versions, newest first."""
    return Portfolio.objects.filter(youth__user=user).select_related("youth__user__club")


def confirmed_by(token: str, now: datetime) -> Portfolio | None:
    """Return the version whose sums a scanned link confirms; None if it is unknown, revoked, or its youth is not to
    be shown at present: whoever asks cannot tell which.
    """
    digest = links.digest_of(token)
    if digest is None:
        return None
    live = Portfolio.objects.filter(token_sha256=digest, revoked_at=None, youth__in=people.youths_in_standing(now))
    return live.select_related("youth__user__club").first()


@dataclass(frozen=True)
class Part:
    """One category of a portfolio."""

    category: Category
    minutes: int
    entries: int


@dataclass(frozen=True)
class Sums:
    """What the club confirms of a portfolio today."""

    parts: list[Part]  # the most minutes first
    first_on: date | None
    last_on: date | None
    company_minutes: int

    @property
    def minutes(self) -> int:
        return sum(part.minutes for part in self.parts)

    @property
    def entries(self) -> int:
        return sum(part.entries for part in self.parts)


def sums_of(portfolio: Portfolio) -> Sums:
    """Count what is still confirmed of a portfolio, in two queries."""
    live = portfolio.entries.filter(status=Status.APPROVED)
    rows = live.order_by().values("category", "host_confirmed").annotate(
        minutes=Sum("duration_minutes"), number=Count("pk"), first=Min("starts_at"), last=Max("starts_at")
    )  # fmt: skip
    found = list(rows)
    known = Category.objects.in_bulk({row["category"] for row in found})
    parts = [
        Part(
            category,
            sum(row["minutes"] for row in found if row["category"] == pk),
            sum(row["number"] for row in found if row["category"] == pk),
        )
        for pk, category in known.items()
    ]
    return Sums(
        parts=sorted(parts, key=lambda part: (-part.minutes, part.category.position)),
        first_on=min((periods.berlin_date(row["first"]) for row in found), default=None),
        last_on=max((periods.berlin_date(row["last"]) for row in found), default=None),
        company_minutes=sum(row["minutes"] for row in found if row["host_confirmed"]),
    )


def items_of(portfolio: Portfolio) -> QuerySet[PortfolioItem]:
    """Return the entries of a portfolio that are still confirmed, newest first."""
    live = PortfolioItem.objects.filter(portfolio=portfolio, entry__status=Status.APPROVED)
    return live.select_related("entry__category").order_by("-entry__starts_at", "-pk")


@dataclass(frozen=True)
class Contents:
    """A portfolio as others see it on a page."""

    portfolio: Portfolio
    sums: Sums
    visits: list[PortfolioItem]
    learned: list[PortfolioItem]
    others: list[PortfolioItem]

    @property
    def unlisted(self) -> int:
        """How many entries are in the sums alone."""
        listed = {item.pk for item in (*self.visits, *self.learned, *self.others)}
        return self.sums.entries - len(listed)


def contents_of(portfolio: Portfolio) -> Contents:
    """Return what a page shows of a portfolio: as many queries for ten entries as for a thousand."""
    items = items_of(portfolio)
    visits = list(items.filter(entry__host_confirmed=True)[:LISTED])
    learned = list(items.filter(shows_learned=True).exclude(entry__learned="")[:LISTED])
    others = list(items.filter(entry__host_confirmed=False)[:LISTED])
    return Contents(portfolio, sums_of(portfolio), visits, learned, others)
