"""Earlier sessions as a source: the variants that won on the same case before."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from llmopt_tui.core.case import Case
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.prompt import placeholders_in
from llmopt_tui.core.variant import Variant
from llmopt_tui.store.index import SessionIndex
from llmopt_tui.store.sessions import SessionSummary, load_session

MOST = 2
_READ = 6
"""How many sessions are read at most in search of them."""


def earlier_winners(
    results: Path, case: Case, model: str, suite_id: str = ""
) -> tuple[Variant, ...]:
    """The best variants of earlier sessions on this case, those of this model first.

    Sessions of the suite `suite_id` are left out: which of them has ended depends on when the
    suite was interrupted, and what a session is given may not. Only such as did better than their
    original, on held-out examples where there were any, and as show no example that is held out
    now. Reads files; raises nothing.
    """
    found: list[Variant] = []
    with contextlib.suppress(OSError, ValueError):
        for variant in _winners(results, case, model, suite_id):
            if variant not in found:
                found.append(variant)
            if len(found) == MOST:
                break
    return tuple(found)


def _winners(results: Path, case: Case, model: str, suite_id: str) -> Iterator[Variant]:
    for summary in _promising(results, case, model, suite_id)[:_READ]:
        record = load_session(summary.folder).record
        if record.best and _did_better(record) and _fits(record.best.variant, case):
            yield record.best.variant


def _promising(results: Path, case: Case, model: str, suite_id: str) -> list[SessionSummary]:
    with contextlib.closing(SessionIndex(results)) as index:
        index.look()
        listed = index.listing()
    gained = [
        s
        for s in listed
        if s.kind == "session"
        and s.case_id == case.id
        and not (suite_id and s.suite_id == suite_id)
        and s.status == "completed"
        and (s.gain or 0) > 0
    ]
    return sorted(gained, key=lambda s: (s.model != model, -(s.after or 0.0)))


def _did_better(record: SessionRecord) -> bool:
    from llmopt_tui.core.analysis.measure import measured_on, scores

    best, original = record.best, record.iterations[0]
    if best is None or best is original:
        return False
    if measured_on(record) != "validation":
        return True
    before, after = scores(original, "validation"), scores(best, "validation")
    return sum(after.values()) > sum(before[example] for example in after if example in before)


def _fits(variant: Variant, case: Case) -> bool:
    """Whether a variant asks with this case's placeholders and shows none of its held-out ones."""
    prompt = case.prompt
    wanted = placeholders_in(prompt.system) + placeholders_in(prompt.text)
    held_out = case.split("validation")
    hidden = {e.id for e in held_out} | {str(dict(e.inputs)) for e in held_out}
    return placeholders_in(variant.system) + placeholders_in(variant.text) == wanted and not any(
        d.example_id in hidden or str(dict(d.inputs)) in hidden for d in variant.demonstrations
    )
