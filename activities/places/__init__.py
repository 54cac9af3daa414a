"""Places at companies: posted by hosts, released by the team, answered by youths without a free word between them."""
