"""Coins, where they come from and where they go."""

from coins.models.alarm import Alarm
from coins.models.bank import BankLine, BankStatement
from coins.models.contacts import ContactInvitation
from coins.models.conversion import (
    Axis,
    ConversionItem,
    ConversionLine,
    ConversionPolicy,
    ConversionRun,
    Payment,
    RunChunk,
    RunPool,
    RunStop,
)
from coins.models.funding import Deposit, FundingPool, Sponsor
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
from coins.models.lots import Backflow, ExpiryNotice, Lot, LotMove, YouthAccount
from coins.models.opening import OpeningMoney
from coins.models.orders import MoneyOrder
from coins.models.pledges import AgreementReminder, Pledge, PledgeReminder
from coins.models.publication import DayProof, DaySeal, PublicFigures
from coins.models.year import YearClosing

__all__ = [
    "AgreementReminder",
    "Alarm",
    "Axis",
    "Backflow",
    "Balance",
    "BalanceSnapshot",
    "BankLine",
    "BankStatement",
    "ContactInvitation",
    "ConversionItem",
    "ConversionLine",
    "ConversionPolicy",
    "ConversionRun",
    "DayProof",
    "DaySeal",
    "Deposit",
    "ExpiryNotice",
    "FundingPool",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerHold",
    "LedgerHoldEnd",
    "LedgerSeal",
    "Lot",
    "LotMove",
    "MoneyOrder",
    "OpeningMoney",
    "Payment",
    "Pledge",
    "PledgeReminder",
    "PublicFigures",
    "RunChunk",
    "RunPool",
    "RunStop",
    "Sponsor",
    "Transfer",
    "YearClosing",
    "YouthAccount",
]
