"""Below `/partner/angebote/`; a part of the namespace `partners`."""

from django.urls import path

from partners.views import shelf

urlpatterns = [
    path("", shelf.offers, name="desk-offers"),
    path("neu/", shelf.new, name="shelf-new"),
    path("schild/", shelf.sign, name="sign"),
    path("<uuid:public_id>/", shelf.offer, name="shelf-offer"),
    path("<uuid:public_id>/aendern/", shelf.change, name="shelf-change"),
    path("<uuid:public_id>/freigabe/", shelf.send, name="shelf-send"),
    path("<uuid:public_id>/pausieren/", shelf.pause, name="shelf-pause"),
    path("<uuid:public_id>/weiter/", shelf.resume, name="shelf-resume"),
    path("<uuid:public_id>/bestand/", shelf.stock, name="shelf-stock"),
    path("<uuid:public_id>/kopieren/", shelf.copy, name="shelf-copy"),
    path("<uuid:public_id>/verwerfen/", shelf.discard, name="shelf-discard"),
]
