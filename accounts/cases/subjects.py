"""What a question is about: a page of the club and what the thing on it is called.

Apps above link to the form with both; whoever of the team answers is led to the same thing among the staff's pages, if
the app has said where that is.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import Resolver404, resolve, reverse

PATH_LONGEST, LABEL_LONGEST = 200, 160
# A page, perhaps of which of the own children, perhaps a place on it.
_PATH = re.compile(r"(?P<page>/[\w/-]*)(\?youth=[0-9a-f-]{36})?(#[\w-]{1,80})?")

# Given what the address names, the page of the staff; by the name of the URL.
StaffPage = Callable[..., str]
_staff_pages: dict[str, StaffPage] = {}


@dataclass(frozen=True)
class Subject:
    path: str = ""
    label: str = ""

    @property
    def staff_url(self) -> str:
        """Return where the team finds the thing, or an empty string."""
        match = _match(self.path)
        if match is None:
            return ""
        find = _staff_pages.get(match.view_name)
        return find(**match.kwargs) if find else ""


def leads_to(view_name: str) -> Callable[[StaffPage], StaffPage]:
    """Register where the team finds what is shown at `view_name`."""

    def register(find: StaffPage) -> StaffPage:
        _staff_pages[view_name] = find
        return find

    return register


def read(path: object, label: object) -> Subject:
    """Return what a link or a form names: nothing but pages of ours, without secrets that an address may hold."""
    said = " ".join(str(label or "").replace("\x00", "").split())[:LABEL_LONGEST]
    text = str(path or "")
    return Subject(text if len(text) <= PATH_LONGEST and _match(text) else "", said)


def ask_url(subject: Subject) -> str:
    """Return the address of the form about `subject`."""
    query = urlencode({"zu": subject.path, "was": subject.label})
    return f"{reverse('accounts:ask')}?{query}" if subject.path else reverse("accounts:ask")


def _match(path: str) -> Any:
    if not (found := _PATH.fullmatch(path)):
        return None
    try:
        match = resolve(found["page"])
    except Resolver404:
        return None
    # Words in an address open doors: links of mails, invitations.
    return None if any(isinstance(value, str) for value in match.kwargs.values()) else match
