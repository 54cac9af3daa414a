"""The doors of dates; part of the namespace of activities."""

from django.urls import path

from activities.chances import check_in_views, guardian_views, host_views, interest_views, views

urlpatterns = [
    path("chancen/", views.listed, name="opportunities"),
    path("chancen/interessen/", interest_views.choose, name="interests"),
    path("chancen/meine/", views.mine, name="my-dates"),
    path("chancen/fragen/", guardian_views.questions, name="guarded-dates"),
    path("chancen/fragen/<uuid:public_id>/", guardian_views.question, name="date-question"),
    path("chancen/fragen/<uuid:public_id>/antwort/", guardian_views.answer, name="date-answer"),
    path("chancen/da/<str:token>/", check_in_views.enter, name="check-in"),
    path("chancen/<uuid:public_id>/", views.one, name="opportunity"),
    path("chancen/<uuid:public_id>/buchen/", views.book, name="book"),
    path("chancen/<uuid:public_id>/absagen/", views.give_back, name="give-back"),
    path("gastgeben/", host_views.dates, name="hosting"),
    path("gastgeben/neu/", host_views.new, name="new-date"),
    path("gastgeben/<uuid:public_id>/", host_views.date, name="host-date"),
    path("gastgeben/<uuid:public_id>/aendern/", host_views.change, name="change-date"),
    path("gastgeben/<uuid:public_id>/senden/", host_views.send, name="send-date"),
    path("gastgeben/<uuid:public_id>/absagen/", host_views.cancel, name="cancel-date"),
    path("gastgeben/<uuid:public_id>/code/", host_views.code, name="date-code"),
]
