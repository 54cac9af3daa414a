from django.urls import include, path

from activities import calendar_views, proposal_views, timer_views, views

app_name = "activities"

urlpatterns = [
    path("zeiten/", views.entry_list, name="entries"),
    path("zeiten/neu/", views.new_entry, name="new"),
    path("zeiten/kalender/", calendar_views.month, name="calendar"),
    path("zeiten/timer/starten/", timer_views.start, name="timer-start"),
    path("zeiten/fuer/<uuid:youth_id>/neu/", proposal_views.new, name="propose"),
    path("zeiten/fuer-andere/<uuid:public_id>/aendern/", proposal_views.change, name="change-proposal"),
    path("zeiten/<uuid:public_id>/", views.entry, name="entry"),
    path("zeiten/<uuid:public_id>/aendern/", views.edit_entry, name="edit"),
    path("zeiten/<uuid:public_id>/einreichen/", views.submit_entry, name="submit"),
    path("zeiten/<uuid:public_id>/zurueckziehen/", views.withdraw_entry, name="withdraw"),
    path("zeiten/<uuid:public_id>/stoppen/", timer_views.stop, name="timer-stop"),
    path("zeiten/<uuid:public_id>/stimmt/", views.confirm_entry, name="confirm"),
    path("bestaetigen/", views.inbox, name="inbox"),
    path("bestaetigen/stimmt/", views.approve, name="approve"),
    path("bestaetigen/<uuid:public_id>/aendern/", views.return_entry, name="return"),
    path("bestaetigen/<uuid:public_id>/zuruecknehmen/", views.undo_approval, name="undo"),
    path("chancen/", views.opportunities, name="opportunities"),
    path("", include("activities.chances.urls")),
    path("chancen/<uuid:public_id>/", views.opportunity, name="opportunity"),
    path("", include("activities.places.urls")),
    path("", include("activities.portfolio.urls")),
]
