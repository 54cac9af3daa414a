"""What admin pages share."""

from django.http import HttpRequest


class ReadOnly:
    """To be looked at, never rewritten: money, and people's own words."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
