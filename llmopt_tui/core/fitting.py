"""Which examples of a case cannot fit a model's context window, said before they are sent."""

from __future__ import annotations

from llmopt_tui.core.case import Case
from llmopt_tui.core.ports import ModelInfo
from llmopt_tui.core.scoring.wording import listed
from llmopt_tui.core.settings import LoopSettings

CHARACTERS_A_TOKEN = 6
"""More than tokenizers get out of ordinary text (about 4): no example is named in vain."""


def window_of(model: ModelInfo, settings: LoopSettings) -> int | None:
    """The tokens that prompt and answer have together; None where nobody says."""
    asked = settings.options.get("num_ctx")
    known = [n for n in (asked, model.context_length) if isinstance(n, int) and n > 0]
    return min(known, default=None)


def too_long(case: Case, window: int) -> dict[str, int]:
    """The examples whose prompt alone is longer than the window, with its least size in tokens."""
    sizes = {
        example.id: sum(len(m.content) for m in case.prompt.messages(example.inputs))
        // CHARACTERS_A_TOKEN
        for example in case.examples
    }
    return {name: size for name, size in sizes.items() if size > window}


def fitting_problem(case: Case, model: ModelInfo, settings: LoopSettings) -> str:
    """The sentence that names the examples which cannot fit; empty where all may."""
    window = window_of(model, settings)
    if window is None or not (found := too_long(case, window)):
        return ""
    sizes = listed([f"{name} (at least {size:,} tokens)" for name, size in found.items()])
    return (
        f"cannot fit the context window of {window:,} tokens and will be scored as failed: {sizes}"
    )
