"""Who can sign in to the demo: one person per role, one password for all."""

from dataclasses import dataclass

# Printed for everybody: `check --deploy` fails while people with it exist.
PASSWORD = "clever-vibes-demo"  # noqa: S105
# Who confirms on a shared phone with which four digits.
PIN, PINS = "2580", ("sabine", "fatma")
# Of every clerk at every counter.
CLERK_PIN = "7391"


@dataclass(frozen=True)
class Login:
    role: str
    username: str
    to_see: str


LOGINS = (
    Login("youth under 16", "mia", "hours, coins, a reward set aside"),
    Login("youth 16 to 17", "lena", "applications, dates at companies"),
    Login("youth 18 and over", "noah", "confirmed by a mentor"),
    Login("guardian", "sabine", "inbox with two youths' hours"),
    Login("guardian, Turkish", "fatma", "inbox with three youths' hours"),
    Login("trusted person", "oma-ursula", "the same inbox, nothing else"),
    Login("point of contact", "anlaufstelle", "/anlaufstelle/: sees people, helps who is locked out"),
    Login("partner shop", "baeckerei", "/theke/ and /partner/"),
    Login("sponsor's contact", "foerderer", "what the money did"),
    Login("host", "betrieb", "dates and places of a company"),
    Login("club team", "team", "/admin/: every role of the club, and operations"),
    Login("support", "begleitung", "/admin/: families, hours, questions, samples"),
    Login("finance", "kasse", "/admin/: deposits, runs, settlements"),
    Login("approver", "freigabe", "/admin/: lets money go that somebody else asked for"),
    Login("catalog", "angebote", "/admin/: shops, offers, dates, places"),
    Login("auditor", "pruefung", "/admin/: the books, to look at"),
    Login("admin", "leitung", "/admin/: people and who has which role"),
    Login("second club, youth", "greta", "a club of four in Selm"),
    Login("second club, team", "team-selm", "/admin/"),
    Login("youth without consent", "jonas", "the QR that invites a guardian"),
    Login("guardian to be seen", "marta", "where to go, and the QR to show there"),
)


def table() -> str:
    """Return the logins as plain text."""
    rows = [("Role", "Sign in as", "To see"), *((row.role, row.username, row.to_see) for row in LOGINS)]
    widths = [max(len(row[i]) for row in rows) for i in range(2)]
    lines = [f"  {role:<{widths[0]}}  {username:<{widths[1]}}  {to_see}".rstrip() for role, username, to_see in rows]
    lines.insert(1, "  " + "-" * max(len(line) for line in lines))
    pin = f"  PIN of {' and '.join(PINS)} on a shared phone: {PIN}"
    clerks = (
        f"  PIN of all clerks: {CLERK_PIN}. A counter as a device: as a shop, Partner > Geräte > Gerät verbinden, and"
    )
    where = "  open its link in another browser (or a private window)"
    return "\n".join([*lines, "", f"  Password of all of them: {PASSWORD}", pin, clerks, where])
