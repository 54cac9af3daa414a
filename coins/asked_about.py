"""Where the team finds what a question about coins is about."""

from uuid import UUID

from django.urls import reverse

from accounts.cases.subjects import leads_to
from coins.models import ConversionRun


@leads_to("coins:run")
def run(public_id: UUID) -> str:
    pk = ConversionRun.objects.filter(public_id=public_id).values_list("pk", flat=True).first()
    return reverse("admin:coins_conversionrun_change", args=[pk]) if pk else ""
