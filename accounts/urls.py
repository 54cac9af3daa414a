from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("anmelden/neu/", views.sign_up, name="sign-up"),
    path("profil/", views.profile, name="profile"),
    path("profil/sprache/", views.set_language, name="language"),
]
