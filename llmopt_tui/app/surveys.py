"""Surveys: what endpoints answer when they are asked what they have, and what is missing there."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from llmopt_tui.app.connecting import ollama_behind
from llmopt_tui.app.wrong_request import WrongRequest
from llmopt_tui.core.ports import ModelClient, ModelError, ModelInfo
from llmopt_tui.core.text.names import near_names


@dataclass(frozen=True, slots=True)
class EndpointSurvey:
    """What an endpoint answered when it was asked what it has; `error` where it did not.

    `can_pull`: it answers, and downloads models that it does not have.
    """

    name: str
    url: str
    version: str = ""
    models: tuple[ModelInfo, ...] = ()
    error: ModelError | None = None
    can_pull: bool = False


async def surveyed(name: str, url: str, client: ModelClient) -> EndpointSurvey:
    """Ask an endpoint what it has. One that does not answer is reported, not raised."""
    try:
        models = tuple(await client.models())
        version = await client.version()
    except ModelError as error:
        return EndpointSurvey(name, url, error=error)
    can_pull = ollama_behind(client) is not None
    return EndpointSurvey(name, url, version, models, can_pull=can_pull)


def missing(model: str, surveys: Sequence[EndpointSurvey]) -> Exception:
    """What to raise where no endpoint has a model, with a hint at what there is.

    A server's `ModelError` where none answers, one that people can mend first.
    """
    errors = [survey.error for survey in surveys if survey.error]
    if errors and len(errors) == len(surveys):
        # A wrong key or address can be mended for sure; who is silent may not be meant at all.
        return min(errors, key=lambda error: error.blame != "request")
    known = [info.name for survey in surveys for info in survey.models]
    if near := near_names(model, known):
        hint = f"did you mean {', '.join(near)}?"
    else:
        hints = [f"there is: {', '.join(known)}"] if known else []
        if any(survey.can_pull for survey in surveys):
            hints.append(f"pull it: llmopt-tui pull {shlex.quote(model)}")
        hint = "; or ".join(hints) or "there is none"
    for survey in surveys:
        if survey.error is not None:
            hint += f"; {survey.name} cannot be asked: {survey.error}"
    return WrongRequest(f"no endpoint has the model {model!r}; {hint}")
