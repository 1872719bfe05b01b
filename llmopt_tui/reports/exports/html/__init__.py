"""The HTML export: one page that needs no network and no script, a module for each part of it."""
