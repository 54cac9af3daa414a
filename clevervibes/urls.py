"""All doors: German paths, one noun each."""

from django.contrib import admin
from django.urls import include, path

from clevervibes import views

urlpatterns = [
    path("", views.home, name="home"),
    path("start/", views.start, name="start"),
    path("anmelden/", include("allauth.urls")),
    path("", include("activities.urls")),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
    path("csp/", views.csp_report, name="csp-report"),
]
