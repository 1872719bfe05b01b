"""Races: how suggestions are tried against the best variant so far. Pure functions of scores."""
