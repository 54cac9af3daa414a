from django.urls import path

from accounts.texts import views
from accounts.texts.models import SiteText

urlpatterns = [
    path("hilfe/", views.text_page, {"kind": SiteText.Kind.HELP, "template": "texts/help.html"}, name="help"),
    path(
        "impressum/", views.text_page, {"kind": SiteText.Kind.IMPRINT, "template": "texts/imprint.html"}, name="imprint"
    ),
    path("teilnahme/", views.text_page, {"kind": SiteText.Kind.TERMS, "template": "texts/terms.html"}, name="terms"),
    path(
        "barrierefreiheit/",
        views.text_page,
        {"kind": SiteText.Kind.ACCESSIBILITY, "template": "texts/accessibility.html"},
        name="accessibility",
    ),
    path("<slug:page>/fassungen/", views.versions, name="versions"),
    path("fassung/<uuid:public_id>/", views.version, name="version"),
]
