from django.urls import path

from clevervibes.privacy import pages

urlpatterns = [
    path("", pages.data, name="data"),
    path("mitnehmen/", pages.take_along, name="data-export"),
    path("berichtigen/", pages.correct, name="data-correct"),
    path("loeschen/", pages.erase, name="data-erase"),
    path("behalten/", pages.keep, name="data-keep"),
]
