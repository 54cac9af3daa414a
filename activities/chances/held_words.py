"""The words a club starts with; the team may change them."""

TO_START_WITH = [
    "whatsapp", "telegram", "signal", "threema", "discord", "snapchat", "snap", "instagram", "insta", "tiktok",
    "facebook", "messenger", "skype", "teamspeak", "handynummer", "handy-nummer", "telefonnummer", "privat",
    "privatnummer", "ruf mich an", "ruft mich an", "schreib mir", "schreibt mir", "melde dich bei mir",
    "allein mit mir", "nur wir zwei", "bei mir zu hause", "unter uns", "sag es niemandem",
]  # fmt: skip
