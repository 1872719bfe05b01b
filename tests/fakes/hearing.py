"""Ask a model client, and keep what it tells on the way."""

from __future__ import annotations

from llmopt_tui.core.ports import ChatRequest, ModelClient, Piece, Reply


async def heard(client: ModelClient, request: ChatRequest) -> tuple[list[Piece], Reply]:
    """The pieces of an answer in their order, and the answer."""
    pieces: list[Piece] = []
    reply = await client.chat(request, pieces.append)
    return pieces, reply


def silent(piece: Piece) -> None:
    """Hears a piece and does nothing with it."""
