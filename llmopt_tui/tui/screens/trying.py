"""TryScreen: a prompt and one example side by side, the answer, and the last answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.events import DescendantFocus
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import TextArea
from textual.worker import Worker

from llmopt_tui.core.prompt import Prompt
from llmopt_tui.state.prompt_draft import PromptDraft
from llmopt_tui.tui import commands
from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.error_words import failure_words
from llmopt_tui.tui.key_bar import Entry, KeyBar
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.notices import Notices
from llmopt_tui.tui.panes.try_answer import AnswerPane
from llmopt_tui.tui.panes.try_choice import ChoiceLine, Choices
from llmopt_tui.tui.panes.try_example import ExpectedPane, InputPane
from llmopt_tui.tui.panes.try_list import LastAnswers
from llmopt_tui.tui.panes.try_prompt import PromptPane
from llmopt_tui.tui.screens import first_frame
from llmopt_tui.tui.try_controller import SIDES
from llmopt_tui.tui.try_running import TryRunning
from llmopt_tui.tui.widgets.pane_tabs import PaneTabs

if TYPE_CHECKING:
    from llmopt_tui.core.case import Example
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
         "try_beside", "try_outside")  # fmt: skip
_COMPARE_SECONDS = 0.3
"""How long after the last key the prompt is compared with that of the answer shown."""
_RUNNING_KEYS = ("try_cancel", ("try_before", "try_after"), "try_save")


class TryScreen(TryRunning):
    """One or two columns, each with a prompt over the answer to it; the example beside them."""

    CSS_PATH: ClassVar = ["../styles/try.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings("try"),
    ]
    HORIZONTAL_BREAKPOINTS = first_frame.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-short"), (38, "-middle"), (50, "-tall")]  # type: ignore[misc]
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
        self._comparing: Timer | None = None
        self._composed = False

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
        self._composed = True
        self.tabs.select("prompts")
        run = key_of("try_run", self.app.keymap)
        for side in SIDES:
            self.answer_pane(side).invite(f"{run} has the model answer.")
        self.begin()
        coming, self._coming = self._coming, None
        if coming is not None:
            self.take(coming)
        self.draw_answers()

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

    # What surrounds the panes

    def draw_choices(self) -> None:
        """Bring the choices, the titles and the keys up to date."""
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
        self.compare_all()
        self._draw_keys()

    def _draw_keys(self) -> None:
        """Name the keys of now. Single letters are named only where they are not typed."""
        keys: tuple[Entry, ...] = _RUNNING_KEYS if self.trials.running else _KEYS
        if not isinstance(self.focused, TextArea) and not self.trials.running:
            shown = self.answer_pane(self.active).answered is not None
            against = ["try_against"] if len(self.sides) > 1 else []
            letters = ["try_keep", *against, "try_take_back", "copy"] if shown else []
            keys = (*_KEYS[:2], *letters, *_KEYS[2:])
        self.query_one(KeyBar).show(*keys)

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
        if event.worker.node is self and (said := failure_words(event)):
            self.query_one(Notices).add(said)

    def on_prompt_pane_changed(self, event: PromptPane.Changed) -> None:
        """The prompt was changed: its inputs, its titles and the comparison follow."""
        event.stop()
        if self.case is None and self.own_names != self.query_one(InputPane).names:
            self.show_example()
        for side in self.sides:
            self.prompt_pane(side).describe(self.trials.tries)
        if self._comparing is not None:
            self._comparing.stop()
        # Not with each key: a comparison lays out the whole screen.
        self._comparing = self.set_timer(_COMPARE_SECONDS, self.compare_all)

    def take(self, coming: ToTry) -> None:
        """Open a prompt that another screen sends, with its case, example and model."""
        if not self._composed:
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
        self._draw_keys()
