"""An error that reached the app, in words."""

from __future__ import annotations

from textual.worker import Worker, WorkerState


def error_words(error: BaseException) -> str:
    """The message for a person: our own errors say what to do, others at least name their type."""
    from llmopt_tui.core.ports import ModelError

    ours = isinstance(error, ModelError) or type(error).__module__.startswith("llmopt_tui")
    return str(error) if ours else f"{type(error).__name__}: {error}"


def failure_words(event: Worker.StateChanged) -> str:
    """What to say where a worker failed in a way that nobody expected; "" where it did not."""
    if event.state is not WorkerState.ERROR or event.worker.error is None:
        return ""
    return error_words(event.worker.error)
