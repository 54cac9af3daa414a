"""Signing in and out: allauth's views under our paths, the few of them that have a page of ours."""

from allauth.account import views
from allauth.account.forms import LoginForm as BaseLoginForm
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from accounts.models import User

DEMO_LOGINS = 16  # the first ones seed_demo makes: one per role


class LoginForm(BaseLoginForm):
    """Username and password, in the club's words."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label, password.label = _("Benutzername"), _("Passwort")
        login.help_text = _("Die E-Mail-Adresse geht auch.")
        password.help_text = ""
        login.widget = forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        )
        password.widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
        self.fields["remember"].label = _("Auf diesem Gerät angemeldet bleiben")
        self.fields["remember"].help_text = _("Nur ankreuzen, wenn sonst niemand dieses Gerät benutzt.")


class Login(views.LoginView):
    def get_initial(self) -> dict[str, object]:
        return {**super().get_initial(), "login": self.request.GET.get("name", "")}

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        people = User.objects.filter(is_demo=True, is_active=True).order_by("pk")[:DEMO_LOGINS] if settings.DEMO else []
        return {**super().get_context_data(**kwargs), "demo_people": people}


class Logout(views.LogoutView):
    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response: HttpResponse = super().post(request, *args, **kwargs)
        # A shared phone forgets everything the last person saw.
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


urlpatterns = [
    path("", Login.as_view(), name="account_login"),
    path("abmelden/", Logout.as_view(), name="account_logout"),
    path("gesperrt/", views.account_inactive, name="account_inactive"),
]
