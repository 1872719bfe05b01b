"""Labelling: names, tags and pins that a person gives to sessions and suites in the list."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work
from textual.screen import Screen

from llmopt_tui.tui.widgets.plain import notify_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmopt_tui.store.labels import Labelled
    from llmopt_tui.store.sessions import SessionSummary


class Labelling(Screen[None]):
    """The part of the Sessions screen that labels what is marked, or else what is selected."""

    @property
    def chosen(self) -> Sequence[SessionSummary]:
        """What is marked, or else what is selected."""
        raise NotImplementedError

    def refresh_sessions(self) -> None:
        """Read the results folder again."""
        raise NotImplementedError

    @work(exclusive=True, group="label", exit_on_error=False)
    async def action_name(self) -> None:
        """Ask for the name of the selected session or suite."""
        from llmopt_tui.store.labels import clean_name
        from llmopt_tui.tui.screens.dialogs import Ask

        if not (chosen := self.chosen):
            return
        text = await self.app.push_screen_wait(
            Ask("Name it", "Shown in the list and found by the filter.", value=chosen[0].label)
        )
        if text is not None:
            await self._label(chosen[:1], lambda old: replace(old, name=clean_name(text)))

    @work(exclusive=True, group="label", exit_on_error=False)
    async def action_tags(self) -> None:
        """Ask for the tags of what is chosen, separated by blanks or commas."""
        from llmopt_tui.store.labels import clean_tags
        from llmopt_tui.tui.screens.dialogs import Ask

        if not (chosen := self.chosen):
            return
        text = await self.app.push_screen_wait(
            Ask(
                "Tags",
                "Words with blanks or commas between them; none takes the tags away.",
                value=" ".join(chosen[0].tags),
            )
        )
        if text is not None:
            tags = clean_tags(text.replace(",", " ").split())
            await self._label(chosen, lambda old: replace(old, tags=tags))

    @work(exclusive=True, group="label", exit_on_error=False)
    async def action_pin(self) -> None:
        """Pin what is chosen to the top of the list, or unpin it if all of it is pinned."""
        if chosen := self.chosen:
            pinned = not all(summary.pinned for summary in chosen)
            await self._label(chosen, lambda old: replace(old, pinned=pinned))

    async def _label(
        self, chosen: Sequence[SessionSummary], change: Callable[[Labelled], Labelled]
    ) -> None:
        def keep() -> None:
            from llmopt_tui.store.labels import read_labels, write_labels

            for summary in chosen:
                write_labels(summary.folder, change(read_labels(summary.folder)))

        try:
            await asyncio.to_thread(keep)
        except OSError as error:
            said = f"It cannot be kept: {error.strerror or error}."
            notify_plain(self, said, severity="error", timeout=15)
        self.refresh_sessions()
