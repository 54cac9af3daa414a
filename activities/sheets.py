"""The *Wochenzettel*: printed for a family without a phone, signed at home, entered by whoever saw the signature.

Three people stand behind what it confirms: the youth whose time it is, the guardian or trusted person who signed, and
a point of contact or somebody of the team who typed it in. The last two are never the same, nor of the youth's family.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts import selectors as people
from accounts import vouching
from accounts.models import ContactPoint, Guardianship, TrustedPerson, User, YouthProfile
from accounts.notices.telling import tell
from accounts.team import rights
from activities import entries
from activities.models import Review, SharedTimeEntry, Sheet
from activities.proposals import CannotCount
from activities.sampling import raising
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError

ENTERED = "sheet_entered"
TEAM_DAYS_BACK = 28
LINES = 6  # to write on by hand, where the club knows of nothing
_LETTERS = "34679CDFGHJKMNPQRTVWXY"  # none that is taken for another

Status = SharedTimeEntry.Status


class UnknownSheet(DomainError):
    code = "unknown_sheet"
    message = _("Diesen Wochenzettel kennen wir nicht. Der Code steht neben dem QR-Code, zum Beispiel 3F7K-9QRT.")
    status = 404


class AlreadyEntered(DomainError):
    code = "already_entered"
    message = _("Dieser Wochenzettel ist schon eingetragen, am {on}.")


class NothingOnIt(DomainError):
    code = "nothing_on_it"
    message = _("Bitte haken Sie wenigstens eine Zeit an, oder tragen Sie eine vom Papier ein.")
    status = 400


class NotASigner(DomainError):
    code = "not_a_signer"
    message = _("Unterschreiben kann nur, wer für {name} bestätigt.")
    status = 400
    field = "signed_by"


class OwnFamily(DomainError):
    code = "own_family"
    message = _("Den Zettel der eigenen Familie trägt jemand anderes ein: eine Kollegin oder das Club-Team.")
    status = 403


class ChangedMeanwhile(DomainError):
    code = "changed_meanwhile"
    message = _("Inzwischen hat sich etwas geändert. Bitte vergleichen Sie die Liste noch einmal mit dem Papier.")


class NotInWeek(entries.WrongTime):
    code = "not_in_week"
    message = _("Auf diesem Zettel steht die Woche vom {monday} bis {sunday}.")
    field = "day"


class LineRefused(Exception):
    """A line of the paper broke a rule; `number` counts from 0."""

    def __init__(self, number: int, why: DomainError) -> None:
        self.number, self.why = number, why
        super().__init__(number, why)


# ── Who ──────────────────────────────────────────────────────────────────────────────────────────
def signers(youth: YouthProfile, now: datetime) -> QuerySet[User]:
    """Return who may confirm for `youth`, with or without a phone."""
    guards = Guardianship.objects.filter(guardian=OuterRef("pk"), youth=youth, ended_at=None, paused_at=None)
    trusted = TrustedPerson.objects.filter(person=OuterRef("pk"), youth=youth, ended_at=None)
    may = Q(Exists(trusted))
    if youth.age_at(now) < people.ADULT_AGE:
        may |= Q(Exists(guards))
    return User.objects.filter(may, is_active=True).exclude(pk=youth.user_id).order_by("first_name", "pk")


def point_for(by: User, youth: YouthProfile) -> ContactPoint | None:
    """Return the point of contact in the youth's club that `by` vouches for."""
    return vouching.points_of(by).filter(organisation__club=youth.user.club_id).first()


def works_with(by: User, youth: YouthProfile) -> bool:
    """Say whether `by` enters sheets for the team, or is of a point of contact, of the youth's club."""
    return rights.may_in(by, "enter", Sheet, youth.user.club_id) or point_for(by, youth) is not None


def works_at(by: User) -> bool:
    """Say whether sheets are entered by `by` at all."""
    return by.may("enter", Sheet) or vouching.points_of(by).exists()


def sheets_printed_by(by: User) -> QuerySet[YouthProfile]:
    """Return the youths whose sheets `by` may print as one of the family: oneself, and those one confirms for."""
    confirmed = people.youths_confirmed_by(by).filter(pk=OuterRef("pk"))
    return YouthProfile.objects.filter(Q(user=by) | Q(Exists(confirmed))).select_related("user")


def seen_by(by: User) -> QuerySet[Sheet]:
    """Return the sheets that `by` may look at: those of the family, the club's for its team, and those one printed or
    entered at a point of contact.
    """
    family = sheets_printed_by(by).filter(pk=OuterRef("youth"))
    own = Q(made_by=by) | Q(entered_by=by) | Q(youth__user__club__in=rights.clubs_for(by, "enter", Sheet))
    at_work = at_work_of(by).filter(own)
    return Sheet.objects.filter(Q(Exists(family)) | Q(pk__in=at_work.values("pk"))).select_related(
        "youth__user", "signed_by", "entered_by", "contact_point__organisation"
    )


def at_work_of(by: User) -> QuerySet[Sheet]:
    """Return the sheets that `by` may enter, as one of the team or of a point of contact: whoever brings one has its
    code or its address in their hand.
    """
    clubs = {
        *vouching.points_of(by).values_list("organisation__club", flat=True),
        *rights.clubs_for(by, "enter", Sheet),
    }
    return Sheet.objects.filter(youth__user__club__in=clubs).select_related(
        "youth__user", "signed_by", "entered_by", "contact_point__organisation"
    )


def find(code: str, *, by: User) -> Sheet:
    """Return the sheet with this printed code.

    :raises UnknownSheet: also for one of another club.
    """
    plain = "".join(letter for letter in code.upper() if letter in _LETTERS)
    sheet = at_work_of(by).filter(code=f"{plain[:4]}-{plain[4:]}").first()
    if sheet is None:
        raise UnknownSheet
    return sheet


# ── Printing ─────────────────────────────────────────────────────────────────────────────────────
@db.service
def make(*, youth: YouthProfile, monday: date, by: User, now: datetime) -> Sheet:
    """Return the sheet of `youth` for the week of `monday`, a new one if there is none to be entered yet.

    :raises NotYours: unless `by` is of the family, of a point of contact or of the team.
    """
    if not (sheets_printed_by(by).filter(pk=youth.pk).exists() or works_with(by, youth)):
        raise entries.NotYours
    entries.lock_times_of(youth)
    monday -= timedelta(days=monday.weekday())
    found = Sheet.objects.filter(youth=youth, monday=monday, entered_at=None).first()
    return found or _new(youth, monday, by, now)


def _new(youth: YouthProfile, monday: date, by: User, now: datetime) -> Sheet:
    while True:
        letters = [secrets.choice(_LETTERS) for _letter in range(8)]
        code = "".join([*letters[:4], "-", *letters[4:]])
        try:
            with transaction.atomic():
                return Sheet.objects.create(code=code, youth=youth, monday=monday, made_by=by, made_at=now)
        except IntegrityError as error:
            if "code" not in (db.constraint(error) or ""):
                raise


def week_of(sheet: Sheet) -> periods.Period:
    return periods.week(sheet.monday)


def waiting_on(sheet: Sheet) -> QuerySet[SharedTimeEntry]:
    """Return what of the sheet's week waits to be confirmed, in the order in which it is printed."""
    week = week_of(sheet)
    return (
        SharedTimeEntry.objects.filter(
            youth=sheet.youth, status=Status.SUBMITTED, starts_at__gte=week.start, starts_at__lt=week.end
        )
        .select_related("category")
        .order_by("starts_at", "pk")
    )


# ── Entering ─────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, kw_only=True)
class Paper:
    """What somebody reads off the paper: who signed, which printed times are ticked, and the lines by hand."""

    signed_by: User
    ticked: Sequence[UUID] = ()
    lines: Sequence[entries.Details] = ()


@db.service
def enter(*, sheet_id: UUID, paper: Paper, by: User, now: datetime) -> Sheet:
    """Enter a signed sheet, once: what is ticked and written on it is approved in the name of whoever signed.

    :raises Sheet.DoesNotExist: if `by` may not enter it.
    :raises AlreadyEntered, OwnFamily, NotASigner, NothingOnIt, ChangedMeanwhile: if it does not work as a whole.
    :raises CannotCount: if nothing of the youth's counts at present.
    :raises LineRefused: naming the line that breaks a rule, of those in activities.entries or `NotInWeek`.
    """
    sheet = at_work_of(by).select_for_update(of=("self",), no_key=True).get(public_id=sheet_id)
    youth = sheet.youth
    if sheet.entered_at:
        raise AlreadyEntered(on=date_format(periods.berlin_date(sheet.entered_at), "j. F Y"))
    entitled = signers(youth, now)
    if by.pk == youth.user_id or entitled.filter(pk=by.pk).exists():
        raise OwnFamily
    if not entitled.filter(pk=paper.signed_by.pk).exists():
        raise NotASigner(name=youth.first_name)
    if not paper.ticked and not paper.lines:
        raise NothingOnIt
    # Entries before the youth, in the order of all who move one.
    ticked = list(_ticked(sheet, paper))
    if len(ticked) != len(set(paper.ticked)):
        raise ChangedMeanwhile
    entries.lock_times_of(youth)
    _require_counts(youth, now)
    sheet.signed_by, sheet.entered_by, sheet.entered_at = paper.signed_by, by, now
    sheet.contact_point = point_for(by, youth)
    sheet.save(update_fields=["signed_by", "entered_by", "entered_at", "contact_point"])
    for entry in ticked:
        _approve(entry, sheet, now)
    written = []
    for number, line in enumerate(paper.lines):
        try:
            written.append(_write_down(line, sheet, now))
        except DomainError as refusal:
            raise LineRefused(number, refusal) from None
    raising.consider([*ticked, *written], now=now, on_paper=True)
    for person in (youth.user, paper.signed_by):
        tell(ENTERED, to=person, sheet=sheet.public_id, now=now)
    return sheet


def _ticked(sheet: Sheet, paper: Paper) -> QuerySet[SharedTimeEntry]:
    waiting = SharedTimeEntry.objects.filter(youth=sheet.youth, status=Status.SUBMITTED, public_id__in=paper.ticked)
    return (
        waiting.exclude(claimed_by=paper.signed_by).order_by("pk").select_for_update(of=("self",), no_key=True)
    )  # fmt: skip


def _require_counts(youth: YouthProfile, now: datetime) -> None:
    try:
        entries.require_may_log(youth, now)
        entries.require_counts(youth, now)
    except DomainError:
        # The reasons are told to the youth, in words meant for the youth.
        raise CannotCount(name=youth.first_name) from None


def _approve(entry: SharedTimeEntry, sheet: Sheet, now: datetime) -> None:
    entry.status, entry.reviewed_by, entry.approved_at = Status.APPROVED, sheet.signed_by, now
    entry.sheet = sheet
    entry.save(update_fields=["status", "reviewed_by", "approved_at", "sheet"])
    entries.note(entry, Review.Step.APPROVE, sheet.signed_by, now)


def _write_down(line: entries.Details, sheet: Sheet, now: datetime) -> SharedTimeEntry:
    """Store a line of the paper: claimed by who typed it in, confirmed by who signed it."""
    by, week = sheet.entered_by, week_of(sheet)
    if not week.start <= line.starts_at < week.end:
        sunday = sheet.monday + timedelta(days=6)
        raise NotInWeek(monday=date_format(sheet.monday, "j. F"), sunday=date_format(sunday, "j. F"))
    if not line.category.counts:
        raise entries.DoesNotCount(category=line.category.name)
    of_team = by is not None and rights.may_in(by, "enter", Sheet, sheet.youth.user.club_id)
    days_back = TEAM_DAYS_BACK if of_team else entries.MAX_DAYS_BACK
    minutes = entries.require_valid_time(
        youth=sheet.youth, starts_at=line.starts_at, ends_at=line.ends_at, now=now, max_days_back=days_back
    )
    entry = SharedTimeEntry(
        youth=sheet.youth, **vars(line), duration_minutes=minutes, status=Status.APPROVED, claimed_by=by,
        claimed_at=now, submitted_at=now, reviewed_by=sheet.signed_by, approved_at=now, sheet=sheet,
    )  # fmt: skip
    entries.store(entry, now)
    entries.note(entry, Review.Step.LOG, by, now)
    entries.note(entry, Review.Step.APPROVE, sheet.signed_by, now)
    return entry
