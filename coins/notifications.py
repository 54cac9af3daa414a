"""News about coins."""

from django.utils.translation import gettext_lazy as _

from accounts import notifications
from clevervibes.lib import outbox
from clevervibes.lib.models import OutboxMessage


@outbox.handles("coins_paid")
def coins_paid(message: OutboxMessage) -> None:
    """Tell a youth that a run has paid coins. Without a mail address the start page says so."""
    if message.to is None:
        return
    notifications.send_mail(
        to=message.to,
        subject=_("Clever Vibes Club: Neue Coins für Dich"),
        template="coins/email/coins_paid",
        context={"coins": message.payload["coins"], "open_coins": message.payload["open"]},
    )
