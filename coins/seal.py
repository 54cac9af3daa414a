"""The seal: a chain of hashes over finished transfers, so that nobody rewrites the past unnoticed.

Written beside the hot path: nothing waits for it. The latest hash, published, vouches for every transfer before it.
"""

from dataclasses import dataclass

from django.db import connection

from clevervibes.lib import db
from coins.models import LedgerSeal, Transfer

TRANSFERS_IN_A_SEAL = 4_096
FINDINGS_NAMED = 20


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was sealed."""

    seal: int | None
    transfer: int | None
    problem: str

    def __str__(self) -> str:
        if self.transfer is None:
            return f"seal {self.seal}: {self.problem}"
        if self.seal is None:
            return f"transfer {self.transfer}: {self.problem}"
        return f"transfer {self.transfer}: {self.problem} since seal {self.seal}"


@dataclass(frozen=True)
class Verification:
    """What a look at every seal found; the first findings, in the order of the chain."""

    seals: int
    transfers: int  # under a seal
    unsealed: int
    head: str  # the hash that vouches for all before it
    findings: list[Finding]


@db.service
def seal(*, transfers_in_a_seal: int = TRANSFERS_IN_A_SEAL) -> int | None:
    """Seal every transfer whose transaction has ended and return how many that were; None while another sealer works.

    Sealing again changes nothing. Transfers of transactions still open wait for the next call.
    """
    db.be_patient()
    with connection.cursor() as cursor:
        cursor.execute("SELECT coins_seal(%s)", [transfers_in_a_seal])
        sealed: int | None = cursor.fetchone()[0]
    return sealed


@db.service
def verify(*, findings: int = FINDINGS_NAMED) -> Verification:
    """Recompute every seal from the transfers as they are now; name at most `findings` that do not fit."""
    db.be_patient()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM coins_verify_seals(%s)", [findings])
        found = [Finding(*row) for row in cursor.fetchall()]
        cursor.execute("SELECT count(*), coalesce(sum(transfers), 0)::bigint FROM coins_ledgerseal")
        seals, transfers = cursor.fetchone()
    return Verification(seals, transfers, Transfer.objects.count() - transfers, head(), found)


def head() -> str:
    """Return the latest seal as `number:hash`, as it is published; empty before the first."""
    last = LedgerSeal.objects.order_by("-seq").values_list("seq", "hash").first()
    return f"{last[0]}:{bytes(last[1]).hex()}" if last else ""


def is_in_chain(published: str) -> bool:
    """Tell whether `published` (`number:hash`) is a seal of this chain: if not, the chain was written anew."""
    number, _colon, digest = published.partition(":")
    try:
        return LedgerSeal.objects.filter(seq=int(number), hash=bytes.fromhex(digest)).exists()
    except ValueError:
        return False
