from celery import shared_task

from clevervibes.lib import db
from coins import conversion


@shared_task
def convert_due() -> None:
    """Ask what is due; beat calls this every five minutes. Twice at once or late, each Coin-Tag has one run."""
    try:
        conversion.convert_due(now=db.now())
    except conversion.RunUnderWay:
        # Another worker or the desk is at it; the next tick looks again.
        return
