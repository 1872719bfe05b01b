"""What a session came to in the forms of other programs: pure functions of its record."""
