"""What a model reads as the interviewer: the fixed words, and a brief put into words."""

from __future__ import annotations

from llmopt_tui.core.prompt import placeholders_in
from llmopt_tui.core.proposals.brief import Attempt, Brief, Failure
from llmopt_tui.core.proposals.kinds import KINDS
from llmopt_tui.core.run import Run
from llmopt_tui.core.text.diff import diff_lines

SHOWN_FAILURES = 3
SHOWN_FEEDBACK = 3
SHOWN_ATTEMPTS = 5
SHOWN_TEXT = 700
"""How many characters of an input or an answer are quoted: interviewers may be small models."""

SHOWN_SENTENCE = 250
"""How many characters are quoted of the feedback on one answer, or of one attempt."""

ANALYST = (
    "You improve prompts for language models. You are exact and brief, you never talk about "
    "yourself, and you write rules that hold for every input, not for one."
)

INTERVIEWED = "What is wrong with the prompt?"


def interview_question(brief: Brief) -> str:
    """Ask why answers failed. The parts that never change come first: a server can reuse them."""
    parts = [
        _task(brief),
        _prompt(brief),
        _failures(brief),
        _solved(brief),
        _attempts(brief),
        "Explain in at most five short sentences which words of the prompt, or which missing rule, "
        "lead to these mistakes. Start with the worst one. Do not write a new prompt yet.",
    ]
    return "\n\n".join(part for part in parts if part)


def ask_for_prompt(brief: Brief) -> str:
    """Ask for the improved prompt, as JSON."""
    return (
        "Now write the improved prompt.\n"
        "- Write the whole prompt, ready to use. Change only what prevents the mistakes.\n"
        f"- {_keep(brief)}\n"
        "- Every rule must hold for any input. Copy no names, numbers or phrases from the inputs "
        "and answers above.\n"
        "- Write no greeting and no explanation into the prompt, and nothing about this "
        "conversation: the model that gets the prompt has not read it.\n"
        "- If no change would help, repeat the prompt as it is.\n"
        # The form holds names: small models copy what a form holds, and would copy a
        # description of the name in place of a name.
        f'Answer with one JSON object: {{"change": "one of: {", ".join(KINDS)}; or your own name '
        'for what you change, in at most four words", "reasoning": "one or two sentences on what '
        'you changed and why", "improved_prompt": "the whole new prompt"}'
    )


def ask_again(problems: list[str]) -> str:
    """Say why a reply could not be used, and ask again."""
    reasons = "\n".join(f"- {problem}" for problem in problems)
    return (
        f"That prompt cannot be used:\n{reasons}\n"
        "Write it again without these faults. Answer with one JSON object that has the keys "
        '"change", "reasoning" and "improved_prompt", and with nothing around it.'
    )


def talk_context(brief: Brief) -> str:
    """What the interviewer knows while a person talks with it."""
    parts = [
        "You are talking with the person who decides about the prompt below. Answer what is asked, "
        "in a few sentences, in words. When a rule for the prompt is wanted, write it between "
        "<rule> and </rule>. Only when a whole new prompt is wanted, write it between <prompt> "
        f"and </prompt>. {_keep(brief)}",
        _task(brief),
        _prompt(brief),
        _failures(brief),
        _attempts(brief),
    ]
    return "\n\n".join(part for part in parts if part)


def _keep(brief: Brief) -> str:
    names = " and ".join(f"{{{{{name}}}}}" for name in placeholders_in(brief.prompt.text))
    return f"Keep {names} exactly as written, each as often as now: the input takes their place."


def _task(brief: Brief) -> str:
    demands = "\n".join(f"- {criterion.describe()}" for criterion in brief.case.criteria)
    task = f"{brief.case.title}. {brief.case.description.strip()}".strip()
    return f"Task: {task}\n\nA good answer is:\n{demands}"


def _prompt(brief: Brief) -> str:
    return (
        "The prompt that a language model gets for this task:\n"
        f"<prompt>\n{brief.prompt.text.strip()}\n</prompt>\n\n"
        f"With it, the answers reach {brief.score:.0%} of what is wanted; the goal is "
        f"{brief.target:.0%}."
    )


def _failures(brief: Brief) -> str:
    if not brief.failures:
        return ""
    blocks, shown = ["What went wrong, the worst first:"], set[tuple[str, int]]()
    for number, failure in enumerate(brief.failures[:SHOWN_FAILURES], 1):
        blocks.append(_failure(number, failure))
        # A run may fail in several ways; quoting it once is enough.
        for run in failure.runs:
            if (run.example_id, run.repeat) not in shown:
                shown.add((run.example_id, run.repeat))
                blocks.append(_exchange(brief, run))
                break
    return "\n\n".join(blocks)


def _failure(number: int, failure: Failure) -> str:
    count = "1 answer" if len(failure.runs) == 1 else f"{len(failure.runs)} answers"
    sentences = [*dict.fromkeys(failure.feedback)][:SHOWN_FEEDBACK]
    lines = [f"{number}. {failure.mode.capitalize()}, in {count}:"]
    return "\n".join([*lines, *(f"- {cut(sentence, SHOWN_SENTENCE)}" for sentence in sentences)])


def _exchange(brief: Brief, run: Run) -> str:
    example = brief.examples.get(run.example_id)
    inputs = "\n".join(example.inputs.values()) if example else run.full_prompt
    answer = run.output.strip() or "(nothing)"
    return f"Input:\n<input>\n{cut(inputs)}\n</input>\nAnswer:\n<answer>\n{cut(answer)}\n</answer>"


def cut(text: str, length: int = SHOWN_TEXT) -> str:
    """A text at most so long, with a mark where it is cut."""
    text = text.strip()
    return text if len(text) <= length else f"{text[:length]} [...]"


def _solved(brief: Brief) -> str:
    if brief.solved is None:
        return ""
    return f"This answer is right, and has to stay so.\n{_exchange(brief, brief.solved)}"


def _attempts(brief: Brief) -> str:
    if not brief.attempts:
        return ""
    lines = [_attempt(brief, attempt) for attempt in brief.attempts[-SHOWN_ATTEMPTS:]]
    return "\n".join(["Changes to the prompt that were tried and did not help:", *lines])


def _attempt(brief: Brief, attempt: Attempt) -> str:
    """The part of an attempt that differs from the prompt: a session's prompts begin alike."""
    lines = diff_lines(brief.prompt.text.strip(), attempt.prompt.strip())
    added = " / ".join(
        line.text.strip() for line in lines if line.mark == "+" and line.text.strip()
    )
    change = cut(added, SHOWN_SENTENCE) if added else "the same prompt with lines left out"
    outcome = f"reached {attempt.score:.0%}" if attempt.score is not None else "was refused"
    note = f" ({cut(attempt.note, SHOWN_SENTENCE)})" if attempt.note else ""
    return f"- {change}: {outcome}{note}"
