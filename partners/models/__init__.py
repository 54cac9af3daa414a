from partners.models.catalog import Offer, Partner
from partners.models.redemption import Hold, MissCount, Redemption
from partners.models.settlement import Settlement, SettlementLine, SettlementRun

__all__ = ["Hold", "MissCount", "Offer", "Partner", "Redemption", "Settlement", "SettlementLine", "SettlementRun"]
