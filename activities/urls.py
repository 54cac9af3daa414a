from django.urls import include, path

from activities import calendar_views, inbox_views, proposal_views, sheet_views, timer_views, views

app_name = "activities"

urlpatterns = [
    path("zeiten/", views.entry_list, name="entries"),
    path("zeiten/neu/", views.new_entry, name="new"),
    path("zeiten/kalender/", calendar_views.month, name="calendar"),
    path("zeiten/timer/starten/", timer_views.start, name="timer-start"),
    path("zeiten/fuer/<uuid:youth_id>/neu/", proposal_views.new, name="propose"),
    path("zeiten/fuer-andere/<uuid:public_id>/aendern/", proposal_views.change, name="change-proposal"),
    path("zeiten/wochenzettel/", sheet_views.choose, name="sheets"),
    path("zeiten/wochenzettel/<uuid:public_id>/", sheet_views.paper, name="sheet-paper"),
    path("zeiten/wochenzettel/fuer/<uuid:youth_id>/", sheet_views.make, name="make-sheet"),
    path("anlaufstelle/wochenzettel/", sheet_views.desk, name="sheet-desk"),
    path("anlaufstelle/wochenzettel/<uuid:public_id>/", sheet_views.enter, name="enter-sheet"),
    path("zeiten/<uuid:public_id>/", views.entry, name="entry"),
    path("zeiten/<uuid:public_id>/aendern/", views.edit_entry, name="edit"),
    path("zeiten/<uuid:public_id>/einreichen/", views.submit_entry, name="submit"),
    path("zeiten/<uuid:public_id>/zurueckziehen/", views.withdraw_entry, name="withdraw"),
    path("zeiten/<uuid:public_id>/stoppen/", timer_views.stop, name="timer-stop"),
    path("zeiten/<uuid:public_id>/stimmt/", views.confirm_entry, name="confirm"),
    path("bestaetigen/", inbox_views.inbox, name="inbox"),
    path("bestaetigen/stimmt/", inbox_views.approve, name="approve"),
    path("bestaetigen/zuruecknehmen/", inbox_views.undo_several, name="undo-several"),
    path("bestaetigen/links-beenden/", inbox_views.end_links, name="end-links"),
    path("bestaetigen/<uuid:public_id>/aendern/", inbox_views.send_back, name="return"),
    path("bestaetigen/<uuid:public_id>/zuruecknehmen/", inbox_views.undo, name="undo"),
    path("bestaetigen/mail/", inbox_views.mail_inbox, name="mail-inbox"),
    path("bestaetigen/mail/stimmt/", inbox_views.mail_approve, name="mail-approve"),
    path("bestaetigen/mail/zuruecknehmen/", inbox_views.mail_undo_several, name="mail-undo-several"),
    path("bestaetigen/mail/neuer-link/", inbox_views.send_new_link, name="mail-new"),
    path("bestaetigen/mail/beenden/", inbox_views.end_links_by_mail, name="mail-end"),
    path("bestaetigen/mail/<uuid:public_id>/aendern/", inbox_views.mail_send_back, name="mail-return"),
    path("bestaetigen/mail/<uuid:public_id>/zuruecknehmen/", inbox_views.mail_undo, name="mail-undo"),
    path("bestaetigen/mail/<str:token>/", inbox_views.open_link, name="mail-link"),
    path("", include("activities.chances.urls")),
    path("", include("activities.places.urls")),
    path("", include("activities.portfolio.urls")),
]
