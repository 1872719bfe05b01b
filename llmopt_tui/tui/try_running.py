"""TryRunning: what the Try screen asks, and how answers get into its panes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work
from textual.widgets import TextArea

from llmopt_tui.tui.notices import Notices
from llmopt_tui.tui.panes.try_answer import AnswerPane
from llmopt_tui.tui.panes.try_example import InputPane
from llmopt_tui.tui.panes.try_list import LastAnswers
from llmopt_tui.tui.try_keeping import TryKeeping

if TYPE_CHECKING:
    from llmopt_tui.state.trying import Answered, Attempt
    from llmopt_tui.tui.try_controller import Side
    from llmopt_tui.tui.widgets.pane_tabs import PaneTabs


class TryRunning(TryKeeping):
    """The part of the Try screen that makes calls and shows answers, new and old."""

    tabs: PaneTabs

    def answer_pane(self, side: Side) -> AnswerPane:
        """The answer of a column."""
        return self.query_one(f"#{side}-answer", AnswerPane)

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
            self.draw_answers()
        self.draw_choices()

    def _show_answer(self, side: Side, answered: Answered) -> None:
        other = self.trials.shown.get("left") if side == "right" else None
        self.answer_pane(side).show(answered, other)
        self._compare(side)
        if side == "left" and len(self.sides) > 1:
            right = self.answer_pane("right").answered
            if right is not None:
                self._show_answer("right", right)  # it is compared with this one

    def _compare(self, side: Side) -> None:
        self.answer_pane(side).compare(self.prompt_pane(side).draft.prompt, self.example)

    def draw_answers(self) -> None:
        """List the last answers."""
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

    def action_try_against(self) -> None:
        """Mark in the right answer what differs from the left one, or show it as it is."""
        if len(self.sides) > 1:
            self.answer_pane("right").toggle_against()
        else:
            self.app.say("Answers are compared where there are two columns.")

    @work(group="keep", exclusive=True, exit_on_error=False)
    async def action_try_keep_answer(self) -> None:
        """Keep the answer that is shown: with its example, or as a new one."""
        from llmopt_tui.tui.keeping_answers import keep_answer

        answered = self.answer_pane(self.active).answered
        if answered is None:
            self.app.say("There is no answer to keep yet.")
        elif problem := await keep_answer(self.app, answered.tried):
            self.query_one(Notices).add(f"Not kept: {problem}")

    def action_try_thoughts(self) -> None:
        """Show or hide thoughts."""
        for side in self.sides:
            self.answer_pane(side).toggle_thoughts()

    def compare_all(self) -> None:
        """Say of each answer that is shown what is not as it is chosen now."""
        for side in self.sides:
            self._compare(side)
