"""What the team reads: how many answered what, never fewer than five."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.outlook.models import Outlook
from clevervibes.lib.admin import ModelAdmin, ReadOnly
from clevervibes.lib.groups import LEAST
from clevervibes.lib.team import EVERYBODY, Rule


@admin.register(Outlook)
class OutlookAdmin(ReadOnly, ModelAdmin):
    """Where the way leads, year by year."""

    rule = Rule(view=EVERYBODY, club="club")
    list_display = ["year", "occasion", "step", "answers"]
    list_filter = ["year", "occasion"]
    fields = ["year", "occasion", "step", "answers"]

    @admin.display(description=_("Antworten"))
    def answers(self, row: Outlook) -> str:
        return str(row.number) if row.number >= LEAST else str(_("unter 5"))
