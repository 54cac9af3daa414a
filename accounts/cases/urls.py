from django.urls import path

from accounts.cases import views

own_questions = [
    path("fragen/", views.cases, name="cases"),
    path("fragen/neu/", views.ask, name="ask"),
    path("fragen/<uuid:public_id>/", views.case, name="case"),
    path("fragen/<uuid:public_id>/schreiben/", views.add, name="case-add"),
    path("fragen/<uuid:public_id>/erledigt/", views.close, name="case-close"),
]
