"""Exactly what a company sees of a youth: the same for the preview, the guardian and the company itself."""

from dataclasses import dataclass

from django.utils.functional import Promise

from accounts.models import YouthProfile
from activities.models import PlaceInterest, Portfolio
from activities.portfolio import versions


@dataclass(frozen=True)
class Shown:
    first_name: str
    reach: str
    reach_words: str | Promise
    reach_at: str
    # None without a portfolio, or once the youth has revoked it.
    contents: versions.Contents | None

    @property
    def address(self) -> str:
        """Return what a tap on the contact opens; empty for the club."""
        if self.reach == PlaceInterest.Reach.MAIL:
            return f"mailto:{self.reach_at}"
        return f"tel:{self.reach_at.replace(' ', '')}" if self.reach == PlaceInterest.Reach.PHONE else ""


def of(interest: PlaceInterest) -> Shown:
    return draft(interest.youth, interest.portfolio, interest.reach, interest.reach_at)


def draft(youth: YouthProfile, portfolio: Portfolio | None, reach: str, reach_at: str) -> Shown:
    """Return what a company would see."""
    live = portfolio if portfolio and portfolio.revoked_at is None else None
    reach = PlaceInterest.Reach(reach)
    reach_at = "" if reach == PlaceInterest.Reach.CLUB else reach_at
    contents = versions.contents_of(live) if live else None
    return Shown(youth.first_name, reach.value, reach.label, reach_at, contents)
