"""The draw: a keyed hash of each confirmed entry, so that it can be repeated and nobody can steer it.

What is hashed is the entry's public id and how often it was sent in. Drawn once, an entry stays in the sample however
often it comes back (see `activities.sampling.raising`); not drawn, it is drawn anew with every version, so that nobody
can have a harmless one confirmed first and put more into it later.
"""

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.conf import settings

from activities.models import SampleSeed

_RANGE = 2**64
_share: ContextVar[int | None] = ContextVar("sample_percent", default=None)


@contextmanager
def share(percent: int) -> Iterator[None]:
    """Draw another share in here: a demo whose team cannot look draws nobody, and then exactly whom it shows."""
    token = _share.set(percent)
    try:
        yield
    finally:
        _share.reset(token)


def percent() -> int:
    """Return how many of a hundred are drawn, 0 to 100."""
    chosen = _share.get()
    return int(settings.SAMPLE_PERCENT) if chosen is None else chosen


def secret() -> bytes:
    return bytes(SampleSeed.objects.values_list("secret", flat=True).get())


def number_of(secret: bytes, public_id: UUID, version: int = 1) -> int:
    """Return the number of an entry, even over 0 to 2**64 - 1; the same again for the same three."""
    said = public_id.bytes + version.to_bytes(4, "big")
    return int.from_bytes(hmac.new(secret, said, hashlib.sha256).digest()[:8], "big")


def hundredths(number: int) -> int:
    """Return a number in hundredths of a percent, 0 to 10,000, rounded down, as it is shown."""
    return number * 10_000 // _RANGE


def is_below(number: int, percent: int) -> bool:
    """Say whether a number lies in the drawn share."""
    return number * 100 < percent * _RANGE
