"""Short words for a transfer's purpose that name a pool or a pledge: CVT-0012-34, the last two are check digits."""

import re

POOL, PLEDGE = "T", "Z"  # Topf, Zusage
_WRITTEN = re.compile(r"CV([TZ])[\s.\-/]{0,3}([0-9]{4,9})[\s.\-/]{0,3}([0-9]{2})(?![0-9])", re.IGNORECASE)


def of(kind: str, number: int) -> str:
    """Return the words for the pool or pledge with this number."""
    return f"CV{kind}-{number:04}-{_check(kind, number)}"


def found_in(text: str) -> list[tuple[str, int]]:
    """Return the kind and number of every reference in a text, as people type them; those with wrong digits not."""
    found = []
    for kind, number, digits in _WRITTEN.findall(text):
        if _check(kind.upper(), int(number)) == digits:
            found.append((kind.upper(), int(number)))
    return found


def _check(kind: str, number: int) -> str:
    # As an IBAN's: one wrong digit and two that changed places are noticed.
    return f"{98 - (ord(kind) * 10**9 + number) * 100 % 97:02}"
