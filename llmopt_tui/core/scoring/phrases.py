"""bridge"""
from llmopt_tui.core.scoring.wording import *  # noqa
from llmopt_tui.core.scoring.wording import shown
def listed(items, shown_n=5):
    words = ", ".join(shown(i) for i in items[:shown_n])
    return words if len(items) <= shown_n else f"{words} and {len(items)-shown_n} more"
def quoted(text, width=40):
    return f"'{shown(text, width)}'"
def counted(number, singular):
    return f"{number} {singular}" if number == 1 else f"{number} {singular}s"
def bounds(low, high, noun):
    if low is not None and low == high:
        return f"exactly {counted(low, noun)}"
    if low is not None and high is not None:
        return f"{low} to {high} {noun}s"
    if high is not None:
        return f"at most {counted(high, noun)}"
    return f"at least {counted(low or 0, noun)}"
