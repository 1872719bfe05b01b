"""What an error that reached the app is in words."""

from __future__ import annotations


def error_words(error: BaseException) -> str:
    """An error as a person reads it: our own say what to do, others say at least their kind."""
    from llmopt_tui.core.ports import ModelError

    ours = isinstance(error, ModelError) or type(error).__module__.startswith("llmopt_tui")
    return str(error) if ours else f"{type(error).__name__}: {error}"
