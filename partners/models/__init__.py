from partners.models.catalog import TERMS, CategoryCap, Offer, OfferChange, Partner, Terms
from partners.models.counters import Clerk, DeskInvitation, Device, Shift
from partners.models.goodwill import Goodwill
from partners.models.joining import Enquiry
from partners.models.late import LateScan
from partners.models.payouts import BankAccount, Correction, Payout, PayoutFile
from partners.models.redemption import Hold, MissCount, Redemption, RewardGoal
from partners.models.settlement import PayoutBatch, Settlement, SettlementLine, SettlementRun

__all__ = [
    "TERMS",
    "BankAccount",
    "CategoryCap",
    "Clerk",
    "Correction",
    "DeskInvitation",
    "Device",
    "Enquiry",
    "Goodwill",
    "Hold",
    "LateScan",
    "MissCount",
    "Offer",
    "OfferChange",
    "Partner",
    "Payout",
    "PayoutBatch",
    "PayoutFile",
    "Redemption",
    "RewardGoal",
    "Settlement",
    "SettlementLine",
    "SettlementRun",
    "Shift",
    "Terms",
]
