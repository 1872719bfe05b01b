"""MarkAnswer: asks a person for their own score of an answer, with a note."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Input

from llmopt_tui.core.loop.marks import mark_words
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.example_words import Part
from llmopt_tui.tui.panes.example_text import ExampleText
from llmopt_tui.tui.screens.editor import editable
from llmopt_tui.tui.screens.form import Form
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.score import score_text

if TYPE_CHECKING:
    from llmopt_tui.core.run import Run
    from llmopt_tui.reports.example_words import Asked

_WORDS = {"g": 1.0, "good": 1.0, "b": 0.0, "bad": 0.0}


@dataclass(frozen=True, slots=True)
class Marked:
    """What a person said of an answer: their score, in [0, 1], or None to take the mark back."""

    score: float | None
    note: str = ""


def score_meant(text: str) -> float | None:
    """The score that was typed, from 0 to 1; "g" and "b" are good and bad. None for no score."""
    typed = text.strip().casefold().replace(",", ".")
    if typed in _WORDS:
        return _WORDS[typed]
    try:
        score = float(typed)
    except ValueError:
        return None
    return score if 0 <= score <= 1 else None


class MarkAnswer(Form["Marked | None"]):
    """Closes with the mark, or with None.

    Input, what is expected and the answer are shown, so that it can be judged here.
    """

    AUTO_FOCUS = "#mark-score"
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-short"), (34, "-tall")]  # type: ignore[misc]

    DEFAULT_CSS = """
    MarkAnswer > #form { max-width: 90; height: auto; max-height: 90%; }
    MarkAnswer #form-fields { height: auto; max-height: 30; }
    MarkAnswer .mark--answer {
        height: auto; max-height: 14; margin-bottom: 1; scrollbar-size-vertical: 1;
    }
    .-short MarkAnswer .mark--answer, MarkAnswer.-short .mark--answer { max-height: 7; }
    MarkAnswer .mark--given { color: $text-muted; margin-bottom: 1; }
    MarkAnswer .mark--quick { height: 1; margin-bottom: 1; }
    MarkAnswer .mark--quick > Button {
        margin-right: 2; min-width: 10; background: $panel; color: $foreground;
    }
    MarkAnswer .mark--quick > Button:focus {
        background: $foreground; color: $background; text-style: bold;
    }
    """
    saves = "Keep the mark"

    def __init__(self, run: Run, asked: Asked) -> None:
        super().__init__()
        self._run, self._asked = run, asked
        self.heading = f"Mark the answer to {one_line(run.example_id, 40)}"

    def fields(self) -> Iterable[Widget]:
        """What was asked and answered, what the criteria gave, the fields for score and note."""
        run, mark = self._run, self._run.mark
        text = ExampleText()
        answer = Part("Answer", run.output.strip() or "(empty)")
        text.show([*self._asked.parts(run.example_id), answer])
        yield VerticalScroll(text, classes="mark--answer")
        given = mark_words(mark) if mark else f"by the criteria {score_text(run.score)}"
        yield Plain(given, classes="mark--given")
        yield Horizontal(
            Plain("score", classes="form--label"),
            Input(
                f"{mark.score:g}" if mark else "",
                placeholder="0 to 1; g good, b bad",
                id="mark-score",
            ),
            classes="form--line",
        )
        yield Horizontal(
            Plain("note", classes="form--label"),
            Input(
                editable(mark.note)[0] if mark else "",
                placeholder="what is good or bad about it; the interviewer reads it",
                id="mark-note",
            ),
            classes="form--line",
        )
        back = [Button("Take the mark back", id="mark-back", compact=True)] if mark else []
        yield Horizontal(
            Button("Good", id="mark-good", compact=True),
            Button("Bad", id="mark-bad", compact=True),
            *back,
            classes="mark--quick",
        )

    @on(Button.Pressed, ".mark--quick Button")
    def _quick(self, event: Button.Pressed) -> None:
        event.stop()
        scores = {"mark-good": 1.0, "mark-bad": 0.0}
        self.dismiss(Marked(scores.get(event.button.id or ""), self._note))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        """Keep the mark: one line and enter are enough."""
        event.stop()
        event.prevent_default()
        self.action_save()

    @property
    def _note(self) -> str:
        return self.query_one("#mark-note", Input).value.strip()

    @property
    def changed(self) -> bool:
        """Never asks: a mark is quickly typed again."""
        return False

    async def finish(self) -> str:
        """What is wrong with the score; with "" the form has closed."""
        score = score_meant(self.query_one("#mark-score", Input).value)
        if score is None:
            self.query_one("#mark-score").focus()
            return "the score must be from 0 to 1, or g for good, b for bad"
        self.dismiss(Marked(score, self._note))
        return ""
