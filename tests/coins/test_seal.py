"""The seal: nothing finished is left out, and whoever rewrites the past is found and the row named."""

import json
import random
import re
import threading
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from coins import seal
from coins.models import LedgerSeal, Transfer
from tests.coins import books
from tests.concurrency import in_parallel, let_transactions_end, rounds

pytestmark = pytest.mark.django_db(transaction=True)

FEW = 4  # transfers in a seal, so that a handful of them makes a chain
FOREVER = 2**63 - 1


def make_transfers(number: int) -> list[Transfer]:
    pool, other = books.make_pool(coins=1_000), books.make_pool()
    return [books.move(pool, other, 1 + place) for place in range(number)]


def seal_all() -> int | None:
    let_transactions_end()
    return seal.seal(transfers_in_a_seal=FEW)


def said() -> list[str]:
    return [str(finding) for finding in seal.verify().findings]


def run(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("ledger_seal", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


# ── Sealing ──────────────────────────────────────────────────────────────────────────────────────
def test_every_finished_transfer_is_sealed_once():
    make_transfers(10)

    assert seal_all() == Transfer.objects.count()
    assert seal_all() == 0
    make_transfers(3)
    assert seal_all() == 6  # three, and the three of a deposit

    seals = list(LedgerSeal.objects.order_by("seq"))
    assert [row.seq for row in seals] == list(range(1, len(seals) + 1))
    assert max(row.transfers for row in seals) == FEW
    assert seal.verify() == seal.Verification(len(seals), Transfer.objects.count(), 0, seal.head(), [])


def test_nothing_to_seal_leaves_no_seal():
    assert seal.seal() == 0
    assert not LedgerSeal.objects.exists()
    assert seal.head() == ""


def test_a_great_transaction_is_cut_into_several_seals():
    pool, other = books.make_pool(coins=1_000), books.make_pool()
    books.post([books.ledger.Posting(pool, other, 1, 10, books.TODAY, key=uuid4()) for _ in range(30)])

    seal_all()

    assert LedgerSeal.objects.filter(to_id__gt=0).count() >= 7
    assert (seal.verify().unsealed, said()) == (0, [])


def test_what_commits_late_is_not_left_out():
    pool, other = books.make_pool(coins=100), books.make_pool()
    seal_all()
    has_posted, may_commit = threading.Event(), threading.Event()

    def post_slowly():
        with transaction.atomic():
            late = books.ledger.post_transfer(
                debit=other, credit=pool, amount=1, kind=10, key=uuid4(), effective_on=books.TODAY
            )
            has_posted.set()
            assert may_commit.wait(30)
        return late

    def seal_meanwhile():
        assert has_posted.wait(30)
        # Another pair: the two accounts of the open transfer are locked.
        quick = books.move(books.make_pool(coins=1), books.make_pool(), 1)
        sealed = seal.seal()
        may_commit.set()
        return quick, sealed

    books.move(pool, other, 5)
    late, (quick, sealed) = in_parallel(post_slowly, seal_meanwhile)

    assert late.pk < quick.pk, "the late one has the lower id"
    assert sealed in (0, 1), "only what was finished before the open transaction began"
    assert seal_all() == 6 - sealed  # both, and the three of a deposit
    assert (seal.verify().unsealed, said()) == (0, [])


def test_sealers_at_once_make_one_chain():
    def play(source: random.Random) -> bool:
        make_transfers(5)
        let_transactions_end()
        results = in_parallel(*[lambda: seal.seal(transfers_in_a_seal=FEW)] * 4)
        assert {type(result) for result in results} <= {int, type(None)}, results
        seal_all()
        return bool(said()) or seal.verify().unsealed > 0

    assert rounds(10, play).bad == 0


def test_all_of_a_transfer_is_under_the_seal():
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'coins_transfer_bytes'")
        body = cursor.fetchone()[0]
    columns = [field.column for field in Transfer._meta.concrete_fields]

    assert sorted(re.findall(r"t\.(\w+)", body)) == sorted(columns)


# ── Tampering ────────────────────────────────────────────────────────────────────────────────────
CHANGES = {
    "xid": "xid + 1", "id": "id + 100000", "debit_id": "debit_id + 50", "credit_id": "credit_id + 50",
    "amount": "amount + 1", "posted_at": "posted_at - interval '1 day'", "effective_on": "effective_on - 1",
    "asset": "3 - asset", "kind": "kind + 1", "source_id": "coalesce(source_id, 0) + 77777",
    "reverses_id": "coalesce(reverses_id, 0) + 1", "hold_id": "coalesce(hold_id, 0) + 1",
    "group_id": "gen_random_uuid()", "idempotency_key": "gen_random_uuid()",
}  # fmt: skip
COPIED = "xid, debit_id, credit_id, amount, posted_at, effective_on, asset, kind, reverses_id, hold_id, group_id"


def tamper(sql, source: random.Random, ids: list[int]) -> tuple[str, int]:
    """Rewrite the past as a superuser can, in one of its ways; return what was done to which transfer."""
    row = source.choice(ids)
    what = source.choice(["change", "change", "delete", "insert"])
    if what == "change":
        what = source.choice(list(CHANGES))
        sql.execute(f"UPDATE coins_transfer SET {what} = {CHANGES[what]} WHERE id = %s", [row])
    elif what == "delete":
        sql.execute("DELETE FROM coins_transfer WHERE id = %s", [row])
    else:
        sql.execute(
            f"INSERT INTO coins_transfer (id, {COPIED}) OVERRIDING SYSTEM VALUE"
            f" SELECT 200000, {COPIED} FROM coins_transfer WHERE id = %s", [row],
        )  # fmt: skip
        row = 200_000
    return what, row


def test_an_old_row_that_a_superuser_rewrites_is_named(superuser_sql):
    make_transfers(40)
    books.reverse(Transfer.objects.filter(kind=10).first(), 1)
    seal_all()
    make_transfers(5)
    seal_all()
    ids = list(Transfer.objects.values_list("pk", flat=True))
    kinds: set[str] = set()

    def play(source: random.Random) -> bool:
        superuser_sql.execute("BEGIN; SET LOCAL session_replication_role = replica")
        what, row = tamper(superuser_sql, source, ids)
        superuser_sql.execute("SELECT transfer FROM coins_verify_seals(20)")
        named = {found for (found,) in superuser_sql.fetchall()}
        superuser_sql.execute("ROLLBACK")
        kinds.add(what)
        return row not in named

    report = rounds(100, play)

    assert report.bad == 0
    assert len(kinds) > 10, "the draw has seen most ways"
    assert said() == []


@pytest.mark.corrupts_ledger
@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE coins_transfer SET amount = amount + 1 WHERE id = {row}", "transfer {row}: changed since seal 2"),
        ("DELETE FROM coins_transfer WHERE id = {row}", "transfer {row}: missing since seal 2"),
        (
            f"INSERT INTO coins_transfer (id, {COPIED}) OVERRIDING SYSTEM VALUE"
            f" SELECT 5000, {COPIED} FROM coins_transfer WHERE id = {{row}}",
            "transfer 5000: inserted since seal 2",
        ),
        ("UPDATE coins_ledgerseal SET sealed_at = now(), transfers = 7 WHERE seq = 2", "seal 2: does not match"),
        ("UPDATE coins_ledgerseal SET leaves = '' WHERE seq = 2", "seal 2"),
        ("DELETE FROM coins_ledgerseal WHERE seq = 2", "seal 3: before it one is missing"),
        ("UPDATE coins_ledgerseal SET to_xid = to_xid + 1 WHERE seq = 2", "seal 3: does not follow the one before it"),
        (
            f"INSERT INTO coins_transfer (id, {COPIED.replace('xid, ', '')}, xid) OVERRIDING SYSTEM VALUE"
            f" SELECT 5000, {COPIED.replace('xid, ', '')}, 99999999 FROM coins_transfer WHERE id = {{row}}",
            "transfer 5000: claims a transaction of the future",
        ),
    ],
)
def test_the_command_says_what_does_not_fit(superuser_sql, statement, named):
    make_transfers(10)
    seal_all()
    row = list(Transfer.objects.order_by("xid", "pk"))[FEW + 1].pk
    assert run("--verify")[0] == 0
    superuser_sql.execute("SET session_replication_role = replica;" + statement.format(row=row))

    code, printed = run("--verify")

    assert code == 1
    assert named.format(row=row) in printed


@pytest.mark.corrupts_ledger
def test_a_chain_that_was_written_anew_is_not_the_published_one(superuser_sql):
    first, *_others = make_transfers(10)
    seal_all()
    published = seal.head()
    superuser_sql.execute(
        "SET session_replication_role = replica; DELETE FROM coins_ledgerseal;"
        f"UPDATE coins_transfer SET amount = amount + 1 WHERE id = {first.pk}"
    )

    seal_all()

    assert run("--verify")[0] == 0, "by itself the new chain looks whole"
    code, printed = run("--verify", "--published", published)
    assert (code, f"the published seal {published} is not in this chain" in printed) == (1, True)
    assert run("--verify", "--published", "quark")[0] == 1


def test_the_command_seals_and_prints_for_machines():
    make_transfers(3)
    let_transactions_end()

    _code, sealed = run("--json")
    code, verified = run("--verify", "--json")

    assert json.loads(sealed) == {"sealed": Transfer.objects.count(), "head": seal.head()}
    assert code == 0
    assert json.loads(verified) == {
        "seals": 1, "transfers": Transfer.objects.count(), "unsealed": 0, "head": seal.head(), "findings": [],
        "problems": [],
    }  # fmt: skip
    assert run("--verify", "--published", seal.head())[0] == 0


# ── A restore into a new cluster starts transaction ids again ────────────────────────────────────
FAR = 10**9


def bring_from_another_cluster(superuser_sql, *, sealed_upto: int | None) -> None:
    """Let the transfers so far come from a cluster that was far ahead, sealed there below the id `sealed_upto`."""
    superuser_sql.execute(f"SET session_replication_role = replica; UPDATE coins_transfer SET xid = {FAR} + id")
    if sealed_upto:
        superuser_sql.execute("SELECT coins_seal_range(1::smallint, 0, 0, 0, %s, %s, false)", [FAR + sealed_upto, FEW])


@pytest.mark.parametrize("sealed_there", [True, False])
def test_a_restored_ledger_goes_on_in_a_new_epoch(superuser_sql, sealed_there):
    old = make_transfers(10)
    bring_from_another_cluster(superuser_sql, sealed_upto=old[4].pk if sealed_there else None)
    waiting = Transfer.objects.filter(pk__gte=old[4].pk).count() if sealed_there else Transfer.objects.count()

    assert seal_all() == waiting
    assert LedgerSeal.objects.latest("seq").to_xid == FOREVER
    new = make_transfers(5)
    assert seal_all() == 8
    assert seal_all() == 0

    last = LedgerSeal.objects.latest("seq")
    assert (last.epoch, old[-1].pk < last.first_id <= new[0].pk) == (2, True)
    assert (seal.verify().unsealed, said()) == (0, [])


@pytest.mark.corrupts_ledger
def test_rows_of_both_epochs_are_watched(superuser_sql):
    old = make_transfers(5)
    bring_from_another_cluster(superuser_sql, sealed_upto=old[2].pk)
    seal_all()
    new = make_transfers(5)
    seal_all()

    superuser_sql.execute("UPDATE coins_transfer SET amount = amount + 1 WHERE id IN (%s, %s)", [old[0].pk, new[0].pk])

    assert [finding.transfer for finding in seal.verify().findings] == [old[0].pk, new[0].pk]
