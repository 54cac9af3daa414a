"""Dates at which youths look inside: drafted by hosts, released by the team, booked, kept."""
