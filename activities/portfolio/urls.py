from django.urls import path

from activities.portfolio import views

urlpatterns = [
    path("profil/portfolio/", views.portfolio_home, name="portfolio-home"),
    path("profil/portfolio/auswahl/", views.choose, name="portfolio-choose"),
    path("profil/portfolio/auswahl/merken/", views.keep_choice, name="portfolio-keep-choice"),
    path("profil/portfolio/neu/", views.make, name="portfolio-make"),
    path("profil/portfolio/<uuid:public_id>/", views.portfolio, name="portfolio"),
    path("profil/portfolio/<uuid:public_id>/blatt.pdf", views.portfolio_sheet, name="portfolio-sheet"),
    path("profil/portfolio/<uuid:public_id>/zurueckziehen/", views.revoke, name="portfolio-revoke"),
    path("profil/lernziel/", views.set_goal, name="goal-set"),
    path("profil/lernziel/<uuid:public_id>/geschafft/", views.reach_goal, name="goal-reach"),
    path("profil/lernziel/<uuid:public_id>/loslassen/", views.let_go_of_goal, name="goal-let-go"),
    path("nachweis/<str:token>/", views.proof, name="portfolio-proof"),
]
