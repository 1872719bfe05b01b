"""One pydantic model for each stored document, used both to write it and to read it.

Import them where they are used, not at start-up, because pydantic takes time to import.
"""
