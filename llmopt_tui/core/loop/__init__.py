"""The loop of a session: its next step, how that is carried out, and its record."""
