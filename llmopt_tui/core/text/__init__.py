"""Helpers for text: model names, server addresses, text that is safe to show, differences."""
