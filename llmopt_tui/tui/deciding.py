"""Deciding: how a person answers what waits, and talks with the interviewer, in the Workbench."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.widgets import Input

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.panes.convention_card import ConventionCard
from llmopt_tui.tui.panes.decision import DecisionPane
from llmopt_tui.tui.panes.interviewer import AskInput, InterviewerPane
from llmopt_tui.tui.panes.next_card import Following, NextCard
from llmopt_tui.tui.panes.suggestion_card import CHOICES, Choice, SuggestionCard
from llmopt_tui.tui.variant_words import waiting_name

if TYPE_CHECKING:
    from llmopt_tui.core.drafts import RefusedDraft
    from llmopt_tui.tui import news
    from llmopt_tui.tui.app import LlmoptApp
    from llmopt_tui.tui.controller import RunController
    from llmopt_tui.tui.widgets.pane_tabs import PaneTabs

DECIDING_KEYS = (
    *CHOICES,
    "own_prompt",
    "ask_again",
    "playbook",
    "drafts",
    "finish",
    "skip",
    "decide",
)
"""The commands whose keys the cards name."""


class Deciding(Screen[None]):
    """The part of the Workbench that passes the person's answers to the controller."""

    app: LlmoptApp
    controller: RunController
    tabs: PaneTabs
    _opened_for: object = None

    # What waits comes into sight

    def open_decision(self) -> None:
        """Bring a question that has just come up to the middle, unless the person types."""
        waits = self.controller.waits
        pending = waits.pending if waits else None
        if pending is self._opened_for:
            return
        self._opened_for = pending
        if pending is None:
            if self.tabs.chosen == "decide":
                self.tabs.select("log")
                self.call_after_refresh(self._keep_focus)
            return
        typing = isinstance(self.app.focused, Input) and self.app.screen is self
        if typing and self.tabs.chosen != "decide":
            return
        self.tabs.select("decide")
        pane = self.query_one(DecisionPane)
        pane.draw()
        if self.app.screen is self:
            self.call_after_refresh(pane.focus_text)

    def _keep_focus(self) -> None:
        """Give the focus to the log where it was in what has been decided."""
        focused = self.focused
        lost = focused is None or self.query_one(DecisionPane) in focused.ancestors
        if lost and self.tabs.chosen == "log" and not self.controller.deciding:
            self.tabs.go("log")

    @property
    def decision_in_sight(self) -> bool:
        """Whether what waits has the middle of the screen: the person may have gone to the log."""
        return self.controller.deciding and self.tabs.chosen != "log"

    def draw_sight(self) -> None:
        """Give the middle to what waits, or to the log, as the chosen pane says."""
        self.set_class(self.decision_in_sight, "-deciding")
        self.set_class(self.tabs.chosen not in ("models", "cases"), "-lists-aside")

    def show_log(self) -> None:
        """Bring the log into sight: a key for something in it was pressed."""
        if self.controller.deciding and self.tabs.chosen == "decide":
            self.tabs.go("log")  # the keys of a decision out of sight must not be taken
            self.draw_sight()

    @property
    def put_aside(self) -> str:
        """What waits, in words, while it is not in sight; "" otherwise."""
        run = self.controller
        narrow = self.has_class("-narrow")
        if not run.deciding or (self.tabs.chosen != "log" and not narrow):
            return ""
        return f"{waiting_name(run.proposal)} waits" if run.proposal else "A question waits"

    # Answers

    def action_choose(self, choice: Choice) -> None:
        """Do what a button of the idea's card does."""
        card = self.query_one(DecisionPane).current
        if isinstance(card, SuggestionCard):
            card.choose(choice)
        elif isinstance(card, ConventionCard) and choice == "edit":
            card.answer()

    def action_follow_up(self, following: Following) -> None:
        """Say what follows where the session would end; some of it is possible at any time."""
        card = self.query_one(DecisionPane).current
        if isinstance(card, NextCard):
            card.choose(following)
            return
        match following:
            case "own_prompt":
                self._own_prompt()
            case "drafts":
                self._look_at_drafts()
            case "ask_again" if not self.controller.ask_again():
                self.app.say("No interview is under way that could be made again.")
            case "playbook" | "finish":
                self.app.say("That is asked when the session would end.")
            case _:
                pass

    def on_next_card_chosen(self, message: NextCard.Chosen) -> None:
        """Pass on what the person wants before the session ends."""
        message.stop()
        match message.following:
            case "ask_again":
                self.controller.ask_again()
            case "playbook":
                self.controller.take_from_playbook()
            case "finish":
                self.controller.finish()
            case "drafts":
                self._look_at_drafts()
            case "own_prompt":
                self._own_prompt()

    def action_skip(self) -> None:
        """Skip the interview, the question about labels, or the answer in the talk."""
        card = self.query_one(DecisionPane).current
        if isinstance(card, ConventionCard):
            card.skip()
        elif not (self.controller.give_up_talk() or self.controller.give_up_interview("skipped")):
            self.app.say("Nothing is under way that could be skipped.")

    def action_turn_to_idea(self, number: int) -> None:
        """Decide about another idea of the round first."""
        self.controller.turn_to(number)

    def on_suggestion_card_next_wanted(self, message: SuggestionCard.NextWanted) -> None:
        """Go to another idea of the round."""
        message.stop()
        self.controller.turn_to(message.proposal)

    def on_suggestion_card_try_wanted(self, message: SuggestionCard.TryWanted) -> None:
        """Try the idea on one example."""
        message.stop()
        if why_not := self.controller.try_idea(message.example_id, message.left_out):
            self.app.say(why_not)
        self.query_one(DecisionPane).write()

    def on_suggestion_card_decided(self, message: SuggestionCard.Decided) -> None:
        """Pass the decision to the controller."""
        message.stop()
        if message.choice == "accept":
            self.controller.accept(message.left_out)
        elif message.choice == "accept_all":
            self.controller.accept_all(message.left_out)
        else:
            self.controller.reject(message.note)

    def on_suggestion_card_released(self, message: SuggestionCard.Released) -> None:
        """Take the focus back from the card's input."""
        message.stop()
        self.set_focus(self.query("#suggestion-text").last())

    def on_convention_card_released(self, message: ConventionCard.Released) -> None:
        """Take the focus back from the card's input."""
        message.stop()
        self.set_focus(self.query("#suggestion-text").last())

    def on_convention_card_answered(self, message: ConventionCard.Answered) -> None:
        """Pass on what the person says about the labels."""
        message.stop()
        self.controller.explain_labels(message.text)

    def on_suggestion_card_edit_wanted(self, message: SuggestionCard.EditWanted) -> None:
        """Open the editor on the suggestion."""
        message.stop()
        from llmopt_tui.tui.screens.editor import PromptEditor

        def edited(text: str | None) -> None:
            if text is not None and not self.controller.edit(text, message.left_out):
                self._keep_unused(text, "The suggestion was decided in the meantime")

        self.app.push_screen(PromptEditor(message.text, message.parent), edited)

    # Prompts of the person, and refused drafts

    def _own_prompt(self) -> None:
        """Open the editor on the best prompt so far, to test the person's own version of it.

        Or on what they wrote before, where that could not be used.
        """
        from llmopt_tui.tui.screens.editor import PromptEditor

        best = self.controller.best_prompt
        if best is None:
            self.app.say(
                "A prompt of your own can join while a session runs, once the original is scored."
            )
            return
        begin = self.controller.unused or best
        editor = PromptEditor(begin, best, title="A prompt of your own", required=best)
        self.app.push_screen(editor, self._written)

    def _written(self, text: str | None, draft: RefusedDraft | None = None) -> None:
        if text is None:
            return
        self.controller.unused = ""
        if not self.controller.write(text, draft):
            self._keep_unused(text, "The session has ended and tests nothing more")

    def _keep_unused(self, text: str, why: str) -> None:
        from llmopt_tui.tui.keys import key_of

        self.controller.unused = text
        key = key_of("own_prompt", self.app.keymap)
        self.app.say(f"{why}. Your text is kept: {key} opens it in the next session.")

    def _look_at_drafts(self) -> None:
        """Choose one of the drafts that the checks refused, and open it."""
        drafts = self.controller.drafts
        if not drafts:
            self.app.say("No draft of this round was refused, or nothing more is tested.")
            return
        if len(drafts) == 1:
            self._open_draft(drafts[0])
            return
        from llmopt_tui.tui.screens.dialogs import Choose

        def chosen(place: str | None) -> None:
            if place is not None:
                self._open_draft(drafts[int(place)])

        rows = [(str(n), one_line(draft_name(draft), 110)) for n, draft in enumerate(drafts)]
        self.app.push_screen(Choose("Refused drafts of this round", rows), chosen)

    def _open_draft(self, draft: RefusedDraft) -> None:
        """Open the editor on a refused draft, with the reasons against it."""
        from llmopt_tui.tui.screens.editor import PromptEditor

        best = self.controller.best_prompt
        if best is None:
            return
        editor = PromptEditor(
            draft.text,
            best,
            title="A refused draft: mend it, or use it anyway",
            required=best,
            note="Refused because: " + " ".join(draft.problems),
        )
        self.app.push_screen(editor, lambda text: self._written(text, draft))

    # The talk

    def action_ask(self) -> None:
        """Go to the interviewer's input."""
        self.tabs.select("talk")
        self.query_one(AskInput).focus()

    def on_interviewer_pane_asked(self, message: InterviewerPane.Asked) -> None:
        """Put the question to the interviewer."""
        message.stop()
        pane = self.query_one(InterviewerPane)
        if self.controller.chat(message.text):
            pane.asked(message.text)
        else:
            pane.give_back(message.text)
            self.app.say("You can ask the interviewer after its first interview.")

    def on_talk_failed(self, message: news.TalkFailed) -> None:
        """Give the person back what got no answer."""
        if message.text:
            self.query_one(InterviewerPane).give_back(message.text)


def draft_name(draft: RefusedDraft) -> str:
    """A refused draft in a line: its rule or how it begins, and the first reason against it."""
    said = draft.change.text if draft.change.edit == "add rule" else draft.text
    return f"{one_line(said, 60)}  ✗ {draft.problems[0] if draft.problems else ''}"
