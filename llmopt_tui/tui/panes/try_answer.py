"""AnswerPane: an answer as it is written, then its score and what each criterion says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.example_words import MOST_COMPARED
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.links import link
from llmopt_tui.tui.panes.try_example import Reading
from llmopt_tui.tui.panes.try_figures import LONGEST, criteria_lines, figures, live_figures
from llmopt_tui.tui.widgets.diff import DiffView
from llmopt_tui.tui.widgets.lines import Line, WrappedLines
from llmopt_tui.tui.widgets.plain import Plain, StreamingText, plain_text
from llmopt_tui.tui.widgets.word_diff import word_diff

if TYPE_CHECKING:
    from llmopt_tui.core.case import Example
    from llmopt_tui.core.prompt import Prompt
    from llmopt_tui.state.trying import Answered, LiveTry

_TICK_SECONDS = 0.1


class Criticism(WrappedLines):
    """The criteria: each with its score in the gutter, and its words below."""

    DEFAULT_CSS = """
    Criticism > .criticism--name { text-style: bold; }
    Criticism > .criticism--words { color: $text-muted; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"criticism--name", "criticism--words"}
    gutter_width: ClassVar[int] = 5


class AnswerPane(Vertical):
    """Draws an attempt under way, one that failed, or an answer. `monotonic` returns seconds."""

    HELP = """\
The answer as the model writes it, with the time and about how many tokens so far; then its score
and what each criterion says of it. An earlier answer that is looked at again also shows how its
prompt differs from the one in the editor. With two columns, the right answer is marked where it
differs from the left one: struck out is what only the left one says; c shows it as it is."""

    def __init__(self, *, id: str, title: str, monotonic: Callable[[], float]) -> None:
        super().__init__(id=id, classes="pane")
        self._title, self._monotonic = title, monotonic
        self._live: LiveTry | None = None
        self._answered: Answered | None = None
        self._seen = self._thought = self._frame = self._figure_rows = 0
        self._said: str | None = None
        self._clock: Timer | None = None
        self._compared: tuple[Prompt | None, Prompt | None] = (None, None)
        self._beside: Answered | None = None
        self.thoughts, self.against = False, True

    def compose(self) -> ComposeResult:
        """A line of figures, the answer, and the criteria."""
        yield Plain(classes="try-figures")
        yield Plain(classes="try-problem")
        with Reading(classes="try-answer"):
            yield StreamingText(classes="try-thoughts")
            yield StreamingText(classes="try-text")
            yield Plain(classes="try-against")
            yield Plain(classes="try-label")
            yield DiffView()
        with Reading(classes="try-criteria"):
            yield Criticism()

    def on_mount(self) -> None:
        """Draw the elapsed time by a timer while an answer is under way."""
        self._clock = self.set_interval(_TICK_SECONDS, self._tick, pause=True)
        self.invite("")

    @property
    def answered(self) -> Answered | None:
        """The answer that is shown; None where none is, or while one is under way."""
        return self._answered

    def copyable(self) -> list[tuple[str, str]]:
        """The answer, its prompt as it was sent, and what the model thought."""
        if self._live is not None:
            return [("answer", self._live.text), ("thoughts", self._live.thinking)]
        if self._answered is None:
            return []
        tried = self._answered.tried
        sent = "\n\n".join(f"[{m.role}]\n{m.content}" for m in tried.request.messages)
        return [
            ("answer", tried.reply.text),
            ("what was sent", sent),
            ("thoughts", tried.reply.thinking),
        ]

    def invite(self, text: str) -> None:
        """Show no answer, but this text on how to get one."""
        self._begin(None)
        self._head("", "")
        self._say(text)

    def refuse(self, problem: str) -> None:
        """Show why no call was made; the answer that was shown goes."""
        self._begin(None)
        self._head("", "")
        self._say(problem, wrong=True)

    def follow(self, live: LiveTry) -> None:
        """Draw an attempt under way, or what is new of it. The cost depends only on that."""
        if live is not self._live:
            self._begin(live)
            self._head(live.model, "")
        if len(live.text) < self._seen or len(live.thinking) < self._thought:
            self._clear()  # the call is made again, or a second one says the answer again
        body = self.query_one(".try-answer", Reading)
        at_end = body.scroll_offset.y >= body.max_scroll_y
        thoughts = self.query_one(".try-thoughts", StreamingText)
        thoughts.append(live.thinking[self._thought :])
        self._show_thoughts(bool(live.thinking), writing=not live.text)
        self.query_one(".try-text", StreamingText).append(live.text[self._seen :])
        self._seen, self._thought = len(live.text), len(live.thinking)
        if at_end:  # else the person has scrolled away, and reads
            self.call_after_refresh(body.scroll_end, animate=False, force=True)
        if self._clock:
            (self._clock.pause if live.ended else self._clock.resume)()
        self._draw_live(live)

    def show(self, answered: Answered, beside: Answered | None = None) -> None:
        """Draw an answer. `beside` is the one in the other column, which it is compared with.

        Where both answer the same input, what differs is marked.
        """
        came = self._live is not None and self._seen == len(answered.tried.reply.text)
        if not came:
            self._begin(None)
            self.query_one(".try-text", StreamingText).set_text(answered.tried.reply.text)
            thoughts = self.query_one(".try-thoughts", StreamingText)
            thoughts.set_text(answered.tried.reply.thinking)
        self._live, self._answered = None, answered
        if self._clock:
            self._clock.pause()
        self.call_after_refresh(self.query_one(".try-answer", Reading).scroll_home, animate=False)
        tried = answered.tried
        self._head(tried.model.name, "")
        self._show_thoughts(bool(tried.reply.thinking), writing=False)
        self._say(f"No answer: {tried.error}" if tried.error else "", wrong=True)
        if not tried.error and not tried.reply.text:
            self._say("The model answered with nothing.")
        self.query_one(".try-figures", Plain).update(figures(answered, beside))
        self._show_criteria(answered)
        same_input = beside is not None and beside.tried.attempt.inputs == tried.attempt.inputs
        self._beside = beside if same_input else None
        self._draw_against()

    def compare(self, prompt: Prompt, example: Example | None) -> None:
        """Say what of the answer is not as it is chosen now: its example, its prompt.

        How its prompt differs from the one in the editor is shown below the answer.
        """
        if self._answered is not None:
            self._say_origin(self._answered, example)
        label = self.query_one(".try-answer > .try-label", Plain)
        diff = self.query_one(DiffView)
        own = self._answered.tried.attempt.prompt if self._answered else None
        differs = own is not None and own.variant != prompt.variant
        if (own, prompt) == self._compared:
            return
        self._compared = (own, prompt)
        label.display = diff.display = differs
        if own is None or not differs:
            return
        words = "Its prompt (+) differs from yours (-):  "
        key = key_of("try_take_back", getattr(self.app, "keymap", {}))
        take = link(f"{key} takes it back", "screen.try_take_back", "bold underline")
        label.update(Content.assemble(words, take))
        diff.update(_whole(prompt), _whole(own))

    def toggle_thoughts(self) -> None:
        """Show or hide what the model thought before it answered."""
        self.thoughts = not self.thoughts
        self._show_thoughts(True, writing=self._live is not None and not self._live.text)

    def toggle_against(self) -> None:
        """Mark what differs from the answer beside it, or show the answer as it is."""
        self.against = not self.against
        self._draw_against()

    def _draw_against(self) -> None:
        """Show the answer with what differs from the one beside it, where that is wanted."""
        compared = self.query_one(".try-against", Plain)
        texts = [each.tried.reply.text for each in (self._beside, self._answered) if each]
        comparable = len(texts) == 2 and all(texts) and max(map(len, texts)) <= MOST_COMPARED
        compared.display = self.against and comparable
        self.query_one(".try-text").display = not compared.display
        if compared.display:
            left, own = texts
            compared.update(word_diff(left, own, whole=True))

    def _begin(self, live: LiveTry | None) -> None:
        self._live, self._answered = live, None
        self._clear()
        self._say("")
        self.remove_class("-other-example")
        self._compared = (None, None)
        self._beside = None
        self._draw_against()
        self.query_one(".try-figures", Plain).update("")
        self.query_one(".try-criteria").display = False
        self.query_one(".try-answer > .try-label").display = False
        self.query_one(DiffView).display = False
        if self._clock:
            self._clock.pause()

    def _clear(self) -> None:
        self._seen = self._thought = 0
        for text in self.query(".try-text, .try-thoughts").results(StreamingText):
            text.clear()

    def _head(self, model: str, which: str) -> None:
        parts = (self._title, one_line(fmt.short_model(model), 40))
        self.border_title = plain_text("  ".join(filter(None, parts)))
        self.border_subtitle = plain_text(which)

    def _say(self, text: str, *, wrong: bool = False) -> None:
        said = f"✗ {text}" if wrong and text else text
        if said == self._said:  # an update lays out the whole screen
            return
        self._said = said
        line = self.query_one(".try-problem", Plain)
        line.display = bool(said)
        line.set_class(wrong, "-wrong")
        line.update(said)

    def _say_origin(self, answered: Answered, chosen: Example | None) -> None:
        example = answered.tried.attempt.example
        other = (example.id if example else "") != (chosen.id if chosen else "")
        name = one_line(example.id, 30) if example else "your own text"
        where = f" on {name}" + ", another example" * other
        self.border_subtitle = plain_text(f"#{answered.n} with P{answered.prompt_n}{where}")
        self.set_class(other, "-other-example")

    def _show_thoughts(self, there: bool, *, writing: bool) -> None:
        """Thoughts are shown while nothing else is there yet, and later where they are wanted."""
        self.query_one(".try-thoughts").display = there and (writing or self.thoughts)

    def _tick(self) -> None:
        self._frame += 1
        if self._live is not None:
            self._draw_live(self._live)

    def _draw_live(self, live: LiveTry) -> None:
        key = key_of("try_cancel", getattr(self.app, "keymap", {}))
        spinner = fmt.SPINNER[self._frame % len(fmt.SPINNER)]
        line = self.query_one(".try-figures", Plain)
        shown = live_figures(live, self._monotonic(), spinner, key)
        rows = shown.cell_length // max(1, line.size.width)
        line.update(shown, layout=rows != self._figure_rows)
        self._figure_rows = rows
        if live.ended:
            self._say(live.problem, wrong=True)
        elif live.retrying:
            self._say(f"The call failed and is made again: {live.retrying.reason}", wrong=True)
        else:
            self._say("")

    def _show_criteria(self, answered: Answered) -> None:
        tried, shown = answered.tried, self.query_one(".try-criteria", Reading)
        lines = list(criteria_lines(tried.criteria))
        if tried.unscored:
            said = f"No score: {one_line(tried.unscored, LONGEST)}"
            lines.append(Line(said, "criticism--name", "✗"))
        shown.display = bool(lines)
        shown.query_one(Criticism).set_lines(lines)
        shown.scroll_home(animate=False)


def _whole(prompt: Prompt) -> str:
    """System message and text of a prompt in one, for comparison."""
    return f"{prompt.system}\n\n{prompt.text}" if prompt.system else prompt.text
