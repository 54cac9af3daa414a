"""Signing in under /anmelden/. The names are those that allauth asks for; one's own account lies under /profil/."""

from allauth.account import views as allauth
from allauth.mfa.base import views as mfa
from allauth.mfa.webauthn import views as webauthn
from django.urls import path

from accounts.security import mfa_views, views

urlpatterns = [
    path("", views.Login.as_view(), name="account_login"),
    path("abmelden/", views.Logout.as_view(), name="account_logout"),
    path("gesperrt/", allauth.account_inactive, name="account_inactive"),
    path("passkey/", mfa_views.SignInByPasskey.as_view(), name="mfa_login_webauthn"),
    path("zweiter-schritt/", mfa_views.SecondStep.as_view(), name="mfa_authenticate"),
    # A forgotten password
    path("passwort/", views.ask_for_reset, name="account_reset_password"),
    path("passwort/unterwegs/", views.reset_asked, name="account_reset_password_done"),
    path("passwort/neu/", views.new_password, name="account_new_password"),
    path("passwort/link/<str:token>/", views.open_reset_link, name="account_reset_password_from_key"),
    # A mail address to be confirmed
    path("mail/", views.confirm_mailbox, name="account_confirm_opened"),
    path("mail/link/<str:token>/", views.open_confirm_link, name="account_confirm_email"),
    # Once more, before something that matters
    path("noch-einmal/", allauth.reauthenticate, name="account_reauthenticate"),
    path("noch-einmal/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("noch-einmal/passkey/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
]

# Part of accounts.urls and its namespace.
own_account = [
    path("profil/passwort/", views.change_password, name="password"),
    path("profil/mail/", views.mailbox, name="mailbox"),
    path("profil/geraete/", views.devices, name="devices"),
    path("profil/geraete/abmelden/", views.end_device, name="end-device"),
    path("profil/zweiter-faktor/", mfa_views.overview, name="second-factor"),
    path("profil/zweiter-faktor/app/", mfa_views.SetUpApp.as_view(), name="set-up-app"),
    path("profil/zweiter-faktor/app/entfernen/", mfa_views.remove_app, name="remove-app"),
    path("profil/zweiter-faktor/notfall-codes/", mfa_views.recovery_codes, name="recovery-codes"),
    path("profil/passkey/", mfa_views.AddPasskey.as_view(), name="add-passkey"),
    path("profil/passkey/entfernen/", mfa_views.remove_passkey, name="remove-passkey"),
]
