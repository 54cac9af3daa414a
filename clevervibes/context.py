"""What every page knows: whether this is the demo, where its bar leads, and the links at the foot."""

from dataclasses import dataclass, replace

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, Q, Value
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from accounts import phone_session
from accounts.models import Guardianship, Membership, TrustedPerson, User, YouthProfile
from accounts.notices import telling

BAR_LENGTH = 5  # more does not fit on a phone; the rest stands behind the avatar


@dataclass(frozen=True)
class Item:
    label: str | Promise
    name: str  # of the URL; an item whose page does not exist in this installation is left out
    icon: str
    add: bool = False  # the round button in the middle
    url: str = ""
    current: bool = False


@dataclass(frozen=True)
class Nav:
    name: str
    bar: list[Item]
    more: list[Item]
    unread: int  # notices behind the bell


START = Item(_("Start"), "start", "house")
YOUTH = [
    Item(_("Zeiten"), "activities:entries", "clock"),
    Item(_("Neu"), "activities:new", "plus", add=True),
    Item(_("Chancen"), "activities:opportunities", "sparkles"),
    Item(_("Belohnungen"), "partners:catalog", "gift"),
]
CONFIRMING = [Item(_("Bestätigen"), "activities:inbox", "check-check")]
BY_MEMBERSHIP = {
    Membership.Role.MANAGER: [
        Item(_("Theke"), "partners:counter", "scan-line"),
        Item(_("Partner"), "partners:desk", "store"),
    ],
    Membership.Role.CONTACT: [Item(_("Förderung"), "impact", "hand-coins")],
    Membership.Role.HOST: [Item(_("Gastgeben"), "activities:hosting", "factory")],
    Membership.Role.VOUCHER: [Item(_("Anlaufstelle"), "accounts:contact-point", "qr-code")],
}
STAFF = [Item(_("Verwaltung"), "admin:index", "settings")]

FOOTER = [
    (_("Was zählt?"), "what-counts"),
    (_("Transparenz"), "transparency"),
    (_("Hilfe"), "help"),
    (_("Teilnahme"), "terms"),
    (_("Datenschutz"), "privacy"),
    (_("Barrierefreiheit"), "accessibility"),
    (_("Impressum"), "imprint"),
]


def page(request: HttpRequest) -> dict[str, object]:
    return {
        "demo": settings.DEMO,
        # Asked only by pages that draw a bar, so that all others save the query.
        "nav": SimpleLazyObject(lambda: nav(request)),
        "footer": SimpleLazyObject(footer),
        # Whom one tap on a shared phone leads to; asked where the menu is drawn.
        "phone_people": SimpleLazyObject(lambda: phone_session.others_here(request)),
    }


def nav(request: HttpRequest) -> Nav | None:
    """Return what the bar of this person shows, None for guests; asked once a request."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    if not hasattr(request, "_nav"):
        items, unread = _items_of(user)
        items = _with_addresses([START, *items], request.path)
        request._nav = Nav(str(user), items[:BAR_LENGTH], items[BAR_LENGTH:], unread)  # type: ignore[attr-defined]
    return request._nav  # type: ignore[attr-defined]


def footer() -> list[tuple[str | Promise, str]]:
    return [(label, address) for label, name in FOOTER if (address := _address(name))]


def _items_of(user: User) -> tuple[list[Item], int]:
    """Return where this person can go, and how much they have not read: one question for every page."""
    live = {"ended_at": None}
    is_youth, guards, is_trusted, roles, unread = (
        User.objects.filter(pk=user.pk)
        .annotate(
            is_youth=Exists(YouthProfile.objects.filter(user=OuterRef("pk"))),
            guards=Exists(Guardianship.objects.filter(guardian=OuterRef("pk"), **live)),
            is_trusted=Exists(TrustedPerson.objects.filter(person=OuterRef("pk"), **live)),
            roles=ArrayAgg("memberships__role", filter=Q(memberships__isnull=False), distinct=True, default=Value([])),
            unread=telling.unread(),
        )
        .values_list("is_youth", "guards", "is_trusted", "roles", "unread")
        .get()
    )
    items = [*(YOUTH if is_youth else []), *(CONFIRMING if guards or is_trusted else [])]
    for role, own in BY_MEMBERSHIP.items():
        items += own if role in roles else []
    return items + (STAFF if user.is_staff else []), unread


def _with_addresses(items: list[Item], path: str) -> list[Item]:
    """Fill in the addresses and mark the one item that leads closest to `path`."""
    found = [replace(item, url=address) for item in items if (address := _address(item.name))]
    above = [item.url for item in found if path.startswith(item.url)]
    here = max(above, key=len, default="")
    return [replace(item, current=item.url == here) for item in found]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
