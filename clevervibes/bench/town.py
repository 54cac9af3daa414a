"""The town around the crowd: pools with money, accounts with coins, shops with an offer, holds to redeem.

What is few is made through the services, as in life; what is many by the owner, set by set, to the same end.
"""

import hashlib
from datetime import datetime

from django.db import connections, transaction
from django.db.models.functions import Mod

from accounts.models import Club, Organisation, User
from clevervibes.bench import crowd
from clevervibes.lib import periods
from coins import funding
from coins.models import LedgerAccount, Sponsor
from partners import offers
from partners.models import Hold, Offer

POOLS, SHOPS = 50, 20
PRICE_COINS = 5
LOT_COINS, LOTS = 500, 2  # what each youth gets to spend


def found(*, weekly_limit_coins: int | None = None, now: datetime) -> None:
    """Open the pools, each with the coins of a million euros and what it gives a week, and the shops."""
    club = Club.objects.get(slug=crowd.CLUB)
    team = User.objects.create(username="team", club=club)
    for number in range(POOLS):
        organisation = Organisation.objects.create(club=club, name=f"Förderer {number}")
        sponsor = funding.add_sponsor(organisation=organisation, kind=Sponsor.Kind.DONATION)
        pool = funding.open_pool(sponsor=sponsor, name=f"Topf {number}", weekly_limit_coins=weekly_limit_coins)
        funding.book_deposit(
            pool=pool, amount_cents=funding.MAX_CENTS, received_on=periods.berlin_date(now), by=None, now=now
        )
    for number in range(SHOPS):
        partner = offers.add_partner(organisation=Organisation.objects.create(club=club, name=f"Laden {number}"))
        offers.release_partner(partner=partner, by=team, now=now)
        offer = offers.propose(
            partner=partner, title=f"Angebot {number}", price_coins=PRICE_COINS, category=Offer.Category.FOOD,
            valid_from=now,
        )  # fmt: skip
        offers.release(offer=offer, by=team, now=now)


def open_accounts() -> None:
    """Open the account of every youth, as an earlier run has done for all but the newest."""
    _as_owner(_ACCOUNTS)


def hand_out(*, every: int = 1) -> None:
    """Grant coins to every account, or every so many, in two lots each from different pools."""
    _as_owner(_GRANTS, every=every, coins=LOT_COINS, lots=LOTS)


def place_holds(count: int) -> None:
    """Set offers aside for youths who have coins, `count` times, spread over shops and youths."""
    _as_owner(_HOLDS, count=count, price=PRICE_COINS)


def live_holds(place: int = 0, of: int = 1) -> list[Hold]:
    """Return the live holds whose number falls to `place`, whatever others redeem meanwhile."""
    share = Hold.objects.select_related("offer").annotate(share=Mod("pk", of)).filter(share=place)
    return list(share.filter(status=Hold.Status.LIVE).order_by("-pk"))


def token_of(hold: Hold) -> str:
    """Return what the QR of a hold set aside here carries."""
    return hashlib.md5(str(hold.public_id).encode()).hexdigest()  # noqa: S324 (32 hex digits, and no secret here)


def account_range(kind: LedgerAccount.Kind) -> tuple[int, int]:
    """Return the first and the last account of a kind, whose ids must have no gap.

    :raises RuntimeError: if one is missing in between.
    """
    ids = list(LedgerAccount.objects.filter(kind=kind).order_by("pk").values_list("pk", flat=True))
    if not ids or ids[-1] - ids[0] + 1 != len(ids):
        raise RuntimeError(f"the accounts of kind {kind} have gaps between them")
    return ids[0], ids[-1]


def _as_owner(statement: str, **values: int) -> None:
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        # The owner may move balances; with this setting the trigger leaves it to the statement.
        cursor.execute("SELECT set_config('coins.bulk', 'on', true)")
        cursor.execute(statement, values)


_ACCOUNTS = """
    WITH youth AS MATERIALIZED (
      SELECT y.id, gen_random_uuid() AS owner FROM accounts_youthprofile y
       WHERE NOT EXISTS (SELECT FROM coins_youthaccount link WHERE link.youth_id = y.id)),
    made AS (
      INSERT INTO coins_ledgeraccount (asset, kind, owner, stored)
      SELECT 1, 4, owner, true FROM youth ORDER BY id RETURNING id, owner)
    INSERT INTO coins_youthaccount (youth_id, account_id)
    SELECT youth.id, made.id FROM made JOIN youth USING (owner) ORDER BY youth.id
"""

_GRANTS = """
    WITH pool AS MATERIALIZED (
      SELECT p.id, a.id AS account_id, row_number() OVER (ORDER BY p.id) - 1 AS place, count(*) OVER () AS of
        FROM coins_fundingpool p JOIN coins_ledgeraccount a ON a.kind = 2 AND a.owner = p.public_id),
    youth AS (SELECT id AS account_id FROM coins_ledgeraccount WHERE kind = 4 AND id %% %(every)s = 0),
    written AS (
      INSERT INTO coins_transfer (debit_id, credit_id, amount, effective_on, asset, kind, idempotency_key)
      SELECT pool.account_id, y.account_id, %(coins)s, current_date, 1, 8, gen_random_uuid()
        FROM youth y, generate_series(1, %(lots)s) lot, pool WHERE pool.place = (y.account_id + lot) %% pool.of
       ORDER BY y.account_id
      RETURNING id, debit_id, credit_id, amount),
    lots AS (
      INSERT INTO coins_lot (account_id, pool_id, transfer_id, coins, "left", valid_until)
      SELECT w.credit_id, pool.id, w.id, w.amount, w.amount, current_date + 1000 + (w.id %% 2)::integer
        FROM written w JOIN pool ON pool.account_id = w.debit_id),
    moves AS (
      SELECT side.account_id, sum(side.amount)::bigint AS amount
        FROM written w
        CROSS JOIN LATERAL (VALUES (w.debit_id, -w.amount), (w.credit_id, w.amount)) AS side (account_id, amount)
       GROUP BY side.account_id)
    UPDATE coins_balance b SET posted = b.posted + m.amount FROM moves m WHERE b.account_id = m.account_id
"""

_HOLDS = """
    WITH holder AS MATERIALIZED (
      SELECT account_id, row_number() OVER (ORDER BY account_id) - 1 AS place
        FROM coins_balance b JOIN coins_ledgeraccount a ON a.id = b.account_id AND a.kind = 4
       WHERE b.posted - b.held >= %(price)s),
    offer AS MATERIALIZED (
      SELECT id, title, row_number() OVER (ORDER BY id) - 1 AS place FROM partners_offer),
    wanted AS MATERIALIZED (
      SELECT n, gen_random_uuid() AS public_id, h.account_id, o.id AS offer_id, o.title
        FROM generate_series(1, %(count)s) n
        JOIN holder h ON h.place = n * 7919::bigint %% (SELECT count(*) FROM holder)
        JOIN offer o ON o.place = n %% (SELECT count(*) FROM offer)),
    placed AS (
      INSERT INTO coins_ledgerhold (account_id, amount, idempotency_key)
      SELECT account_id, %(price)s, public_id FROM wanted ORDER BY n RETURNING id, idempotency_key)
    INSERT INTO partners_hold (public_id, offer_id, account_id, ledger_hold_id, title, price_coins, placed_at,
                               expires_at, status, code_hmac, token_hash, sealed_code)
    SELECT w.public_id, w.offer_id, w.account_id, p.id, w.title, %(price)s, now(), now() + interval '14 days', 'live',
           md5(w.public_id::text), encode(sha256(md5(w.public_id::text)::bytea), 'hex'), 'sealed'
      FROM wanted w JOIN placed p ON p.idempotency_key = w.public_id ORDER BY p.id
"""
