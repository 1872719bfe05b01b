"""bridge"""
from llmopt_tui.core.scoring.modes import *  # noqa
WRAPPED = "wrapped"
SENTENCES = "sentence count"
LEFTOVER = "leftover"
WRONG_FORM = "wrong form"
