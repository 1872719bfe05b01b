"""The state that screens and reports show, folded from events. Pure: no Textual, no files."""
