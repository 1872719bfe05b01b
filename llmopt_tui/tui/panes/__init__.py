"""The panes of the screens: they draw what they are given, and post what the person asks for."""
