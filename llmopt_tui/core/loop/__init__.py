"""The loop of a session: what follows, what carries it out, what it has come to."""
