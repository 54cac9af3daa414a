"""Rows 1 and 2: one redemption's transfer, from SQL and from Django."""

import random
import time
from datetime import date
from itertools import count
from typing import Any

from django.db import connection, transaction

from clevervibes.bench import players, town
from clevervibes.bench.figures import Figure, Reach
from clevervibes.bench.ground import Ground
from clevervibes.bench.play import Stage
from clevervibes.bench.statements import counted
from clevervibes.lib import db
from coins import ledger
from coins.models import LedgerAccount, Transfer

Kind = LedgerAccount.Kind

# The columns that a redemption at the counter fills, but for its hold: that one is part of row 3. The source counts
# up as in life; `base` keeps a later run from meeting the rows of the one before, which it would be spared to write.
_SCRIPT = """\
\\set youth random(:first_youth, :last_youth)
\\set shop random(:first_shop, :last_shop)
\\set n :n + 1
\\set source :base + :client_id * 1000000000 + :n
INSERT INTO coins_transfer (debit_id, credit_id, amount, effective_on, asset, kind, source_id) \
VALUES (:youth, :shop, 1, current_date, 1, 5, :source) ON CONFLICT DO NOTHING RETURNING id, xid, posted_at;
"""
_EXPLAINED = """
    EXPLAIN (ANALYZE, BUFFERS, COSTS OFF)
    INSERT INTO coins_transfer (debit_id, credit_id, amount, effective_on, asset, kind, source_id)
    VALUES (%s, %s, 1, current_date, 1, 5, {source})
"""
_BASES = count(10**13, 10**13)  # of sources, so that no two runs share one


# ── Row 1 ────────────────────────────────────────────────────────────────────────────────────────
def in_sql(ground: Ground) -> list[Figure]:
    with ground.town() as database:
        return [_with_clients(ground, database, clients) for clients in (1, 8)]


def _with_clients(ground: Ground, database: str, clients: int) -> Figure:
    first_youth, last_youth = town.account_range(Kind.YOUTH)
    first_shop, last_shop = town.account_range(Kind.PARTNER)

    def values() -> dict[str, int]:
        ranges = {"first_youth": first_youth, "last_youth": last_youth, "first_shop": first_shop}
        return {**ranges, "last_shop": last_shop, "n": 0, "base": next(_BASES)}

    found = ground.in_turns(
        ours=lambda: ground.pgbench.script(_SCRIPT, clients=clients, database=database, **values()),
        su=lambda: ground.pgbench.simple_update(clients=clients, accounts=ground.youths),
    )
    figure = Figure(
        1, f"redemption's transfer in SQL, {_many(clients, 'client')}", "per second", found["ours"],
        Reach(at_least=1.0), "simple-update", found["su"],
    )  # fmt: skip
    if figure.reached is False:
        by_command = ground.pgbench.latencies(_SCRIPT, clients=clients, database=database, **values())
        figure.profile.extend([*by_command, *_explained(first_youth, first_shop)])
    return figure


def _explained(youth: int, shop: int) -> list[str]:
    with transaction.atomic(), connection.cursor() as cursor:
        for number in (1, 2):  # the first one plans the trigger's statements
            cursor.execute(_EXPLAINED.format(source=number), [youth, shop])
        lines = [str(row[0]) for row in cursor.fetchall()]
        transaction.set_rollback(True)
    return lines


# ── Row 2 ────────────────────────────────────────────────────────────────────────────────────────
def in_django(ground: Ground) -> list[Figure]:
    trouble = ground.hordak.trouble()
    with ground.town() as database:

        def ours(processes: int, **more: bool) -> list[dict[str, Any]]:
            parameters = [
                {"seconds": ground.seconds, "seed": seed, "base": next(_BASES), **more} for seed in range(processes)
            ]
            return players.play(players.of_the_club("postings:book", ground.scratch, database, *parameters))

        measured = {
            "one": lambda: _together(ours(1)),
            "su": lambda: ground.pgbench.simple_update(clients=1, accounts=ground.youths),
            "four": lambda: _together(ours(4)),
            "row_one": lambda: _together(ours(1, as_row=True)),
            "row_four": lambda: _together(ours(4, as_row=True)),
        }
        if not trouble:
            measured["peer_one"] = lambda: ground.hordak.transfers(processes=1, seconds=ground.seconds)
            measured["peer_four"] = lambda: ground.hordak.transfers(processes=4, seconds=ground.seconds)
        found = ground.in_turns(**measured)
        peer, figures = "hordak transfer_to", []
        for name, ours_one, ours_four in (
            ("redemption's ledger part from Django, as a service", "one", "four"),
            ("the same, Transfer.objects.create()", "row_one", "row_four"),
        ):
            alone, together = found[ours_one], found[ours_four]
            one, four = f"{name}, 1 process", f"{name}, 4 processes"
            figures += [
                Figure(2, one, "per second", alone, Reach(at_least=0.85), "simple-update", found["su"]),
                Figure(2, one, "per second", alone, Reach(at_least=3.0), peer, found.get("peer_one", []), trouble),
                Figure(2, four, "per second", together, Reach(at_least=2.8), peer, found.get("peer_four", []), trouble),
            ]
        if any(figure.reached is False for figure in figures):
            profile = ours(1, profile=True)[0]["profile"]
            for figure in figures:
                figure.profile.extend(profile if figure.reached is False else [])
    return figures


def book(
    stage: Stage, *, seconds: float, seed: int, base: int, profile: bool = False, as_row: bool = False
) -> dict[str, Any]:
    """Book redemptions of one coin for so many seconds: by the ledger, in a service that is this one statement as
    redeem() is, or `as_row` by the ORM.

    PostgreSQL keeps the rules either way. What the ledger adds is an answer to a repeated key.
    """
    book_one = _as_row if as_row else _as_service
    dice = random.Random(seed)
    youths = list(LedgerAccount.objects.filter(kind=Kind.YOUTH).order_by("?")[:10_000])
    shops = list(LedgerAccount.objects.filter(kind=Kind.PARTNER))
    today = db.now().date()
    book_one(debit=youths[0], credit=shops[0], source_id=base, on=today)  # the first one opens the connection
    stage.ready()
    with counted(profile) as statements:
        began, done = time.perf_counter(), 0
        while (now := time.perf_counter()) < began + seconds:
            done += 1
            book_one(debit=dice.choice(youths), credit=dice.choice(shops), source_id=base + done, on=today)
    return {"done": done, "seconds": now - began, "profile": statements.report() if statements else []}


@db.one_statement
def _as_service(*, debit: LedgerAccount, credit: LedgerAccount, source_id: int, on: date) -> Transfer:
    return ledger.post_transfer(
        debit=debit, credit=credit, amount=1, kind=Transfer.Kind.REDEMPTION, source_id=source_id, effective_on=on,
    )  # fmt: skip


def _as_row(*, debit: LedgerAccount, credit: LedgerAccount, source_id: int, on: date) -> Transfer:
    return Transfer.objects.create(
        debit=debit, credit=credit, amount=1, kind=Transfer.Kind.REDEMPTION, asset=debit.asset, source_id=source_id,
        effective_on=on,
    )  # fmt: skip


def _together(results: list[dict[str, Any]]) -> float:
    return sum(result["done"] / result["seconds"] for result in results)


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
