"""What people are told about consent, birthdays and their family."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts import birthdays, consent, erasures, families, links, selectors, stops, vouching
from accounts.models import Birthday, Erasure, OneTimeLink, User, YouthProfile
from accounts.notices import mails
from accounts.notices.kinds import Group, News
from clevervibes.lib import db, outbox
from clevervibes.lib.models import OutboxMessage

Ids = dict[str, Any]


# ── Consent ──────────────────────────────────────────────────────────────────────────────────────
@mails.kind(
    consent.GIVEN, consent.WITHDRAWN,
    group=Group.ACCOUNT, title=_("Eine Einwilligung hat sich geändert"), icon="shield-check",
)  # fmt: skip
def consent_changed(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    youth = YouthProfile.objects.select_related("user").filter(public_id=ids["youth"]).first()
    # Erased in the meantime, or no longer theirs to know.
    if youth is None or not consent.youths_seen_by(to, now).filter(pk=youth.pk).exists():
        return None
    given = topic == consent.GIVEN
    return News(
        template="accounts/news/consent_given.html" if given else "accounts/news/consent_withdrawn.html",
        url=reverse("accounts:consents"),
        label=_("Einwilligung ansehen"),
        context={"youth": youth, "own": youth.user_id == to.pk},
    )


@mails.kind(
    consent.ASKED,
    group=Group.ACCOUNT, title=_("Bitte lesen Sie den neuen Text"), youth_title=_("Bitte lies den neuen Text"),
    icon="file-text", tint="amber",
)  # fmt: skip
def consent_asked(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    text = selectors.current_text()
    # Answered meanwhile, or an even newer text asks by itself.
    if text is None or text.version != ids["version"]:
        return None
    youths = list(consent.asked_of(to, now))
    if not youths:
        return None
    return News(
        template="accounts/news/consent_asked.html",
        url=reverse("accounts:consents"),
        label=_("Einwilligung ansehen"),
        context={"text": text, "youths": youths, "own": [youth.user_id for youth in youths] == [to.pk]},
    )


# ── Birthdays ────────────────────────────────────────────────────────────────────────────────────
@mails.kind(
    birthdays.SOON, birthdays.TODAY,
    group=Group.ACCOUNT, title=_("Ein Geburtstag ändert etwas"), icon="cake", tint="rose",
)  # fmt: skip
def birthday(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Say what a birthday changes, before and on the day: to the youth, at the 18th to the guardians as well."""
    row = Birthday.objects.select_related("youth__user").filter(pk=ids["birthday"]).first()
    # Erased, or the birth date was corrected: another message says when.
    if row is None or (topic == birthdays.SOON) != (row.done_at is None):
        return None
    return News(
        template="accounts/_birthday_words.html",
        url=reverse("start"),
        label=_("Zum Club"),
        context={
            "row": row,
            "soon": topic == birthdays.SOON,
            "own": row.youth.user_id == to.pk,
            "has_helper": row.youth.trusted_people.filter(ended_at=None).exists(),
            "ending": row.youth.endings.filter(called_off_at=None).order_by("spend_until").first(),
        },
    )


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────
@mails.kind(
    erasures.ORDERED, erasures.CALLED_OFF, group=Group.ACCOUNT, title=_("Eine Löschung"), icon="trash-2", tint="clay"
)
def erasure_ordered(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Say that somebody is to be erased and until when that can be called off, or that it was."""
    erasure = Erasure.objects.select_related("person").filter(public_id=ids["erasure"]).first()
    # Erased meanwhile, or changed since: another message says so.
    if erasure is None or (topic == erasures.CALLED_OFF) != (erasure.called_off_at is not None):
        return None
    own = erasure.person_id == to.pk
    if not own and not selectors.youths_guarded_by(to, at=now).filter(user=erasure.person_id).exists():
        return None
    return News(
        template="accounts/news/erasure.html",
        url=reverse("start"),
        label=_("Zum Club"),
        context={"erasure": erasure, "own": own},
    )


# ── Families ─────────────────────────────────────────────────────────────────────────────────────
@mails.kind(
    families.JOINED, families.ENDED, stops.STOPPED, stops.RESUMED,
    group=Group.ACCOUNT, title=_("Neues in Ihrer Familie"), youth_title=_("Neues in Deiner Familie"),
    icon="users", tint="sky",
)  # fmt: skip
def family_news(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    """Say who came, who left, or what the team has stopped."""
    youth = YouthProfile.objects.select_related("user").filter(public_id=ids["youth"]).first()
    about = User.objects.filter(public_id=ids["about"]).first()
    if youth is None or about is None:
        return None
    own, is_me = youth.user_id == to.pk, about.pk == to.pk
    # Who has left since is told that they have, and no more.
    is_theirs = own or selectors.youths_confirmed_by(to, at=now).filter(pk=youth.pk).exists()
    if not is_theirs and not (is_me and topic != families.JOINED):
        return None
    return News(
        template="accounts/news/family.html",
        url=reverse("accounts:family"),
        label=_("Familie ansehen"),
        context={
            "topic": topic,
            "youth": youth,
            "about": about,
            "own": own,
            "is_me": is_me,
            "about_youth": about.pk == youth.user_id,
            "why": stops.sentence_for(youth, about),
        },
    )


@outbox.handles(families.INVITED)
def invited(message: OutboxMessage) -> None:
    """Send an invitation to an address that belongs to nobody here yet, in the language of whoever invites."""
    link = (
        OneTimeLink.objects.filter(public_id=message.payload["link"]).select_related("about__youth", "made_by").first()
    )
    if link is None or not link.sent_to or link.used_at or link.revoked_at or link.expires_at <= db.now():
        return
    with translation.override(link.about.language):
        mails.send(
            to=link.about,
            mailbox=link.sent_to,
            title=_("eine Einladung"),
            template="accounts/email/invited",
            context={
                "link": link,
                "youth": link.about.youth,
                "url": links.url_of(link),
                "is_guardian": link.purpose == OneTimeLink.Purpose.GUARDIAN,
            },
        )


# ── The account ──────────────────────────────────────────────────────────────────────────────────
@mails.kind(vouching.PASSWORD_SET, group=Group.ACCOUNT, title=_("Ein neues Passwort"), icon="key-round", tint="amber")
def password_set(to: User, topic: str, ids: Ids, now: datetime) -> News | None:
    return News(
        template="accounts/news/password_set_by_qr.html", url=reverse("accounts:profile"), label=_("Profil ansehen")
    )
