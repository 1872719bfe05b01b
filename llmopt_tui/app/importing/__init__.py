"""Importing: a case, its prompt and its examples made out of the files of other programs."""
