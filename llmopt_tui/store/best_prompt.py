"""best_prompt.toml: the best variant of a session as a prompt file, ready to take its place."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import Any

from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.variant import Variant

SCHEMA_VERSION = 1


def best_prompt(record: SessionRecord) -> dict[str, Any] | None:
    """The document; None before anything is scored.

    It keeps the original prompt's name, so that it can take that file's place. A validation score
    that was not measured is left out: TOML has no null.
    """
    started, best = record.started, record.best
    if started is None or best is None:
        return None
    from llmopt_tui.state.documents.case import RecordedPrompt

    prompt = RecordedPrompt.read(started.prompt)
    provenance = {
        "session_id": started.session_id,
        "case": started.case_id,
        "model": started.model.name,
        "digest": started.model.digest,
        "iteration": best.n,
        "train_score": best.score,
        "validation_score": validation_score(best),
        "date": (best.finished_at or best.started_at).isoformat(),
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "name": prompt.name,
        "description": prompt.description,
        "system": best.variant.system,
        "text": best.variant.text,
        **_more(best.variant, [part for part in prompt.locked if part in best.variant.text]),
        "provenance": {key: value for key, value in provenance.items() if value is not None},
    }


def validation_score(iteration: IterationRecord) -> float | None:
    """The mean score on held-out examples; None where it was not measured."""
    scores = [run.score for run in iteration.validation_runs]
    return fmean(scores) if scores and iteration.score is not None else None


def _more(variant: Variant, locked: list[str]) -> Mapping[str, Any]:
    """The keys beyond text and system message, as far as they differ from their defaults.

    Spare demonstrations are left out: they are needed only while train examples are scored.
    """
    demonstrations = [
        {
            **({"example_id": shown.example_id} if shown.example_id else {}),
            "inputs": dict(shown.inputs),
            "answer": shown.answer,
        }
        for shown in variant.demonstrations
    ]
    return {
        **({"locked": locked} if locked else {}),
        **({"constrain": variant.constrain} if variant.constrain else {}),
        **({"instructions": variant.instructions} if variant.instructions != "once" else {}),
        **({"demonstrations": demonstrations} if demonstrations else {}),
    }
