"""The screens: each puts panes together and acts on what they ask for."""
