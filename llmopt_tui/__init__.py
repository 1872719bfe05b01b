"""llmopt-tui: the best local model for a task, and the prompt that makes it so.

The program is `llmopt-tui`. As a library, this package has what a notebook needs: `make_case` makes
a `Case` of a prompt, criteria and examples, `optimize` finds a better prompt for a model,
`evaluate` scores one; and what these return. Everything is imported when it is first used, so
importing the package costs nothing and touches neither network nor files.
"""

from typing import TYPE_CHECKING

from llmopt_tui.core.version import __version__

if TYPE_CHECKING:
    from llmopt_tui.app.library import evaluate, load_case, optimize
    from llmopt_tui.app.library_results import Evaluation, Optimization, SessionFailed
    from llmopt_tui.app.wrong_request import WrongRequest
    from llmopt_tui.config.settings import Endpoint
    from llmopt_tui.core.analysis.findings import Gain
    from llmopt_tui.core.case import Case, Example, OutputSpec
    from llmopt_tui.core.case_making import make_case
    from llmopt_tui.core.events import Event
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.ports import ModelError
    from llmopt_tui.core.prompt import Prompt
    from llmopt_tui.core.run import Run
    from llmopt_tui.core.scoring import Criterion, CriterionScore, Verdict, criterion
    from llmopt_tui.core.variant import Demonstration

__all__ = [
    "Case",
    "Criterion",
    "CriterionScore",
    "Demonstration",
    "Endpoint",
    "Evaluation",
    "Event",
    "Example",
    "Gain",
    "ModelError",
    "Optimization",
    "OutputSpec",
    "Prompt",
    "Run",
    "SessionFailed",
    "SessionRecord",
    "Verdict",
    "WrongRequest",
    "__version__",
    "criterion",
    "evaluate",
    "load_case",
    "make_case",
    "optimize",
]

_HOMES = {
    "Case": "core.case",
    "Criterion": "core.scoring",
    "CriterionScore": "core.scoring",
    "Demonstration": "core.variant",
    "Endpoint": "config.settings",
    "Evaluation": "app.library_results",
    "Event": "core.events",
    "Example": "core.case",
    "Gain": "core.analysis.findings",
    "ModelError": "core.ports",
    "Optimization": "app.library_results",
    "OutputSpec": "core.case",
    "Prompt": "core.prompt",
    "Run": "core.run",
    "SessionFailed": "app.library_results",
    "SessionRecord": "core.loop.record",
    "Verdict": "core.scoring",
    "WrongRequest": "app.wrong_request",
    "criterion": "core.scoring",
    "evaluate": "app.library",
    "load_case": "app.library",
    "make_case": "core.case_making",
    "optimize": "app.library",
}


def __getattr__(name: str) -> object:
    """The name from the module that has it, which is imported now."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Every public name, imported yet or not."""
    return sorted({*globals(), *__all__})
