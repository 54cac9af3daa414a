"""Redemption codes under a new key, so that the old one may leave the settings at once."""

from clevervibes.lib import db
from partners import codes
from partners.models import Hold


def reseal_codes() -> int:
    """Seal and hash the code of each live hold with the newest of `CODE_KEYS`; return how many there were.

    A code itself stays what it is. Each hold by itself: a counter waits for one row at most. Codes that are used
    keep their hash, so a counter no longer knows of those that their key has left the settings for.
    """
    live = Hold.objects.filter(status=Hold.Status.LIVE).order_by("pk").values_list("pk", flat=True)
    return sum(_reseal(pk) for pk in list(live))


@db.service
def _reseal(pk: int) -> bool:
    hold = Hold.objects.select_for_update(no_key=True).get(pk=pk)
    if hold.status != Hold.Status.LIVE:
        return False
    hold.code_hmac, hold.sealed_code = codes.resealed(hold.sealed_code)
    hold.save(update_fields=["code_hmac", "sealed_code"])
    return True
