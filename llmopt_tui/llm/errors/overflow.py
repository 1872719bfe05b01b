"""How much too long a prompt is, as the servers say it: Ollama, llama.cpp, vLLM, SGLang, LM Studio.

Gateways such as LiteLLM pass these words on inside their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"(\d{1,9})"

_PROMPT = (
    rf"(?:has|passed|contains(?: at least)?) {_NUMBER} input tokens",
    rf"\({_NUMBER} in the messages",
    rf"(?:request|input|input length|prompt) \({_NUMBER} tokens?\)",
    rf"prompt \((?:total )?length {_NUMBER}\)",
    rf"{_NUMBER} tokens from the input messages",
    rf"messages resulted in {_NUMBER} tokens",
    rf"keep the first {_NUMBER} tokens",
    rf"n_prompt_tokens\W{{1,6}}{_NUMBER}",
)
_ANSWER = (
    rf"requested {_NUMBER} output tokens",
    rf"{_NUMBER} in the completion",
    rf"{_NUMBER} tokens for the completion",
    rf"too large: {_NUMBER}",
)
_WINDOW = (
    rf"context (?:length|size|window) (?:is |of )?(?:only )?{_NUMBER}",
    rf"context (?:length|size|window) \({_NUMBER} tokens?\)",
    rf"maximum model length of {_NUMBER}",
    rf"n_ctx\W{{1,6}}{_NUMBER}",
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a request takes and what there is, in tokens; None where the server does not say.

    `answer` is the room that was asked for the answer. `at_least`: the server stopped counting the
    prompt once it was too long.
    """

    prompt: int | None = None
    answer: int | None = None
    window: int | None = None
    at_least: bool = False

    @property
    def needed(self) -> int | None:
        """What prompt and answer take together; None where the prompt's size is unknown."""
        return None if self.prompt is None else self.prompt + (self.answer or 0)

    def __str__(self) -> str:
        if self.prompt is None or self.window is None:
            return f"{self.window} tokens fit" if self.window else ""
        least = "at least " if self.at_least else ""
        answer = f" and {self.answer} for the answer" if self.answer else ""
        return f"{least}{self.prompt} tokens{answer}, {self.window} fit"


def sizes_in(text: str) -> Sizes:
    """The sizes that a server's words name."""
    folded = text.casefold()
    return Sizes(
        prompt=_first(_PROMPT, folded),
        answer=_first(_ANSWER, folded) or None,
        window=_first(_WINDOW, folded),
        at_least="at least" in folded,
    )


def _first(patterns: tuple[str, ...], text: str) -> int | None:
    found = next((match for pattern in patterns if (match := re.search(pattern, text))), None)
    return int(found[1]) if found else None
