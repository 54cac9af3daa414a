"""The fields of work a club starts with, stored by a migration. The team may change them."""

from django.utils.translation import gettext_noop as _

# slug, name (stored in German, translated when shown), icon and tint as the look names them
TO_START_WITH = [
    ("handwerk", _("Handwerk & Bauen"), "wrench", "amber"),
    ("maschinen", _("Metall & Maschinen"), "factory", "sky"),
    ("computer", _("Computer & Internet"), "laptop", "violet"),
    ("pflege", _("Pflege & Gesundheit"), "heart", "rose"),
    ("soziales", _("Kinder & Soziales"), "hand-heart", "clay"),
    ("natur", _("Natur & Garten"), "sprout", "mint"),
    ("kueche", _("Küche & Backstube"), "utensils", "amber"),
    ("handel", _("Laden & Verkauf"), "store", "sky"),
    ("buero", _("Büro & Verwaltung"), "briefcase", "violet"),
    ("kunst", _("Bühne, Kunst & Musik"), "drama", "rose"),
    ("verkehr", _("Verkehr & Logistik"), "bus", "clay"),
    ("labor", _("Labor & Forschung"), "microscope", "mint"),
]


def rows() -> list[dict[str, object]]:
    """Return the fields of each topic, in the order in which they are shown."""
    return [
        {"slug": slug, "name": name, "icon": icon, "tint": tint, "position": position}
        for position, (slug, name, icon, tint) in enumerate(TO_START_WITH, start=1)
    ]
