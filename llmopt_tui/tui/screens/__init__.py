"""The screens: each composes panes and acts on what they ask for."""
