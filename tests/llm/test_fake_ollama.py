"""The fake server itself, asked without our client: tests elsewhere rely on its being faithful."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.ollama import FakeOllama, Quirks, SimulatedModel
from tests.fakes.simulated import RULE, Chat, candidate, from_schema, improve, interviewer

PLAIN = SimulatedModel("plain:latest", lambda chat: "one two three")
TWIN = SimulatedModel("twin:latest", lambda chat: "twin", weights="plain:latest")
OTHER = SimulatedModel("other:latest", lambda chat: "other")
HELLO = {"model": "plain", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
async def server():
    async with FakeOllama([PLAIN, TWIN, OTHER]) as running:
        yield running


@pytest.fixture
async def http(server):
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
        yield client


async def test_the_root_says_the_words_that_ollama_says(http):
    assert (await http.get("/")).text == "Ollama is running"
    assert (await http.head("/")).status_code == 200
    assert (await http.get("/nowhere")).text == "404 page not found"
    assert (await http.get("/api/chat")).text == "405 method not allowed"


async def test_stream_absent_means_stream(http):
    streamed = await http.post("/api/chat", json=HELLO)
    assert streamed.headers["content-type"] == "application/x-ndjson"
    assert streamed.headers["transfer-encoding"] == "chunked"
    events = [json.loads(line) for line in streamed.text.splitlines()]
    assert [event["done"] for event in events] == [False, False, False, True]
    whole = await http.post("/api/chat", json={**HELLO, "stream": False})
    assert whole.json()["message"]["content"] == "one two three"
    assert not whole.text.endswith("\n")


async def test_zero_metrics_are_left_out(server, http):
    server.models.append(SimulatedModel("mute:latest", lambda chat: ""))
    reply = await http.post("/api/chat", json={**HELLO, "model": "mute", "stream": False})
    assert "eval_count" not in reply.json()
    assert "prompt_eval_count" in reply.json()


async def test_gos_escapes_and_raw_unicode(server, http):
    server.models.append(SimulatedModel("odd:latest", lambda chat: "<a>&\u0085\u2028"))
    raw = (await http.post("/api/chat", json={**HELLO, "model": "odd"})).content
    assert b"\\u003ca\\u003e\\u0026" in raw
    assert "\u0085".encode() in raw
    assert b"\\u2028" in raw


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Host": "box.example"}])
async def test_strange_origins_and_hosts_get_an_empty_403(http, headers):
    reply = await http.get("/api/version", headers=headers)
    assert (reply.status_code, reply.content) == (403, b"")


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ("", 400, "missing request body"),
        ("{", 400, "invalid character"),
        ("[]", 400, "cannot unmarshal"),
        ('{"messages":[]}', 400, "model is required"),
        ('{"model":"nobody"}', 404, "model 'nobody' not found"),
        ('{"model":"plain","options":{"seed":"x"}}', 500, 'option "seed" must be of type integer'),
        ('{"model":"plain","format":"xml"}', 500, "invalid format"),
        ('{"model":"plain","think":true}', 400, '"plain" does not support thinking'),
        ('{"model":"plain","keep_alive":"-1"}', 400, "missing unit"),
    ],
)
async def test_requests_are_refused_in_ollamas_words(http, body, status, text):
    reply = await http.post("/api/chat", content=body)
    assert reply.status_code == status
    assert text in reply.json()["error"]


async def test_empty_messages_load_and_unload_with_one_plain_object(server, http):
    load = {"model": "plain", "messages": [], "options": {"num_ctx": 512}}
    loaded = await http.post("/api/chat", json=load)
    assert loaded.headers["content-type"].startswith("application/json")
    assert loaded.json()["done_reason"] == "load"
    assert "eval_count" not in loaded.json()
    assert server.loads == {("plain:latest", 512, True): 1}
    (listed,) = (await http.get("/api/ps")).json()["models"]
    assert (listed["name"], listed["context_length"]) == ("plain:latest", 512)
    unloaded = await http.post("/api/chat", json={**load, "keep_alive": 0})
    assert unloaded.json()["done_reason"] == "unload"
    assert (await http.get("/api/ps")).json() == {"models": []}


async def test_a_busy_model_expires_in_the_past_and_an_idle_one_later(server, http):
    async def expiry() -> datetime:
        (listed,) = (await http.get("/api/ps")).json()["models"]
        return datetime.fromisoformat(listed["expires_at"])

    server.quirks = Quirks(hold_answer=asyncio.Event())
    answering = asyncio.create_task(http.post("/api/chat", json=HELLO))
    await server.until(lambda: any(runner.busy for runner in server.runners))
    assert await expiry() <= datetime.now(UTC)
    server.quirks.hold_answer.set()
    await answering
    assert await expiry() > datetime.now(UTC)


async def test_names_of_one_blob_share_a_runner_and_a_window_reloads_it(server, http):
    for name, window in (("plain", 512), ("twin", 512), ("twin", 1024)):
        await http.post("/api/chat", json={**HELLO, "model": name, "options": {"num_ctx": window}})
    assert server.loads == {("plain:latest", 512, True): 1, ("plain:latest", 1024, True): 1}
    await http.post("/api/chat", json={**HELLO, "options": {"num_ctx": 1024}, "shift": False})
    assert server.loads["plain:latest", 1024, False] == 1


async def test_only_so_many_models_stay_loaded(server, http):
    server.max_loaded = 1
    for name in ("plain", "other", "plain"):
        await http.post("/api/chat", json={**HELLO, "model": name})
    assert sum(server.loads.values()) == 3
    assert [runner.name for runner in server.runners] == ["plain:latest"]


async def test_keep_alive_zero_unloads_after_the_reply(server, http):
    await http.post("/api/chat", json={**HELLO, "keep_alive": 0})
    assert server.runners == []


async def test_num_predict_cuts_the_answer(http):
    body = {**HELLO, "stream": False, "options": {"num_predict": 2}}
    reply = (await http.post("/api/chat", json=body)).json()
    assert (reply["message"]["content"], reply["done_reason"]) == ("one two", "length")


async def test_without_truncate_false_a_long_prompt_is_cut_in_silence(http):
    body = {
        "model": "plain",
        "messages": [{"role": "user", "content": "word " * 100}],
        "stream": False,
        "options": {"num_ctx": 64},
    }
    assert (await http.post("/api/chat", json=body)).json()["prompt_eval_count"] == 34
    refused = await http.post("/api/chat", json={**body, "truncate": False})
    assert refused.status_code == 400
    assert json.loads(refused.json()["error"])["error"]["type"] == "exceed_context_size_error"


async def test_the_openai_routes_stream_with_and_without_an_end(server, http):
    reply = await http.post("/v1/chat/completions", json={**HELLO, "stream": True})
    assert reply.headers["content-type"] == "text/event-stream"
    lines = [line for line in reply.text.splitlines() if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    server.quirks.sse_without_done = True
    reply = await http.post("/v1/chat/completions", json={**HELLO, "stream": True})
    assert "[DONE]" not in reply.text
    assert len((await http.get("/v1/models")).json()["data"]) == 3
    server.quirks.sse_data_null = True
    assert (await http.get("/v1/models")).json()["data"] is None


async def test_a_fault_of_the_fake_itself_fails_the_test():
    def broken(chat: Chat) -> str:
        raise LookupError("a bug in the simulated model")

    server = FakeOllama([SimulatedModel("plain:latest", broken)])
    await server.start()
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        with pytest.raises(httpx.RemoteProtocolError):
            await http.post("/api/chat", json=HELLO)
    with pytest.raises(LookupError):
        await server.__aexit__(None, None, None)


SCHEMAS = st.recursive(
    st.sampled_from(
        [
            {"type": "string"},
            {"type": "string", "minLength": 300},
            {"type": "string", "maxLength": 5},
            {"type": ["string", "null"]},
            {"enum": ["add", "replace"]},
            {"const": 7},
            {"type": "integer", "minimum": 3},
            {"type": "number", "maximum": -1},
            {"type": "boolean"},
            {"type": "null"},
            {"$ref": "#/$defs/leaf"},
        ]
    ),
    lambda inner: (
        inner.map(lambda items: {"type": "array", "items": items, "minItems": 2})
        | inner.map(lambda only: {"anyOf": [only]})
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(
            lambda fields: {
                "type": "object",
                "properties": fields,
                "required": list(fields),
                "additionalProperties": False,
            }
        )
    ),
)


@given(SCHEMAS)
def test_what_is_built_from_a_schema_is_valid_by_it(schema):
    whole = {
        "type": "object",
        "properties": {"x": schema},
        "required": ["x"],
        "$defs": {"leaf": {"type": "string", "minLength": 1}},
    }
    jsonschema.validate(from_schema(whole, {}), whole)


def test_the_interviewer_proposes_its_rule_once():
    prompt = "Describe {{job}}."
    assert improve(prompt) == f"{prompt}\n{RULE}"
    assert improve(improve(prompt)) == improve(prompt)
    asked = [
        {"role": "user", "content": f"<prompt>\n{prompt}\n</prompt>"},
        {"role": "user", "content": "Put it between <prompt> and </prompt>."},
    ]
    reply = json.loads(interviewer(Chat("i", asked, format="json")))
    assert reply["improved_prompt"] == improve(prompt)


def test_the_candidate_follows_the_rule_for_json_too():
    ask = 'List the skills as JSON: {"skills": []}\n- welding\n- planning'

    def answer(prompt: str) -> str:
        return str(candidate()(Chat("c", [{"role": "user", "content": prompt}])))

    with pytest.raises(json.JSONDecodeError):
        json.loads(answer(ask))
    assert json.loads(answer(improve(ask))) == {"skills": ["welding", "planning"]}


def test_only_sampling_makes_the_seed_matter():
    messages = [{"role": "user", "content": "Describe this."}]
    respond = candidate()
    greedy = {respond(Chat("c", messages, {"temperature": 0, "seed": seed})) for seed in range(4)}
    drawn = {respond(Chat("c", messages, {"temperature": 1, "seed": seed})) for seed in range(4)}
    assert (len(greedy), len(drawn)) == (1, 2)


async def test_it_runs_as_a_process_of_its_own():
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.fakes.ollama",
        "--port",
        "0",
        "--without",
        "qwen3:latest",
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            url = json.loads(await process.stdout.readline())["url"]
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            models = (await http.get("/api/tags")).json()["models"]
        assert [model["name"] for model in models] == ["gemma3n:latest", "llama3.2:latest"]
    finally:
        process.kill()
        await process.wait()
