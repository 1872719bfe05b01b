"""Brief: what an interviewer is told about a session. It never holds held-out examples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from llmopt_tui.core.case import Case, Example
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.prompt import Prompt, variant_sha256
from llmopt_tui.core.run import Run
from llmopt_tui.core.scoring import modes
from llmopt_tui.core.suggestion import Suggestion
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.core.variant import Variant

CALL = "call"
BROKE_OFF = "broke off"
PERSON = "person"
_NOTE_CHARS = 400


@dataclass(frozen=True, slots=True)
class Failure:
    """One way in which outputs failed.

    `kind` is the criterion's, `CALL`, or `PERSON` for marks by hand; `lost` is what it costs the
    iteration's score, in [0, 1]; `runs` are the runs in which it happened, worst first; `feedback`
    has one sentence per run.
    """

    kind: str
    mode: str
    lost: float
    runs: tuple[Run, ...]
    feedback: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A prompt that was tried, or an idea that was refused."""

    prompt: str
    score: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """The prompt to improve, its results, and what was tried before.

    `case` and `examples` hold train examples only. `failures` are ranked by the score they cost;
    `solved` is the best run, which shows what a new prompt must not break. `prompt` has the text
    of `variant`, which is to be improved (None: only the prompt is sent). `tried` are the texts and
    `tried_variants` the digests of what was tried; `helped` are suggestions that did better than
    their parent and did not win, `lost` the names of single changes that did no better in a race;
    `demonstrated` says whether demonstrations were tried.
    `own_answers` are the model's answers with a full score by example id. `seed` decides what is
    drawn. `earlier` are variants that won in earlier sessions. `ideas` is how many suggestions the
    round may have; `rewrites` says whether the interviewer is asked for whole texts, which small
    models do not manage. `attempt` is how often the same was asked before.
    """

    case: Case
    prompt: Prompt
    score: float
    target: float
    examples: Mapping[str, Example]
    failures: tuple[Failure, ...]
    solved: Run | None
    attempts: tuple[Attempt, ...]
    tried: frozenset[str]
    variant: Variant | None = None
    tried_variants: frozenset[str] = frozenset()
    helped: tuple[Suggestion, ...] = ()
    lost: frozenset[str] = frozenset()
    demonstrated: bool = False
    own_answers: Mapping[str, str] = field(default_factory=dict)
    seed: str = ""
    earlier: tuple[Variant, ...] = ()
    ideas: int = 1
    rewrites: bool = True
    attempt: int = 0

    @property
    def parent(self) -> Variant:
        """The variant to improve, whole."""
        return self.variant or self.prompt.variant


def rank_failures(runs: Sequence[Run]) -> tuple[Failure, ...]:
    """The failures of these runs, grouped by criterion and mode, the costliest first."""
    lost: dict[tuple[str, str], float] = defaultdict(float)
    hits: dict[tuple[str, str], list[tuple[float, Run, str]]] = defaultdict(list)
    for run in runs:
        for key, cost, feedback in _shortfalls(run):
            lost[key] += cost / len(runs)
            hits[key].append((cost, run, feedback))
    failures = []
    for (kind, mode), cost in lost.items():
        worst_first = sorted(hits[kind, mode], key=lambda hit: -hit[0])
        failures.append(
            Failure(
                kind,
                mode,
                cost,
                tuple(run for _, run, _ in worst_first),
                tuple(feedback for _, _, feedback in worst_first),
            )
        )
    return tuple(sorted(failures, key=lambda failure: -failure.lost))


def _shortfalls(run: Run) -> Iterator[tuple[tuple[str, str], float, str]]:
    """Each failure of a run: its kind and mode, what it cost the run's score, and its feedback."""
    if run.mark is not None:
        # What the person says of the answer counts, not what the criteria said.
        if run.mark.score < 1:
            said = f"a person gave it {run.mark.score:.2f}"
            if note := one_line(run.mark.note, _NOTE_CHARS):
                said += f": {note}"
            yield (PERSON, modes.MARKED_DOWN), 1 - run.mark.score, said
        return
    if not run.success:
        yield (CALL, BROKE_OFF), 1.0, run.error_message
    total = sum(criterion.weight for criterion in run.criteria)
    for criterion in run.criteria:
        if criterion.score < 1:
            share = criterion.weight / total if total else 1 / len(run.criteria)
            ruined = criterion.required and criterion.score == 0
            cost = 1.0 if ruined else share * (1 - criterion.score)
            yield (criterion.kind, criterion.mode), cost, criterion.feedback


def make_brief(
    record: SessionRecord,
    case: Case,
    parent: IterationRecord,
    target: float,
    *,
    ideas: int = 1,
    interview: int = 1,
) -> Brief:
    """The brief for improving `parent`, the best variant so far, in a numbered interview."""
    runs = parent.train_runs
    train = case.split("train")
    best_run = max(runs, key=lambda run: run.score, default=None)
    tried = record.tried()
    return Brief(
        case=replace(case, examples=train),
        prompt=case.prompt.with_text(parent.prompt),
        score=parent.score or 0.0,
        target=target,
        examples={example.id: example for example in train},
        failures=rank_failures(runs),
        solved=best_run if best_run and best_run.score >= target else None,
        attempts=_attempts(record, parent),
        tried=frozenset(variant.text for variant in tried),
        variant=parent.variant,
        tried_variants=frozenset(map(variant_sha256, tried)),
        helped=tuple(
            p.kept(record.parent_of(i))
            for i in record.interviews
            for p in i.proposals
            if p.runs and p.outcome == "beaten"
        ),
        lost=frozenset(
            p.suggestion.changes[0].name
            for p in record.trials
            if p.outcome == "dropped" and len(p.suggestion.changes) == 1
        ),
        demonstrated=any(variant.demonstrations for variant in tried),
        own_answers=_full_answers(record, target),
        seed=f"{record.draws}/{interview}",
        earlier=record.started.earlier if record.started else (),
        ideas=ideas,
        rewrites=_rewrites(record),
        attempt=_attempt(record, parent, interview),
    )


def _attempt(record: SessionRecord, parent: IterationRecord, interview: int) -> int:
    """How often an interview about the same variant was made before, at the person's wish."""
    last = record.iterations[-1].n if record.iterations else parent.n
    before = [i for i in record.interviews if i.n < interview and i.iteration == last]
    now = record.interview(interview)
    return sum(i.next == "again" for i in before) + (now.attempt if now else 0)


def _rewrites(record: SessionRecord) -> bool:
    """Whether the interviewer manages whole texts: it has the first try, then has to have done."""
    ended = [interview for interview in record.interviews if interview.finished_at]
    changes = (c for i in ended for p in i.proposals for c in p.suggestion.changes)
    return not ended or any(c.edit == "replace text" for c in changes)


def _full_answers(record: SessionRecord, target: float) -> dict[str, str]:
    """The best answer to each train example, where its score reaches the target; oldest first."""
    best: dict[str, Run] = {}
    for run in record.runs:
        known = best.get(run.example_id)
        least = max(target, known.score + 1e-9) if known else target
        if run.split == "train" and run.score >= least:
            best[run.example_id] = run
    return {example: run.output for example, run in best.items()}


def _attempts(record: SessionRecord, parent: IterationRecord) -> tuple[Attempt, ...]:
    tested = [Attempt(i.prompt, i.score) for i in record.scored if i is not parent]
    raced = [Attempt(p.suggestion.prompt, None, p.reason) for p in record.trials if p.outcome]
    refused = [
        Attempt(p.suggestion.prompt, None, p.decision.note)
        for i in record.interviews
        for p in i.proposals
        if p.decision and p.decision.action == "rejected"
    ]
    return tuple(tested + raced + refused)
