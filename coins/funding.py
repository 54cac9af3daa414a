"""Sponsors' money: what arrives in euros becomes coins in a pool, backed cent by cent."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4, uuid5

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Club, Organisation, User
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from coins import ledger
from coins.models import Balance, Deposit, FundingPool, LedgerAccount, Sponsor, Transfer

MAX_CENTS = 100_000_000  # one million euros: more is a slip of the finger
OLDEST = timedelta(days=366)  # a year typed wrong lands further back than any statement that still comes in

Kind = LedgerAccount.Kind


class DepositRefused(DomainError):
    """A rule about deposits; `field` is the form field that people look at."""

    status = 400
    field = "amount_cents"


class NothingToBook(DepositRefused):
    code = "nothing_to_book"
    message = _("Bitte geben Sie einen Betrag über 0 Euro ein.")


class TooMuch(DepositRefused):
    code = "too_much"
    message = _("Mehr als {euros} Euro auf einmal lassen sich nicht buchen. Bitte prüfen Sie das Komma.")


class NotYetReceived(DepositRefused):
    code = "not_yet_received"
    message = _("Der Eingangstag liegt in der Zukunft.")
    field = "received_on"


class ReceivedLongAgo(DepositRefused):
    code = "received_long_ago"
    message = _("Der Eingangstag liegt mehr als ein Jahr zurück. Bitte prüfen Sie das Jahr.")
    field = "received_on"


class PoolNotOpen(DepositRefused):
    code = "pool_not_open"
    message = _("Der Fördertopf „{pool}“ ist angehalten oder beendet. Bitte wählen Sie einen anderen.")
    field = "pool"


class SponsorSuspended(DepositRefused):
    code = "sponsor_suspended"
    message = _("„{sponsor}“ ist ausgesetzt. Heben Sie das zuerst auf oder wählen Sie einen anderen Fördertopf.")
    field = "pool"


class SponsorMissing(DepositRefused):
    code = "sponsor_missing"
    message = _("Ein Gemeinschaftstopf gehört niemandem. Bitte geben Sie an, von welchem Förderer das Geld kommt.")
    field = "sponsor"


class KeyReused(DepositRefused):
    code = "deposit_key_reused"
    message = _("Diese Einzahlung ist schon mit anderen Angaben gebucht. Bitte laden Sie die Seite neu.")
    status = 409


@db.service
def add_sponsor(*, organisation: Organisation, kind: str, agreement_from: date | None = None,
                agreement_until: date | None = None) -> Sponsor:  # fmt: skip
    """Make `organisation` a sponsor; the second call returns the first one."""
    sponsor, _created = Sponsor.objects.get_or_create(
        organisation=organisation,
        defaults={"kind": kind, "agreement_from": agreement_from, "agreement_until": agreement_until},
    )
    return sponsor


@db.service
def open_pool(*, sponsor: Sponsor | None, name: str, club: Club | None = None,
              weekly_limit_coins: int | None = None) -> FundingPool:  # fmt: skip
    """Open a pool for one club or, without a club, for all. Without a sponsor it is a common pool."""
    pool = FundingPool.objects.create(sponsor=sponsor, name=name, club=club, weekly_limit_coins=weekly_limit_coins)
    account_of(pool)
    return pool


def account_of(pool: FundingPool) -> LedgerAccount:
    """Return the account with the pool's coins, opened if need be."""
    return ledger.open_account(kind=Kind.POOL, owner=pool.public_id)


def accounts_of(pools: Iterable[FundingPool]) -> dict[int, LedgerAccount]:
    """Return the accounts with the pools' coins by the ids of the pools, opened if need be, in three statements."""
    owners = {pool.pk: pool.public_id for pool in pools}
    found = ledger.open_accounts(kind=Kind.POOL, owners=list(owners.values()))
    return {pool_id: found[owner] for pool_id, owner in owners.items()}


def with_coins(pools: QuerySet[FundingPool]) -> QuerySet[FundingPool]:
    """Add to each pool what is in it, as `coins`."""
    balances = Balance.objects.filter(account__kind=Kind.POOL, account__owner=OuterRef("public_id"))
    return pools.annotate(coins=Coalesce(Subquery(balances.values("posted")), 0))


@db.service
def book_deposit(*, pool: FundingPool, amount_cents: int, received_on: date, reference: str = "", by: User | None,
                 sponsor: Sponsor | None = None, key: UUID | None = None, now: datetime) -> Deposit:  # fmt: skip
    """Book euros that arrived for `pool` and issue the coins they back: one per 10 cents.

    Cents that do not make a coin wait on the sponsor's account for the next deposit. `sponsor` is only needed for
    a common pool. With a `key` (of the form that was sent) the same deposit is booked once.

    :raises NothingToBook, TooMuch: if the amount is not between 1 cent and a million euros.
    :raises NotYetReceived, ReceivedLongAgo: if `received_on` is in the future or more than a year back.
    :raises PoolNotOpen: if the pool is paused or ended.
    :raises SponsorSuspended, SponsorMissing: if nobody stands behind it.
    :raises KeyReused: if `key` belongs to another deposit.
    :raises coins.ledger.YearClosed: if `received_on` lies in a closed year.
    """
    # Locked before it is read: nobody ends the pool while its money arrives.
    pool = FundingPool.objects.select_for_update(of=("self",), no_key=True).get(pk=pool.pk)
    _require_bookable(pool, amount_cents, received_on, now)
    sponsor = _sponsor_behind(pool, sponsor)
    if key and (booked := Deposit.objects.filter(public_id=key).first()):
        if (booked.pool_id, booked.amount_cents, booked.received_on) != (pool.pk, amount_cents, received_on):
            raise KeyReused
        return booked
    ledger.require_open(received_on)

    deposit = Deposit(
        public_id=key or uuid4(), sponsor=sponsor, pool=pool, amount_cents=amount_cents, received_on=received_on,
        reference=reference, booked_by=by, booked_at=now, coins=0,
    )  # fmt: skip
    unallotted = ledger.open_account(kind=Kind.UNALLOTTED, owner=sponsor.public_id)
    _post(deposit, ledger.open_account(kind=Kind.WORLD), unallotted, amount_cents, Transfer.Kind.BANK_IN)
    # The transfer above holds the lock on this balance, so what is read here is what is there.
    before = ledger.balance(unallotted) - amount_cents
    # Round down: cents that do not make a coin stay unallotted.
    deposit.coins = (amount_cents + before % settings.COIN_VALUE_CENTS) // settings.COIN_VALUE_CENTS
    if deposit.coins:
        trust, issuance = ledger.open_account(kind=Kind.TRUST), ledger.open_account(kind=Kind.ISSUANCE)
        backing_cents = deposit.coins * settings.COIN_VALUE_CENTS
        _post(deposit, unallotted, trust, backing_cents, Transfer.Kind.ALLOTMENT)
        _post(deposit, issuance, account_of(pool), deposit.coins, Transfer.Kind.DEPOSIT)
    deposit.save(force_insert=True)
    return deposit


def _require_bookable(pool: FundingPool, amount_cents: int, received_on: date, now: datetime) -> None:
    if amount_cents <= 0:
        raise NothingToBook
    if amount_cents > MAX_CENTS:
        raise TooMuch(euros=f"{MAX_CENTS // 100:,}".replace(",", "."))
    if received_on > periods.berlin_date(now):
        raise NotYetReceived
    if received_on < periods.berlin_date(now) - OLDEST:
        raise ReceivedLongAgo
    if pool.paused_at or pool.ended_at:
        raise PoolNotOpen(pool=pool.name)


def _sponsor_behind(pool: FundingPool, given: Sponsor | None) -> Sponsor:
    sponsor = pool.sponsor or given
    if sponsor is None:
        raise SponsorMissing
    if sponsor.suspended_at:
        raise SponsorSuspended(sponsor=sponsor)
    return sponsor


def _post(deposit: Deposit, debit: LedgerAccount, credit: LedgerAccount, amount: int, kind: Transfer.Kind) -> None:
    ledger.post_transfer(
        debit=debit, credit=credit, amount=amount, kind=kind, key=uuid5(deposit.public_id, kind.name),
        group=deposit.public_id, effective_on=deposit.received_on,
    )  # fmt: skip
