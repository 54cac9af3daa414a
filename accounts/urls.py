from django.urls import path

from accounts import consent_pages, views

app_name = "accounts"

urlpatterns = [
    path("anmelden/neu/", views.sign_up, name="sign-up"),
    path("profil/", views.profile, name="profile"),
    path("profil/sprache/", views.set_language, name="language"),
    path("profil/einwilligung/", consent_pages.consents, name="consents"),
    path("profil/einwilligung/texte/<slug:sha256>/", consent_pages.text, name="consent-text"),
    path("profil/einwilligung/<uuid:public_id>/", consent_pages.consent, name="consent"),
    path("profil/einwilligung/<uuid:public_id>/geben/", consent_pages.give, name="consent-give"),
    path("profil/einwilligung/<uuid:public_id>/widerrufen/", consent_pages.withdraw, name="consent-withdraw"),
]
