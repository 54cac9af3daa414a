"""What waits for whom of the team: how much, since when, and where it is done. One query each, whatever the size."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Min, OuterRef, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from accounts import selectors as people
from accounts.models import Case, StaffRole, User, YouthProfile
from accounts.protection import concerns
from accounts.team import roles
from activities import reminders
from activities.models import Opportunity, Place, Sample, SharedTimeEntry, WaitingEntry
from activities.sampling import deciding
from clevervibes.lib import periods
from clevervibes.lib.models import OutboxMessage
from coins import agreements, bank, pledges
from coins.models import Alarm, BankLine, ConversionRun, MoneyOrder, OpeningMoney, Pledge, Sponsor, YearClosing
from partners import offers
from partners import selectors as shops
from partners.joining import enquiries
from partners.models import (
    BankAccount,
    Correction,
    Enquiry,
    Goodwill,
    LateScan,
    Offer,
    Partner,
    PayoutBatch,
    Settlement,
)

AGEING_DAYS = 7


@dataclass(frozen=True)
class Queue:
    """What waits for the team, and since when the first of it does."""

    label: str | Promise
    url: str
    number: int
    since: datetime | None
    icon: str

    @property
    def longest(self) -> str:
        """Say how long the first one waits, in one unit."""
        return timesince(self.since, depth=1) if self.since else ""


@dataclass(frozen=True)
class Kind:
    """One kind of work: who does it (`do` to `model`), which rows wait, since when, on which list."""

    label: str | Promise
    icon: str
    model: type
    do: str
    rows: Callable[[User, datetime], QuerySet]
    since: str  # the moment it began to wait; the key of rows that keep none
    list: str  # with its filter


def not_yet_seen(at: datetime) -> QuerySet[YouthProfile]:
    """Return the youths whose confirmed hours wait until somebody is seen by a point of contact or the team."""
    approved = SharedTimeEntry.objects.filter(youth=OuterRef("pk"), status=SharedTimeEntry.Status.APPROVED)
    return people.youths_in_standing(at).filter(Exists(approved)).exclude(pk__in=people.earning_youths(at).values("pk"))


def _asked_by_others(rows: QuerySet, user: User, who: str) -> QuerySet:
    return rows.exclude(**{who: user})


KINDS = (
    Kind(_("Alarme"), "crisis_alert", Alarm, "change", lambda user, at: Alarm.objects.filter(seen_at=None),
         "raised_at", "coins_alarm_changelist?seen_at__isempty=1"),
    Kind(_("Fragen"), "forum", Case, "change", lambda user, at: Case.objects.filter(state=Case.State.OPEN),
         "since", "accounts_case_changelist"),
    Kind(_("Stichproben"), "fact_check", Sample, "change", lambda user, at: deciding.open_samples(),
         "raised_at", "activities_sample_changelist"),
    Kind(_("Noch niemand gesehen"), "visibility", YouthProfile, "change", lambda user, at: not_yet_seen(at),
         "joined_at", "accounts_youthprofile_changelist?gesehen=nein"),
    Kind(_("Seit einer Woche nicht bestätigt"), "hourglass_bottom", WaitingEntry, "change",
         lambda user, at: reminders.ageing(WaitingEntry.objects.all(), at=at).filter(
             reminders.waiting_since(AGEING_DAYS, periods.berlin_date(at))),
         "submitted_at", f"activities_waitingentry_changelist?days={AGEING_DAYS}"),
    Kind(_("Späte Scans"), "barcode_scanner", LateScan, "change", lambda user, at: shops.open_late_scans(),
         "received_at", "partners_latescan_changelist"),
    Kind(_("Anfragen mitzumachen"), "handshake", Enquiry, "change", lambda user, at: enquiries.waiting(),
         "confirmed_at", "partners_enquiry_changelist"),
    Kind(_("Partner freigeben"), "storefront", Partner, "change",
         lambda user, at: Partner.objects.filter(released_at=None), "pk",
         "partners_partner_changelist?released_at__isempty=1"),
    Kind(_("Angebote freigeben"), "redeem", Offer, "change", lambda user, at: offers.waiting(), "pk",
         "partners_offer_changelist?freigabe=wartet"),
    Kind(_("Chancen freigeben"), "event", Opportunity, "change",
         lambda user, at: Opportunity.objects.filter(released_at=None, sent_at__isnull=False, cancelled_at=None),
         "sent_at", "activities_opportunity_changelist?state=sent"),
    Kind(_("Plätze freigeben"), "work", Place, "change",
         lambda user, at: Place.objects.filter(submitted_at__isnull=False, released_at=None, closed_at=None),
         "submitted_at", "activities_place_changelist?stand=waits"),
    Kind(_("Kontoumsätze ohne Zuordnung"), "account_balance_wallet", BankLine, "assign",
         lambda user, at: bank.waiting(), "statement__imported_at", "coins_bankline_changelist"),
    Kind(_("Überfällige Zusagen"), "event_busy", Pledge, "withdraw", lambda user, at: pledges.overdue(at),
         "fell_due_at", "coins_pledge_changelist?stand=overdue"),
    Kind(_("Vereinbarungen, die enden"), "event_upcoming", Sponsor, "change",
         lambda user, at: agreements.ending(Sponsor.objects.all(), at=at), "soon_since",
         "coins_sponsor_changelist?vereinbarung=endet"),
    Kind(_("Angehaltene Umrechnungsläufe"), "pause_circle", ConversionRun, "stop",
         lambda user, at: ConversionRun.objects.filter(closed_at=None, stops__isnull=False, stops__resumed_at=None),
         "stops__at", "coins_conversionrun_changelist?closed_at__isnull=True"),
    Kind(_("Abrechnungen vorlegen"), "receipt_long", PayoutBatch, "add",
         lambda user, at: Settlement.objects.filter(status=Settlement.Status.DRAFT, batch=None, held_at=None),
         "created_at", "partners_settlement_changelist?status__exact=draft&held_at__isempty=1"),
    Kind(_("Zurückgestellte Abrechnungen"), "pause_circle", Settlement, "change",
         lambda user, at: Settlement.objects.filter(status=Settlement.Status.DRAFT, held_at__isnull=False),
         "held_at", "partners_settlement_changelist?held_at__isempty=0"),
    Kind(_("Auszahlungen freigeben"), "task_alt", PayoutBatch, "approve",
         lambda user, at: _asked_by_others(
             PayoutBatch.objects.filter(approved_at=None, refused_at=None), user, "proposed_by"),
         "proposed_at", "partners_payoutbatch_changelist?approved_at__isempty=1&refused_at__isempty=1"),
    Kind(_("Geldaufträge freigeben"), "payments", MoneyOrder, "approve",
         lambda user, at: _asked_by_others(
             MoneyOrder.objects.filter(state=MoneyOrder.State.OPEN), user, "requested_by"),
         "requested_at", f"coins_moneyorder_changelist?state__exact={MoneyOrder.State.OPEN.value}"),
    Kind(_("Anfangsbestand freigeben"), "savings", OpeningMoney, "approve",
         lambda user, at: _asked_by_others(OpeningMoney.objects.filter(approved_at=None), user, "asked_by"),
         "asked_at", "coins_openingmoney_changelist?approved_at__isempty=1"),
    Kind(_("Jahre abschließen"), "lock", YearClosing, "approve",
         lambda user, at: _asked_by_others(YearClosing.objects.filter(approved_at=None), user, "asked_by"),
         "asked_at", "coins_yearclosing_changelist?approved_at__isempty=1"),
    Kind(_("Bankverbindungen bestätigen"), "account_balance", BankAccount, "approve",
         lambda user, at: _asked_by_others(
             BankAccount.objects.filter(approved_at=None, refused_at=None), user, "requested_by"),
         "requested_at", "partners_bankaccount_changelist?approved_at__isempty=1&refused_at__isempty=1"),
    Kind(_("Korrekturen freigeben"), "undo", Correction, "approve",
         lambda user, at: _asked_by_others(Correction.objects.filter(approved_at=None), user, "requested_by"),
         "requested_at", "partners_correction_changelist?booked_at__isempty=1"),
    Kind(_("Zahlungen für späte Scans freigeben"), "point_of_sale", Goodwill, "approve",
         lambda user, at: _asked_by_others(Goodwill.objects.filter(approved_at=None), user, "requested_by"),
         "requested_at", "partners_goodwill_changelist?booked_at__isempty=1"),
    Kind(_("Rollen vergeben"), "badge", StaffRole, "approve", lambda user, at: roles.proposed_to(user),
         "asked_at", "accounts_staffrole_changelist?granted_at__isempty=1&ended_at__isempty=1"),
    Kind(_("Mails, die nicht ankommen"), "outgoing_mail", OutboxMessage, "view",
         lambda user, at: failed_mails(), "created_at", "lib_outboxmessage_changelist"),
)  # fmt: skip


def failed_mails() -> QuerySet[OutboxMessage]:
    """Return the messages that were tried and not delivered."""
    return OutboxMessage.objects.filter(delivered_at=None, attempts__gt=0)


def for_(user: User, at: datetime) -> list[Queue]:
    """Return what waits for somebody, in the order in which it should be looked at; nothing that is empty."""
    found = [_queue(kind, user, at) for kind in KINDS if user.may(kind.do, kind.model)]
    # For those who read them alone; nobody else sees that there are any.
    read = concerns.concerns_read_by(user).filter(closed_at=None)
    said = read.order_by().aggregate(number=Count("pk"), since=Min("raised_at"))
    url = reverse("admin:accounts_concern_changelist")
    concern = Queue(_("Etwas war nicht okay"), url, said["number"], said["since"], "shield_person")
    return [queue for queue in (concern, *found) if queue.number]


def _queue(kind: Kind, user: User, at: datetime) -> Queue:
    rows = kind.rows(user, at)
    # Rows of another model than the page's own have its club by their own rule.
    rows = user.reach(rows, kind.do if rows.model is kind.model else "view")
    said = rows.order_by().aggregate(number=Count("pk", distinct=True), since=Min(kind.since))
    page, _mark, query = kind.list.partition("?")
    url = reverse(f"admin:{page}") + (f"?{query}" if query else "")
    since = said["since"] if isinstance(said["since"], datetime) else None
    return Queue(kind.label, url, said["number"], since, kind.icon)
