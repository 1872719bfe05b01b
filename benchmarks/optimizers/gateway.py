"""The server that other projects' optimizers talk to: the task's models, counted, and its scores.

It speaks as much of the OpenAI protocol as they need, on a loopback port. `/search/v1` draws on the
budget and refuses what is over it; `/after/v1` does not count, and serves the winner's answers.
`/score` gives an answer the score that the program itself would give it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from benchmarks.optimizers.budget import Budget, BudgetedClient, BudgetSpent
from benchmarks.optimizers.tasks import Task
from llmopt_tui.core.ports import ChatRequest, Message, ModelClient, ModelError, Reply
from llmopt_tui.core.settings import DEFAULT_OPTIONS

REFLECTION = "reflection"
"""The model name under which the interviewer is asked; any other name means the candidate."""

_MOST_TOKENS = 1_000


class Gateway:
    """Serves one task to one child process. Use it as a context manager, in a running event loop.

    `probe` is what the child last sent without counting: what its winner makes of an example.
    """

    def __init__(self, task: Task, calls: int) -> None:
        self.task = task
        self.budget = Budget(calls)
        self.probe: tuple[Message, ...] = ()
        self._loop = asyncio.get_running_loop()
        self._one_call = asyncio.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """The address that the paths follow."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Gateway:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one request, in the server's thread. Raises `ModelError`, KeyError."""
        if path == "/score":
            example = next(e for e in self.task.case.examples if e.id == body["id"])
            score, feedback = self.task.score(example, body["answer"])
            return {"score": score, "feedback": feedback}
        counted = path == "/search/v1/chat/completions"
        if not counted and path != "/after/v1/chat/completions":
            raise KeyError(path)
        replies = [self._chat(body, counted).result() for _ in range(body.get("n") or 1)]
        return _completion(body, replies)

    def _chat(self, body: Mapping[str, Any], counted: bool) -> Future[Reply]:
        return asyncio.run_coroutine_threadsafe(self._reply(body, counted), self._loop)

    async def _reply(self, body: Mapping[str, Any], counted: bool) -> Reply:
        reflects = str(body["model"]).endswith(REFLECTION) and self.task.interviewer is not None
        client: ModelClient = self.task.client
        name = self.task.model.name
        if reflects and self.task.interviewer is not None:
            client, name = self.task.interviewer, self.task.interviewer_model
        request = _request(body, name, self.task)
        if not counted:
            self.probe = request.messages
        async with self._one_call:  # as the program's own arms: one at a time, in one order
            chosen = BudgetedClient(client, self.budget) if counted else client
            return await chosen.chat(request, lambda _: None)


def _request(body: Mapping[str, Any], model: str, task: Task) -> ChatRequest:
    """The request of the OpenAI protocol as one of the port."""
    reflects = str(body["model"]).endswith(REFLECTION)
    tokens = _MOST_TOKENS if reflects else task.case.output.max_tokens + 40
    options = {
        **DEFAULT_OPTIONS,
        "temperature": float(body.get("temperature") or 0.0),
        "num_predict": min(int(body.get("max_tokens") or tokens), tokens),
    }
    messages = tuple(Message(m["role"], _text(m["content"])) for m in body["messages"])
    return ChatRequest(model, messages, options, format=_format(body.get("response_format") or {}))


def _format(asked: Mapping[str, Any]) -> Literal["json"] | Mapping[str, Any] | None:
    match asked.get("type"):
        case "json_schema":
            schema: Mapping[str, Any] = asked["json_schema"]["schema"]
            return schema
        case "json_object":
            return "json"
        case _:
            return None


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content or ())


def _completion(body: Mapping[str, Any], replies: list[Reply]) -> dict[str, Any]:
    choices = [
        {
            "index": n,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": reply.text},
        }
        for n, reply in enumerate(replies)
    ]
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    return {
        "id": "chat",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": choices,
        "usage": usage,
    }


def _handler(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One connection of the child."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Answer one request; a refused call is a status that no client retries."""
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                status, answer = 200, gateway.answer(self.path, body)
            except BudgetSpent as error:
                status, answer = 400, _error("budget_spent", error)
            except ModelError as error:
                status, answer = 400, _error(error.blame, error)
            except KeyError as error:
                status, answer = 404, _error("not_found", error)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *given: Any) -> None:
            """Write no line for each request."""

    return Handler


def _error(kind: str, error: Exception) -> dict[str, Any]:
    return {"error": {"message": str(error), "type": kind, "code": kind}}
