"""Sessions on disk: the journal first, then the documents that follow from it."""
