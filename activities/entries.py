"""Log shared time and send it in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts import selectors as people
from accounts.models import User, YouthProfile
from accounts.registration import MAX_AGE
from activities import selectors
from activities.models import Category, Review, SharedTimeEntry
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from clevervibes.lib.limits import Limit

MIN_MINUTES = 15
MAX_MINUTES = 4 * 60
MAX_HOST_MINUTES = 8 * 60
MAX_DAYS_BACK = 14
LOGGED_A_DAY = Limit("logged-a-day", 20, timedelta(days=1))  # what was refused does not count


class WrongTime(DomainError):
    """A rule about when and how long; `field` is the form field that people look at."""

    status = 400
    field = "starts_at"


class EndsBeforeStart(WrongTime):
    code = "ends_before_start"
    message = _("Das Ende liegt vor dem Anfang. Schau noch einmal auf die Uhrzeiten.")
    field = "ends_at"


class TooShort(WrongTime):
    code = "too_short"
    message = _("Das sind {minutes} Minuten. Ab 15 Minuten zählt es.")
    field = "ends_at"


class TooLong(WrongTime):
    code = "too_long"
    message = _("Das sind mehr als {hours} Stunden am Stück. Trag bitte zwei Einträge mit einer Pause dazwischen ein.")
    field = "ends_at"


class InFuture(WrongTime):
    code = "in_future"
    message = _("Das ist noch gar nicht vorbei. Trag es ein, wenn Ihr fertig seid.")
    field = "ends_at"


class TooLongAgo(WrongTime):
    code = "too_long_ago"
    message = _("Das ist länger als {days} Tage her und lässt sich nicht mehr eintragen.")


class BeforeJoining(WrongTime):
    code = "before_joining"
    message = _("Da warst Du noch nicht im Club. Eintragen kannst Du alles ab dem {joined}.")


class Overlaps(WrongTime):
    code = "overlaps"
    message = _("Zu dieser Zeit steht schon „{category}“ von {start} bis {end} Uhr.")

    def __init__(self, other: SharedTimeEntry | None) -> None:
        self.other = other
        if other is None or other.ends_at is None:
            # The other entry was withdrawn between the refusal and this look.
            super().__init__(category=_("ein Eintrag"), start="?", end="?")
        else:
            local = [timezone.localtime(moment, periods.BERLIN) for moment in (other.starts_at, other.ends_at)]
            super().__init__(
                category=str(other.category), start=date_format(local[0], "H:i"), end=date_format(local[1], "H:i")
            )


class DoesNotCount(DomainError):
    code = "category_does_not_count"
    message = _("„{category}“ zählt gerade nicht. Such Dir eine andere Kategorie aus.")
    status = 400


class NotYours(DomainError):
    code = "not_yours"
    message = _("Für diese Person kannst Du keine Zeit eintragen.")
    status = 404


class ConsentMissing(DomainError):
    code = "consent_missing"
    message = _("Bevor etwas zählt, muss die Einwilligung da sein. Dein Entwurf bleibt gespeichert.")


class ConsentWithdrawn(DomainError):
    code = "consent_withdrawn"
    message = _(
        "Für Dich ist die Einwilligung widerrufen. Du kannst alles ansehen und Deine Coins noch ausgeben, aber nichts "
        "Neues eintragen. Im Profil unter „Einwilligung“ steht, wer das ändern kann."
    )


class Grown(DomainError):
    code = "too_old"
    message = _("Mit 21 endet das Sammeln. Danke für die gemeinsame Zeit! Deine Coins kannst Du noch ausgeben.")


class Stopped(DomainError):
    code = "stopped"
    message = _("Deine Mitgliedschaft ist gerade angehalten. {why}")


class NotEditable(DomainError):
    code = "not_editable"
    message = _("Dieser Eintrag lässt sich nicht mehr ändern: Er ist {status}.")


@dataclass(frozen=True, kw_only=True)
class Details:
    """What people fill in: one entry's content, without who and when it was written."""

    category: Category
    starts_at: datetime
    ends_at: datetime
    companion_relation: str
    companion_name: str = ""
    did: str
    learned: str = ""


def duration_minutes(starts_at: datetime, ends_at: datetime) -> int:
    """Return the whole minutes that really passed, also across a change of the clocks."""
    return int((ends_at - starts_at).total_seconds()) // 60


def require_valid_time(*, youth: YouthProfile, starts_at: datetime, ends_at: datetime, now: datetime,
                       written_at: datetime | None = None, max_minutes: int = MAX_MINUTES,
                       max_days_back: int = MAX_DAYS_BACK) -> int:  # fmt: skip
    """Return the duration in minutes if the time may be logged at `now`.

    The days back are counted from `written_at`, when an entry was first written down: correcting it later is
    no reason to lose it.

    :raises WrongTime: with the rule that was broken.
    """
    if ends_at <= starts_at:
        raise EndsBeforeStart
    minutes = duration_minutes(starts_at, ends_at)
    if minutes < MIN_MINUTES:
        raise TooShort(minutes=minutes)
    if minutes > max_minutes:
        raise TooLong(hours=max_minutes // 60)
    if ends_at > now:
        raise InFuture
    if periods.berlin_date(starts_at) < periods.berlin_date(written_at or now) - timedelta(days=max_days_back):
        raise TooLongAgo(days=max_days_back)
    if starts_at < youth.joined_at:
        joined = timezone.localtime(youth.joined_at, periods.BERLIN)
        raise BeforeJoining(joined=date_format(joined, "j. F Y, H:i"))
    return minutes


@db.service
def log(*, youth: YouthProfile, by: User, details: Details, submit: bool = False, now: datetime) -> SharedTimeEntry:
    """Write down a shared time as a draft; with `submit` send it in at once.

    :raises NotYours: if `by` is not the youth.
    :raises WrongTime: if the time breaks a rule, `Overlaps` naming the entry in the way.
    :raises DoesNotCount: if the category does not count.
    :raises ConsentWithdrawn, Grown: if nothing can be logged any more.
    :raises ConsentMissing, Stopped: if it was to be sent in and nothing counts at present.
    """
    if by.pk != youth.user_id:
        raise NotYours
    minutes = _require_valid(youth, details, now)
    _lock_times_of(youth)
    require_may_log(youth, now)
    entry = SharedTimeEntry(youth=youth, claimed_by=by, claimed_at=now, duration_minutes=minutes, **vars(details))
    _store(entry)
    _note(entry, Review.Step.LOG, by, now)
    if submit:
        _send_in(entry, by, now)
    return entry


@db.service
def edit(*, entry_id: UUID, by: User, details: Details, submit: bool = False, now: datetime) -> SharedTimeEntry:
    """Change a draft or a returned entry; with `submit` send it in again. The old version stays readable.

    :raises SharedTimeEntry.DoesNotExist: if `by` may not see the entry.
    :raises NotEditable: if it is waiting, approved or ended.
    :raises ConsentWithdrawn, Grown, ConsentMissing, Stopped: as in `log`.
    """
    entry = _locked(entry_id, by)
    if not entry.is_editable:
        raise NotEditable(status=entry.get_status_display())
    before = {
        "category": entry.category.name,
        "starts_at": entry.starts_at.isoformat(),
        "ends_at": entry.ends_at.isoformat() if entry.ends_at else None,
        "companion_relation": entry.companion_relation,
        "companion_name": entry.companion_name,
        "did": entry.did,
        "learned": entry.learned,
    }
    entry.duration_minutes = _require_valid(entry.youth, details, now, written_at=_written_at(entry))
    _lock_times_of(entry.youth)
    require_may_log(entry.youth, now)
    for name, value in vars(details).items():
        setattr(entry, name, value)
    _store(entry)
    _note(entry, Review.Step.LOG, by, now, before=before)
    if submit:
        _send_in(entry, by, now)
    return entry


@db.service
def submit(*, entry_id: UUID, by: User, now: datetime) -> SharedTimeEntry:
    """Send a draft or a corrected entry to whoever confirms. Sending it twice changes nothing.

    :raises SharedTimeEntry.DoesNotExist: if `by` may not see the entry.
    :raises NotEditable: if it is approved or ended.
    :raises ConsentWithdrawn, Grown, ConsentMissing, Stopped: if nothing counts at present.
    """
    entry = _locked(entry_id, by)
    if entry.status == entry.Status.SUBMITTED:
        return entry
    if not entry.is_editable:
        raise NotEditable(status=entry.get_status_display())
    _require_valid(entry.youth, _details(entry), now, written_at=_written_at(entry))
    _lock_times_of(entry.youth)
    require_may_log(entry.youth, now)
    _send_in(entry, by, now)
    return entry


@db.service
def withdraw(*, entry_id: UUID, by: User, now: datetime) -> SharedTimeEntry:
    """Take back an entry that nobody has confirmed. Withdrawing twice changes nothing.

    :raises SharedTimeEntry.DoesNotExist: if `by` may not see the entry.
    :raises NotEditable: if it is already approved or rejected.
    """
    entry = _locked(entry_id, by)
    if entry.status == entry.Status.WITHDRAWN:
        return entry
    if entry.status in (entry.Status.APPROVED, entry.Status.REJECTED):
        raise NotEditable(status=entry.get_status_display())
    entry.status = entry.Status.WITHDRAWN
    entry.save(update_fields=["status"])
    _note(entry, Review.Step.WITHDRAW, by, now)
    return entry


def _locked(entry_id: UUID, by: User) -> SharedTimeEntry:
    # Locked before it is read: a guardian may be confirming it right now.
    entries = selectors.entries_of(by).select_related("youth__user", "category")
    return entries.select_for_update(of=("self",), no_key=True).get(public_id=entry_id)


def _details(entry: SharedTimeEntry) -> Details:
    if entry.ends_at is None:
        raise EndsBeforeStart
    return Details(
        category=entry.category,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        companion_relation=entry.companion_relation,
        companion_name=entry.companion_name,
        did=entry.did,
        learned=entry.learned,
    )


def _require_valid(youth: YouthProfile, details: Details, now: datetime, *, written_at: datetime | None = None) -> int:
    if not details.category.counts:
        raise DoesNotCount(category=details.category.name)
    return require_valid_time(
        youth=youth, starts_at=details.starts_at, ends_at=details.ends_at, now=now, written_at=written_at
    )


def _written_at(entry: SharedTimeEntry) -> datetime:
    return entry.reviews.values_list("at", flat=True).earliest("at")


def _require_in_time(entry: SharedTimeEntry, consented_at: datetime, now: datetime) -> None:
    """A draft is sent in within 14 days, or within 14 days after the consent it waited for."""
    since = max(periods.berlin_date(entry.starts_at), periods.berlin_date(consented_at))
    if periods.berlin_date(now) > since + timedelta(days=MAX_DAYS_BACK):
        raise TooLongAgo(days=MAX_DAYS_BACK)


def _lock_times_of(youth: YouthProfile) -> None:
    """Let the youth's devices write one after the other, and one after whoever withdraws the consent.

    The exclusion constraint alone keeps overlaps out, but two inserts that meet wait for each other in it:
    PostgreSQL sees a deadlock, and each of them costs a second.
    """
    YouthProfile.objects.select_for_update(no_key=True).get(pk=youth.pk)


def require_may_log(youth: YouthProfile, now: datetime) -> None:
    """Refuse whoever may only look. A service that writes has locked the youth's row, so that no withdrawal slips in.

    Before the first consent, and while a new version waits for its answer, drafts may be kept.

    :raises ConsentWithdrawn: if the consent was withdrawn.
    :raises Grown: from the 21st birthday on.
    """
    if youth.age_at(now) > MAX_AGE:
        raise Grown
    if people.standing_no(youth):
        raise ConsentWithdrawn


def _store(entry: SharedTimeEntry) -> None:
    try:
        # A block of its own, so that the transaction survives the refusal and can say what is in the way.
        with transaction.atomic():
            entry.save()
    except IntegrityError as error:
        if db.constraint(error) != "activities_no_overlap":
            raise
        raise Overlaps(selectors.in_the_way_of(entry)) from None


def _send_in(entry: SharedTimeEntry, by: User, now: datetime) -> None:
    youth = entry.youth
    if youth.paused_at:
        raise Stopped(why=youth.paused_why)
    consented_at = people.consented_at(youth, at=now)
    if consented_at is None:
        raise ConsentMissing
    # A returned entry was sent in before, in time.
    if entry.status == entry.Status.DRAFT:
        _require_in_time(entry, consented_at, now)
    entry.status, entry.submitted_at = entry.Status.SUBMITTED, now
    entry.claimed_by, entry.claimed_at, entry.reviewed_by = by, now, None
    entry.save(update_fields=["status", "submitted_at", "claimed_by", "claimed_at", "reviewed_by"])
    _note(entry, Review.Step.SUBMIT, by, now)


def _note(entry: SharedTimeEntry, step: Review.Step, by: User, now: datetime, before: dict | None = None) -> None:
    Review.objects.create(entry=entry, step=step, by=by, at=now, before=before)
