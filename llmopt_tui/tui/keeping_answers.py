"""Keeping answers of Try: as the ideal answer of an example, or as a new example of a case."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from llmopt_tui.core.text.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmopt_tui.core.case import Case, Example
    from llmopt_tui.state.trying import Tried
    from llmopt_tui.tui.app import LlmoptApp


async def keep_answer(app: LlmoptApp, tried: Tried) -> str:
    """Keep an answer with its example; one to a text of the person's own becomes a new example.

    Returns why that cannot be done, in words; "" where it was done, or the person left it.
    """
    if not tried.reply.text.strip():
        return "The answer is empty."
    cases = (await asyncio.to_thread(app.workspace.load_cases)).cases
    attempt = tried.attempt
    if attempt.case is not None and attempt.example is not None:
        own = next((case for case in cases if case.id == attempt.case.id), None)
        return await _as_ideal_answer(app, own, attempt.example, tried.reply.text)
    fitting = [case for case in cases if _takes(case, attempt.inputs)]
    if not fitting:
        names = ", ".join(attempt.inputs) or "no placeholder"
        return f"No case has examples with these inputs: {one_line(names, 80)}."
    return await _as_new_example(app, fitting, tried)


async def _as_ideal_answer(app: LlmoptApp, case: Case | None, asked: Example, text: str) -> str:
    name = one_line(asked.id, 40)
    example = next((e for e in case.examples if e.id == asked.id), None) if case else None
    if case is None or example is None:
        return f"The example {name} is no longer in its case."
    if dict(example.inputs) != dict(asked.inputs):
        return f"The inputs of {name} are others by now, so the answer would not fit."
    if problem := await app.desk.set_answer(case, asked.id, text):
        return problem
    app.say(f"The answer is the ideal one of {name} now. Undo it under Cases.")
    return ""


async def _as_new_example(app: LlmoptApp, cases: list[Case], tried: Tried) -> str:
    """Let the person read the new example, correct it and save it."""
    from llmopt_tui.tui.screens.dialogs import Choose
    from llmopt_tui.tui.screens.example_form import ExampleForm

    case = cases[0]
    if len(cases) > 1:
        offers = [(each.id, one_line(each.title or each.id, 60)) for each in cases]
        chosen = await app.push_screen_wait(Choose("A new example of which case?", offers))
        if chosen is None:
            return ""
        case = next(each for each in cases if each.id == chosen)

    async def save(example: Example) -> str:
        words = f"added {one_line(example.id, 40)} to {one_line(case.id, 40)}"
        problem = await app.desk.change(words, case, lambda text: text.added(example))
        if not problem:
            app.say(f"{words[0].upper()}{words[1:]}. Undo it under Cases.")
        return problem

    new = example_of(case, tried.attempt.inputs, tried.reply.text)
    title = f"A new example of {one_line(case.id, 40)}"
    await app.push_screen_wait(ExampleForm(case, new, save, title=title, new=True))
    return ""


def example_of(case: Case, inputs: Mapping[str, str], answer: str) -> Example:
    """A train example of the case with these inputs, for which the answer is taken as right.

    The answer is what is expected where that is one text; else it is the ideal answer.
    """
    from llmopt_tui.app.case_editing.case_text import free_id
    from llmopt_tui.core.case import Example as NewExample

    name = free_id("own-1", {example.id for example in case.examples})
    kinds = {(key, type(value)) for e in case.examples for key, value in e.expected.items()}
    if len(kinds) == 1 and (one := next(iter(kinds)))[1] is str:
        return NewExample(name, dict(inputs), expected={one[0]: answer.strip()})
    return NewExample(name, dict(inputs), answer=answer)


def _takes(case: Case, inputs: Mapping[str, str]) -> bool:
    return bool(case.examples) and set(case.examples[0].inputs) == set(inputs)
