"""What those who read concerns are told: that there is one, never what it says."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Club, Concern, User
from accounts.notices import mails
from accounts.notices.kinds import Group, News
from accounts.protection import concerns, members

Ids = dict[str, Any]


@mails.kind(
    concerns.RAISED,
    group=Group.ACCOUNT, title=_("Bitte schauen Sie in die Verwaltung"), icon="shield-check", tint="rose",
)  # fmt: skip
def concern_raised(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    concern = concerns.concerns_read_by(to).filter(public_id=ids["concern"], closed_at=None).first()
    if concern is None:
        return None
    return News(
        template="accounts/news/concern_raised.html",
        url=reverse("admin:accounts_concern_changelist"),
        label=_("Zur Verwaltung"),
    )


@mails.kind(
    concerns.UNREAD,
    group=Group.ACCOUNT, title=_("Bitte benennen Sie das Schutz-Team"), icon="shield-check", tint="rose",
)  # fmt: skip
def concern_without_reader(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    concern = Concern.objects.filter(public_id=ids["concern"], closed_at=None).first()
    if concern is None or not to.is_superuser or concerns.readers_of(concern):
        return None
    return News(
        template="accounts/news/concern_without_reader.html",
        url=reverse("admin:accounts_protectionmember_changelist"),
        label=_("Zur Verwaltung"),
    )


@mails.kind(
    members.CHANGED,
    group=Group.ACCOUNT, title=_("Das Schutz-Team hat sich geändert"), icon="shield-check", tint="sky",
)  # fmt: skip
def protection_changed(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Say who reads concerns now: nobody joins them unseen."""
    club = Club.objects.filter(public_id=ids["club"]).first()
    if club is None or not to.is_staff:
        return None
    return News(
        template="accounts/news/protection_changed.html",
        url=reverse("admin:index"),
        label=_("Zur Verwaltung"),
        context={"club": club, "members": members.members_of(club)},
    )
