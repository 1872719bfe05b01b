"""One model for each stored document: what is written is made of it, what is read becomes it.

They need pydantic: import them where they are used, not at start-up.
"""
