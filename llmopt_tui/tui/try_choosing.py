"""TryChoosing: which case, example, models and prompts the Try screen works with."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work
from textual.screen import Screen

from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.text.names import find_name
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.notices import Notices
from llmopt_tui.tui.panes.cases import CasesPane
from llmopt_tui.tui.panes.models import ModelsPane
from llmopt_tui.tui.panes.try_example import ExpectedPane, InputPane
from llmopt_tui.tui.screens.dialogs import Choose
from llmopt_tui.tui.try_controller import SIDES

if TYPE_CHECKING:
    from llmopt_tui.core.case import Case, Example
    from llmopt_tui.tui.app import LlmoptApp
    from llmopt_tui.tui.panes.try_prompt import PromptPane
    from llmopt_tui.tui.to_try import ToTry
    from llmopt_tui.tui.try_controller import Side, TryController

_NO_CASE = "no case: a text of my own"
_NEW = "a new prompt"


class TryChoosing(Screen[None]):
    """The part of the Try screen that chooses. Its choices survive a look at other screens."""

    app: LlmoptApp

    def __init__(self, trials: TryController) -> None:
        super().__init__()
        self.trials = trials
        self.case: Case | None = None
        self.example_id = ""
        self.models: dict[Side, str] = {"left": "", "right": ""}
        self._settled = False

    # What the rest of the screen is asked for

    @property
    def sides(self) -> tuple[Side, ...]:
        """The columns that are shown."""
        raise NotImplementedError

    @property
    def active(self) -> Side:
        """The column that the person works in."""
        raise NotImplementedError

    def prompt_pane(self, side: Side) -> PromptPane:
        """The editor of a column."""
        raise NotImplementedError

    def show_beside(self) -> None:
        """Show the second column."""
        raise NotImplementedError

    def draw_choices(self) -> None:
        """Bring the choices up to date."""
        raise NotImplementedError

    # What there is

    @property
    def installed(self) -> list[str]:
        """The models that the endpoints have, in their order, each once."""
        surveys = self.app.finding.surveys
        return list(dict.fromkeys(info.name for survey in surveys for info in survey.models))

    @property
    def example(self) -> Example | None:
        """The chosen example; None without a case."""
        examples = self.case.examples if self.case else ()
        return next((each for each in examples if each.id == self.example_id), None)

    @property
    def own_names(self) -> tuple[str, ...]:
        """The placeholders that need a text of the person's own, of all columns, each once."""
        wanted = [name for side in self.sides for name in self.prompt_pane(side).placeholders]
        return tuple(dict.fromkeys(wanted))

    def begin(self) -> None:
        """Choose what is picked in the Workbench, else the first of everything, as it is found."""
        finding, workbench = self.app.finding, self.app.workbench
        if not self.models["left"]:
            picked = workbench.query_one(ModelsPane).picked
            self.models["left"] = next(
                (name for name in [*picked, *self.installed] if find_name(name, self.installed)), ""
            )
        if not self._settled and finding.loaded is not None:
            self._settled = True
            picked = [p for p in workbench.query_one(CasesPane).picked if p in finding.cases]
            first = next(iter([*picked, *finding.cases]), "")
            self._use_case(finding.cases.get(first))
            if self.case is not None and not self.prompt_pane("left").draft.prompt.text:
                self.prompt_pane("left").open(self.case.prompt)
        self.show_example()
        self.draw_choices()

    def on_found(self) -> None:
        """Take over what was found anew: models, and the chosen case as its file is now."""
        fresh = self.app.finding.cases.get(self.case.id) if self.case else None
        if fresh is not None and self.example_id in {example.id for example in fresh.examples}:
            self._use_case(fresh)
        self.begin()

    def other_model(self) -> str:
        """A model for the second column: one that is not in the first, if there is one."""
        others = [name for name in self.installed if name != self.models["left"]]
        return others[0] if others else self.models["left"]

    def no_model_words(self) -> str:
        """Why no model is chosen, and what to do."""
        keymap = self.app.keymap
        look, choose = key_of("try_look", keymap), key_of("try_model", keymap)
        if self.installed:
            return f"Choose a model first: {choose}."
        if self.app.finding.waiting_for:
            return "The servers are being asked for their models: run it again in a moment."
        said = [f"{one_line(s.url, 200)}: {s.error}" for s in self.app.finding.surveys if s.error]
        why = "\n".join(said) or "The servers have no models yet."
        return f"There is no model to ask.\n{why}\nThen {look} looks again."

    # Choosing

    def action_try_model(self, column: str = "") -> None:
        """Choose the model of a column, by default of the one in use."""
        if not self.installed:
            self.query_one(Notices).add(self.no_model_words())
            return
        side = next((side for side in self.sides if side == column), self.active)

        def chosen(name: str | None) -> None:
            if name is not None:
                self.models[side] = name
                self.draw_choices()

        which = f" of the {side} column" if len(self.sides) > 1 else ""
        offers = [(name, one_line(fmt.short_model(name), 50)) for name in self.installed]
        self.app.push_screen(Choose(f"The model{which}", offers), chosen)

    def action_try_case(self) -> None:
        """Choose the case, or none."""
        cases = self.app.finding.cases
        offers = [
            (case.id, f"{one_line(case.id, 36)}  {fmt.plural(len(case.examples), 'example')}")
            for case in cases.values()
        ]

        def chosen(name: str | None) -> None:
            if name is not None:
                self._change_case(cases.get(name))

        self.app.push_screen(Choose("The case", [*offers, ("", _NO_CASE)]), chosen)

    def action_try_example(self) -> None:
        """Choose one of the case's examples."""
        if self.case is None:
            self.app.say("Examples belong to a case: choose one first.")
            return
        offers = [
            (e.id, f"{one_line(e.id, 18)}  {one_line(' '.join(e.inputs.values()), 34)}")
            for e in self.case.examples
        ]

        def chosen(name: str | None) -> None:
            if name is not None:
                self.example_id = name
                self.show_example()
                self.draw_choices()

        self.app.push_screen(Choose("The example", offers), chosen)

    def action_try_step(self, by: int) -> None:
        """Go to the next example, or with -1 to the previous one; after the last to the first."""
        example = self.example
        if self.case is None or example is None:
            return
        place = self.case.examples.index(example) + by
        self.example_id = self.case.examples[place % len(self.case.examples)].id
        self.show_example()
        self.draw_choices()

    def action_try_look(self) -> None:
        """Ask the endpoints and read the cases."""
        self.app.finding.look()
        self.app.say("Looking for models and cases …")

    @work(group="choose", exclusive=True, exit_on_error=False)
    async def action_try_open(self) -> None:
        """Open a prompt of the workspace in the column in use."""
        loaded = await asyncio.to_thread(self.app.workspace.load_prompts)
        offers = [
            (name, f"{one_line(name, 30)}  {one_line(prompt.description, 24)}".rstrip())
            for name, prompt in sorted(loaded.prompts.items())
        ]
        chosen = await self.app.push_screen_wait(Choose("The prompt", [*offers, ("", _NEW)]))
        if chosen is not None:
            self.open_prompt(loaded.prompts.get(chosen) or Prompt("prompt", ""))

    def choose_for(self, coming: ToTry) -> None:
        """Choose what comes with a prompt: its case, as its file is now if it can be, and so on."""
        if coming.case is not None:
            own = self.app.finding.cases.get(coming.case.id)
            ids = [example.id for example in own.examples] if own else []
            usable = own if not coming.example_id or coming.example_id in ids else None
            self._settled = True
            self._use_case(usable or coming.case)
        if coming.example_id in {e.id for e in (self.case.examples if self.case else ())}:
            self.example_id = coming.example_id
        if coming.model:
            self.models["left"] = coming.model
        self.show_example()
        self.draw_choices()

    def open_prompt(self, prompt: Prompt) -> None:
        """Open a prompt in the column in use; ask first where a text of the person would go."""
        pane = self.prompt_pane(self.active)
        draft = pane.draft
        if prompt.variant == draft.prompt.variant:
            return
        if not draft.changed or self.trials.tries.holds(draft.prompt):
            pane.open(prompt)
            return
        offers = [("replace", "open it in place of mine (ctrl+z in the editor undoes that)")]
        if len(self.sides) == 1 and not self.prompt_pane("right").draft.changed:
            offers.insert(0, ("beside", "open it beside mine, in a second column"))

        def chosen(how: str | None) -> None:
            if how == "beside":
                self.prompt_pane("right").open(prompt)
                self.show_beside()
                self.draw_choices()
            elif how == "replace":
                pane.open(prompt)

        offers.append(("keep", "keep mine, and do not open it"))
        title = f"Your prompt is not saved. Open {one_line(prompt.name, 30)}?"
        self.app.push_screen(Choose(title, offers), chosen)

    def _change_case(self, case: Case | None) -> None:
        """Use another case, and its prompt where the person has not written one."""
        self._use_case(case)
        self.show_example()
        self.draw_choices()
        if case is not None:
            self.open_prompt(case.prompt)

    def _use_case(self, case: Case | None) -> None:
        self.case = case
        ids = [example.id for example in case.examples] if case else []
        if self.example_id not in ids:
            self.example_id = ids[0] if ids else ""

    def show_example(self) -> None:
        """Show the chosen example, and hold the prompts against its inputs."""
        inputs, expected, example = (
            self.query_one(InputPane),
            self.query_one(ExpectedPane),
            self.example,
        )
        expected.show(self.case, example)
        if self.case is not None and example is not None:
            inputs.show_example(self.case, example)
        else:
            inputs.show_own(self.own_names)
        names = tuple(example.inputs) if example else None
        for side in SIDES:
            self.prompt_pane(side).hold_against(names)
