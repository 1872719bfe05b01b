"""EndPanel: what a session came to, at the top of the log, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from llmopt_tui.tui.commands import BY_ID
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.links import linked
from llmopt_tui.tui.widgets.plain import Plain, plain_text

if TYPE_CHECKING:
    from llmopt_tui.reports.session_ending import SessionEnding

_VERDICTS = {"REAL": "bold $text-success"}
_DOUBT = "bold $text-warning"


class EndPanel(VerticalScroll):
    """The end of the shown session in words, with the commands that follow, each to be clicked."""

    DEFAULT_CSS = """
    EndPanel {
        display: none; height: auto; max-height: 60%; padding: 0 1; background: $surface;
        border-left: outer $border; scrollbar-size-vertical: 1;
    }
    EndPanel:focus { border-left: outer $foreground 70%; }
    EndPanel > #end-claim { text-style: bold; }
    EndPanel > #end-parts { color: $text-muted; }
    EndPanel > #end-aside { color: $text-muted; }
    EndPanel > #end-keys { margin-bottom: 1; }
    .-short EndPanel > #end-keys { margin-bottom: 0; }
    """
    HELP = """\
What the session came to: the gain on held-out examples, which no idea was made from, with its
verdict; train scores beside it, which flatter; what the same answer to everything would score; what
the best prompt is made of. y copies that prompt."""

    def __init__(self) -> None:
        super().__init__(id="end-panel", can_focus=True)
        self._offers: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        """The claim first, then what can be done, then what is behind the claim."""
        yield Plain(id="end-claim")
        yield Plain(id="end-aside")
        yield Plain(id="end-keys")
        yield Plain(id="end-facts")
        yield Plain(id="end-parts")

    def show(
        self,
        ending: SessionEnding,
        more: Sequence[str],
        actions: Sequence[str],
        offers: Sequence[tuple[str, str]],
        keymap: Mapping[str, str],
    ) -> None:
        """Show the end of a session. `more` are sentences of the surroundings: where the prompt is,
        what the suite recommends. `actions` are ids of commands, `offers` what can be copied.
        """
        self._offers = list(offers)
        title = plain_text(f"{ending.title}\n", "not bold $foreground-muted")
        self.query_one("#end-claim", Plain).update(Content.assemble(title, _claim(ending)))
        aside = self.query_one("#end-aside", Plain)
        aside.display = bool(ending.aside)
        aside.update(ending.aside)
        self.query_one("#end-facts", Plain).update("\n".join([*more, *ending.facts]))
        parts = self.query_one("#end-parts", Plain)
        parts.display = bool(ending.parts)
        parts.update("What the best prompt is made of: " + "; ".join(ending.parts))
        keys = Content("   ").join(_key(name, keymap) for name in actions)
        self.query_one("#end-keys", Plain).update(keys)

    def copyable(self) -> list[tuple[str, str]]:
        """The best prompt, and what the panel says."""
        return self._offers


def _claim(ending: SessionEnding) -> Content:
    if not ending.verdict:
        return plain_text(ending.claim)
    before = plain_text(ending.claim.removesuffix(ending.verdict))
    return before + Content.styled(ending.verdict, _VERDICTS.get(ending.verdict, _DOUBT))


def _key(name: str, keymap: Mapping[str, str]) -> Content:
    """A command with its key; a click carries it out."""
    command = BY_ID[name]
    text = Content.assemble((key_of(name, keymap), "bold"), f" {command.short}")
    place = "app" if command.scope == "app" else "screen"
    return linked(text, f"{place}.{command.action}")
