"""API keys come from the environment and go to their server alone, whatever that makes of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.app import connecting
from llmopt_tui.app.clock import SystemClock
from llmopt_tui.config.settings import Endpoint
from llmopt_tui.core.ports import (
    ChatRequest,
    Delta,
    Message,
    ModelClient,
    ModelError,
    Piece,
    Reply,
    Retrying,
    Tell,
)
from llmopt_tui.llm.keys import BLANK, DiscreetClient, KeyBlanker, blanked
from llmopt_tui.llm.retry import RetryingClient
from tests.app.files import make_workspace
from tests.cli.support import clean_environment, program
from tests.fakes import openai
from tests.fakes.hearing import heard
from tests.fakes.wire import Exchange, Received, Script, WireServer, reply

KEY = 'sk-"secret"/0123456789+abcdefghijklmnopqrstuvwxyz=='
OLLAMA_KEY = "ollama-secret-0123456789"
REQUEST = ChatRequest("m", (Message("user", "Hello"),))
PADDING = "x" * 165  # a message is cut at 200 characters: in the middle of the key


def said(received: Received) -> str:
    """What a careless gateway says: the headers as they came."""
    return f"{PADDING} Authorization: {received.headers['authorization']} ."


def echoing(make: Callable[[str], Script]) -> Script:
    """A script made of what a careless gateway says."""

    async def script(exchange: Exchange) -> None:
        await make(said(exchange.received))(exchange)

    return script


def pieces(text: str, size: int = 3) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def answer(text: str) -> Script:
    """The text as thoughts and as an answer, in pieces smaller than the key."""
    thoughts = [openai.delta(None, reasoning_content=piece) for piece in pieces(text)]
    words = [openai.delta(piece) for piece in pieces(text)]
    return openai.sse(*thoughts, *words, openai.finish(), openai.DONE)


FAULTS: dict[str, Callable[[str], Script]] = {
    "an error": lambda text: reply(500, {"error": {"message": text}}),
    "a refusal": lambda text: reply(401, {"error": text}),
    "a plain error": lambda text: reply(400, text),
    "escaped slashes": lambda text: reply(400, json.dumps({"error": text}).replace("/", r"\/")),
    "a redirect": lambda text: reply(302, Location=f"https://x/?key={text[len(PADDING) :]}"),
    "no protocol": lambda text: raw(f"{text[len(PADDING) + 1 :]}\r\n\r\n"),
    "an error in the stream": lambda text: openai.sse(openai.event({"error": {"message": text}})),
    "a stream that breaks off": lambda text: openai.sse(
        *(openai.delta(piece) for piece in pieces(text)), ending="cut"
    ),
}


def raw(text: str) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.raw(text.encode())
        exchange.cut()

    return script


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModelClient]:
    monkeypatch.setenv("LAB_KEY", f" {KEY}\n")
    return lambda url: connecting.connect(Endpoint("lab", url, "openai", "LAB_KEY"))[0]


def holds_key(text: str) -> bool:
    """Whether more of the key stands there than chance would put."""
    return any(part in text for part in pieces(KEY, 8)[:5])


def texts_of(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield f"{error} {error!r} {getattr(error, 'hint', '')} {getattr(error, 'partial', '')}"
        error = error.__cause__ if isinstance(error.__cause__, ModelError) else None


async def read(client: ModelClient) -> None:
    told: list[Piece] = []
    try:
        await client.chat(REQUEST, told.append)
    finally:
        assert not holds_key(f"{told}")


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_no_error_repeats_the_key(fault: Callable[[str], Script], connect) -> None:
    async with WireServer() as server:
        client = connect(server.url)
        server.script(openai.CHAT, echoing(fault))
        server.script(openai.MODELS, echoing(fault))
        with pytest.raises(ModelError) as caught:
            await read(client)
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
        told = list(texts_of(caught.value))
        with pytest.raises(ModelError) as caught:
            await client.models()
        told += texts_of(caught.value)
        await client.aclose()
    for text in told:
        assert not holds_key(text), text


async def test_no_answer_repeats_the_key(connect) -> None:
    async with WireServer() as server:
        client = connect(server.url)
        server.script(openai.CHAT, echoing(answer))
        deltas, last = await heard(client, REQUEST)
        await client.aclose()
    whole = f"{PADDING} Authorization: Bearer {BLANK} ."
    assert (last.text, last.thinking) == (whole, whole)
    assert [type(delta) for delta in deltas] == [Delta] * len(deltas)
    assert "".join(d.text for d in deltas if isinstance(d, Delta)) == whole
    assert "".join(d.thinking for d in deltas if isinstance(d, Delta)) == whole


@given(st.text("ab", min_size=1, max_size=6), st.lists(st.text("abc", max_size=4), max_size=12))
def test_a_text_in_pieces_is_blanked_as_a_whole_one(key: str, parts: list[str]) -> None:
    blanker = KeyBlanker(key)
    told = "".join([blanker.feed(part) for part in parts]) + blanker.rest()
    assert key not in told.replace(BLANK, "\n")
    if not any(key.startswith(key[-n:]) for n in range(1, len(key))):  # no two overlap
        assert told == "".join(parts).replace(key, BLANK)


async def test_what_was_held_back_is_void_once_the_call_is_made_again() -> None:
    class Again:
        async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
            tell(Delta(f"so {KEY[:5]}"))
            tell(Retrying(2, 0.0, "busy"))
            tell(Delta("fine"))
            return Reply("fine")

    told: list[Piece] = []
    await DiscreetClient(Again(), KEY).chat(REQUEST, told.append)  # type: ignore[arg-type]
    assert told == [Delta("so "), Retrying(2, 0.0, "busy"), Delta("fine")]


def test_what_is_no_key_is_no_secret() -> None:
    assert blanked("none of it is EMPTY", "") == "none of it is EMPTY"


@pytest.mark.parametrize("key", ["none", "EMPTY"])
async def test_a_word_in_a_keys_place_stays_in_answers(key: str, monkeypatch) -> None:
    monkeypatch.setenv("LAB_KEY", key)
    async with WireServer() as server:
        client = connecting.connect(Endpoint("lab", server.url, "openai", "LAB_KEY"))[0]
        server.script(openai.CHAT, openai.answer(f"It is {key} ."))
        _, last = await heard(client, REQUEST)
        await client.aclose()
    assert last.text == f"It is {key} ."


@pytest.mark.parametrize("key", ["sk-1234\r56789", "sk-\u00e9\u200b1234567", "\n"])
async def test_a_key_that_cannot_be_sent_is_not_repeated(key: str, monkeypatch) -> None:
    monkeypatch.setenv("LAB_KEY", key)
    for kind, url in (("openai", "http://127.0.0.1:1"), ("ollama", "https://127.0.0.1:1")):
        client = connecting.connect(Endpoint("lab", url, kind, "LAB_KEY"))[0]  # type: ignore[arg-type]
        with pytest.raises(ModelError) as caught:
            await client.models()
        await client.aclose()
        assert "1234" not in " ".join(texts_of(caught.value))


def files(folder: Path) -> dict[Path, str]:
    """Every file in a folder and below, byte by byte."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path: path.read_bytes().decode("latin-1") for path in found}


def test_a_key_hides_no_kind_of_server(monkeypatch) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", OLLAMA_KEY)
    client, _ = connecting.connect(Endpoint("local", "http://127.0.0.1:1"))
    client = RetryingClient(client, SystemClock())
    assert connecting.ollama_behind(client) is not None


class Echo(WireServer):
    """A gateway that lists a model, says its headers for an answer, and fails in the interview."""

    async def answer(self, exchange: Exchange) -> None:
        text = said(exchange.received)
        match exchange.received.path:
            case openai.MODELS:
                script = openai.models("m", "interviewer")
            case openai.CHAT if exchange.received.json["model"] == "interviewer":
                script = reply(500, {"error": {"message": text}})
            case openai.CHAT:
                script = answer(text)
            case _:
                script = reply(200, {"version": text, "build_info": text})
        await script(exchange)


async def test_a_whole_session_leaves_no_key_anywhere(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "ws")
    environment = clean_environment(tmp_path) | {"LAB_KEY": KEY, "OLLAMA_API_KEY": OLLAMA_KEY}
    async with WireServer() as ollama, Echo() as server:
        workspace.settings_file.write_text(
            "server_wait = 0\n"
            f'[[endpoints]]\nname = "local"\nurl = "{ollama.url}"\nkind = "ollama"\n'
            f'[[endpoints]]\nname = "lab"\nurl = "{server.url}"\nkind = "openai"\n'
            'api_key_env = "LAB_KEY"\n'
        )

        async def call(*arguments: Any) -> tuple[int | None, str]:
            process = await asyncio.create_subprocess_exec(
                *program(*arguments, "--workspace", workspace.root, "--debug"),
                env=environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            out, _ = await process.communicate()
            return process.returncode, out.decode()

        flags = ("--model", "m", "--case", "greet", "--interviewer", "interviewer", "--json")
        code, out = await call("run", *flags)
        assert code == 1, out
        _, shown = await call("doctor")
        assert {r.headers["authorization"] for r in server.requests} == {f"Bearer {KEY}"}
        # This machine's own server may have the key: it does not leave the machine.
        assert {r.headers["authorization"] for r in ollama.requests} == {f"Bearer {OLLAMA_KEY}"}
    kept = files(tmp_path)
    assert any(BLANK in text for path, text in kept.items() if path.name == "events.jsonl")
    for place, text in {**kept, "output": out, "doctor": shown}.items():
        assert not holds_key(text), place
        assert "ollama-secret" not in text, place
