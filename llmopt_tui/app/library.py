"""The library: a prompt optimized or evaluated by one call, as from a notebook.

The functions are synchronous, and work where an event loop runs already. They read no settings
file: what is not passed has the default that its parameter says, and `OLLAMA_HOST` alone is taken
from the environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from llmopt_tui.app.blocking import outcome_of
from llmopt_tui.app.library_results import Evaluation, Optimization
from llmopt_tui.app.library_sessions import Hear, evaluated, ignored, optimized
from llmopt_tui.config.settings import Endpoint, Settings
from llmopt_tui.core.case import Case, Split
from llmopt_tui.core.case_making import check_case
from llmopt_tui.core.ports import OptionValue, Think
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.settings import PLAYBOOK
from llmopt_tui.core.tables import read_record

_SERVER_WAIT_SECONDS = 600.0


def optimize(
    case: Case,
    model: str = "",
    *,
    host: str | Endpoint | None = None,
    embedded: bool = False,
    interviewer: str = PLAYBOOK,
    on_event: Hear | None = None,
    results: str | Path | None = None,
    target: float = 0.95,
    max_iterations: int = 5,
    patience: int = 2,
    repeats: int = 1,
    max_calls: int | None = None,
    proposals: int = 3,
    demonstrations: int = 5,
    options: Mapping[str, OptionValue] | None = None,
    think: Think = "auto",
    server_wait: float | None = _SERVER_WAIT_SECONDS,
) -> Optimization:
    """Find a better prompt for a task and a model, and say how sure it is that it is better.

    Each iteration tests a prompt on the case's train examples. Several ideas for a better one are
    raced, the interviewer's among them, and the winner is the next iteration. At the end, the
    original and the best prompt are tested on the validation examples, which no idea has seen.

    - `model`: its name on the server. May be left out with `embedded`.
    - `host`: the address of an Ollama server, or an `Endpoint` for one of another kind. None: the
      environment's OLLAMA_HOST, else the server on this machine.
    - `embedded`: use the small model that runs in this program. Its file is fetched the first time.
    - `interviewer`: who suggests prompts: the name of a model on the same server, or "playbook",
      the built-in catalogue of proven edits. The playbook is the default because it needs no
      second model.
    - `on_event`: is called with every fact of the session as it happens, in the caller's thread.
      What it raises ends the session and is raised here.
    - `results`: a folder to keep the session in, as the program does: `llmopt-tui show` reads it,
      and what broke off can be resumed. None: nothing is written.
    - `target`: the score at which to stop, 0 to 1. `max_iterations`: prompts tested at most.
      `patience`: rounds in a row that may bring no gain. `repeats`: runs of each example.
    - `max_calls`: calls to all models at most, the held-out ones included; None: what the
      iterations need. `proposals`: ideas that are raced in a round. `demonstrations`: train
      examples that a prompt may show as earlier turns of the chat.
    - `options`: of every call, in Ollama's names, as `{"temperature": 0.2}`; over the defaults,
      which have temperature 0. `think`: "on" or "off" for models that can do both.
    - `server_wait`: seconds that a server is waited for that goes away in between; None: as
      long as it takes.

    Raises ValueError where an argument makes no sense, `WrongRequest` where nothing answers to a
    name, `ModelError` where no server answers, `SessionFailed` where the session cannot come to its
    end, OSError where the results folder cannot be written. Ctrl+C ends the session; one that is
    kept can be resumed then.
    """
    check_case(case)
    settings = _settings(
        model,
        host,
        embedded,
        interviewer=interviewer,
        target=target,
        max_iterations=max_iterations,
        patience=patience,
        repeats=repeats,
        max_calls=max_calls,
        proposals=proposals,
        demonstrations=demonstrations,
        options=dict(options or {}),
        think=think,
        server_wait=server_wait,
    )
    folder = None if results is None else Path(results).expanduser()
    work = partial(optimized, settings, embedded, case, model, folder)
    return outcome_of(work, on_event or ignored)


def evaluate(
    case: Case,
    model: str = "",
    prompt: str | Prompt | None = None,
    *,
    host: str | Endpoint | None = None,
    embedded: bool = False,
    split: Split | None = None,
    on_event: Hear | None = None,
    repeats: int = 1,
    options: Mapping[str, OptionValue] | None = None,
    think: Think = "auto",
    server_wait: float | None = _SERVER_WAIT_SECONDS,
) -> Evaluation:
    """Score one prompt, the case's own where none is given, on the examples of a case.

    `prompt` as text keeps the case's system message. `split` is "train" or "validation"; None takes
    all examples. The other arguments, and what is raised, are as in `optimize`. Nothing is kept.
    """
    if isinstance(prompt, str):
        prompt = case.prompt.with_text(prompt)
    case = replace(case, prompt=prompt or case.prompt)
    check_case(case)
    if split not in (None, "train", "validation"):
        raise ValueError(f'split must be "train", "validation" or None, not {split!r}')
    examples = case.examples if split is None else case.split(split)
    if not examples:
        raise ValueError(f"the case has no {split} examples")
    settings = _settings(
        model,
        host,
        embedded,
        interviewer=PLAYBOOK,
        max_iterations=1,
        repeats=repeats,
        options=dict(options or {}),
        think=think,
        server_wait=server_wait,
    )
    work = partial(evaluated, settings, embedded, replace(case, examples=tuple(examples)), model)
    return outcome_of(work, on_event or ignored)


def load_case(file: str | Path) -> Case:
    """The case in a file of a workspace's cases/ folder, with its prompt from prompts/ beside it.

    Raises ValueError where it cannot be used, with a sentence for each mistake.
    """
    from llmopt_tui.app.workspace import Workspace

    path = Path(file).expanduser().absolute()
    workspace = Workspace(path.parent.parent)
    if path.parent != workspace.cases or not path.is_file():
        raise ValueError(f"{path} is no file in the cases/ folder of a workspace")
    loaded = workspace.load_cases()
    if problems := [str(problem) for problem in loaded.problems if problem.case == path.stem]:
        raise ValueError("\n".join(problems))
    return next(case for case in loaded.cases if case.id == path.stem)


def _settings(model: str, host: str | Endpoint | None, embedded: bool, **values: Any) -> Settings:
    """The settings of a call. Raises ValueError with a sentence for each value out of range."""
    if not (model or embedded):
        raise ValueError("the name of a model is missing")
    if embedded and host is not None:
        raise ValueError("host and embedded exclude each other")
    settings, faults = read_record(Settings, {"mode": "auto", **values})
    if settings is not None:
        if isinstance(host, Endpoint):
            settings = replace(settings, endpoints=(host,))
        else:
            address = os.environ.get("OLLAMA_HOST", "") if host is None else host
            settings = replace(settings, host=address)
        faults = settings.faults()
    if settings is None or faults:
        raise ValueError("\n".join(f"{fault.where} {fault.message}" for fault in faults))
    return settings
