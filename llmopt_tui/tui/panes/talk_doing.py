"""TalkDoing: what the interviewer does now, for how long, and how to end that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.widgets.plain import Plain, plain_text

if TYPE_CHECKING:
    from textual.timer import Timer

    from llmopt_tui.core.signals import Doing
    from llmopt_tui.state.run_state import RunState

_TICK_SECONDS = 0.2
_DOING: Mapping[Doing, str] = {
    "analysis": "analysing",
    "rule": "writing a rule",
    "prompt": "writing a prompt",
    "talk": "answering",
}


class TalkDoing(Plain):
    """One line, shown while the interviewer is asked. `monotonic` returns seconds."""

    def __init__(self, monotonic: Callable[[], float], *, read_only: bool) -> None:
        super().__init__("", id="talk-doing")
        self._monotonic = monotonic
        self._read_only = read_only
        self._state: RunState | None = None
        self._talking = False
        self._keys: Mapping[str, str] = {}
        self._call: object = None
        self._call_since = 0.0
        self._clock: Timer | None = None

    def on_mount(self) -> None:
        """Begin hidden, with a clock that runs while the line is shown."""
        self.display = False
        self._clock = self.set_interval(_TICK_SECONDS, self._draw, pause=True)

    def begin(self) -> None:
        """Count the seconds from now on: the person has just asked something."""
        self._call, self._call_since = None, self._monotonic()

    def follow(self, state: RunState, *, talking: bool, keys: Mapping[str, str]) -> bool:
        """Show what is done in this session; `talking` answers the person, else interviews.

        Returns whether the line appeared or went.
        """
        self._state, self._talking, self._keys = state, talking, keys
        speaking = state.interviewing or talking
        turned, self.display = self.display != speaking, speaking
        if self._clock:
            (self._clock.resume if speaking else self._clock.pause)()
        self._draw()
        return turned

    def _draw(self) -> None:
        state = self._state
        if state is None or not self.display:
            self._call = None
            return
        retry = state.retries.get(None)
        call = (len(state.said), self._talking, id(retry) if retry else None)
        if call != self._call:
            self._call, self._call_since = call, self._monotonic()
        took = max(0.0, self._monotonic() - self._call_since)
        frame = fmt.SPINNER[int(took / _TICK_SECONDS) % len(fmt.SPINNER)]
        parts = [f"{frame} {self._doing(state)}", fmt.seconds(took).strip()]
        if written := _written(state):
            parts.append(written)
        if not self._read_only:
            parts.append(self._ways_out())
        self.update(plain_text("  ".join(parts), "$foreground-muted"))

    def _doing(self, state: RunState) -> str:
        now = state.said[-1] if state.said else None
        if retry := state.retries.get(None):
            return f"asking again: {one_line(retry.reason, 60)}"
        if self._talking:
            return "answering" if now and now.text else "reading what you said"
        if now is None or not (now.text or now.thought or len(state.said) > 1):
            return "reading the outputs"
        if not now.text and now.thought:
            return "thinking"
        return _DOING[now.doing]

    def _ways_out(self) -> str:
        skip = self._keys.get("skip", "k")
        if self._talking:
            return f"{skip} cancels"
        return f"{skip} skips  {self._keys.get('ask_again', 'g')} asks again"


def _written(state: RunState) -> str:
    """How much was written in the call under way."""
    now = state.said[-1] if state.said else None
    count = len(now.text) + now.thought if now else 0
    return f"{count:,} characters" if count else ""
