from django.urls import path

from activities.places import host_views, views

urlpatterns = [
    path("chancen/plaetze/", views.places, name="places"),
    path("chancen/plaetze/<uuid:public_id>/", views.place, name="place"),
    path("chancen/plaetze/<uuid:public_id>/interesse/", views.express, name="express-interest"),
    path("chancen/anfragen/", views.interest_list, name="requests"),
    path("chancen/anfragen/<uuid:public_id>/", views.interest, name="interest"),
    path("chancen/anfragen/<uuid:public_id>/zurueckziehen/", views.withdraw, name="interest-withdraw"),
    path("chancen/anfragen/<uuid:public_id>/abschicken/", views.send_oneself, name="interest-send"),
    path("chancen/anfragen/<uuid:public_id>/zustimmen/", views.agree, name="interest-agree"),
    path("chancen/anfragen/<uuid:public_id>/ablehnen/", views.decline, name="interest-decline"),
    path("chancen/gastgeber/plaetze/", host_views.places, name="host-places"),
    path("chancen/gastgeber/plaetze/neu/", host_views.new, name="host-place-new"),
    path("chancen/gastgeber/plaetze/<uuid:public_id>/", host_views.place, name="host-place"),
    path("chancen/gastgeber/plaetze/<uuid:public_id>/aendern/", host_views.change, name="host-place-change"),
    path("chancen/gastgeber/plaetze/<uuid:public_id>/schliessen/", host_views.close, name="host-place-close"),
    path("chancen/gastgeber/anfragen/<uuid:public_id>/", host_views.interest, name="host-interest"),
]
