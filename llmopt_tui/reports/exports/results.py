"""What a program wants to know of a session beyond session_data.json: the prompt, how it was asked,
and how each example did before and after.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.ports import Message
from llmopt_tui.core.run import Run
from llmopt_tui.reports.exports.winner import Winner, winner_of


def results(record: SessionRecord) -> dict[str, Any]:
    """`prompt`, `request`, `scores` and `examples`; the first two are null before a score is there.

    `examples` holds, for each example of the case, its inputs and what was expected, and the runs
    of the original prompt and of the best one.
    """
    winner = winner_of(record)
    original = record.scored[0] if record.scored else None
    examples = winner.examples if winner else ()
    return {
        "prompt": _prompt(winner) if winner else None,
        "original_prompt": original.prompt if original else None,
        "request": _request(winner) if winner else None,
        "scores": {
            "train": {"original": record.baseline_score, "best": record.best_score},
            "validation": {
                "original": _held_out(original),
                "best": winner.validation_score if winner else None,
            },
        },
        "criteria": list(winner.criteria) if winner else [],
        "examples": [
            {
                **example.model_dump(exclude_unset=True),
                "original": _runs(original, example.id),
                "best": _runs(record.best, example.id),
            }
            for example in examples
        ],
    }


def _prompt(winner: Winner) -> dict[str, Any]:
    prompt = winner.prompt
    return {
        "name": prompt.name,
        "description": prompt.description,
        "system": prompt.system,
        "text": prompt.text,
        "instructions": prompt.instructions,
        "demonstrations": [asdict(shown) for shown in prompt.demonstrations],
        "constrain": prompt.constrain,
        "placeholders": list(prompt.placeholders),
        "iteration": winner.iteration,
    }


def _request(winner: Winner) -> dict[str, Any]:
    """What is sent; the placeholders in the messages are where the inputs go."""
    chat = winner.chat
    return {
        "model": winner.model.name,
        "messages": [
            *([Message("system", chat.system)] if chat.system else []),
            *chat.shown,
            Message("user", chat.asked),
        ],
        "digest": winner.model.digest,
        "options": dict(winner.options),
        "format": winner.format,
        "think": winner.think,
    }


def _held_out(iteration: IterationRecord | None) -> float | None:
    runs = iteration.validation_runs if iteration else []
    return sum(run.score for run in runs) / len(runs) if runs else None


def _runs(iteration: IterationRecord | None, example: str) -> list[Run]:
    return [run for run in iteration.runs if run.example_id == example] if iteration else []
