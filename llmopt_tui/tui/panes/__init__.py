"""The four panes of the Workbench: they draw what they are given and post what is asked."""
