"""Reports: sessions and suites as documents, for people and for programs. Pure functions."""
