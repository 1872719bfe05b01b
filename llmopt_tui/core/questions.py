"""What a model is told when it is the interviewer: the words, and how a brief is put into them."""

from __future__ import annotations

from llmopt_tui.core.brief import Brief, Failure
from llmopt_tui.core.events import Run
from llmopt_tui.core.prompt import placeholders_in

SHOWN_FAILURES = 3
SHOWN_RUNS = 2
SHOWN_TEXT = 700
"""Characters of an input or output that are quoted: interviewers are small models too."""

ANALYST = (
    "You improve prompts for language models. You are exact and brief, you never talk about "
    "yourself, and you write rules that hold for every input, not for one."
)


def interview_question(brief: Brief) -> str:
    """Ask why outputs fell short. The fixed part comes first, so that a server can reuse it."""
    parts = [
        _task(brief),
        f"The prompt scores {brief.score:.2f} of 1.00; {brief.target:.2f} is wanted.",
        _failures(brief),
        _solved(brief),
        _attempts(brief),
        "In at most five sentences: which wording of the prompt, or which missing rule, lets these "
        "mistakes happen? Start with the costliest. Do not write a new prompt yet.",
    ]
    return "\n\n".join(part for part in parts if part)


def ask_for_prompt(brief: Brief) -> str:
    """Ask for the improved prompt, as JSON."""
    return (
        "Now write the improved prompt: the whole text, ready to use, changed only where it "
        "prevents the mistakes.\n"
        f"- Keep the placeholders {placeholder_list(brief)}, each exactly as often as before.\n"
        "- Rules must hold for any input. Name nothing that comes from a single example.\n"
        "- No greeting, no explanation, nothing about scores: the model that reads it knows "
        "nothing of this conversation.\n"
        "- If no change would help, repeat the prompt as it is.\n"
        'Answer with one JSON object: {"reasoning": "one or two sentences", "improved_prompt": '
        '"the whole new prompt"}'
    )


def ask_again(problems: list[str]) -> str:
    """Say why a reply could not be used, and ask once more."""
    reasons = "\n".join(f"- {problem}" for problem in problems)
    return (
        f"That cannot be used:\n{reasons}\n"
        'Answer again with one JSON object that has the keys "reasoning" and "improved_prompt", '
        "and nothing around it."
    )


def talk_context(brief: Brief) -> str:
    """What the interviewer knows while a person talks with it."""
    parts = [
        _task(brief),
        f"It scores {brief.score:.2f} of 1.00; {brief.target:.2f} is wanted.",
        _failures(brief),
        _attempts(brief),
        "You are talking with the person who decides about the prompt. Answer what is asked. When "
        "you offer a better prompt, put the whole text between <prompt> and </prompt>, with the "
        f"placeholders {placeholder_list(brief)} exactly as they are.",
    ]
    return "\n\n".join(part for part in parts if part)


def placeholder_list(brief: Brief) -> str:
    """The placeholders that a prompt of this case must hold, as they are written."""
    return ", ".join(f"{{{{{name}}}}}" for name in placeholders_in(brief.prompt.text))


def _task(brief: Brief) -> str:
    demands = "\n".join(f"- {criterion.describe()}" for criterion in brief.case.criteria)
    return (
        f"Task: {brief.case.title}. {brief.case.description.strip()}\n\n"
        f"The prompt that is given to a model for it:\n<prompt>\n{brief.prompt.text.strip()}\n"
        f"</prompt>\n\nIts answers are judged by:\n{demands}"
    )


def _failures(brief: Brief) -> str:
    if not brief.failures:
        return ""
    blocks = ["What went wrong, the costliest first:"]
    for number, failure in enumerate(brief.failures[:SHOWN_FAILURES], 1):
        blocks.append(
            f"{number}. {failure.kind}: {failure.mode}, in {len(failure.runs)} answers, "
            f"costs {failure.lost:.2f}."
        )
        blocks += [_quoted(brief, failure, i) for i in range(min(SHOWN_RUNS, len(failure.runs)))]
    return "\n\n".join(blocks)


def _quoted(brief: Brief, failure: Failure, index: int) -> str:
    run = failure.runs[index]
    return f"{_exchange(brief, run)}\nWhat was wrong: {failure.feedback[index]}"


def _exchange(brief: Brief, run: Run) -> str:
    example = brief.examples.get(run.example_id)
    inputs = "\n".join(example.inputs.values()) if example else run.full_prompt
    output = run.output.strip() or run.error_message or "(nothing)"
    return f"Input: {_cut(inputs)}\nAnswer: {_cut(output)}"


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= SHOWN_TEXT else f"{text[:SHOWN_TEXT]} [...]"


def _solved(brief: Brief) -> str:
    if brief.solved is None:
        return ""
    return f"An answer that is right, and must stay so:\n{_exchange(brief, brief.solved)}"


def _attempts(brief: Brief) -> str:
    lines = []
    for attempt in brief.attempts:
        outcome = f"scored {attempt.score:.2f}" if attempt.score is not None else "was refused"
        note = f" ({attempt.note})" if attempt.note else ""
        lines.append(f"- {outcome}{note}: {_cut(attempt.prompt)}")
    return "Tried before; find something else:\n" + "\n".join(lines) if lines else ""
