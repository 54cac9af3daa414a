from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("profil/sprache/", views.set_language, name="language"),
]
