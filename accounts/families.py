"""Families: who is invited, who joins, and how a link between two people ends.

The youth's row is the lock for everything about their family, taken before any other row.
"""

from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import consent, links, registration, selectors
from accounts.mailboxes import same_mailbox
from accounts.models import (
    ConsentText,
    EndedBy,
    Guardianship,
    OneTimeLink,
    TrustedPerson,
    User,
    YouthProfile,
)
from accounts.notices.telling import tell
from accounts.registration import ADULT_AGE, MAX_GUARDIANS, MAX_TRUSTED, OWN_CONSENT_AGE, NewPerson, TooMany
from accounts.security import mails
from clevervibes.lib import db, outbox
from clevervibes.lib.errors import DomainError
from clevervibes.lib.limits import Limit

Purpose = OneTimeLink.Purpose
INVITED_A_DAY = Limit("invited-a-day", 20, timedelta(days=1))
JOINED, ENDED, INVITED = "family_joined", "family_ended", "family_invited"


class NotYourFamily(DomainError):
    code = "not_your_family"
    message = _("Das kann nur die Familie selbst.")
    status = 404


class OfAge(DomainError):
    code = "of_age"
    message = _("Ab 18 gibt es keine Elternteile mehr im Club. {name} entscheidet selbst.")


class NotOfAge(DomainError):
    code = "not_of_age"
    message = _("Ein Elternteil muss volljährig sein.")


class NamedByGuardian(DomainError):
    code = "named_by_guardian"
    message = _("Bis Du 16 bist, benennt ein Elternteil Deine Vertrauenspersonen.")


class NamedByYouth(DomainError):
    code = "named_by_youth"
    message = _("Ab 16 benennt {name} die Vertrauenspersonen selbst.")


class SameMailbox(DomainError):
    """A youth who stands up for themself would use their own mailbox, with a dot or a +tag at most."""

    code = "same_mailbox"
    message = _("Die E-Mail-Adresse von {name} ist dieselbe wie Ihre.")


class OwnMailbox(DomainError):
    code = "own_mailbox"
    message = _(
        "Das ist Deine eigene Adresse. Gehört sie einem Elternteil? Dann zeig ihm den QR-Code: "
        "Beim Mitmachen kann die Adresse zu ihm umziehen."
    )


# ── Inviting ─────────────────────────────────────────────────────────────────────────────────────
@db.service
def invite_guardian(*, youth: YouthProfile, by: User, now: datetime) -> OneTimeLink:
    """Make the invitation for a guardian in the place of the open one. Good for 7 days and one person.

    :raises NotYourFamily: if `by` is neither the youth nor a guardian.
    :raises OfAge: from 18 on.
    :raises TooMany: if the youth has as many guardians as they may have.
    """
    youth = _locked(youth)
    _require_of_family(youth, by, now)
    if youth.age_at(now) >= ADULT_AGE:
        raise OfAge(name=youth.first_name)
    limit = youth.max_guardians or MAX_GUARDIANS
    if youth.guardianships.filter(ended_at=None).count() >= limit:
        raise TooMany(limit=limit)
    return links.make(purpose=Purpose.GUARDIAN, about=youth.user, by=by, now=now)


@db.service
def invite_trusted_person(*, youth: YouthProfile, by: User, now: datetime) -> OneTimeLink:
    """Make the invitation for a trusted person in the place of the open one. Good for 7 days and one person.

    :raises NotYourFamily, NamedByGuardian, NamedByYouth: if it is not for `by` to name one.
    :raises TooMany: past three.
    """
    youth = _locked(youth)
    _require_may_name(youth, by, now)
    if youth.trusted_people.filter(ended_at=None).count() >= MAX_TRUSTED:
        raise TooMany(limit=MAX_TRUSTED)
    return links.make(purpose=Purpose.TRUSTED, about=youth.user, by=by, now=now)


@db.service
def withdraw_invitation(*, youth: YouthProfile, purpose: str, by: User, now: datetime) -> bool:
    """Make the open invitation worthless and return whether there was one.

    :raises NotYourFamily, NamedByGuardian, NamedByYouth: if it is not for `by` to decide.
    """
    youth = _locked(youth)
    if purpose == Purpose.TRUSTED:
        _require_may_name(youth, by, now)
    else:
        _require_of_family(youth, by, now)
    return bool(links.close(purpose=purpose, about=youth.user, now=now))


@db.service
def send_invitation(*, link: OneTimeLink, email: str, by: User, now: datetime) -> None:
    """Send an open invitation to `email`. How often that is allowed counts whoever takes the order.

    :raises NotYourFamily: if `by` did not make it and is not of the family either.
    :raises OwnMailbox: if it is the youth's own mailbox.
    :raises LinkUsed, LinkRevoked, LinkExpired: if it opens nothing any more.
    """
    youth = _locked(link.about.youth)
    _require_of_family(youth, by, now)
    if same_mailbox(email, youth.user.email):
        raise OwnMailbox
    fresh = OneTimeLink.objects.select_for_update(no_key=True).get(pk=link.pk)
    links.require_open(fresh, now)
    fresh.sent_to = email
    fresh.save(update_fields=["sent_to"])
    outbox.put(INVITED, link=fresh.public_id, now=now)


# ── Joining ──────────────────────────────────────────────────────────────────────────────────────
@db.service
def accept_as_guardian(
    *, link: OneTimeLink, guardian: User, text: ConsentText | None, move_mail: bool = False, now: datetime
) -> Guardianship:
    """Follow an invitation: `guardian` is linked and, while the youth is under 16, consents, both or nothing.

    With `move_mail` the youth's mail address becomes that of a guardian who has none, or the same.

    :raises LinkUsed, LinkRevoked, LinkExpired: if the invitation opens nothing any more.
    :raises SamePerson, NotOfAge, OfAge: if this person cannot be this youth's guardian.
    :raises SameMailbox: if both have one mailbox, without `move_mail`.
    :raises TooMany: past 4 guardians a youth or 6 youths a guardian, unless the team allowed more.
    :raises TextChanged, SaidNo: as in accounts.consent.give.
    """
    links.require_purpose(link, Purpose.GUARDIAN)
    youth = _locked(link.about.youth)
    _require_can_guard(guardian, youth, now)
    links.use(link, by=guardian, now=now)
    same = same_mailbox(guardian.email, youth.user.email)
    if same and not move_mail:
        raise SameMailbox(name=youth.first_name)
    if move_mail and (same or not guardian.email):
        move_mailbox(youth=youth, guardian=guardian, now=now)
    return _join_as_guardian(guardian, youth, text, now)


@db.service
def accept_as_trusted_person(*, link: OneTimeLink, person: User, now: datetime) -> TrustedPerson:
    """Follow an invitation to confirm for a youth.

    :raises LinkUsed, LinkRevoked, LinkExpired: if the invitation opens nothing any more.
    :raises SamePerson, SameMailbox: if `person` is the youth.
    :raises NamedByGuardian, NamedByYouth, NotYourFamily: if whoever invited may not do so any more.
    :raises TooMany: past three.
    """
    links.require_purpose(link, Purpose.TRUSTED)
    youth = _locked(link.about.youth)
    if person.pk == youth.user_id:
        raise registration.SamePerson
    if same_mailbox(person.email, youth.user.email):
        raise SameMailbox(name=youth.first_name)
    if link.made_by is None:
        raise NotYourFamily
    _require_may_name(youth, link.made_by, now)
    links.use(link, by=person, now=now)
    trust = registration.link_trusted_person(person=person, youth=youth, by=link.made_by, now=now)
    _tell(JOINED, youth, about=person, now=now)
    return trust


@db.service
def sign_up_youth(*, person: NewPerson, birth_date: date, now: datetime) -> YouthProfile:
    """Let a youth in who joins alone; under 16 the invitation for a guardian is made at once, ready to be shown.

    :raises TooYoung, TooOld: outside 12 to 20; nothing is stored.
    :raises UsernameTaken: if somebody has the username.
    """
    age = registration.require_age(birth_date, now=now)
    user = _make_person(person, now)
    youth = YouthProfile.objects.create(user=user, birth_date=birth_date, joined_at=now)
    if age < OWN_CONSENT_AGE:
        links.make(purpose=Purpose.GUARDIAN, about=user, by=user, now=now)
    return youth


@db.service
def sign_up_adult(*, person: NewPerson, now: datetime) -> User:
    """Give an adult an account of their own; what it is good for comes with an invitation or a youth.

    :raises UsernameTaken: if somebody has the username.
    """
    return _make_person(person, now)


def _make_person(person: NewPerson, now: datetime) -> User:
    user = registration.make_person(person)
    if person.mailbox:
        mails.expect_mailbox(user=user, mailbox=person.mailbox, now=now)
    return user


@db.service
def bring_youth(
    *, guardian: User, person: NewPerson, birth_date: date, text: ConsentText | None, now: datetime
) -> YouthProfile:
    """Let a guardian bring a youth into the club: person, link and, under 16, consent at once, or nothing.

    Without a password the youth sets one by a QR on the own phone.

    :raises TooYoung, TooOld: outside 12 to 20; nothing is kept.
    :raises OfAge: from 18 on people join by themselves.
    :raises UsernameTaken: if somebody has the username.
    :raises NotOfAge: if `guardian` is a youth under 18.
    :raises TooMany: past 6 youths, unless the team allowed more.
    :raises TextChanged: as in accounts.consent.give.
    """
    if registration.require_age(birth_date, now=now) >= ADULT_AGE:
        raise OfAge(name=person.first_name)
    youth = YouthProfile.objects.create(
        user=registration.make_person(person), birth_date=birth_date, joined_at=now
    )  # fmt: skip
    _require_can_guard(guardian, youth, now)
    _join_as_guardian(guardian, youth, text, now)
    return youth


def move_mailbox(*, youth: YouthProfile, guardian: User, now: datetime) -> None:
    """Make the youth's mail address the guardian's, as a part of a service."""
    db.require_transaction()
    address = youth.user.email
    if not address:
        return
    EmailAddress.objects.filter(user__in=[youth.user, guardian]).delete()
    youth.user.email = ""
    youth.user.save(update_fields=["email"])
    guardian.email = address
    guardian.save(update_fields=["email"])
    # Nobody has shown yet that the guardian reads it: a new password by mail needs that first.
    mails.expect_mailbox(user=guardian, mailbox=address, now=now)


def _join_as_guardian(guardian: User, youth: YouthProfile, text: ConsentText | None, now: datetime) -> Guardianship:
    guardianship = registration.link_guardian(guardian=guardian, youth=youth, now=now)
    if youth.age_at(now) < OWN_CONSENT_AGE:
        if text is None:
            raise consent.TextChanged
        consent.record(youth=youth, text=text, by=guardian, now=now)
    _tell(JOINED, youth, about=guardian, now=now)
    return guardianship


def _require_can_guard(guardian: User, youth: YouthProfile, now: datetime) -> None:
    if guardian.pk == youth.user_id:
        raise registration.SamePerson
    own: YouthProfile | None = getattr(guardian, "youth", None)
    if own is not None and own.age_at(now) < ADULT_AGE:
        raise NotOfAge
    if youth.age_at(now) >= ADULT_AGE:
        raise OfAge(name=youth.first_name)


# ── Ending ───────────────────────────────────────────────────────────────────────────────────────
@db.service
def end_guardianship(
    *, guardianship: Guardianship, by: User | None, how: EndedBy, why: str = "", now: datetime
) -> Guardianship:
    """End a guardianship for good; ending it again changes nothing. All are told. See `stop_guarding`."""
    return stop_guarding(guardianship=guardianship, by=by, how=how, why=why, now=now)


def stop_guarding(
    *, guardianship: Guardianship, by: User | None, how: EndedBy, why: str = "", now: datetime
) -> Guardianship:
    """End a guardianship as a part of a service. From now on the guardian sees nothing of the youth.

    A youth under 16 who has no guardian left waits for a consent again.
    """
    db.require_transaction()
    youth = _locked(guardianship.youth)
    fresh = Guardianship.objects.select_for_update(of=("self",), no_key=True).select_related("guardian").get(
        pk=guardianship.pk
    )  # fmt: skip
    if fresh.ended_at:
        return fresh
    fresh.ended_at, fresh.ended_by, fresh.ended_how, fresh.ended_why = now, by, how, why
    fresh.save(update_fields=["ended_at", "ended_by", "ended_how", "ended_why"])
    # An invitation this guardian made is no longer theirs to give.
    OneTimeLink.objects.filter(
        about=youth.user, made_by=fresh.guardian, used_at=None, revoked_at=None
    ).update(revoked_at=now)  # fmt: skip
    consent.lapse_without_guardian(youth=youth, now=now)
    _tell(ENDED, youth, about=fresh.guardian, now=now)
    return fresh


@db.service
def end_trust(*, trust: TrustedPerson, by: User | None, how: EndedBy, why: str = "", now: datetime) -> TrustedPerson:
    """Let a trusted person confirm no more; ending it again changes nothing. All are told."""
    youth = _locked(trust.youth)
    fresh = TrustedPerson.objects.select_for_update(of=("self",), no_key=True).select_related("person").get(
        pk=trust.pk
    )  # fmt: skip
    if fresh.ended_at:
        return fresh
    fresh.ended_at, fresh.ended_by, fresh.ended_how, fresh.ended_why = now, by, how, why
    fresh.save(update_fields=["ended_at", "ended_by", "ended_how", "ended_why"])
    _tell(ENDED, youth, about=fresh.person, now=now)
    return fresh


# ── Who may do what ──────────────────────────────────────────────────────────────────────────────
def may_name(youth: YouthProfile, by: User, now: datetime) -> bool:
    """Say whether naming a trusted person for `youth` is up to `by`."""
    try:
        _require_may_name(youth, by, now)
    except DomainError:
        return False
    return True


def invitations_ever_seen_by(user: User) -> QuerySet[OneTimeLink]:
    """Return the invitations into families that `user` may arrange, open or not."""
    youths = YouthProfile.objects.filter(user=user) | selectors.youths_guarded_by(user)
    return OneTimeLink.objects.filter(
        purpose__in=links.INVITATIONS, about__youth__in=youths.values("pk")
    ).select_related("about__youth__user", "made_by")


def invitations_seen_by(user: User, now: datetime) -> QuerySet[OneTimeLink]:
    """Return the open invitations into families that `user` may arrange."""
    return invitations_ever_seen_by(user).filter(used_at=None, revoked_at=None, expires_at__gt=now).order_by("pk")


def guardianships_seen_by(user: User) -> QuerySet[Guardianship]:
    """Return the live guardianships that `user` may end: own ones, and those of the youth they are."""
    live = Guardianship.objects.filter(ended_at=None).select_related("guardian", "youth__user")
    return (live.filter(guardian=user) | live.filter(youth__user=user)).order_by("started_at", "pk")


def trusts_seen_by(user: User, now: datetime) -> QuerySet[TrustedPerson]:
    """Return the live links to trusted persons that `user` may end: own ones, the youth's, a guardian's under 16."""
    live = TrustedPerson.objects.filter(ended_at=None).select_related("person", "youth__user")
    minors = [youth.pk for youth in selectors.youths_guarded_by(user) if youth.age_at(now) < OWN_CONSENT_AGE]
    found = live.filter(person=user) | live.filter(youth__user=user) | live.filter(youth__in=minors)
    return found.distinct().order_by("started_at", "pk")


def _require_of_family(youth: YouthProfile, by: User, now: datetime) -> None:
    if by.pk != youth.user_id and not selectors.youths_guarded_by(by).filter(pk=youth.pk).exists():
        raise NotYourFamily


def _require_may_name(youth: YouthProfile, by: User, now: datetime) -> None:
    _require_of_family(youth, by, now)
    if by.pk == youth.user_id and youth.age_at(now) < OWN_CONSENT_AGE:
        raise NamedByGuardian
    if by.pk != youth.user_id and youth.age_at(now) >= OWN_CONSENT_AGE:
        raise NamedByYouth(name=youth.first_name)


def _locked(youth: YouthProfile) -> YouthProfile:
    return YouthProfile.objects.select_for_update(of=("self",), no_key=True).select_related("user").get(pk=youth.pk)


def _tell(topic: str, youth: YouthProfile, *, about: User, now: datetime) -> None:
    """Tell the youth, every guardian, and the person it is about."""
    guardians = User.objects.filter(guardianships__youth=youth, guardianships__ended_at=None)
    for person in {youth.user, about, *guardians}:
        tell(topic, to=person, youth=youth.public_id, about=about.public_id, now=now)
