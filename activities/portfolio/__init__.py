"""What a youth shows of their time: choosing, sheets with a link that confirms the sums, badges, a learning goal."""
