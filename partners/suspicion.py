"""What makes the team look at a shop before it is paid. Never a refusal: somebody looks, and says why it goes on."""

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.models import Settlement

# Of this many youths on one day, each of whom spent at least this share of what they had, at this one shop.
YOUTHS, SHARE_PERCENT = 10, 90


def of(settlement: Settlement) -> str:
    """Return why a statement is to be looked at, or ""."""
    with connection.cursor() as cursor:
        cursor.execute(_EMPTIED, [settlement.pk, timezone.get_default_timezone_name(), SHARE_PERCENT, YOUTHS])
        found = cursor.fetchone()
    if found is None:
        return ""
    day, youths = found
    return _("Am %(day)s haben %(youths)s Jugendliche hier fast alles ausgegeben, was sie hatten.") % {
        "day": f"{day:%d.%m.%Y}",
        "youths": youths,
    }


# What somebody had on a day is what was left at its end and what went to this shop.
_EMPTIED = """
    WITH spent AS (
      SELECT h.account_id, (r.redeemed_at AT TIME ZONE z.name)::date AS day, sum(r.price_coins) AS coins
        FROM partners_settlementline l
        JOIN partners_redemption r ON r.hold_id = l.redemption_id
        JOIN partners_hold h ON h.id = r.hold_id
       CROSS JOIN (SELECT %s::bigint AS settlement, %s AS name) z
       WHERE l.settlement_id = z.settlement AND l.kind = 'redemption' AND r.undone_at IS NULL
       GROUP BY 1, 2),
    emptied AS (
      SELECT s.day FROM spent s
       CROSS JOIN LATERAL (
         SELECT coalesce(sum(t.amount) FILTER (WHERE t.credit_id = s.account_id), 0)
              - coalesce(sum(t.amount) FILTER (WHERE t.debit_id = s.account_id), 0) AS left
           FROM coins_transfer t
          WHERE (t.credit_id = s.account_id OR t.debit_id = s.account_id) AND t.effective_on <= s.day) rest
       WHERE s.coins * 100 >= %s * (s.coins + rest.left))
    SELECT day, count(*) FROM emptied GROUP BY day HAVING count(*) >= %s ORDER BY day LIMIT 1
"""
