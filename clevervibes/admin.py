"""Pages of the team about the house itself: what should have left it and has not."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import reveals
from clevervibes.lib.admin import ModelAdmin, ReadOnly
from clevervibes.lib.models import OutboxMessage
from clevervibes.lib.team import ADMIN, OPS, SUPPORT, Rule


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnly, ModelAdmin):
    """Mail that was tried and has not arrived. It is tried again by itself, with growing pauses, for five days."""

    rule = Rule(view=[SUPPORT, ADMIN, OPS], club="to__club")
    list_display = ["created_at", "topic", "shown_to", "attempts", "due_at", "last_error"]
    list_filter = ["topic"]
    list_select_related = ["to"]
    # Ids only, and of no use here: what a letter says is written when it leaves.
    fields = ["topic", "shown_to", "created_at", "attempts", "due_at", "last_error", "leased_until", "delivered_at"]
    readonly_fields = ["shown_to"]
    ordering = ["created_at", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxMessage]:
        return super().get_queryset(request).filter(delivered_at=None, attempts__gt=0)

    @admin.display(description=_("an"))
    def shown_to(self, message: OutboxMessage) -> str:
        return reveals.masked_person(message.to)
