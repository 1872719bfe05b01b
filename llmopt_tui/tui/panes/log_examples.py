"""LogExamples: the examples in the Live log: how they are shown, and how keys go through them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from llmopt_tui.reports.example_words import Asked
from llmopt_tui.tui.panes.examples_view import ExamplesView, ExampleView

if TYPE_CHECKING:
    from textual.containers import VerticalScroll

    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.state.previous_answers import PreviousAnswers
    from llmopt_tui.tui.panes.examples_view import ExampleKey


class LogExamples:
    """Knows how examples are shown, and moves the cursor through those of what is selected.

    `scroll` returns the part of the log that scrolls, `current` the examples of what is selected:
    None where it is closed or has none.
    """

    def __init__(
        self, scroll: Callable[[], VerticalScroll], current: Callable[[], ExamplesView | None]
    ) -> None:
        self.whole = self.thoughts = self.against = False
        self._scroll, self._current = scroll, current
        self._asked: Asked | None = None

    def begin(self) -> None:
        """Forget the case of the session that was shown before."""
        self._asked = None

    def asked(self, record: SessionRecord) -> Asked:
        """What the shown session asks. It is read once."""
        if self._asked is None and record.started:
            self._asked = Asked.by(record)
        return self._asked or Asked({})

    def view(self, record: SessionRecord, previous: PreviousAnswers) -> ExampleView:
        """How examples are shown whose earlier answers are these."""
        return ExampleView(self.asked(record), previous, self.whole, self.thoughts, self.against)

    def leave(self) -> None:
        """Take the cursor away from the examples."""
        if view := self._current():
            view.cursor = None

    def move(self, by: int) -> None:
        """Move the cursor to the next example (or with -1 the previous) in sight, else scroll.

        So a long text can be read with the same keys.
        """
        view, log = self._current(), self._scroll()
        if view is None or not self._moved(view, by):
            log.scroll_relative(y=by, animate=False)

    def _moved(self, view: ExamplesView, by: int) -> bool:
        seen = [key for key in view.keys if self._is_seen(view, key)]
        if view.cursor is None or view.cursor not in seen:
            if not seen or (view.cursor is None and by < 0):
                return False
            view.cursor = seen[0 if by > 0 else -1]
            return True
        place = seen.index(view.cursor) + by
        if 0 <= place < len(seen):
            view.cursor = seen[place]
            return True
        if by < 0 and view.cursor == view.keys[0]:
            view.cursor = None
            return True
        return False

    def turn(self) -> bool:
        """Open or close the example under the cursor. Returns False where the cursor is on none."""
        view = self._current()
        if view is None or view.cursor is None:
            return False
        self._turn(view, view.cursor)
        return True

    def open_one(self) -> None:
        """Open the example under the cursor, else the first, unless one is open."""
        view = self._current()
        if view is None or not view.keys:
            return
        if view.cursor is None and any(map(view.is_open, view.keys)):
            return
        view.cursor = view.cursor or view.keys[0]
        if not view.is_open(view.cursor):
            self._turn(view, view.cursor)

    def _turn(self, view: ExamplesView, key: ExampleKey) -> None:
        view.toggle(key)
        view.call_after_refresh(self._bring_into_view, view, key)

    def _bring_into_view(self, view: ExamplesView, key: ExampleKey) -> None:
        """Scroll until an example is in sight: all of it, or its beginning where it is longer."""
        rows, log = view.rows(key), self._scroll()
        if not rows or not view.is_attached:
            return
        at, height = round(log.scroll_y), log.scrollable_content_region.height
        top = at + view.region.y - log.region.y + rows.start
        target = max(at, top + len(rows) - height)
        log.scroll_to(y=min(target, top), animate=False, force=True)

    def _is_seen(self, view: ExamplesView, key: ExampleKey) -> bool:
        rows, log = view.rows(key), self._scroll().region
        return bool(rows) and log.y <= view.region.y + rows.start < log.bottom
