"""How much of the prompts llama.cpp's server takes from its prefix cache in a session.

A session on the starter case runs on llama.cpp's own server, with its cache switched on (the
embedded engine keeps it off, for the sake of equal answers). Printed are the share of the prompt
tokens that the server reused, as it reports them, and the share that the best possible order of all
the session's requests would reuse in a cache of one prompt.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent))

from llmopt_tui.app.clock import SystemClock
from llmopt_tui.app.workspace import Workspace
from llmopt_tui.config.settings import Settings
from llmopt_tui.core.case import Case
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.session import ModelTestSession
from llmopt_tui.core.loop.slots import Slots
from llmopt_tui.core.ports import ChatRequest, Message, ModelClient, Reply, Tell
from llmopt_tui.core.proposals.playbook_interviewer import PlaybookInterviewer
from llmopt_tui.core.wrapped_client import WrappedClient
from llmopt_tui.llm.model_file import cache_folder, starter_model_file
from llmopt_tui.llm.openai import OpenAIClient


@dataclass(frozen=True, slots=True)
class Sent:
    """One request, its prompt's tokens, and how many of them the server had in its cache."""

    messages: tuple[Message, ...]
    tokens: int
    reused: int


class Noting(WrappedClient):
    """A client that notes every request and what the server says it reused."""

    def __init__(self, inner: ModelClient) -> None:
        super().__init__(inner)
        self.sent: list[Sent] = []

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer one chat."""
        reply = await self.inner.chat(request, tell)
        metrics = reply.metrics
        if metrics.reused_tokens is None:
            raise SystemExit("the server does not say what it reused")
        tokens = metrics.prompt_tokens or 0
        self.sent.append(Sent(request.messages, tokens, metrics.reused_tokens))
        return reply


async def best_reuse(sent: Sequence[Sent], url: str) -> int:
    """How many tokens the best order would reuse: those that neighbours share when sorted.

    The server makes the tokens, as it does for a chat.
    """
    prompts: list[list[int]] = []
    async with httpx.AsyncClient(base_url=url) as http:
        for one in sent:
            chat = {"messages": [{"role": m.role, "content": m.content} for m in one.messages]}
            prompt = (await http.post("/apply-template", json=chat)).json()["prompt"]
            words = {"content": prompt, "add_special": True, "parse_special": True}
            prompts.append((await http.post("/tokenize", json=words)).json()["tokens"])
    prompts.sort()
    # The last token is always read: without it there would be nothing to answer.
    return sum(
        min(_shared(one, following), len(following) - 1) for one, following in pairwise(prompts)
    )


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two prompts have in common from their start."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def server(model_file: Path, slots: int) -> object:
    """llama.cpp's server in this process, with its prefix cache."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model_file)
    params.model_alias = {"model"}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.offline = True
    params.ui = False
    params.use_jinja = True
    params.n_parallel = slots
    params.n_ctx = 4096 * slots
    params.cache_prompt = True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    return xllamacpp.Server(params)


async def measure(case: Case, model_file: Path, slots: int, iterations: int) -> None:
    """Run the session and print."""
    running = server(model_file, slots)
    url = running.listening_address  # type: ignore[attr-defined]
    client = OpenAIClient(url, name="llamacpp", parallel=slots)
    noting, record = Noting(client), SessionRecord()
    [model] = await client.models()
    shared = Slots({"llamacpp": slots})
    session = ModelTestSession(
        session_id="0badcafe",
        case=case,
        model=model,
        client=noting,
        interviewer=PlaybookInterviewer(),
        settings=Settings(mode="auto", max_iterations=iterations).loop(),
        control=RunControl("auto"),
        clock=SystemClock(),
        environment={},
        record=record,
        tell=lambda _: None,
        slots=shared,
    )
    async with aclosing(session.run()) as facts:
        async for fact in facts:
            fold(record, fact)
    await client.aclose()
    tokens, reused = sum(s.tokens for s in noting.sent), sum(s.reused for s in noting.sent)
    best = await best_reuse(noting.sent, url)
    print(f"{slots} slot(s)   {len(noting.sent)} requests, {tokens} prompt tokens")
    print(f"reused      {reused / tokens:.3f} of them; the best order: {best / tokens:.3f}")
    print(f"ratio       {reused / best:.2f} (goal: 0.90)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", default="concise_description")
    parser.add_argument("--examples", type=int, default=6, help="of each split")
    parser.add_argument("--iterations", type=int, default=3)
    parser.add_argument("--slots", type=int, default=1)
    parser.add_argument("--model", type=Path, help="a GGUF file; else the embedded model")
    chosen = parser.parse_args()
    cases = Workspace(Path(__file__).parent.parent).load_cases().cases
    case = next(case for case in cases if case.id == chosen.case)
    few = tuple(
        example
        for split in ("train", "validation")
        for example in case.split(split)[: chosen.examples]
    )
    case = replace(case, examples=few)
    file = chosen.model or asyncio.run(starter_model_file(cache_folder(), None))
    asyncio.run(measure(case, file, chosen.slots, chosen.iterations))


if __name__ == "__main__":
    main()
