"""Where a partner is paid: asked for by one person, confirmed by another, used a week later.

The week is there for the shop: everybody who manages it is told of a new account, and can still say no.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from accounts.models import Membership, User
from accounts.notices.telling import tell
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from partners.models import BankAccount, Partner

TOPIC = "bank_account_asked"
WAITS = timedelta(days=7)
# Countries of the SEPA area whose accounts a German club can pay without more than the IBAN.
SEPA = frozenset(
    [
        "AD", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE",
        "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK", "SM", "VA",
    ]
)  # fmt: skip


class AccountRefused(DomainError):
    code = "bank_account_refused"
    field = "iban"


class WrongIban(AccountRefused):
    code = "wrong_iban"
    status = 400
    message = _("Diese IBAN stimmt nicht: Bitte vergleichen Sie sie Ziffer für Ziffer mit Ihrem Kontoauszug.")


class CountryNotPaid(AccountRefused):
    code = "country_not_paid"
    status = 400
    message = _("In dieses Land können wir nicht überweisen. Bitte nennen Sie ein Konto im SEPA-Raum.")


class HolderMissing(AccountRefused):
    code = "holder_missing"
    field = "holder"
    status = 400
    message = _("Bitte schreiben Sie, auf wen das Konto läuft.")


class AlreadyAsked(AccountRefused):
    code = "bank_account_asked"
    message = _("Eine neue Bankverbindung wartet schon auf Bestätigung.")


class OwnAccount(AccountRefused):
    code = "own_bank_account"
    message = _("Was Sie selbst eingetragen haben, bestätigt eine zweite Person.")


class AccountDecided(AccountRefused):
    code = "bank_account_decided"
    message = _("Über diese Bankverbindung ist schon entschieden.")


class ReasonMissing(AccountRefused):
    code = "reason_missing"
    field = "why"
    status = 400
    message = _("Bitte schreiben Sie in einem Satz, warum.")


def checked(text: str) -> str:
    """Return an IBAN as banks write it, without spaces.

    :raises WrongIban: if its length or check digits are wrong.
    :raises CountryNotPaid: if it is outside of the SEPA area.
    """
    try:
        iban = IBAN(text)
    except SchwiftyException:
        raise WrongIban from None
    if iban.country_code not in SEPA:
        raise CountryNotPaid
    return str(iban.compact)


@db.service
def request(*, partner: Partner, iban: str, holder: str, by: User, now: datetime) -> BankAccount:
    """Ask for a partner to be paid to this account. Asking again for the same changes nothing.

    :raises WrongIban, CountryNotPaid, HolderMissing: if it cannot be one.
    :raises AlreadyAsked: if another one waits for its confirmation.
    """
    iban, holder = checked(iban), " ".join(holder.split())
    if not holder:
        raise HolderMissing
    Partner.objects.select_for_update(of=("self",), no_key=True).get(pk=partner.pk)
    waiting = BankAccount.objects.filter(partner=partner, approved_at=None, refused_at=None).first()
    if waiting is not None:
        if (waiting.iban, waiting.holder) == (iban, holder):
            return waiting
        raise AlreadyAsked
    account = BankAccount.objects.create(partner=partner, iban=iban, holder=holder, requested_by=by, requested_at=now)
    for manager in managers_of(partner):
        tell(TOPIC, to=manager, account=account.public_id, now=now)
    return account


@db.service
def approve(*, account: BankAccount, by: User, now: datetime) -> BankAccount:
    """Confirm an account that somebody else asked for; a week later it is used. Confirming it again changes nothing.

    :raises OwnAccount: if `by` asked for it.
    :raises AccountDecided: if it was refused, or confirmed by somebody else.
    """
    account = BankAccount.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
    if account.requested_by_id == by.pk:
        raise OwnAccount
    if account.approved_by_id == by.pk:
        return account
    if account.approved_at or account.refused_at:
        raise AccountDecided
    account.approved_by, account.approved_at, account.usable_at = by, now, now + WAITS
    account.save(update_fields=["approved_by", "approved_at", "usable_at"])
    return account


@db.service
def refuse(*, account: BankAccount, by: User, why: str, now: datetime) -> BankAccount:
    """Refuse an account, or take one's own request back; also one that is confirmed and not used yet.

    :raises ReasonMissing: if somebody else's is refused without a word.
    :raises AccountDecided: if it is used already.
    """
    account = BankAccount.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
    if account.refused_at:
        return account
    if account.usable_at and account.usable_at <= now:
        raise AccountDecided
    if not why.strip() and account.requested_by_id != by.pk:
        raise ReasonMissing
    account.approved_by, account.approved_at, account.usable_at = None, None, None
    account.refused_by, account.refused_at, account.refused_why = by, now, why.strip()
    account.save(update_fields=["approved_by", "approved_at", "usable_at", "refused_by", "refused_at", "refused_why"])
    return account


def usable(partner: Partner, *, at: datetime) -> BankAccount | None:
    """Return the account a partner is paid to at the moment `at`: the one confirmed last whose week is over."""
    return usable_of([partner], at=at).get(partner.pk)


def usable_of(partners: Iterable[Partner], *, at: datetime) -> dict[int, BankAccount]:
    """Return the accounts that partners are paid to at the moment `at`, by partner, in one query; see `usable`."""
    confirmed = BankAccount.objects.filter(partner__in=[partner.pk for partner in partners], usable_at__lte=at)
    latest = confirmed.order_by("partner_id", "-usable_at", "-pk").distinct("partner_id")
    return {account.partner_id: account for account in latest}


def managers_of(partner: Partner) -> QuerySet[User]:
    """Return everybody who manages a shop."""
    managing = {"memberships__organisation": partner.organisation_id, "memberships__role": Membership.Role.MANAGER}
    return User.objects.filter(**managing).distinct().order_by("pk")
