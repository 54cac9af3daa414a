"""News about shared time that somebody has to act on."""

from django.utils.translation import gettext_lazy as _

from accounts import notifications
from activities import handover, selectors
from activities.models import SharedTimeEntry
from clevervibes.lib import outbox
from clevervibes.lib.models import OutboxMessage


@outbox.handles("entry_returned")
def entry_returned(message: OutboxMessage) -> None:
    """Tell the youth that an entry came back. Without a mail address the list and the start page say so."""
    entry = SharedTimeEntry.objects.select_related("youth__user").filter(public_id=message.payload["entry"]).first()
    # Corrected, withdrawn or erased in the meantime: the news is old.
    if entry is None or entry.status != entry.Status.RETURNED:
        return
    notifications.send_mail(
        to=entry.youth.user,
        subject=_("Clever Vibes Club: Bitte schau noch einmal drauf"),
        template="activities/email/entry_returned",
        context={"entry": entry},
    )


@outbox.handles(handover.TOPIC)
def entries_handed_over(message: OutboxMessage) -> None:
    """Tell a trusted person that entries wait for them alone, as many as it is when the mail leaves."""
    if message.to is None:
        return
    waiting = selectors.inbox(message.to).filter(youth__public_id=message.payload["youth"])
    if waiting:
        notifications.send_mail(
            to=message.to,
            subject=_("Clever Vibes Club: Bitte bestätigen Sie"),
            template="activities/email/entries_handed_over",
            context={"youth": waiting[0].youth, "count": len(waiting)},
        )
