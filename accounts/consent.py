"""Consent: a text in versions, and who said yes or no to it, when and how.

Under 16 one guardian's yes is enough. A no of any of them wins, and only who said it, or the team, takes it back. From
16 the youth decides: as long as they say nothing, what their guardians said stands. From 18 only their own yes counts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, UUIDField, Value
from django.db.models.functions import MD5, Cast, Concat, JSONObject
from django.utils.translation import gettext_lazy as _

from accounts import selectors
from accounts.models import Consent, ConsentText, Ending, Guardianship, User, YouthProfile
from accounts.notices.telling import tell, tell_all
from accounts.registration import ADULT_AGE, OWN_CONSENT_AGE
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError

DAYS_TO_ANSWER = 14
MAX_DAYS_TO_ANSWER = 90
DAYS_TO_SPEND = 90

GIVEN, WITHDRAWN, ASKED = "consent_given", "consent_withdrawn", "consent_asked"


class NotYours(DomainError):
    """Neither one's own consent nor that of a youth one is responsible for."""

    code = "not_yours"
    message = _("Über diese Einwilligung entscheidet jemand anderes.")
    status = 404


class DecidesAlone(DomainError):
    code = "decides_alone"
    message = _("Ab 16 entscheidet {name} selbst über die eigene Einwilligung.")


class TooYoungToConsent(DomainError):
    code = "too_young_to_consent"
    message = _("Bis Du 16 bist, willigt ein Elternteil für Dich ein.")


class SaidNo(DomainError):
    """Somebody else withdrew, and only they or the team take it back."""

    code = "said_no"
    message = _("{who} hat widerrufen. Nur wer widerrufen hat oder das Club-Team kann das wieder aufheben.")


class TextChanged(DomainError):
    code = "text_changed"
    message = _("Inzwischen gilt ein neuer Text. Bitte lesen Sie ihn, bevor Sie einwilligen.")


class NotPublishable(DomainError):
    code = "not_publishable"
    message = _("Dieser Text lässt sich nicht veröffentlichen: {why}")


# ── The text ─────────────────────────────────────────────────────────────────────────────────────
@db.service
def publish(*, text: ConsentText, by: User | None = None, days_to_answer: int = DAYS_TO_ANSWER,
            now: datetime) -> ConsentText:  # fmt: skip
    """Publish a draft for good and ask everybody anew. Publishing what is published changes nothing.

    For `days_to_answer` (0 to 90) days the consents to earlier versions still count; from then on whoever has not
    answered may look around and keep drafts, and nothing counts until they do.

    :raises NotPublishable: if a newer version is already published, or the number of days is out of range.
    """
    db.lock_name("consent text")
    text = ConsentText.objects.select_for_update().get(pk=text.pk)
    if text.published_at:
        return text
    if ConsentText.objects.filter(published_at__isnull=False, version__gt=text.version).exists():
        raise NotPublishable(why=_("Eine neuere Version ist schon veröffentlicht."))
    if not 0 <= days_to_answer <= MAX_DAYS_TO_ANSWER:
        raise NotPublishable(why=_("Zeit zum Antworten sind 0 bis 90 Tage."))
    text.published_at, text.published_by = now, by
    text.required_from = now
    if days_to_answer:
        text.required_from = periods.midnight(periods.berlin_date(now) + timedelta(days=days_to_answer))
    text.save(update_fields=["published_at", "published_by", "required_from"])
    _ask_everybody(text, now)
    return text


def _ask_everybody(text: ConsentText, now: datetime) -> None:
    """Write to all whose yes has become old: to guardians of those under 16, and to the older ones themselves."""
    today = periods.berlin_date(now)
    said_yes = Consent.objects.filter(withdrawn_at=None)
    guardians = Guardianship.objects.filter(
        Exists(said_yes.filter(youth=OuterRef("youth"))),
        ended_at=None,
        youth__birth_date__gt=selectors.birth_date_of_age(OWN_CONSENT_AGE, today),
    )
    youths = YouthProfile.objects.filter(
        Exists(said_yes.filter(youth=OuterRef("pk"))),
        birth_date__lte=selectors.birth_date_of_age(OWN_CONSENT_AGE, today),
    )
    for people, person in ((guardians, "guardian_id"), (youths, "user_id")):
        # A guardian of three is asked once: one key per person and version.
        what = Concat(Value(f"{ASKED} {text.pk} "), Cast(person, CharField()))
        messages = people.values_list(F(person), JSONObject(version=Value(text.version)), Cast(MD5(what), UUIDField()))
        tell_all(ASKED, messages, now=now)


# ── Yes and no ───────────────────────────────────────────────────────────────────────────────────
@db.service
def give(*, youth: YouthProfile, text: ConsentText, by: User, now: datetime) -> Consent:
    """Record that `by` consents for `youth` to `text`, as shown on the screen. Doing it again changes nothing.

    :raises NotYours: if `by` is neither the youth nor a guardian.
    :raises TooYoungToConsent, DecidesAlone: if at this age it is somebody else's to give.
    :raises SaidNo: if another one withdrew.
    :raises TextChanged: if `text` is not the newest that is published.
    """
    return record(youth=youth, text=text, by=by, now=now)


def record(*, youth: YouthProfile, text: ConsentText, by: User, now: datetime) -> Consent:
    """Consent as a part of a service, such as following an invitation; see `give`."""
    db.require_transaction()
    youth = _locked(youth)
    _require_may_give(youth, by, now)
    return _record(youth, text, by, now)


@db.service
def record_on_paper(*, youth: YouthProfile, text: ConsentText, signed_by: User, by: User, note: str,
                    now: datetime) -> Consent:  # fmt: skip
    """Record a consent that the team (`by`) has on paper, or resume one that somebody withdrew: it lifts every no.

    :raises NotYours, TooYoungToConsent, DecidesAlone: as in `give`, for whoever signed.
    :raises TextChanged: as in `give`.
    """
    youth = _locked(youth)
    _require_may_give(youth, signed_by, now, despite_no=True)
    return _record(youth, text, signed_by, now, how=Consent.How.PAPER, recorded_by=by, note=note)


def _record(youth: YouthProfile, text: ConsentText, by: User, now: datetime, **more: object) -> Consent:
    if text != selectors.current_text():
        raise TextChanged
    live = Consent.objects.filter(youth=youth, text=text, given_by=by, withdrawn_at=None).first()
    if live:
        return live
    consent = Consent.objects.create(youth=youth, text=text, text_sha256=text.sha256, given_by=by, given_at=now, **more)
    Ending.objects.filter(youth=youth, why=Ending.Why.WITHDRAWN, called_off_at=None).update(called_off_at=now)
    _tell_all(GIVEN, youth, now)
    return consent


@db.service
def withdraw(*, youth: YouthProfile, by: User, recorded_by: User | None = None, now: datetime) -> None:
    """Say no for `youth`: nothing is logged or earned from the next request on. Doing it again changes nothing.

    Coins can be spent for another 90 days. `recorded_by` of the team writes it down for somebody who called or came.

    :raises NotYours: if `by` is neither the youth nor a guardian.
    :raises TooYoungToConsent, DecidesAlone: if at this age it is somebody else's to withdraw.
    """
    youth = _locked(youth)
    _require_may_withdraw(youth, by, now)
    live = Consent.objects.filter(youth=youth, withdrawn_at=None)
    ended = Consent.Ended.PAPER if recorded_by else Consent.Ended.SCREEN
    if not live.update(withdrawn_at=now, withdrawn_by=by, withdrawn_how=ended):
        return
    start_ending(youth, Ending.Why.WITHDRAWN, now)
    _tell_all(WITHDRAWN, youth, now)


def lapse_without_guardian(*, youth: YouthProfile, now: datetime) -> bool:
    """End what stands for a youth under 16 who has no guardian left; nobody's no stands in the way of the next one.

    A part, for whoever ends a guardianship. From 16 on nothing lapses: the youth may decide, and silence changes
    nothing.
    """
    db.require_transaction()
    if youth.age_at(now) >= OWN_CONSENT_AGE or youth.guardianships.filter(ended_at=None).exists():
        return False
    live = Consent.objects.filter(youth=youth, withdrawn_at=None)
    lapsed = live.update(withdrawn_at=now, withdrawn_by=None, withdrawn_how=Consent.Ended.LAPSED)
    if lapsed:
        _tell_all(WITHDRAWN, youth, now)
    return bool(lapsed)


def start_ending(youth: YouthProfile, why: Ending.Why, now: datetime) -> Ending:
    """Begin the 90 days in which coins can still be spent. A part; begun again, the first days count."""
    db.require_transaction()
    today = periods.berlin_date(now)
    # A day that has already begun is given on top.
    first = today if now == periods.midnight(today) else today + timedelta(days=1)
    ending, _created = Ending.objects.get_or_create(
        youth=youth,
        why=why,
        called_off_at=None,
        defaults={"started_at": now, "spend_until": periods.midnight(first + timedelta(days=DAYS_TO_SPEND))},
    )
    return ending


def _locked(youth: YouthProfile) -> YouthProfile:
    # Whoever logs time holds the same row: either they were first, or they read what is written here.
    return YouthProfile.objects.select_for_update(of=("self",), no_key=True).select_related("user").get(pk=youth.pk)


def _tell_all(topic: str, youth: YouthProfile, now: datetime) -> None:
    """Tell the youth and every guardian, also whoever did it: they see that it arrived."""
    guardians = User.objects.filter(guardianships__youth=youth, guardianships__ended_at=None)
    for person in [youth.user, *(guardians if youth.age_at(now) < ADULT_AGE else [])]:
        tell(topic, to=person, youth=youth.public_id, now=now)


# ── Whose it is to decide ────────────────────────────────────────────────────────────────────────
def _require_involved(youth: YouthProfile, by: User, now: datetime) -> bool:
    """Return whether `by` is the youth; False for a guardian."""
    if by.pk == youth.user_id:
        return True
    if not selectors.youths_guarded_by(by, at=now).filter(pk=youth.pk).exists():
        raise NotYours
    return False


def _require_may_give(youth: YouthProfile, by: User, now: datetime, *, despite_no: bool = False) -> None:
    own = _require_involved(youth, by, now)
    if youth.age_at(now) >= OWN_CONSENT_AGE:
        if not own:
            raise DecidesAlone(name=youth.first_name)
        return
    if own:
        raise TooYoungToConsent
    no = selectors.standing_no(youth)
    if no and not despite_no and no.withdrawn_by_id != by.pk:
        raise SaidNo(who=no.withdrawn_by or _("Ein Elternteil"))


def _require_may_withdraw(youth: YouthProfile, by: User, now: datetime) -> None:
    own = _require_involved(youth, by, now)
    of_age = youth.age_at(now) >= OWN_CONSENT_AGE
    if own and not of_age:
        raise TooYoungToConsent
    if not own and of_age and selectors.has_decided_alone(youth):
        raise DecidesAlone(name=youth.first_name)


# ── How it stands ────────────────────────────────────────────────────────────────────────────────
class State(StrEnum):
    MISSING = "missing"  # nobody has consented yet
    STANDS = "stands"
    OUTDATED = "outdated"  # to a version that does not suffice any more
    OWN = "own"  # from 18 on the youth's own is needed
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Standing:
    """How the consent for a youth stands, and what the person who looks may do about it."""

    youth: YouthProfile
    state: State
    text: ConsentText | None  # the newest; what is consented to now
    latest: Consent | None  # the one that stands, or the last one
    is_answered: bool  # the newest version has its yes
    may_give: bool
    may_withdraw: bool
    why_not: str  # what keeps this person from giving it, if anything does
    ending: Ending | None

    @property
    def stands(self) -> bool:
        return self.state == State.STANDS

    @property
    def asks(self) -> bool:
        """Whether this person should be asked for a yes."""
        return self.may_give and not self.is_answered


def standing_of(youth: YouthProfile, *, seen_by: User, now: datetime) -> Standing:
    consents = list(youth.consents.select_related("text", "given_by", "withdrawn_by").order_by("-given_at", "-pk"))
    stands = list(selectors.standing_consents(youth, now))
    live = [consent for consent in consents if consent.withdrawn_at is None]
    text = selectors.current_text()
    why_not = ""
    try:
        _require_may_give(youth, seen_by, now)
    except DomainError as error:
        why_not = str(error)
    try:
        _require_may_withdraw(youth, seen_by, now)
    except DomainError:
        may_withdraw = False
    else:
        may_withdraw = bool(live)
    return Standing(
        youth=youth,
        state=_state(youth, consents, live, stands, now),
        text=text,
        latest=next(iter([*stands, *live, *consents]), None),
        is_answered=any(consent.text_id == (text and text.pk) for consent in stands),
        may_give=text is not None and not why_not,
        may_withdraw=may_withdraw,
        why_not=why_not,
        ending=youth.endings.filter(called_off_at=None).order_by("spend_until").first(),
    )


def _state(youth: YouthProfile, consents: list[Consent], live: list[Consent], stands: list[Consent],
           now: datetime) -> State:  # fmt: skip
    if stands:
        return State.STANDS
    if live:
        enough = selectors.required_version(now)
        return State.OWN if any(consent.text.version >= enough for consent in live) else State.OUTDATED
    if any(consent.withdrawn_how != Consent.Ended.LAPSED for consent in consents[:1]):
        return State.WITHDRAWN
    return State.MISSING


def asked_of(user: User, now: datetime) -> QuerySet[YouthProfile]:
    """Return the youths for whom `user` is asked for a yes to the newest text. Who said no is not asked again."""
    text = selectors.current_text()
    if text is None:
        return YouthProfile.objects.none()
    turned_16 = Q(birth_date__lte=selectors.birth_date_of_age(OWN_CONSENT_AGE, periods.berlin_date(now)))
    adult = Q(birth_date__lte=selectors.birth_date_of_age(ADULT_AGE, periods.berlin_date(now)))
    consents = Consent.objects.filter(youth=OuterRef("pk"))
    live = consents.filter(withdrawn_at=None)
    not_refused = ~Exists(consents) | Exists(live) | Exists(consents.filter(withdrawn_how=Consent.Ended.LAPSED))
    answered = live.filter(text=text)
    return youths_seen_by(user, now).filter(
        (Q(user=user) & turned_16) | (~Q(user=user) & ~turned_16),
        (adult & ~Exists(answered.filter(given_by=OuterRef("user")))) | (~adult & ~Exists(answered)),
        not_refused,
    )


def youths_seen_by(user: User, now: datetime) -> QuerySet[YouthProfile]:
    """Return the youths whose consent `user` may look at: oneself, and those one is a guardian of."""
    guarded = selectors.youths_guarded_by(user, at=now)
    return (
        YouthProfile.objects.filter(Q(user=user) | Exists(guarded.filter(pk=OuterRef("pk"))))
        .select_related("user")
        .order_by("user__first_name", "pk")
    )
