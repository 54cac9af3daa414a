"""allauth, as the club uses it."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        # Joining needs consent and a guardian's invitation, which come with the membership pages.
        return False
