"""django-hordak through its own API, in an environment of its own: `hordak_peer.py setup|transfer|bulk NUMBER SEED`.

Nothing of the club is imported here. It speaks to bench.players like bench.play does.
"""

import json
import os
import random
import sys
import time
from typing import Any

import django
from django.conf import settings

ACCOUNTS = 50
CHUNK = 25_000  # as its own benchmark command writes them


def configure() -> None:
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["PGDATABASE"],
        "USER": os.environ["PGUSER"],
        "PASSWORD": os.environ.get("PGPASSWORD", ""),
        "HOST": os.environ.get("PGHOST", ""),
        "PORT": os.environ.get("PGPORT", ""),
        "CONN_MAX_AGE": None,
    }
    settings.configure(
        SECRET_KEY="peer",  # noqa: S106 (signs nothing)
        DEBUG=False,
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"],
        DATABASES={"default": database},
        DEFAULT_CURRENCY="EUR",
        CURRENCIES=["EUR"],
        HORDAK_DECIMAL_PLACES=2,
    )
    django.setup()


def main() -> None:
    configure()
    work, number, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    play = {"setup": setup, "transfer": transfer, "bulk": bulk}[work]
    sys.stdout.write(json.dumps(play(number, random.Random(seed))))


def ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    if not sys.stdin.readline():
        sys.exit("nobody is left to play for")


def setup(number: float, dice: random.Random) -> dict[str, Any]:
    from django.core.management import call_command
    from hordak.models import Account, AccountType

    ready()
    call_command("migrate", verbosity=0)
    for n in range(ACCOUNTS):
        Account.objects.create(name=f"wallet {n}", code=f"{n:03d}", type=AccountType.liability, currencies=["EUR"])
    return {"accounts": ACCOUNTS}


def transfer(seconds: float, dice: random.Random) -> dict[str, Any]:
    """Transfer one by one between two of its accounts for so many seconds."""
    from hordak.models import Account
    from moneyed import Money

    accounts, one, done = list(Account.objects.order_by("id")), Money("1.00", "EUR"), 0
    ready()
    began = time.perf_counter()
    while (now := time.perf_counter()) < began + seconds:
        debit, credit = dice.sample(accounts, 2)
        debit.transfer_to(credit, one)
        done += 1
    return {"done": done, "seconds": now - began}


def bulk(number: float, dice: random.Random) -> dict[str, Any]:
    """Write so many transactions of two legs, a chunk per database transaction."""
    from django.db import transaction
    from hordak.models import Account, Leg, Transaction
    from moneyed import Money

    accounts, one, left = list(Account.objects.order_by("id")), Money("1.00", "EUR"), int(number)
    ready()
    began = time.perf_counter()
    while left:
        entries, legs = [Transaction() for _ in range(min(left, CHUNK))], []
        left -= len(entries)
        for entry in entries:
            debit, credit = dice.sample(accounts, 2)
            legs += [
                Leg(transaction=entry, account=debit, credit=one),
                Leg(transaction=entry, account=credit, debit=one),
            ]
        with transaction.atomic():
            Transaction.objects.bulk_create(entries)
            Leg.objects.bulk_create(legs)
    return {"done": int(number), "seconds": time.perf_counter() - began}


if __name__ == "__main__":
    main()
