"""Admin pages that ask once more who is there: whoever changes rights or moves money shows it within 15 minutes."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.access import require_fresh
from clevervibes.lib import admin as pages

# What lib asks for where much is taken away at once, and cannot know how.
pages.prove = require_fresh


class AsksForProof:
    """Ask for proof before the form of a row, and again if it was left open too long; looking needs none."""

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, form_url: str = "",
                        extra_context: Any = None) -> HttpResponse:  # fmt: skip
        may = self.has_change_permission if object_id else self.has_add_permission  # type: ignore[attr-defined]
        if may(request):
            require_fresh(request)
        return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]
