"""What people are told about their questions."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.cases import asking
from accounts.models import User
from accounts.notices import mails
from accounts.notices.kinds import Group, News


@mails.kind(
    asking.ANSWERED,
    group=Group.ACCOUNT, title=_("Antwort auf Ihre Frage"), youth_title=_("Antwort auf Deine Frage"),
    icon="message-circle", tint="sky",
)  # fmt: skip
def case_answered(to: User, topic: str, ids: dict[str, Any], now: datetime) -> News | None:
    """Lead to the answer; what it says stays in the house."""
    case = asking.cases_of(to).filter(public_id=ids["case"]).first()
    if case is None:
        return None
    return News(
        template="accounts/news/case_answered.html",
        url=reverse("accounts:case", args=[case.public_id]),
        label=_("Antwort lesen"),
    )
