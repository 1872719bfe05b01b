"""Two sessions compared: figures, best prompts, and example by example what was answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from llmopt_tui.core.case import Split
from llmopt_tui.core.endings import ENDINGS
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.run import Run
from llmopt_tui.reports.setting_names import setting_name

if TYPE_CHECKING:
    from llmopt_tui.state.documents.case import RecordedCase

_EVEN = 0.005
"""Scores that are closer than this read the same."""
_UNKNOWN = "–"
_MOST_NAMED = 5
_TELLING = ("repeats", "think", "target", "max_iterations", "mode")
"""Settings of the loop that may explain a difference."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of both sessions, and how much higher the second's is; "" where unknown."""

    name: str
    first: str
    second: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class ExampleRow:
    """An example as the best prompt of either session had it answered.

    `comparable` is whether both were asked the same, and scored alike; `note` says why not.
    """

    example_id: str
    split: Split
    first: tuple[Run, ...]
    second: tuple[Run, ...]
    comparable: bool
    note: str = ""

    @property
    def scores(self) -> tuple[float | None, float | None]:
        """The mean score of either side's answers."""
        return _mean(self.first), _mean(self.second)

    @property
    def difference(self) -> float | None:
        """How much better the second is; None where that cannot be said."""
        first, second = self.scores
        if first is None or second is None or not self.comparable:
            return None
        return second - first


@dataclass(frozen=True, slots=True)
class Comparison:
    """`notes` say what keeps the two from being compared, or what else differs between them."""

    notes: tuple[str, ...]
    figures: tuple[Figure, ...]
    examples: tuple[ExampleRow, ...]
    prompts: tuple[str, str]

    @property
    def verdict(self) -> str:
        """How the second did on what both were asked, in a sentence."""
        gaps = [row.difference for row in self.examples if row.split == "train"]
        known = [gap for gap in gaps if gap is not None]
        if not known:
            return "There is no example on which both can be compared."
        better = sum(gap >= _EVEN for gap in known)
        worse = sum(gap <= -_EVEN for gap in known)
        count = f"{len(known)} example{'s' * (len(known) != 1)}"
        return (
            f"On {count} that both were tuned on, B is better on {better}, worse on {worse}, "
            f"even on {len(known) - better - worse}; "
            f"{_signed(fmean(known), '.2f')} on average."
        )


def compare(first: SessionRecord, second: SessionRecord) -> Comparison:
    """Compare two sessions in any state. Examples are matched by their ids."""
    rows = tuple(_rows(first, second))
    return Comparison(
        notes=tuple(_notes(first, second, rows)),
        figures=tuple(_figures(first, second, rows)),
        examples=rows,
        prompts=(_prompt(first), _prompt(second)),
    )


def _rows(first: SessionRecord, second: SessionRecord) -> Iterator[ExampleRow]:
    """In the order in which the first session has them, then what only the second has."""
    measured = _measured(first) == _measured(second)
    asked = _examples(first), _examples(second)
    answers = _answers(first.best), _answers(second.best)
    for name in dict.fromkeys([*asked[0], *answers[0], *asked[1], *answers[1]]):
        a, b = (tuple(side.get(name, ())) for side in answers)
        if not a and not b:
            continue
        note = ""
        if a and b:
            if asked[0].get(name) != asked[1].get(name):
                note = "another example under the same id"
            elif not measured:
                note = "measured otherwise"
        yield ExampleRow(name, (a or b)[0].split, a, b, bool(a and b) and not note, note)


def _notes(
    first: SessionRecord, second: SessionRecord, rows: tuple[ExampleRow, ...]
) -> Iterator[str]:
    ids = _case(first).id, _case(second).id
    other = [row.example_id for row in rows if row.note.startswith("another")]
    if ids[0] != ids[1]:
        yield f"Different cases: {ids[0]} and {ids[1]}. Their scores measure different things."
    elif _measured(first) != _measured(second):
        yield "The case has other criteria in B than in A: the scores measure different things."
    if other:
        more = f" and {len(other) - _MOST_NAMED} more" * (len(other) > _MOST_NAMED)
        yield f"The same id, but another example: {', '.join(other[:_MOST_NAMED])}{more}."
    for letter, record in (("A", first), ("B", second)):
        if record.best is None:
            yield f"{letter} has no finished iteration."
        elif record.finished is None:
            yield f"{letter} is not finished: what it has so far is shown."
    if changed := ", ".join(_settings(first, second)):
        yield f"Settings differ (A, B): {changed}."


def _settings(first: SessionRecord, second: SessionRecord) -> Iterator[str]:
    """What else than the model may explain a difference."""
    if first.started is None or second.started is None:
        return
    ours, theirs = first.started.settings, second.started.settings
    pairs = {name: (getattr(ours, name), getattr(theirs, name)) for name in _TELLING}
    for name in dict.fromkeys([*ours.options, *theirs.options]):
        pairs[name] = ours.options.get(name, "unset"), theirs.options.get(name, "unset")
    for name, (a, b) in pairs.items():
        if a != b:
            yield f"{setting_name(name)} {a}, {b}"


def _figures(
    first: SessionRecord, second: SessionRecord, rows: tuple[ExampleRow, ...]
) -> Iterator[Figure]:
    sides = (first, second)
    started = [record.started for record in sides]
    best = [record.best for record in sides]
    tuned, held_out = (_all_comparable(rows, split) for split in ("train", "validation"))
    yield Figure("interviewer", *(s.interviewer_model if s else _UNKNOWN for s in started))
    yield Figure("ended", *(_ended(record) for record in sides))
    yield _figure("original", [r.baseline_score for r in sides], ".2f", change=tuned)
    yield _figure("best", [r.best_score for r in sides], ".2f", change=tuned)
    yield _figure("gain", [r.improvement for r in sides], "+.2f", change=tuned)
    unseen = [_mean(tuple(b.validation_runs)) if b else None for b in best]
    if unseen != [None, None]:
        yield _figure("held out", unseen, ".2f", change=held_out)
    yield _figure("best is no.", [b.n if b else None for b in best], ".0f", change=False)
    yield _figure("iterations", [len(r.iterations) for r in sides], ".0f")
    yield _figure("answers", [r.totals.calls for r in sides], ".0f")
    yield _figure("seconds", [r.totals.seconds for r in sides], ".1f")
    yield _figure("s/answer", [_pace(b) for b in best], ".1f")
    yield _figure("tokens/s", [b.tokens_per_second if b else None for b in best], ".0f")


def _figure(name: str, values: Sequence[float | None], form: str, *, change: bool = True) -> Figure:
    first, second = values
    moved = ""
    if first is not None and second is not None and change:
        moved = _signed(second - first, form)
    a, b = (_UNKNOWN if value is None else format(value, form) for value in values)
    return Figure(name, a, b, moved)


def _signed(value: float, form: str) -> str:
    """With its sign, and nothing with a plus."""
    text = format(value, f"+{form.removeprefix('+')}")
    return text if float(text) else f"+{text[1:]}"


def _all_comparable(rows: tuple[ExampleRow, ...], split: str) -> bool:
    """Whether means over the examples of a split compare the same with the same."""
    return all(row.comparable for row in rows if row.split == split)


def _ended(record: SessionRecord) -> str:
    return ENDINGS[record.finished.stop_reason].phrase if record.finished else "not yet"


def _pace(iteration: IterationRecord | None) -> float | None:
    runs = iteration.runs if iteration else []
    return fmean(run.processing_time for run in runs) if runs else None


def _prompt(record: SessionRecord) -> str:
    return record.best.prompt if record.best else ""


def _answers(iteration: IterationRecord | None) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {}
    for run in iteration.runs if iteration else []:
        found.setdefault(run.example_id, []).append(run)
    return found


def _mean(runs: tuple[Run, ...]) -> float | None:
    return fmean(run.score for run in runs) if runs else None


def _case(record: SessionRecord) -> RecordedCase:
    from llmopt_tui.state.documents.case import RecordedCase

    return RecordedCase.read(record.started.case if record.started else None)


def _measured(record: SessionRecord) -> tuple[Any, ...]:
    """What the scores of a session measure, but for the examples."""
    case = _case(record)
    return case.id, case.criteria, case.output


def _examples(record: SessionRecord) -> dict[str, Any]:
    """What was asked in each example and what was expected, by id."""
    return {example.id: (example.inputs, example.expected) for example in _case(record).examples}
