"""Call order: which of several requests comes next, so that a server reads little of them anew.

Servers keep what they read of a prompt, and reuse it for a next one that starts the same way (their
prefix cache). Of what is sent together, requests that share the longest start follow each other.
Sorting by text would do as much for the server, but would show people their examples in no order
that they know: an order stays where another one saves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from llmopt_tui.core.ports import Message

STEP = 64
"""Characters in which shared starts are measured: about the tokens that a server reuses at once."""


def by_shared_start(chats: Sequence[Sequence[Message]]) -> list[int]:
    """The chats' positions in the order in which to send them.

    Each is followed by the chat, of those not yet sent, that shares the longest start with it, the
    earlier one among equals. The first stays the first.
    """
    pieces = [_pieces(chat) for chat in chats]
    order, left = list(range(len(chats)))[:1], list(range(1, len(chats)))
    while left:
        last = pieces[order[-1]]
        # `max` takes the first of equals, and `left` is in the original order.
        following = max(left, key=lambda n: _shared(last, pieces[n]))
        left.remove(following)
        order.append(following)
    return order


def _pieces(chat: Sequence[Message]) -> list[str]:
    """The chat's text, cut into pieces of `STEP` characters."""
    text = "".join(f"{message.role}\n{message.content}\n" for message in chat)
    return [text[start : start + STEP] for start in range(0, len(text), STEP)]


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many pieces two chats share from their start."""
    count = 0
    for ours, theirs in zip(one, other, strict=False):
        if ours != theirs:
            break
        count += 1
    return count
