"""News about shared time that somebody has to act on."""

from django.utils.translation import gettext_lazy as _

from accounts import notifications
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
