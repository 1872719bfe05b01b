"""Deciding: how a person answers a suggestion, and talks with the interviewer, in the Workbench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from llmopt_tui.tui.panes.interviewer import AskInput, InterviewerPane
from llmopt_tui.tui.panes.next_card import NextCard
from llmopt_tui.tui.panes.suggestion_card import Choice, SuggestionCard

if TYPE_CHECKING:
    from llmopt_tui.tui.app import LlmoptApp
    from llmopt_tui.tui.controller import RunController
    from llmopt_tui.tui.widgets.pane_tabs import PaneTabs


class Deciding(Screen[None]):
    """The part of the Workbench that passes the person's answers to the controller."""

    app: LlmoptApp
    controller: RunController
    tabs: PaneTabs

    def action_choose(self, choice: Choice) -> None:
        """Accept, edit or reject the idea that waits, or accept all, as its card does.

        Where no idea is left, the same keys say what follows.
        """
        pane = self.query_one(InterviewerPane)
        if card := pane.card or pane.next_card:
            card.choose(choice)

    def on_next_card_chosen(self, message: NextCard.Chosen) -> None:
        """Pass on what the person wants where no idea is left."""
        message.stop()
        match message.following:
            case "again":
                self.controller.ask_again()
            case "finish":
                self.controller.finish()
            case "write":
                self.action_own_prompt()

    def action_own_prompt(self) -> None:
        """Open the editor on the best prompt so far, to test the person's own version of it."""
        from llmopt_tui.tui.screens.editor import PromptEditor

        best = self.controller.best_prompt
        if best is None:
            self.app.say("A prompt of your own can join once the original is scored.")
            return
        self.app.push_screen(PromptEditor(best, best, title="A prompt of your own"), self._written)

    def _written(self, text: str | None) -> None:
        if text is not None and not self.controller.write(text):
            self.app.say("The session has ended; your prompt was not tested.")

    def on_suggestion_card_decided(self, message: SuggestionCard.Decided) -> None:
        """Pass the decision to the controller."""
        message.stop()
        if message.choice == "accept":
            self.controller.accept()
        elif message.choice == "accept_all":
            self.controller.accept_all()
        else:
            self.controller.reject(message.note)

    def on_suggestion_card_edit_wanted(self, message: SuggestionCard.EditWanted) -> None:
        """Open the editor on the suggestion."""
        message.stop()
        from llmopt_tui.tui.screens.editor import PromptEditor

        self.app.push_screen(PromptEditor(message.text, message.parent), self._edited)

    def _edited(self, text: str | None) -> None:
        if text is not None and not self.controller.edit(text):
            self.app.say("The suggestion was already decided; the edit was not used.")

    def action_ask(self) -> None:
        """Go to the interviewer's input."""
        self.tabs.select("talk")
        self.query_one(AskInput).focus()

    def on_interviewer_pane_asked(self, message: InterviewerPane.Asked) -> None:
        """Put the question to the interviewer."""
        message.stop()
        if self.controller.chat(message.text):
            self.query_one(InterviewerPane).asked(message.text)
        else:
            self.app.say("You can ask the interviewer after its first interview.")
