"""What prompts do on other models than their own, in cells, in sentences and as Markdown."""

from __future__ import annotations

from statistics import fmean

from llmopt_tui.core.analysis.findings import Gain
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.leaderboard_markdown import markdown_cell
from llmopt_tui.reports.leaderboard_words import (
    TRAIN_MARK,
    called,
    signed,
    state_word,
    two_decimals,
)
from llmopt_tui.state.leaderboard import OVERALL, Cell, Leaderboard

OWN = "its own"


def none_words(board: Leaderboard, key: str) -> str:
    """Why no prompt was tried on another model, and how to have it done; "" where one was.

    `key` is the one that turns it on in the Workbench.
    """
    if board.trials:
        return ""
    if not board.transfer:
        return (
            "No prompt was tried on another model in this suite.\n\n"
            f"{key} in the Workbench has the next run do it, and so does llmopt-tui run "
            "--transfer: when all sessions have ended, each model's best prompt is tried on the "
            "others."
        )
    if len(board.models) < 2:
        return "A suite of one model has no other to try its prompt on."
    if board.status == "running":
        return "Comes when all sessions have ended: each model's best prompt on the others."
    if board.ended < len(board.cells):
        return "Not tried yet: it is done when all sessions have ended."
    return "There was nothing to try: no model found a better prompt that others do not have."


def pair_lines(board: Leaderboard, origin: str, model: str, case: str) -> tuple[str, str]:
    """`origin`'s best prompt on `model`, in two lines: score and difference to the model's own
    best; then its verdict, or what it is doing. Over all cases, means and how many are REAL."""
    if origin == model:
        return _own_lines(board, model, case)
    cells = board.of_pair(origin, model, case)
    judged = [cell.judged for cell in cells if cell.judged]
    if not cells:
        return "  –", ""
    if case == OVERALL:
        return _mean_lines(board, cells, judged)
    (cell,) = cells
    if cell.judged is None:
        score = "" if cell.best is None else f" {two_decimals(cell.best)}"
        return score, f" {state_word(cell)}"
    return _score_words(cell.judged), f" {one_line(cell.judged.verdict, 14)}"


def _own_lines(board: Leaderboard, model: str, case: str) -> tuple[str, str]:
    gain, cells = board.mean_gain(model, case), board.of_model(model, case)
    if gain.best is None:
        return "", f" {state_word(cells[0])}" if len(cells) == 1 else ""
    original = all(cell.best_iteration == 1 for cell in cells)
    mark = " " if gain.held_out else TRAIN_MARK
    return f"{mark}{two_decimals(gain.best)}", " original" if original else f" {OWN}"


def _mean_lines(board: Leaderboard, cells: list[Cell], judged: list[Gain]) -> tuple[str, str]:
    if not judged:
        return "", f" {sum(cell.ended for cell in cells)}/{len(cells)} ended"
    difference = fmean(gain.difference or 0.0 for gain in judged)
    real = sum(gain.verdict == "REAL" for gain in judged)
    words = f" {real}/{len(judged)} REAL"
    mark = " " if all(gain.held_out for gain in judged) else TRAIN_MARK
    if len(judged) < len(board.cases):
        return f"{mark}     {signed(difference)}", words
    after = fmean(gain.best or 0.0 for gain in judged)
    return f"{mark}{two_decimals(after)} {signed(difference)}", words


def _score_words(gain: Gain) -> str:
    mark = " " if gain.held_out else TRAIN_MARK
    return f"{mark}{two_decimals(gain.best or 0.0)} {signed(gain.difference or 0.0)}"


def pair_details(board: Leaderboard, origin: str, model: str, case: str) -> str:
    """Everything about a prompt on a model; over all cases, each of them in short."""
    if case == OVERALL:
        return "; ".join(_in_short(board, origin, model, name) for name in board.cases) + "."
    cells = board.of_pair(origin, model, case)
    if not cells:
        return _not_tried(board, origin, model, case)
    return _own_sentence(cells[0]) if origin == model else _sentence(cells[0])


def _in_short(board: Leaderboard, origin: str, model: str, case: str) -> str:
    cells = board.of_pair(origin, model, case)
    lines = pair_lines(board, origin, model, case)[: 1 if origin == model else 2]
    said = " ".join(" ".join(lines).split()) if cells else "not tried"
    return f"{called(case)} {said}"


def _sentence(cell: Cell) -> str:
    if cell.problem:
        return one_line(cell.problem, 300)
    gain = cell.judged
    if gain is None:
        return f"{state_word(cell)}."
    tuned = "" if gain.held_out else " It was measured on the examples that prompts are tuned on."
    score, own = two_decimals(gain.best or 0.0), two_decimals(gain.baseline or 0.0)
    return f"{score} against {own} of its own. {one_line(gain.reason, 300)}{tuned}"


def _own_sentence(cell: Cell) -> str:
    if cell.gain.best is None:
        return f"{state_word(cell)}."
    score = two_decimals(cell.gain.best)
    if cell.best_iteration == 1:
        return f"{score} with the original prompt, which stayed the best."
    return f"{score} with its own best prompt, of iteration {cell.best_iteration}."


def _not_tried(board: Leaderboard, origin: str, model: str, case: str) -> str:
    own, other = board.cells.get((origin, case)), board.cells.get((model, case))
    if own is None or other is None:
        return "not tried."
    if board.status == "running" and not (own.ended and other.ended):
        return "comes when all sessions have ended."
    if own.best_iteration == 1:
        return f"not tried: {called(origin)} found no better prompt than the original."
    lacking = next((cell for cell in (own, other) if cell.best is None or not cell.ended), None)
    if lacking:
        return f"not tried: {called(lacking.model)} has no best prompt ({state_word(lacking)})."
    if board.prompts.get((origin, case)) == board.prompts.get((model, case)):
        return "not tried: the best prompts of both are the same."
    return "not tried."


def transfer_markdown(board: Leaderboard, case: str) -> str:
    """Prompts on models as Markdown tables, one for each case; "" where none was tried."""
    cases = board.cases if case == OVERALL else (case,)
    return "\n".join(
        _table(board, name) for name in cases if any(k[2] == name for k in board.trials)
    )


def _table(board: Leaderboard, case: str) -> str:
    lines = [
        f"## Prompts on other models: {markdown_cell(called(case))}",
        "",
        f"| prompt of | {' | '.join(f'on {markdown_cell(called(m))}' for m in board.models)} |",
        f"|---|{'---|' * len(board.models)}",
    ]
    for origin in board.models:
        cells = [
            " ".join(" ".join(pair_lines(board, origin, model, case)).split())
            for model in board.models
        ]
        lines.append(f"| {' | '.join(map(markdown_cell, [called(origin), *cells]))} |")
    note = "After each score: the difference to the model's own best prompt, with its verdict."
    return "\n".join([*lines, "", note, ""])
