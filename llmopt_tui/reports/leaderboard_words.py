"""What a leaderboard comes to, in sentences and as Markdown: who won, by how much, and how sure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmopt_tui.core.analysis.findings import Gain
from llmopt_tui.core.endings import ending_word
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.state.leaderboard import OVERALL, Cell, Leaderboard

if TYPE_CHECKING:
    from llmopt_tui.state.documents.suite import Standing

TRAIN_MARK = "~"
"""Marks a number that was measured on the examples that the prompt was tuned on."""

NOT_HELD_OUT = "not checked"
_NAME = 36

STATES = {
    "pending": "waits",
    "idle": "begins",
    "testing": "testing",
    "validating": "validating",
    "interviewing": "interview",
    "deciding": "asks you",
    "paused": "paused",
    "running": "running",
    "interrupted": "broke off",
    "completed": "ended",
}
"""Where a session is, in a word."""

VERDICTS = {
    "REAL": "more than chance",
    "NOT PROVEN": "chance could explain it",
    "UNDERPOWERED": "too few examples to tell",
    NOT_HELD_OUT: "measured on the examples it was tuned on, so it flatters",
}
"""What the word on a gain means."""


@dataclass(frozen=True, slots=True)
class Headline:
    """Who won, and the evidence: two sentences. `verdict` is the word on the winner's gain."""

    claim: str
    evidence: str
    verdict: str = ""


def state_word(cell: Cell) -> str:
    """What a session does, or why it ended; how far a test has come."""
    if cell.activity:
        word = STATES.get(cell.activity, cell.activity)
        counted = cell.activity in ("testing", "validating") and cell.planned
        return f"{word} {cell.done}/{cell.planned}" if counted else word
    reason = cell.stop_reason if cell.status == "completed" else cell.status
    return STATES.get(reason, one_line(ending_word(reason), 12))


def verdict_of(gain: Gain) -> str:
    """The word on a gain; "" where there is none to judge."""
    if gain.difference is None:
        return ""
    if not gain.held_out:
        return NOT_HELD_OUT
    return gain.verdict or ("no gain" if gain.reason else "")


def gain_words(gain: Gain) -> str:
    """A gain with its interval: "+0.38 [0.29, 0.46]"; marked where it is not held out."""
    if gain.difference is None:
        return ""
    mark = "" if gain.held_out else TRAIN_MARK
    return f"{mark}{signed(gain.difference)}{interval_words(gain.shown_interval)}"


def interval_words(interval: tuple[float, float] | None) -> str:
    """An interval with a space before it; "" where there is none."""
    return f" [{two_decimals(interval[0])}, {two_decimals(interval[1])}]" if interval else ""


def signed(value: float) -> str:
    """A difference with its sign; what rounds to nothing has a plus."""
    return f"{value + 0.0 if round(value, 2) else 0.0:+.2f}"


def two_decimals(value: float) -> str:
    """Two decimals, and no minus before nothing."""
    return f"{value if round(value, 2) else 0.0:.2f}"


def headline(board: Leaderboard, case: str) -> Headline:
    """The answer for a case, or over all."""
    ranked = [
        s for s in board.standings.get(case, ()) if s.rank is not None and s.score is not None
    ]
    running = [cell for cell in board.of_case(case) if not cell.ended]
    if not ranked:
        return _nothing_ranked(board, case)
    claim = ("So far " if running else "") + _claim(board, ranked, case)
    if running:
        claim += f" {_ended(board)}"
    return Headline(claim, *_evidence(board, _recommended(board, ranked, case), case))


def _claim(board: Leaderboard, ranked: Sequence[Standing], case: str) -> str:
    """Which model is recommended, and how it compares with the others."""
    choice = board.choice(case)
    if choice and choice.standing:
        return one_line(choice.standing, 600)
    # A document of an older version: the places are all that can be said.
    best, where = ranked[0], _where(board, case)
    first = [standing for standing in ranked if standing.rank == best.rank]
    score = f"{best.score:.2f}{interval_words(best.ci95)}"
    if len(ranked) == 1:
        return f"{called(best.model)} scores {score} {where}; there is no other to compare it with."
    if len(first) > 1:
        names = _and([called(standing.model) for standing in first])
        return f"{names} share the first place {where}: nothing proves that one scores higher."
    ahead = (best.score or 0.0) - (ranked[1].score or 0.0)
    runner_up = called(ranked[1].model)
    sure = ", beyond noise" if best.differs_from_next else ""
    return f"{called(best.model)} is best {where}: {score}, {ahead:.2f} ahead of {runner_up}{sure}."


def _recommended(board: Leaderboard, ranked: Sequence[Standing], case: str) -> Standing:
    """The place of the recommended model; the first one where none is recommended."""
    choice = board.choice(case)
    named = (standing for standing in ranked if choice and standing.model == choice.model)
    return next(named, ranked[0])


def _evidence(board: Leaderboard, best: Standing, case: str) -> tuple[str, str]:
    """The evidence for the claim, and the word on it."""
    gain, name = board.mean_gain(best.model, case), called(best.model)
    if gain.difference is None or gain.baseline is None or gain.best is None:
        return "Each case shows how much its prompts gained.", ""
    change = f"{two_decimals(gain.baseline)} → {two_decimals(gain.best)}"
    original = bool(gain.difference) and board.uses_original(case)
    instead = " The original prompt is recommended." * original
    if not gain.held_out:
        return (
            f"The best prompt of {name}: {change}, {gain_words(gain)} on the examples that it was "
            f"tuned on; not checked on others, so expect less.{instead}",
            NOT_HELD_OUT,
        )
    verdict = verdict_of(gain)
    over = (
        f"the mean of {len(board.cases)} cases"
        if case == OVERALL
        else f"{gain.n} held-out examples"
    )
    word = f": {verdict}, {VERDICTS[verdict]}" if verdict in VERDICTS else ""
    return (
        f"The best prompt of {name}: {change}, {gain_words(gain)} on {over}{word}.{instead}",
        verdict,
    )


def _nothing_ranked(board: Leaderboard, case: str) -> Headline:
    cells = board.of_case(case)
    scored = [cell for cell in cells if cell.best is not None]
    ended = _ended(board)
    if not scored:
        failed = next((cell.problem for cell in cells if cell.problem), "")
        why = f" {one_line(failed, 200)}" if failed else ""
        return Headline(f"No score yet {_where(board, case)}. {ended}", why.strip())
    best = max(scored, key=lambda cell: cell.best or 0.0)
    on = f" on {called(best.case)}" if case == OVERALL else ""
    return Headline(
        f"Nothing is decided yet {_where(board, case)}. {ended}",
        f"The highest score so far is {best.best:.2f}, {called(best.model)}{on}, on the examples "
        "that prompts are tuned on. Places are given as sessions end.",
    )


def _ended(board: Leaderboard) -> str:
    """How many sessions have ended, and how to resume a suite that was interrupted."""
    said = f"{board.ended} of {_plural(len(board.cells), 'session')} have ended."
    if board.status == "interrupted" and board.suite_id.isalnum():
        return f"{said} It was interrupted: llmopt-tui resume {board.suite_id[:40]} continues it."
    return said


def details(board: Leaderboard, model: str, case: str) -> Iterator[str]:
    """What there is to know of a row beyond its numbers, a sentence each."""
    cells = board.of_model(model, case)
    if case == OVERALL:
        yield from map(_in_short, cells)
        return
    for cell in cells:
        if cell.problem:
            yield one_line(cell.problem, 300)
        if cell.judged and cell.judged.reason:
            yield cell.judged.reason
        if cell.luck and cell.trained:
            yield (
                f"On train it gained {signed(cell.trained)}; the best of "
                f"{len(cell.scores)} equal prompts would seem to gain {signed(cell.luck)} by luck."
            )
        if cell.truncated:
            yield f"{_plural(cell.truncated, 'answer')} of {cell.calls} cut off."
        if against := board.against.get((model, cell.case)):
            yield f"Against {called(board.baseline)}, {against.verdict}: {against.reason}"


def _in_short(cell: Cell) -> str:
    gain = cell.gain
    if gain.baseline is None or gain.best is None:
        return f"{called(cell.case)}: {state_word(cell)}"
    change = f"{two_decimals(gain.baseline)} → {two_decimals(gain.best)}"
    verdict = verdict_of(gain)
    return f"{called(cell.case)}: {change}, {gain_words(gain)}{', ' * bool(verdict)}{verdict}"


def recommendation_text(board: Leaderboard, case: str | None = None) -> str:
    """The recommendation as plain text, for one case if it is given; "" where there is none.

    What explains a choice is indented, caveats begin with "!".
    """
    found = board.recommendation
    if found is None:
        return ""
    lines = []
    if not case:
        name = f"Over all cases: {called(found.model)}" if found.model else "Over all cases"
        lines = [name, f"  {found.reason}"] if len(board.cases) > 1 else []
    for choice in found.cases:
        if case and choice.case != case:
            continue
        facts = [
            f"expect {two_decimals(choice.expected_score)}{interval_words(choice.ci95)}"
            if choice.expected_score is not None
            else "",
            f"{choice.seconds_per_answer:.1f} s per answer"
            if choice.seconds_per_answer is not None
            else "",
            f"{choice.tokens_per_second:.0f} tokens/s" if choice.tokens_per_second else "",
        ]
        lines.append(f"{called(choice.case)}: {called(choice.model)}")
        lines.append(f"  {', '.join(fact for fact in facts if fact)}")
        if case != OVERALL:
            lines.append(f"  {choice.reason}")
        if choice.prompt_file:
            lines.append(f"  prompt: {choice.prompt_file}")
    lines += [f"! {caveat}" for caveat in found.caveats if not case or case in caveat]
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _where(board: Leaderboard, case: str) -> str:
    return f"over all {len(board.cases)} cases" if case == OVERALL else f"on {called(case)}"


def called(text: str) -> str:
    """A name in a sentence; of a long one with a path, its end."""
    long = len(text) > _NAME and "/" in text
    return one_line("…/" + text.rsplit("/", 1)[1] if long else text, 2 * _NAME)


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _plural(count: int, one: str) -> str:
    return f"{count} {one}{'' if count == 1 else 's'}"
