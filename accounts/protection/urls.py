from django.urls import path

from accounts.protection import views

not_okay = [
    path("nicht-okay/", views.concern, name="concern"),
    path("nicht-okay/danke/", views.thanks, name="concern-thanks"),
]
