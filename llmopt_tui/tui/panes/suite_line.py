"""The lines at the top of the Leaderboard: which suite is shown, and which of its cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.durations import clock, left_words
from llmopt_tui.state.leaderboard import Leaderboard
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.bars import Bar
from llmopt_tui.tui.links import link
from llmopt_tui.tui.widgets.score import score_bar

if TYPE_CHECKING:
    from llmopt_tui.state.time_left import Estimate

_BAR = 12


class SuiteLine(Bar):
    """Which suite is shown, how far it is, and a link to other suites."""

    def show(
        self,
        board: Leaderboard,
        estimate: Estimate | None,
        left: float | None,
        *,
        note: str = "",
        waiting: str = "",
    ) -> None:
        """Draw the line. `note` says why the run is held up. `waiting` says what waits for the
        person, and which key leads to it.
        """
        if not board.suite_id:
            self.put(Content(" "))
            return
        size = f"{fmt.plural(len(board.models), 'model')} × {fmt.plural(len(board.cases), 'case')}"
        parts = [Content(size)]
        if board.transferring:
            ended = sum(trial.ended for trial in board.trials.values())
            parts.append(Content(f"trying prompts on other models {ended}/{len(board.trials)}"))
        if note:
            parts.append(Content(note))
        if estimate:
            filled, empty = score_bar(estimate.share, _BAR)
            words = left_words(estimate, left)
            time = f"left {words}" if words else "time left unknown"
            total = estimate.calls_done + estimate.calls_left
            parts += [
                Content.assemble(filled, (empty, "$foreground-disabled"), f" {estimate.share:.0%}"),
                Content(time),
                _quiet(f"call {estimate.calls_done} of about {total}"),
            ]
        else:
            took = f" in {clock(board.seconds)}" if board.seconds else ""
            began = board.started_at.astimezone() if board.started_at else None
            parts += [
                Content(f"{one_line(board.status, 20)}{took}"),
                _quiet(began.strftime("%Y-%m-%d %H:%M") if began else ""),
                _quiet(f"suite {one_line(board.suite_id, 20)}"),
            ]
        if board.loads:
            parts.append(_quiet(fmt.plural(board.loads, "model load")))
        right = (
            link(f"● {waiting} ", "screen.show_next", "bold $text-accent")
            if waiting
            else link("other suites ", "screen.suites", "$foreground-muted")
        )
        room = self.size.width - right.cell_length - 1
        while len(parts) > 1 and sum(p.cell_length + 3 for p in parts) > room:
            parts.pop()
        self.put(Content(" ") + Content("   ").join(parts), right)


def _quiet(text: str) -> Content:
    return Content.styled(text, "$foreground-muted") if text else Content("")


class ViewLine(Bar):
    """The cases that can be shown; the one that is shown is marked."""

    _views: tuple[str, ...] = ()
    _view = ""

    def show(self, views: tuple[str, ...], view: str) -> None:
        """Name all cases; if they do not fit, name the shown one and its place."""
        self._views, self._view = views, view
        self._draw()

    def on_resize(self) -> None:
        """Name as many cases as fit now."""
        self._draw()

    def _draw(self) -> None:
        if len(self._views) < 2:
            self.put(Content(""))
            return
        names = [one_line(name, 30) if name else "all cases" for name in self._views]
        parts: list[Content | str] = [" "]
        if sum(len(name) + 3 for name in names) < self.size.width:
            for place, name in enumerate(names):
                style = "bold reverse" if self._views[place] == self._view else "$text-muted"
                parts += [link(f" {name} ", f"screen.view_at({place})", style), " "]
        else:
            place = self._views.index(self._view) if self._view in self._views else 0
            parts += [
                link("◂", "screen.view(-1)", "bold"),
                Content.styled(f" {names[place]} ", "bold reverse"),
                link("▸", "screen.view(1)", "bold"),
                Content.styled(f"  {place + 1} of {len(names)}", "$text-muted"),
            ]
        self.put(Content.assemble(*parts))
