from django.urls import path, re_path

from partners.views import bank, catalog, counter, desk, holds

app_name = "partners"

urlpatterns = [
    path("belohnungen/", catalog.offers, name="catalog"),
    path("belohnungen/meine/", holds.holds, name="holds"),
    re_path(r"^belohnungen/bild/(?P<name>[\w-]+\.(?:webp|png|jpe?g))$", catalog.picture, name="picture"),
    # Where the staff pages' own field for pictures looks for them.
    re_path(r"^media/offers/(?P<name>[\w-]+\.(?:webp|png|jpe?g))$", catalog.picture, name="stored-picture"),
    path("belohnungen/vormerkung/<uuid:public_id>/", holds.hold, name="hold"),
    path("belohnungen/vormerkung/<uuid:public_id>/stornieren/", holds.cancel, name="cancel"),
    path("belohnungen/vormerkung/<uuid:public_id>/neuer-code/", holds.renew, name="renew"),
    path("belohnungen/vormerkung/<uuid:public_id>/noch-einmal/", holds.again, name="again"),
    path("belohnungen/<uuid:public_id>/", catalog.offer, name="offer"),
    path("belohnungen/<uuid:public_id>/vormerken/", holds.place, name="place"),
    path("c", counter.scan, name="scan"),
    path("theke/", counter.counter, name="counter"),
    path("theke/da/", counter.pulse, name="pulse"),
    path("theke/nachbuchen/", counter.late, name="late"),
    path("theke/offline/", counter.shell, name="shell"),
    path("theke/<uuid:public_id>/", counter.handover, name="handover"),
    path("theke/<uuid:public_id>/einloesen/", counter.redeem, name="redeem"),
    path("theke/beleg/<uuid:public_id>/", counter.receipt, name="receipt"),
    path("theke/beleg/<uuid:public_id>/zuruecknehmen/", counter.undo, name="undo"),
    path("partner/", desk.desk, name="desk"),
    path("partner/wechseln/", desk.switch, name="switch"),
    path("partner/angebote/", desk.offers, name="desk-offers"),
    path("partner/einloesungen/", desk.redemptions, name="desk-redemptions"),
    path("partner/einloesungen/csv/", desk.redemptions_csv, name="desk-redemptions-csv"),
    path("partner/konto/", bank.account, name="bank"),
    path("partner/konto/zurueckziehen/", bank.take_back, name="bank-take-back"),
    path("partner/abrechnungen/", desk.settlements, name="settlements"),
    path("partner/abrechnungen/<uuid:public_id>/", desk.statement, name="statement"),
    path("partner/abrechnungen/<uuid:public_id>/csv/", desk.statement_csv, name="statement-csv"),
    path("partner/abrechnungen/<uuid:public_id>/pdf/", desk.statement_file, name="statement-pdf"),
]
