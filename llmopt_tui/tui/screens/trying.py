"""TryScreen: a prompt and one example side by side, the answer, and the last answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import DescendantFocus
from textual.widget import Widget
from textual.widgets import TextArea
from textual.worker import Worker, WorkerState

from llmopt_tui.core.prompt import Prompt
from llmopt_tui.state.prompt_draft import PromptDraft
from llmopt_tui.tui import commands
from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.notices import Notices
from llmopt_tui.tui.panes.try_answer import AnswerPane
from llmopt_tui.tui.panes.try_choice import ChoiceLine, Choices
from llmopt_tui.tui.panes.try_example import ExpectedPane, InputPane
from llmopt_tui.tui.panes.try_list import LastAnswers
from llmopt_tui.tui.panes.try_prompt import PromptPane
from llmopt_tui.tui.screens import first_frame
from llmopt_tui.tui.try_controller import SIDES
from llmopt_tui.tui.try_keeping import TryKeeping
from llmopt_tui.tui.widgets.pane_tabs import PaneTabs

if TYPE_CHECKING:
    from llmopt_tui.core.case import Example
    from llmopt_tui.state.trying import Answered, Attempt
    from llmopt_tui.tui.to_try import ToTry
    from llmopt_tui.tui.try_controller import Side, TryController

_TABS = {"prompts": "1 Prompt", "example": "2 Example", "answers": "3 Answer", "last": "4 Last"}
_STOPS = (
    ("prompts", "PromptPane .try-demonstrations, PromptPane PromptArea"),
    ("example", "#input-text, #input-text .try-own, #expected-text"),
    ("answers", "AnswerPane Reading"),
    ("last", "#last-table"),
)
_KEYS = ("try_run", ("try_before", "try_after"), "try_save", "try_session", "try_open",
         "try_beside", "try_outside", "copy")  # fmt: skip
_RUNNING_KEYS = ("try_cancel", ("try_before", "try_after"), "try_save")


class TryScreen(TryKeeping):
    """One or two columns, each with a prompt over the answer to it; the example beside them."""

    CSS_PATH: ClassVar = ["../styles/try.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings("try"),
        Binding("tab", "next_stop(1)", "Next pane", show=False),
        Binding("shift+tab", "next_stop(-1)", "Previous pane", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = first_frame.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-short"), (32, "-middle"), (50, "-tall")]  # type: ignore[misc]
    AUTO_FOCUS = "#left-prompt-text"
    HELP = """\
Try a prompt on one example: write it at the left, look at the input and what is expected at the
right, run it, and read the answer with its score. Keys with ctrl and f work while you type; escape
leaves the editor, and single letters work from there. Nothing here touches a run: a call waits for
a free place on its server."""

    def __init__(self, trials: TryController) -> None:
        super().__init__(trials)
        self.tabs = PaneTabs(_TABS, ("left", "columns"), _STOPS)
        self._active: Side = "left"
        self._coming: ToTry | None = None

    def compose(self) -> ComposeResult:
        """The bars, the choices, the panes, and the messages."""
        empty, now = Prompt("prompt", ""), self.app.clock.monotonic
        yield TopBar("try")
        yield ChoiceLine()
        yield self.tabs
        with Horizontal(id="columns", classes="row"):
            with Vertical(id="left"):
                with Horizontal(id="prompts"):
                    yield PromptPane(PromptDraft(empty), id="left-prompt", title="Prompt")
                    yield PromptPane(PromptDraft(empty), id="right-prompt", title="Prompt")
                with Horizontal(id="answers"):
                    yield AnswerPane(id="left-answer", title="Answer", monotonic=now)
                    yield AnswerPane(id="right-answer", title="Answer", monotonic=now)
            with Vertical(id="example"):
                yield InputPane(id="input")
                yield ExpectedPane(id="expected", classes="pane")
        yield LastAnswers(id="last")
        yield Notices()
        yield KeyBar(*_KEYS, right=("help", "palette", "quit"))

    def on_mount(self) -> None:
        """Choose what the Workbench has chosen, then open what is to be opened here."""
        self.tabs.select("prompts")
        run = key_of("try_run", self.app.keymap)
        for side in SIDES:
            self.answer_pane(side).invite(f"{run} has the model answer.")
        self.begin()
        coming, self._coming = self._coming, None
        if coming is not None:
            self.take(coming)
        self._draw_answers()

    # The columns

    @property
    def sides(self) -> tuple[Side, ...]:
        """The columns that are shown."""
        return ("left", "right") if self.has_class("-two") else ("left",)

    @property
    def active(self) -> Side:
        """The column that the person works in."""
        return self._active if self._active in self.sides else "left"

    def prompt_pane(self, side: Side) -> PromptPane:
        """The editor of a column."""
        return self.query_one(f"#{side}-prompt", PromptPane)

    def answer_pane(self, side: Side) -> AnswerPane:
        """The answer of a column."""
        return self.query_one(f"#{side}-answer", AnswerPane)

    def action_try_beside(self) -> None:
        """Show a second column, at first with the same prompt and another model; or hide it."""
        if self.has_class("-two"):
            self.remove_class("-two")
        else:
            self.show_beside()
        self.draw_choices()

    def show_beside(self) -> None:
        """Show the second column. What was written in it before is still there."""
        right = self.prompt_pane("right")
        self.add_class("-two")
        if not right.draft.prompt.text:
            right.open(self.prompt_pane("left").draft.prompt)
        self.models["right"] = self.models["right"] or self.other_model()

    # Running

    def action_try_run(self) -> None:
        """Make the calls of the columns that are shown; say where the answer would be why not."""
        if self.trials.running:
            self.app.say("An answer is under way. Escape cancels it.")
            return
        asked: dict[Side, tuple[str, Attempt]] = {}
        for side in self.sides:
            attempt = self._attempt(side)
            if isinstance(attempt, str):
                self.trials.shown.pop(side, None)
                self.trials.live.pop(side, None)
                self.answer_pane(side).refuse(attempt)
            else:
                asked[side] = (self.models[side], attempt)
        if self.has_class("-narrow"):
            self.tabs.go("answers")
        if len(asked) == len(self.sides):
            self.trials.start(asked)

    def _attempt(self, side: Side) -> Attempt | str:
        """What a column asks, or why it cannot."""
        from llmopt_tui.app.trying import InputsMissing, attempt_on_example, attempt_on_inputs

        pane = self.prompt_pane(side)
        if not self.models[side]:
            return self.no_model_words()
        if errors := pane.check.errors:
            return f"Not sent: {'; '.join(errors)}."
        prompt = pane.draft.prompt
        try:
            if self.case is not None:
                return attempt_on_example(self.case, self.example_id, prompt)
            inputs = self.query_one(InputPane).inputs(tuple(prompt.placeholders))
            return attempt_on_inputs(prompt, inputs)
        except InputsMissing as error:
            return f"Not sent: {error}."

    def action_try_cancel(self) -> None:
        """Cancel the call; else remove a message; else leave the editor."""
        if self.trials.running:
            self.trials.cancel()
        elif not self.query_one(Notices).dismiss() and isinstance(self.focused, TextArea):
            self.tabs.go("answers")

    def on_try_changed(self) -> None:
        """Draw what came of the answers under way."""
        ended = False
        for side in self.sides:
            if live := self.trials.live.get(side):
                self.answer_pane(side).follow(live)
            elif (came := self.trials.shown.get(side)) and (
                self.answer_pane(side).answered is not came
            ):
                self._show_answer(side, came)
                ended = True
        if ended:
            self._draw_answers()
        self.draw_choices()

    def _show_answer(self, side: Side, answered: Answered) -> None:
        other = self.trials.shown.get("left") if side == "right" else None
        self.answer_pane(side).show(answered, other)
        self._compare(side)

    def _compare(self, side: Side) -> None:
        self.answer_pane(side).compare(self.prompt_pane(side).draft.prompt, self.example)

    def _draw_answers(self) -> None:
        self.query_one(LastAnswers).show(self.trials.tries.answers)

    def on_last_answers_looked_at(self, event: LastAnswers.LookedAt) -> None:
        """Show an earlier answer in the column that the person works in."""
        event.stop()
        side = self.active
        if self.trials.live.get(side) and self.trials.running:
            return
        self.trials.live.pop(side, None)
        self.trials.shown[side] = event.answered
        self._show_answer(side, event.answered)
        if event.chosen and self.has_class("-narrow"):
            self.tabs.go("answers")

    def action_try_take_back(self) -> None:
        """Open the prompt of the answer that is shown in the editor again."""
        answered = self.answer_pane(self.active).answered or self.query_one(LastAnswers).current
        if answered is None:
            self.app.say("There is no answer whose prompt could be taken back.")
        else:
            self.open_prompt(answered.tried.attempt.prompt)

    def action_try_thoughts(self) -> None:
        """Show or hide thoughts."""
        for side in self.sides:
            self.answer_pane(side).toggle_thoughts()

    # What surrounds the panes

    def draw_choices(self) -> None:
        """Bring the choices, the titles and the keys up to date."""
        if not self.is_mounted:
            return
        example, running = self.example, self.trials.running
        self.query_one(ChoiceLine).show(
            Choices(
                case=self.case.id if self.case else "",
                example=example.id if example else "",
                place=self._place(example),
                models=[self.models[side] for side in self.sides],
                running=running,
                run_under_way=self._run_words(),
            )
        )
        for side in self.sides:
            self.prompt_pane(side).describe(self.trials.tries)
            self._compare(side)
        self.query_one(KeyBar).show(*(_RUNNING_KEYS if running else _KEYS))

    def _place(self, example: Example | None) -> str:
        if self.case is None or example is None:
            return ""
        return f"{self.case.examples.index(example) + 1}/{len(self.case.examples)} {example.split}"

    def _run_words(self) -> str:
        run = self.app.controller
        if not run.running:
            return ""
        return "a decision waits" if run.waiting else "a run is under way"

    def on_run_changed(self) -> None:
        """Say whether a run is under way, or waits for a decision."""
        self.draw_choices()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show the error of a worker of this screen that failed."""
        if event.state is WorkerState.ERROR and event.worker.node is self:
            error = event.worker.error
            self.query_one(Notices).add(f"{type(error).__name__}: {error}")

    def on_prompt_pane_changed(self, event: PromptPane.Changed) -> None:
        """The prompt was changed: its inputs, its titles and the comparison follow."""
        event.stop()
        if self.case is None:
            self.show_example()
        self.draw_choices()

    def take(self, coming: ToTry) -> None:
        """Open a prompt that another screen sends, with its case, example and model."""
        if not self.is_mounted:
            self._coming = coming
            return
        self.choose_for(coming)
        self.open_prompt(coming.prompt)

    # Where the focus goes

    def action_next_stop(self, by: int) -> None:
        """Focus the next widget that takes keys, changing the tab in a narrow terminal."""
        if not self.tabs.go_on(by):
            self.focus_next() if by > 0 else self.focus_previous()

    def action_pane(self, name: str) -> None:
        """Go to the pane with this name."""
        self.tabs.go(name)
        if name == "prompts":
            self.prompt_pane(self.active).text_area.focus()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Show the pane that has the focus, and work in its column."""
        self.tabs.show_focus(event.widget)
        for node in event.widget.ancestors:
            if isinstance(node, Widget) and node.id in ("left-prompt", "left-answer"):
                self._active = "left"
            elif isinstance(node, Widget) and node.id in ("right-prompt", "right-answer"):
                self._active = "right"
