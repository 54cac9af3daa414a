"""The doors of dates; part of the namespace of activities."""

from django.urls import path

from activities.chances import interest_views

urlpatterns = [
    path("chancen/interessen/", interest_views.choose, name="interests"),
]
