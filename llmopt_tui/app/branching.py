"""Branching: a new session that begins with an iteration of another one.

A session that has ended is not resumed with more iterations: its held-out examples have been looked
at, and what is chosen after that could not be judged by them. To run longer is to branch from the
best iteration.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.members import Follower, KeptMember
from llmopt_tui.app.sessions import case_of
from llmopt_tui.app.suite_run import SuiteRun
from llmopt_tui.app.wrong_request import WrongRequest
from llmopt_tui.core.case import Case
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.suite import SuitePlan
from llmopt_tui.core.prompt import Provenance


@dataclass(frozen=True, slots=True)
class Branch:
    """An iteration of a session to begin with, and how many iterations to make at most."""

    record: SessionRecord
    iteration: int
    max_iterations: int


def branched_case(branch: Branch) -> Case:
    """The session's case with the iteration's variant as its prompt, which says where it is from.

    Its identity is another than that of the session's case, so that other ideas are drawn.
    Raises WrongRequest.
    """
    started = branch.record.started
    iteration = branch.record.iteration(branch.iteration)
    if started is None or iteration is None:
        raise WrongRequest(f"there is no iteration {branch.iteration} to begin with")
    case = case_of(started)
    source = Provenance(started.session_id, iteration.n)
    prompt = replace(case.prompt.with_variant(iteration.variant), provenance=source)
    prompt = replace(prompt, locked=tuple(part for part in prompt.locked if part in prompt.text))
    identity = sha256(f"{case.sha256}/{prompt.sha256}/{source}".encode()).hexdigest()
    return replace(case, prompt=prompt, sha256=identity)


def branched_run(
    endpoints: Endpoints,
    results: Path,
    branch: Branch,
    *,
    control: RunControl,
    follower: Follower,
) -> SuiteRun:
    """A run of one session that begins with an iteration of another, with that one's model.

    It is measured as that one was: its settings are the same, except who decides and for how long
    a server is waited for, which are the person's of today. Raises WrongRequest.
    """
    case, started = branched_case(branch), branch.record.started
    assert started is not None
    settings = replace(
        started.settings,
        max_iterations=branch.max_iterations,
        mode=endpoints.settings.mode,
        server_wait=endpoints.settings.server_wait,
        validate=endpoints.settings.loop().validate,
    )
    model = started.model.name
    plan = SuitePlan(
        suite_id=endpoints.new_id(),
        models=(model,),
        cases=(case,),
        baseline_model=endpoints.settings.baseline,
        interviewer_model=endpoints.interviewer,
        settings=settings,
    )
    return SuiteRun(
        endpoints,
        results,
        plan,
        [KeptMember(model, case)],
        control=control,
        follower=follower,
        started_at=endpoints.clock.now(),
    )
