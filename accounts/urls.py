from django.urls import path

from accounts import (
    consent_pages,
    contact_point_views,
    family_views,
    invitation_views,
    phone_views,
    token_views,
    views,
)
from accounts.cases.urls import own_questions
from accounts.notices import views as notice_views
from accounts.outlook import views as outlook_views
from accounts.protection.urls import not_okay
from accounts.security.urls import own_account

app_name = "accounts"

urlpatterns = [
    path("anmelden/neu/", views.sign_up, name="sign-up"),
    path("profil/", views.profile, name="profile"),
    path("profil/sprache/", views.set_language, name="language"),
    path("nachrichten/", notice_views.notices, name="notices"),
    path("nachrichten/gelesen/", notice_views.read_all, name="notices-read"),
    path("nachrichten/<uuid:public_id>/", notice_views.open_notice, name="notice"),
    path("profil/wie-weiter/", outlook_views.answer, name="outlook"),
    path("profil/nachrichten/", notice_views.mail_settings, name="mail-settings"),
    path("abbestellen/<str:token>/", notice_views.unsubscribe, name="unsubscribe"),
    path("profil/einwilligung/", consent_pages.consents, name="consents"),
    path("profil/einwilligung/texte/<slug:sha256>/", consent_pages.text, name="consent-text"),
    path("profil/einwilligung/<uuid:public_id>/", consent_pages.consent, name="consent"),
    path("profil/einwilligung/<uuid:public_id>/geben/", consent_pages.give, name="consent-give"),
    path("profil/einwilligung/<uuid:public_id>/widerrufen/", consent_pages.withdraw, name="consent-withdraw"),
    path("anmelden/eltern/", family_views.sign_up_guardian, name="sign-up-guardian"),
    path("profil/familie/", family_views.family, name="family"),
    path("profil/familie/neu/", family_views.bring_youth, name="bring-youth"),
    path("profil/familie/<uuid:public_id>/einladen/", family_views.invite, name="family-invite"),
    path("profil/familie/<uuid:public_id>/passwort/", family_views.make_password_qr, name="family-password"),
    path("profil/familie/einladung/<uuid:public_id>/", family_views.show_invitation, name="family-invitation"),
    path(
        "profil/familie/einladung/<uuid:public_id>/zurueckziehen/",
        family_views.withdraw_invitation,
        name="family-invitation-withdraw",
    ),
    path("profil/familie/eltern/<uuid:public_id>/beenden/", family_views.end_guardianship, name="end-guardianship"),
    path("profil/familie/vertrauen/<uuid:public_id>/beenden/", family_views.end_trust, name="end-trust"),
    path("profil/passwort-qr/<uuid:public_id>/", family_views.show_password_qr, name="password-qr"),
    path("profil/zeigen/", family_views.show_me, name="show-me"),
    path("profil/handy/", phone_views.phone, name="phone"),
    path("profil/handy/teilen/", phone_views.share, name="phone-share"),
    path("profil/handy/person/", phone_views.add_person, name="phone-add"),
    path("profil/handy/wechseln/", phone_views.switch, name="phone-switch"),
    path("profil/handy/pin/", phone_views.pin, name="phone-pin"),
    path("profil/handy/verlassen/", phone_views.leave, name="phone-leave"),
    path("profil/handy/<uuid:public_id>/beenden/", phone_views.end, name="phone-end"),
    path("profil/apps/", token_views.apps, name="apps"),
    path("profil/apps/<uuid:public_id>/abmelden/", token_views.end_app, name="end-app"),
    path("einladung/", invitation_views.invitation, name="invitation"),
    path("einladung/neu/", invitation_views.sign_up_invited, name="invitation-sign-up"),
    path("einladung/weitergeben/", invitation_views.hand_over, name="invitation-hand-over"),
    path("einladung/annehmen/", invitation_views.accept, name="invitation-accept"),
    path("einladung/geschafft/<uuid:public_id>/", invitation_views.joined, name="joined"),
    path("einladung/<str:token>/", invitation_views.open_invitation, name="invitation-link"),
    path("passwort/", invitation_views.new_password, name="new-password"),
    path("passwort/<str:token>/", invitation_views.open_password, name="password-link"),
    path("anlaufstelle/", contact_point_views.desk, name="contact-point"),
    path("anlaufstelle/person/", contact_point_views.person, name="contact-point-person"),
    path("anlaufstelle/person/<str:token>/", contact_point_views.scanned, name="shown-link"),
    path("anlaufstelle/suchen/", contact_point_views.look_up, name="contact-point-look-up"),
    path("anlaufstelle/gesehen/", contact_point_views.see, name="contact-point-see"),
    path("anlaufstelle/gesehen/<uuid:public_id>/zurueck/", contact_point_views.undo, name="contact-point-undo"),
    path("anlaufstelle/passwort/", contact_point_views.password_qr, name="contact-point-password"),
    path("anlaufstelle/stelle/<uuid:public_id>/", contact_point_views.choose_point, name="contact-point-choose"),
    *own_account,
    *own_questions,
    *not_okay,
]
