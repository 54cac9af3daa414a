"""All doors: German paths, one noun each."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy
from django.views.generic import RedirectView

from accounts import masking
from accounts.saved_views import pages as saved_views
from clevervibes import components, dashboard, installable, shared_time, statement, views
from clevervibes.front import pages as front
from clevervibes.impact import joining
from clevervibes.impact import pages as impact
from clevervibes.privacy import pages as privacy
from clevervibes.workplace import pages as workplace
from clevervibes.workplace import youth_pages

admin.site.index_title = gettext_lazy("Verwaltung")
# One door for everybody: limits, second factor and words are those of our own sign-in page.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# Every field that looks people up asks here, whether or not it was meant to.
admin.site.autocomplete_view = masking.autocomplete_view  # type: ignore[method-assign,assignment]

urlpatterns = [
    path("", front.home, name="home"),
    path("faltblatt/<uuid:public_id>/", front.flyer_pdf, name="flyer"),
    path("start/", dashboard.start, name="start"),
    path("anmelden/", include("accounts.security.urls")),
    path("datenschutz/", privacy.privacy, name="privacy"),
    path("", include("accounts.texts.urls")),
    path("profil/daten/", include("clevervibes.privacy.urls")),
    path("", include("accounts.urls")),
    path("", include("activities.urls")),
    path("zeiten/jahr/", shared_time.year, name="year"),
    path("was-zaehlt/", shared_time.what_counts, name="what-counts"),
    path("transparenz/", include("clevervibes.openness.urls")),
    path("", include("coins.urls"), {"describe": statement.describe}),
    path("", include("partners.urls")),
    path("foerderung/", impact.start, name="impact"),
    path("foerderung/einladung/", joining.join, name="impact-join"),
    path("foerderung/einladung/konto/", joining.sign_up, name="impact-join-sign-up"),
    path("foerderung/einladung/annehmen/", joining.accept, name="impact-join-accept"),
    path("foerderung/einladung/<str:token>/", joining.open_invitation, name="impact-invitation"),
    path("foerderung/<uuid:public_id>/", impact.page, name="impact-of"),
    path("foerderung/<uuid:public_id>/pdf/", impact.pdf, name="impact-pdf"),
    path("foerderung/<uuid:public_id>/csv/", impact.csv, name="impact-csv"),
    path("api/v1/", include("clevervibes.api_urls")),
    # One page for everybody: it counts tries, ends other sessions and sends word.
    path("admin/password_change/", RedirectView.as_view(pattern_name="accounts:password")),
    path("admin/einloesungen-anhalten/", admin.site.admin_view(workplace.halt_redemptions), name="staff-halt"),
    path(
        "admin/jugendliche/<int:pk>/verlauf/", admin.site.admin_view(youth_pages.timeline_page), name="staff-timeline"
    ),
    path(
        "admin/jugendliche/<int:pk>/familie/", admin.site.admin_view(youth_pages.family_view), name="staff-family-view"
    ),
    path("admin/suchen/", admin.site.admin_view(workplace.find), name="staff-search"),
    path("admin/ansichten/", admin.site.admin_view(saved_views.save), name="staff-view-save"),
    path(
        "admin/ansichten/<uuid:public_id>/loeschen/",
        admin.site.admin_view(saved_views.delete),
        name="staff-view-delete",
    ),
    path("admin/", admin.site.urls),
    path("bausteine/", components.show, name="components"),
    path("manifest.webmanifest", installable.manifest, name="manifest"),
    path("sw.js", installable.service_worker, name="service-worker"),
    path("offline/", installable.offline, name="offline"),
    path("healthz", views.healthz, name="healthz"),
    path("csp/", views.csp_report, name="csp-report"),
]

handler500 = "clevervibes.views.server_error"
