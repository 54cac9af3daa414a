"""What a line of the bank seems to be: by the words in it, then by who paid. Nothing is guessed from a name."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db.models import Q

from coins import bank_results, references
from coins.models import BankLine, Deposit, FundingPool, MoneyOrder, Sponsor

Kind = BankLine.Kind
# A deposit booked by hand was read off the same statement, or typed with the day of the letter.
AROUND = timedelta(days=7)
# How long after its release a repayment leaves the account.
PAID_WITHIN = timedelta(days=21)


def match(lines: Sequence[BankLine]) -> None:
    """Note on each new line what it seems to be, and by what; what is not clear stays unknown."""
    pools = {
        pool.pk: pool for pool in FundingPool.objects.filter(ended_at=None).select_related("sponsor__organisation")
    }
    sponsors = {sponsor.iban: sponsor for sponsor in Sponsor.objects.exclude(iban="").select_related("organisation")}
    taken: set[int] = set()
    for line in lines:
        if found := bank_results.find(line):
            line.kind, line.about_what, line.about, line.note = Kind.RESULT, found.what, found.about, found.says
        elif line.amount_cents > 0:
            _match_deposit(line, pools, sponsors, taken)
        else:
            _match_order(line, taken)


def _match_deposit(line: BankLine, pools: dict[int, FundingPool], sponsors: dict[str, Sponsor],
                   taken: set[int]) -> None:  # fmt: skip
    pool = _named_pool(line, pools)
    sponsor = sponsors.get(line.iban) if line.iban else None
    if pool is None and sponsor is not None:
        own = [each for each in pools.values() if each.sponsor_id == sponsor.pk]
        # Into which of several, nobody said.
        pool = own[0] if len(own) == 1 else None
    line.sponsor = (pool.sponsor if pool else None) or sponsor
    if pool is None or line.sponsor is None:
        return
    line.pool = pool
    if booked := booked_by_hand(line, taken):
        line.kind, line.deposit = Kind.KNOWN, booked
        taken.add(booked.pk)
    else:
        line.kind = Kind.DEPOSIT


def _named_pool(line: BankLine, pools: dict[int, FundingPool]) -> FundingPool | None:
    named = references.found_in(f"{line.text} {line.end_to_end_id}")
    found = {number for kind, number in named if kind == references.POOL}
    return pools.get(found.pop()) if len(found) == 1 else None


def booked_by_hand(line: BankLine, taken: Collection[int] = ()) -> Deposit | None:
    """Return the deposit of the line's sponsor that somebody typed in and no line of the bank has claimed yet."""
    near = Deposit.objects.filter(
        sponsor=line.sponsor, amount_cents=line.amount_cents, bank_line=None,
        received_on__range=(line.booked_on - AROUND, line.booked_on + AROUND),
    )  # fmt: skip
    # What was taken back was another movement of the account.
    back = Q(orders__state__lte=MoneyOrder.State.DONE)
    # One that is the line's own was stopped before it could be marked.
    return (
        near.exclude(back).exclude(pk__in=taken).exclude(public_id=line.public_id).order_by("received_on", "pk").first()
    )


def _match_order(line: BankLine, taken: set[int]) -> None:
    done = MoneyOrder.objects.filter(
        state=MoneyOrder.State.DONE, paid_cents=-line.amount_cents, bank_line=None,
        done_at__date__range=(line.booked_on - PAID_WITHIN, line.booked_on + timedelta(days=1)),
    )  # fmt: skip
    found = [order for order in done.order_by("pk")[:3] if -order.pk not in taken]
    if len(found) == 1:
        line.kind, line.order = Kind.ORDER, found[0]
        taken.add(-found[0].pk)
