"""A session's results in the forms of other programs: pure functions of its record."""
