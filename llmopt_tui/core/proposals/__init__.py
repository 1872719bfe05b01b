"""Suggestions of better prompts: who makes them, from what, and which checks they must pass."""
