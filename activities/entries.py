"""Log shared time and send it in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
    message = _("Das Ende liegt vor dem Anfang. Stimmen die Uhrzeiten?")
    field = "ends_at"


class EndMissing(WrongTime):
    code = "end_missing"
    message = _("Das Ende fehlt noch. Wann war das vorbei?")
    field = "ends_at"


class TooShort(WrongTime):
    code = "too_short"
    message = _("Das sind {minutes} Minuten. Ab 15 Minuten zählt es.")
    field = "ends_at"


class TooLong(WrongTime):
    code = "too_long"
    message = _("Das sind mehr als {hours} Stunden am Stück. Mit einer Pause dazwischen werden daraus zwei Einträge.")
    field = "ends_at"


class InFuture(WrongTime):
    code = "in_future"
    message = _("Das ist noch gar nicht vorbei. Eintragen geht, sobald die Zeit um ist.")
    field = "ends_at"


class TooLongAgo(WrongTime):
    code = "too_long_ago"
    message = _("Das ist länger als {days} Tage her und lässt sich nicht mehr eintragen.")


class BeforeJoining(WrongTime):
    code = "before_joining"
    message = _("Das war vor dem Beitritt zum Club. Eintragen lässt sich alles ab dem {joined}.")


class Overlaps(WrongTime):
    code = "overlaps"
    message = _("Zu dieser Zeit steht schon „{category}“ von {start} bis {end} Uhr.")

    def __init__(self, other: SharedTimeEntry | None) -> None:
        self.other = other
        if other is None:
            # The other entry was withdrawn between the refusal and this look.
            super().__init__(category=_("ein Eintrag"), start="?", end="?")
        else:
            super().__init__(
                category=str(other.category),
                start=_clock(other.starts_at),
                end=_clock(other.ends_at or other.starts_at),
            )


class TimerRuns(Overlaps):
    code = "timer_runs"
    message = _("Zu dieser Zeit läuft schon der Timer, seit {start} Uhr. Erst stoppen, dann eintragen.")


class Untold(DomainError):
    code = "untold"
    message = _("Da fehlt noch, mit wem das war und was Ihr gemacht habt.")
    status = 400
    field = "did"


class DoesNotCount(DomainError):
    code = "category_does_not_count"
    message = _("„{category}“ zählt gerade nicht. Bitte eine andere Kategorie wählen.")
    status = 400
    field = "category"


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

    def __post_init__(self) -> None:
        # Two moments of one time zone are compared and subtracted by their wall clocks, an hour off when it changes.
        for name in ("starts_at", "ends_at"):
            object.__setattr__(self, name, getattr(self, name).astimezone(UTC))


def _clock(moment: datetime) -> str:
    return date_format(timezone.localtime(moment, periods.BERLIN), "H:i")


def duration_minutes(starts_at: datetime, ends_at: datetime) -> int:
    """Return the whole minutes that really passed, also across a change of the clocks."""
    return int((ends_at.astimezone(UTC) - starts_at.astimezone(UTC)).total_seconds()) // 60


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
    # Clocks are read in minutes: in the minute of joining, a timer may already start.
    if starts_at < youth.joined_at.replace(second=0, microsecond=0):
        joined = timezone.localtime(youth.joined_at, periods.BERLIN)
        raise BeforeJoining(joined=date_format(joined, "j. F Y, H:i"))
    return minutes


@db.service
def log(*, youth: YouthProfile, by: User, details: Details, submit: bool = False, now: datetime,
        public_id: UUID | None = None) -> SharedTimeEntry:  # fmt: skip
    """Write down a shared time as a draft; with `submit` send it in at once.

    A form names the entry it will become by `public_id`: the same time sent twice under one name is one entry.

    :raises NotYours: if `by` is not the youth.
    :raises WrongTime: if the time breaks a rule, `Overlaps` naming the entry in the way.
    :raises DoesNotCount: if the category does not count.
    :raises ConsentWithdrawn, Grown: if nothing can be logged any more.
    :raises ConsentMissing, Stopped: if it was to be sent in and nothing counts at present.
    """
    if by.pk != youth.user_id:
        raise NotYours
    minutes = require_valid(youth, details, now)
    lock_times_of(youth)
    require_may_log(youth, now)
    entry, is_new = named(public_id, youth, details)
    if not is_new:
        return entry
    entry.claimed_by, entry.claimed_at, entry.duration_minutes = by, now, minutes
    store(entry, now)
    note(entry, Review.Step.LOG, by, now)
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
    # What a guardian proposed stays theirs to change until the youth has answered.
    is_own_proposal = entry.status == entry.Status.PROPOSED and entry.claimed_by_id == by.pk
    if not entry.is_editable and not is_own_proposal:
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
    entry.duration_minutes = require_valid(entry.youth, details, now, written_at=_written_at(entry))
    lock_times_of(entry.youth)
    require_may_log(entry.youth, now)
    for name, value in vars(details).items():
        setattr(entry, name, value)
    entry.claimed_by, entry.claimed_at = by, now
    store(entry, now)
    # A timer that was stopped had said nothing yet: there is no version to keep.
    note(entry, Review.Step.LOG, by, now, before=before if before["did"] else None)
    if submit and not is_own_proposal:
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
    if not entry.did or not entry.companion_relation:
        raise Untold
    require_valid(entry.youth, _details(entry), now, written_at=_written_at(entry))
    lock_times_of(entry.youth)
    require_may_log(entry.youth, now)
    _send_in(entry, by, now)
    return entry


@db.service
def withdraw(*, entry_id: UUID, by: User, now: datetime) -> SharedTimeEntry:
    """Take back an entry that nobody has confirmed, or throw a running timer away. Twice changes nothing.

    A guardian's proposal is taken back by either side.

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
    note(entry, Review.Step.WITHDRAW, by, now)
    return entry


def _locked(entry_id: UUID, by: User) -> SharedTimeEntry:
    # Locked before it is read: a guardian may be confirming it right now.
    entries = selectors.entries_written_by(by).select_related("youth__user", "category")
    return entries.select_for_update(of=("self",), no_key=True).get(public_id=entry_id)


def _details(entry: SharedTimeEntry) -> Details:
    if entry.ends_at is None:
        raise EndMissing
    return Details(
        category=entry.category,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        companion_relation=entry.companion_relation,
        companion_name=entry.companion_name,
        did=entry.did,
        learned=entry.learned,
    )


def require_valid(youth: YouthProfile, details: Details, now: datetime, *, written_at: datetime | None = None) -> int:
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


def named(public_id: UUID | None, youth: YouthProfile, details: Details) -> tuple[SharedTimeEntry, bool]:
    """Return the entry called `public_id` and whether it is new; it is not if the same time was stored under it.

    Under a name that is taken by something else, a new entry gets a name of its own: whoever goes back in the browser
    and writes down another time means another entry.
    """
    entry = SharedTimeEntry(youth=youth, **vars(details))
    if public_id is None:
        return entry, True
    found = SharedTimeEntry.objects.filter(public_id=public_id).select_related("category").first()
    if found is None:
        entry.public_id = public_id
        return entry, True
    is_same = (found.youth_id, found.starts_at, found.ends_at) == (youth.pk, details.starts_at, details.ends_at)
    return (found, False) if is_same else (entry, True)


def lock_times_of(youth: YouthProfile) -> None:
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


def store(entry: SharedTimeEntry, now: datetime) -> None:
    """Save an entry with its times, if its slot is free.

    :raises TimerRuns: if the timer runs in it.
    :raises Overlaps: naming the entry in the way.
    """
    running = selectors.running_of(entry.youth, since=now - timedelta(minutes=MAX_MINUTES))
    if running and entry.ends_at and running.pk != entry.pk and running.starts_at < entry.ends_at:
        raise TimerRuns(running)
    try:
        # A block of its own, so that the transaction survives the refusal and can say what is in the way.
        with transaction.atomic():
            entry.save()
    except IntegrityError as error:
        if db.constraint(error) != "activities_no_overlap":
            raise
        raise Overlaps(selectors.in_the_way_of(entry)) from None


def require_counts(youth: YouthProfile, now: datetime) -> datetime:
    """Return since when there is a consent for `youth`, or refuse: what is confirmed now must be able to count.

    :raises Stopped, ConsentMissing:
    """
    if youth.paused_at:
        raise Stopped(why=youth.paused_why)
    consented_at = people.consented_at(youth, at=now)
    if consented_at is None:
        raise ConsentMissing
    return consented_at


def _send_in(entry: SharedTimeEntry, by: User, now: datetime) -> None:
    consented_at = require_counts(entry.youth, now)
    # A returned entry was sent in before, in time.
    if entry.status == entry.Status.DRAFT:
        _require_in_time(entry, consented_at, now)
    entry.status, entry.submitted_at = entry.Status.SUBMITTED, now
    entry.claimed_by, entry.claimed_at, entry.reviewed_by = by, now, None
    entry.save(update_fields=["status", "submitted_at", "claimed_by", "claimed_at", "reviewed_by"])
    note(entry, Review.Step.SUBMIT, by, now)


def note(
    entry: SharedTimeEntry,
    step: Review.Step,
    by: User | None,
    now: datetime,
    before: dict | None = None,
    reason: str = "",
) -> None:
    """Keep a step: who, when, why, and the version that it replaced."""
    Review.objects.create(entry=entry, step=step, by=by, at=now, before=before, reason=reason[:300])
