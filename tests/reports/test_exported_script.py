"""The exported script, run as a person would, against a server that records what it is asked."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from llmopt_tui.app.exporting import export_session
from llmopt_tui.core.case import Case, OutputSpec
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.session import ModelTestSession
from llmopt_tui.core.prompt import Demonstration, Prompt
from llmopt_tui.core.proposals.playbook_interviewer import PlaybookInterviewer
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.llm.ollama import OllamaClient
from tests.core.factory import FakeClock, make_case
from tests.factories import iteration_events, make_run, make_started, record_of
from tests.fakes.ollama import FakeOllama, SimulatedModel, default_models
from tests.fakes.quirks import Quirks
from tests.fakes.wire import stream

PROMPT = 'Describe """this""" in {braces} \\n \U0001f984 as {"a": {"b": 1}}:\n\n{{text}}\n'
SYSTEM = "Be brief about {{text}}."
SHOWN = Prompt(
    "small",
    PROMPT + "\nBe kind.\n",
    system=SYSTEM,
    demonstrations=(
        Demonstration({"text": "{{text}} \u2028 'q'"}, '{"a": """{}"""}\n', "other"),
        Demonstration({"text": ""}, "{{text}}"),
    ),
)
SCHEMA = {"type": "object", "properties": {"skills": {"type": "array"}}, "required": ["skills"]}


@pytest.fixture
async def server() -> AsyncIterator[FakeOllama]:
    async with FakeOllama(default_models()) as server:
        yield server


def case(**changes: Any) -> Case:
    plain = replace(make_case(train=1, validation=0), prompt=Prompt("small", PROMPT, system=SYSTEM))
    return replace(plain, **changes)


async def recorded(server: FakeOllama, model: str, case: Case, **settings: Any) -> SessionRecord:
    """What a session of one iteration leaves."""
    client = OllamaClient(server.url)
    info = next(found for found in await client.models() if found.name == model)
    session = ModelTestSession(
        session_id="a1b2c3d4",
        case=case,
        model=info,
        client=client,
        interviewer=PlaybookInterviewer(),
        settings=LoopSettings(max_iterations=1, validate=False, **settings),
        control=RunControl("auto"),
        clock=FakeClock(),
        environment={},
        record=SessionRecord(),
        tell=lambda _: None,
    )
    async for event in session.run():
        fold(session.record, event)
    await client.aclose()
    return session.record


async def run(
    record: SessionRecord,
    folder: Path,
    *flags: str,
    stdin: str = "",
    host: str = "",
    environment: Mapping[str, str] | None = None,
) -> tuple[int | None, str, str]:
    """Exit code, standard output and standard error of the script. It runs without our package."""
    file = folder / "ask.py"
    file.write_text(export_session(record, "python"), "utf-8", newline="")
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "PATH") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(file), *flags),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env=kept | {"OLLAMA_HOST": host} | dict(environment or {}),
    )
    out, err = await process.communicate(stdin.encode())
    return process.returncode, out.decode().replace("\r\n", "\n"), err.decode()


@pytest.mark.parametrize(
    ("model", "changes", "settings"),
    [
        ("gemma3n:latest", {}, {}),
        ("qwen3:latest", {}, {}),
        ("qwen3:latest", {}, {"think": "off"}),
        ("gemma3n:latest", {"output": OutputSpec("json", SCHEMA, 64)}, {"options": {"seed": 3}}),
        ("gemma3n:latest", {"prompt": SHOWN}, {}),
        ("gemma3n:latest", {"prompt": replace(SHOWN, instructions="each")}, {}),
        ("gemma3n:latest", {"prompt": replace(SHOWN, instructions="system")}, {}),
        (
            "gemma3n:latest",
            {"prompt": replace(SHOWN, constrain="off"), "output": OutputSpec("json", SCHEMA, 64)},
            {},
        ),
        (
            "gemma3n:latest",
            {"prompt": replace(SHOWN, constrain="late"), "output": OutputSpec("json", SCHEMA, 64)},
            {},
        ),
    ],
)
async def test_the_script_asks_what_the_session_asked_and_gets_its_answer(
    server: FakeOllama,
    tmp_path: Path,
    model: str,
    changes: dict[str, Any],
    settings: dict[str, Any],
) -> None:
    asked = case(**changes)
    record = await recorded(server, model, asked, **settings)
    text = asked.examples[0].inputs["text"]
    code, out, err = await run(
        record,
        tmp_path,
        f"--text={text}",
        host=server.url,
        environment={"HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"},
    )
    assert (code, err) == (0, "")
    assert out == record.iterations[0].runs[0].output + "\n"
    bodies = server.bodies("/api/chat")
    of_session, of_script = bodies[: len(bodies) // 2], bodies[len(bodies) // 2 :]
    for body in of_session:
        del body["keep_alive"]
    assert of_script == of_session


async def test_inputs_may_come_as_json_and_are_never_filled_again(
    server: FakeOllama, tmp_path: Path
) -> None:
    record = await recorded(server, "gemma3n:latest", case())
    given = json.dumps({"text": "-x {{text}} \u00e4 \u2028 'q' \"q\"", "unused": "z"})
    code, _, err = await run(record, tmp_path, stdin=given, host=server.url.removeprefix("http://"))
    assert (code, err) == (0, "")
    system, user = server.bodies("/api/chat")[-1]["messages"]
    assert system["content"] == "Be brief about -x {{text}} \u00e4 \u2028 'q' \"q\"."
    assert user["content"].endswith(":\n\n-x {{text}} \u00e4 \u2028 'q' \"q\"\n")


@pytest.mark.parametrize(
    ("flags", "stdin", "complaint"),
    [
        ((), "", "missing: text"),
        ((), "[1]", "no JSON object of texts"),
        ((), '{"text": 1}', "no JSON object of texts"),
        ((), "nonsense", "no JSON"),
        (("--txt=x",), '{"text": "x"}', "unrecognized"),
    ],
)
async def test_a_wrong_request_is_refused(
    tmp_path: Path, flags: tuple[str, ...], stdin: str, complaint: str
) -> None:
    events = [make_started(), *iteration_events(1, PROMPT, [make_run()], start=1)]
    code, out, err = await run(record_of(events), tmp_path, *flags, stdin=stdin)
    assert (code, out) == (2, "")
    assert complaint in err


@pytest.mark.parametrize("name", ["help", "h", "host", "_", "class"])
async def test_a_placeholder_may_be_called_anything(
    server: FakeOllama, tmp_path: Path, name: str
) -> None:
    prompt = Prompt("small", f"Say {{{{{name}}}}}.")
    example = replace(make_case().examples[0], inputs={name: "this"})
    asked = replace(make_case(), prompt=prompt, examples=(example,))
    record = await recorded(server, "gemma3n:latest", asked)
    code, _, err = await run(record, tmp_path, f"--{name}=that", host=server.url)
    assert (code, err) == (0, "")
    assert server.bodies("/api/chat")[-1]["messages"][0]["content"] == "Say that."


async def test_what_the_server_complains_of_is_said(tmp_path: Path) -> None:
    events = [make_started(), *iteration_events(1, PROMPT, [make_run()], start=1)]
    record = record_of(events)
    async with FakeOllama() as empty:
        code, out, err = await run(record, tmp_path, "--text=x", host=empty.url)
        assert (code, out) == (1, "")
        assert err.startswith('404: {"error"')
        empty.script("/api/chat", stream({"message": {"content": "a"}}, {"error": "out of luck"}))
        code, out, err = await run(record, tmp_path, "--text=x", host=empty.url)
        assert (code, out) == (1, "a")
        assert "out of luck" in err
        empty.script("/api/chat", stream({"message": {"content": "a"}}))
        code, _, err = await run(record, tmp_path, "--text=x", host=empty.url)
        assert (code, "broke off" in err) == (1, True)
    code, out, err = await run(record, tmp_path, "--text=x", host="127.0.0.1:1")
    assert (code, out) == (1, "")
    assert err.startswith("http://127.0.0.1:1: ")


def _bytewise(data: bytes) -> list[bytes]:
    return [data[n : n + 1] for n in range(len(data))]


async def test_bytes_may_be_cut_anywhere(tmp_path: Path) -> None:
    said = SimulatedModel("gemma3n:latest", lambda chat: "grün \U0001f984\u2028 \x85 done")
    async with FakeOllama([said], quirks=Quirks(cut=_bytewise)) as server:
        record = await recorded(server, "gemma3n:latest", case())
        code, out, err = await run(record, tmp_path, "--text=x", host=server.url)
    assert (code, err) == (0, "")
    assert out == "grün \U0001f984\u2028 \x85 done\n"


@pytest.mark.skipif(sys.platform == "win32", reason="its pipes end in other ways")
async def test_a_script_whose_reader_leaves_ends_without_a_word(
    server: FakeOllama, tmp_path: Path
) -> None:
    record = await recorded(server, "gemma3n:latest", case())
    file = tmp_path / "ask.py"
    file.write_text(export_session(record, "python"), "utf-8", newline="")
    reading, writing = os.pipe()
    os.close(reading)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(file), "--text=x"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=writing,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "OLLAMA_HOST": server.url},
    )
    os.close(writing)
    _, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
