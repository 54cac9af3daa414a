from partners.models.catalog import Offer, Partner
from partners.models.counters import Clerk, DeskInvitation, Device, Shift
from partners.models.late import LateScan
from partners.models.payouts import BankAccount, Correction, Payout, PayoutFile
from partners.models.redemption import Hold, MissCount, Redemption
from partners.models.settlement import PayoutBatch, Settlement, SettlementLine, SettlementRun

__all__ = [
    "BankAccount",
    "Clerk",
    "Correction",
    "DeskInvitation",
    "Device",
    "Hold",
    "LateScan",
    "MissCount",
    "Offer",
    "Partner",
    "Payout",
    "PayoutBatch",
    "PayoutFile",
    "Redemption",
    "Settlement",
    "SettlementLine",
    "SettlementRun",
    "Shift",
]
