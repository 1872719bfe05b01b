"""A record without its texts: what a suite needs of a session that has ended.

A suite of a thousand sessions asks a hundred thousand questions. With their prompts and answers in
memory it would grow by a gigabyte; its ranking needs scores, times and the variants alone. The
whole record is in the session's folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from sys import intern

from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.round import InterviewRecord, ProposalRecord
from llmopt_tui.core.ports import Reply
from llmopt_tui.core.run import Run


def abridged(record: SessionRecord) -> SessionRecord:
    """A copy of a record that has ended, without prompts as sent, answers, criticism and talk.

    Every score, time and count is the same; of thoughts it says only whether there were any. Its
    `started` has of the case the id and the hash, and nothing of the prompt.
    """
    known: dict[int, Run] = {}  # a run that won a race is in the iteration, too
    started = record.started
    if started is not None:
        case = {key: started.case[key] for key in ("id", "title", "sha256") if key in started.case}
        started = replace(started, case=case, prompt={}, earlier=())
    return replace(
        record,
        started=started,
        iterations=[_iteration(iteration, known) for iteration in record.iterations],
        interviews=[_interview(interview, known) for interview in record.interviews],
        adopted=_proposal(record.adopted, known) if record.adopted else None,
        part_runs={n: _runs(runs, known) for n, runs in record.part_runs.items()},
    )


def _iteration(iteration: IterationRecord, known: dict[int, Run]) -> IterationRecord:
    return replace(iteration, runs=_runs(iteration.runs, known))


def _interview(interview: InterviewRecord, known: dict[int, Run]) -> InterviewRecord:
    answers = [
        replace(answer, reply=Reply("", metrics=answer.reply.metrics))
        for answer in interview.answers
    ]
    return replace(
        interview,
        interview_prompt="",
        answers=answers,
        response="",
        analysis="",
        messages=[],
        problems=[],
        proposals=[_proposal(proposal, known) for proposal in interview.proposals],
        refused=[],
    )


def _proposal(proposal: ProposalRecord, known: dict[int, Run]) -> ProposalRecord:
    tries = [replace(tried, run=_run(tried.run, known)) for tried in proposal.tries]
    return replace(proposal, runs=_runs(proposal.runs, known), tries=tries)


def _runs(runs: Iterable[Run], known: dict[int, Run]) -> list[Run]:
    return [_run(run, known) for run in runs]


def _run(run: Run, known: dict[int, Run]) -> Run:
    if (found := known.get(id(run))) is None:
        found = known[id(run)] = replace(
            run,
            example_id=intern(run.example_id),
            full_prompt="",
            output="",
            thinking="…" if run.thinking else "",
            criteria=(),
        )
    return found
