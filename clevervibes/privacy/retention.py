"""Nothing is kept longer than its class says: one rule per class, asked every night.

A rule finds the rows whose time is over. What goes with a person has no rule here (see clevervibes.erasure), neither
have books, which keep no name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet

from accounts.models import Case, Concern, Digest, Erased, MailLink, Notice, OneTimeLink, SignIn
from accounts.security import sessions, tokens
from activities.models import InboxLink, PlaceInterest
from clevervibes.lib import db, idempotency, outbox
from clevervibes.lib.models import KeptAnswer, OutboxMessage, TryCount
from clevervibes.privacy.uses import Kept
from coins.models import ContactInvitation
from partners.joining import enquiries
from partners.models import Clerk, DeskInvitation, Device, Enquiry, MissCount, Shift

DAY = timedelta(days=1)
MONTH = timedelta(days=30)
NEWS = timedelta(days=90)
YEAR = timedelta(days=365)
# Answered, and nobody has said since that it is not done.
SILENCE = timedelta(days=30)
# Longer than any backup is kept.
RESTORE = timedelta(days=90)
# The longest stretch that a limit on codes looks back is a day.
MISSES = timedelta(days=2)


@dataclass(frozen=True)
class Rule:
    """Rows of one model and class whose time is over at a moment."""

    kept: Kept
    name: str
    over: Callable[[datetime], QuerySet]


RULES = [
    Rule(Kept.SESSION, "sessions", lambda now: Session.objects.filter(expire_date__lt=now)),
    Rule(
        Kept.DAYS_30, "delivered messages",
        lambda now: OutboxMessage.objects.filter(delivered_at__lt=now - outbox.KEEP),
    ),
    # Given up: somebody had a month to look into it.
    Rule(
        Kept.DAYS_30, "messages given up",
        lambda now: OutboxMessage.objects.filter(
            delivered_at=None, attempts__gte=outbox.MAX_ATTEMPTS, due_at__lt=now - outbox.KEEP
        ),
    ),
    Rule(Kept.DAYS_30, "kept answers", lambda now: KeptAnswer.objects.filter(created_at__lt=now - idempotency.KEEP)),
    # Used, revoked or run out: whom it brought in stands in the rows it made.
    Rule(
        Kept.DAYS_30, "invitations",
        lambda now: OneTimeLink.objects.filter(
            Q(used_at__lt=now - MONTH) | Q(revoked_at__lt=now - MONTH) | Q(expires_at__lt=now - MONTH)
        ),
    ),
    # Also the longest that is remembered is over by then.
    Rule(
        Kept.SESSION, "sign-ins",
        lambda now: SignIn.objects.filter(
            Q(last_seen_at__lt=now - sessions.OWN_DEVICE.idle) | Q(signed_in_at__lt=now - sessions.OWN_DEVICE.absolute)
        ),
    ),
    Rule(Kept.DAYS_30, "tokens of apps", lambda now: tokens.ended_before(now - MONTH)),
    # So long a page can say why a link does not work any more.
    Rule(Kept.DAYS_30, "links in mails", lambda now: MailLink.objects.filter(expires_at__lt=now - MONTH)),
    Rule(Kept.DAYS_30, "links to inboxes", lambda now: InboxLink.objects.filter(expires_at__lt=now - MONTH)),
    Rule(
        Kept.DAYS_30, "invitations to desks",
        lambda now: DeskInvitation.objects.filter(
            Q(used_at__lt=now - MONTH) | Q(revoked_at__lt=now - MONTH) | Q(expires_at__lt=now - MONTH)
        ),
    ),
    Rule(
        Kept.DAYS_30, "invitations of sponsors",
        lambda now: ContactInvitation.objects.filter(
            Q(used_at__lt=now - MONTH) | Q(revoked_at__lt=now - MONTH) | Q(expires_at__lt=now - MONTH)
        ),
    ),
    Rule(
        Kept.DAYS_30, "screens never connected",
        lambda now: Device.objects.filter(connected_at=None, pairing_until__lt=now - MONTH),
    ),
    # Came to rest long ago; nobody's working hours are kept.
    Rule(Kept.SESSION, "shifts", lambda now: Shift.objects.filter(last_seen_at__lt=now - DAY)),
    # The redemptions stay and name nobody.
    Rule(Kept.DONE_90, "clerks who left", lambda now: Clerk.objects.filter(ended_at__lt=now - NEWS)),
    Rule(Kept.DAYS_90, "notices", lambda now: Notice.objects.filter(at__lt=now - NEWS)),
    Rule(
        Kept.DONE_90, "questions",
        lambda now: Case.objects.filter(
            Q(closed_at__lt=now - NEWS) | Q(state=Case.State.ANSWERED, since__lt=now - NEWS - SILENCE)
        ),
    ),
    Rule(Kept.DONE_YEAR, "concerns", lambda now: Concern.objects.filter(closed_at__lt=now - YEAR)),
    # Nobody at that mailbox said that it is theirs.
    Rule(
        Kept.DONE_90, "enquiries never confirmed",
        lambda now: Enquiry.objects.filter(
            confirmed_at=None, asked_at__lt=now - DAY * enquiries.DAYS_TO_CONFIRM
        ),
    ),
    Rule(Kept.DONE_90, "enquiries decided about", lambda now: Enquiry.objects.filter(decided_at__lt=now - NEWS)),
    # Longer than a digest can be late: one that is forgotten would be written again.
    Rule(Kept.DAYS_90, "digests", lambda now: Digest.objects.filter(due_at__lt=now - NEWS)),
    Rule(Kept.DONE_90, "interests in places", lambda now: PlaceInterest.objects.filter(ended_at__lt=now - NEWS)),
    Rule(Kept.DAY, "counted tries", lambda now: TryCount.objects.filter(over_at__lt=now)),
    Rule(Kept.DAY, "counted misses", lambda now: MissCount.objects.filter(last_at__lt=now - MISSES)),
    Rule(Kept.RESTORE, "erased numbers", lambda now: Erased.objects.filter(erased_at__lt=now - RESTORE)),
]  # fmt: skip


def forget(*, now: datetime) -> int:
    """Delete what is over, a transaction per rule, and return how many rows it was. Twice at once: once."""
    return sum(_forget(rule, now) for rule in RULES)


@db.service
def _forget(rule: Rule, now: datetime) -> int:
    db.lock_name(f"retention {rule.name}")
    return rule.over(now).delete()[0]


def overdue(now: datetime) -> dict[str, int]:
    """Return how many rows of each rule are older than their class allows."""
    return {rule.name: rule.over(now).count() for rule in RULES}
