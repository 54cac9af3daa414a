"""*Frag uns*: a question about something in the club, and the team's answer."""
