"""Judges: the models that a case's criteria ask for, found and checked before anything starts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.wrong_request import WrongRequest
from llmopt_tui.core.case import Case
from llmopt_tui.core.loop.judging import JudgeModel
from llmopt_tui.core.ports import ModelInfo
from llmopt_tui.core.scoring.judge import Judge
from llmopt_tui.core.settings import PLAYBOOK


async def judges_of(
    endpoints: Endpoints, case: Case, candidate: ModelInfo, interviewer: str
) -> dict[str, JudgeModel]:
    """The judges of a case by the name that a criterion has, "" being the interviewer's model.

    Raises `WrongRequest` where one is missing or is the candidate itself, else as `find` does.
    """
    found: dict[str, JudgeModel] = {}
    for criterion in (c for c in case.criteria if isinstance(c, Judge)):
        name = criterion.model or interviewer
        if name == PLAYBOOK:
            raise WrongRequest(
                f"{case.id}: the criterion judge names no model, and the interviewer is the "
                f'{PLAYBOOK}, which cannot judge; add model = "NAME" to the criterion, or choose '
                "a model as interviewer"
            )
        try:
            client, info, _ = await endpoints.find(name, candidate.endpoint)
        except WrongRequest as error:
            raise WrongRequest(f"{case.id}, judge: {error}") from error
        same = info.name == candidate.name or bool(info.digest and info.digest == candidate.digest)
        if same and not criterion.same_model:
            raise WrongRequest(
                f"{case.id}: {info.name} would judge its own answers; name another judge with "
                'model = "NAME" in the criterion, or allow it with same_model = true'
            )
        found[criterion.model] = JudgeModel(client, info)
    return found


async def judge_faults(
    endpoints: Endpoints, models: Iterable[str], cases: Sequence[Case]
) -> list[str]:
    """Why these models cannot be judged on these cases, a sentence each. Raises `ModelError`."""
    faults: dict[str, None] = {}
    judged = [case for case in cases if any(isinstance(c, Judge) for c in case.criteria)]
    for model in models if judged else ():
        _, info, _ = await endpoints.find(model)
        for case in judged:
            try:
                await judges_of(endpoints, case, info, endpoints.interviewer)
            except WrongRequest as error:
                faults[str(error)] = None
    return list(faults)


def swapping(candidate: ModelInfo, judges: Iterable[JudgeModel]) -> str:
    """The sentence that a server may have to load models in turn; empty where it has one to load.

    It holds where a judge is on the candidate's own server and is another model.
    """
    there = [
        judge.info.name
        for judge in judges
        if judge.info.endpoint == candidate.endpoint and judge.info.name != candidate.name
    ]
    if not there:
        return ""
    return (
        f"{', '.join(dict.fromkeys(there))} judges on the server that answers: one that keeps a "
        "single model loaded loads the two in turn, for every answer"
    )
