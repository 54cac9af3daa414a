"""Coins, where they come from and where they go."""

from coins.models.ledger import (
    Balance,
    BalanceSnapshot,
    LedgerAccount,
    LedgerEntry,
    LedgerHold,
    LedgerHoldEnd,
    LedgerSeal,
    Transfer,
)

__all__ = [
    "Balance",
    "BalanceSnapshot",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerHold",
    "LedgerHoldEnd",
    "LedgerSeal",
    "Transfer",
]
