"""The version of this program: one text, which the packaging reads too."""

__version__ = "0.2.0"
