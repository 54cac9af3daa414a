"""Pages of coins. Whoever includes them hands in `describe`, which knows what coins were spent on."""

from django.urls import path

from coins import views

app_name = "coins"

urlpatterns = [
    path("coins/", views.statement, name="statement"),
    path("coins/umrechnung/<uuid:public_id>/", views.run, name="run"),
]
