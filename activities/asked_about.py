"""Where the team finds what a question about shared time is about."""

from uuid import UUID

from django.urls import reverse

from accounts.cases.subjects import leads_to
from activities.models import SharedTimeEntry


@leads_to("activities:entry")
def entry(public_id: UUID) -> str:
    pk = SharedTimeEntry.objects.filter(public_id=public_id).values_list("pk", flat=True).first()
    return reverse("admin:activities_sharedtimeentry_change", args=[pk]) if pk else ""


@leads_to("activities:return")
def entry_to_confirm(public_id: UUID) -> str:
    """Whoever confirms sees an entry here."""
    return entry(public_id)
