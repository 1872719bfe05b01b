"""The fault table: what can go wrong with a server, and what comes of it.

`python -m tests.faults.table` prints docs/faults.md, which a test holds to this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from llmopt_tui.core.ports import OptionValue, Think
from llmopt_tui.llm.deadlines import Deadlines
from tests.fakes import openai
from tests.faults import servers
from tests.faults.servers import Fault, done, error, events, replies, says, words

Outcome = Literal["waits", "goes on", "scores 0", "fails"]
OUTCOMES: Mapping[Outcome, str] = {
    "waits": "waits, then resumes",
    "goes on": "continues",
    "scores 0": "continues, the run scores 0",
    "fails": "ends as failed",
}
"""What the session does. Waiting and continuing leave the result as it would have been."""


@dataclass(frozen=True)
class Row:
    """One fault.

    `how` makes it; `down` in its place means that the server is away, from that call on or from
    the middle of its answer. `calls`: how often the call is made before it counts as failed.
    `reads`: what a person reads, to be filled in by `sentence`. The rest is the run's record,
    where the fault leaves one, and the settings under which the fault shows.
    """

    name: str
    how: Fault | None
    calls: int
    blame: Literal["server", "model", "request", "nobody"]
    outcome: Outcome
    reads: str
    output: str = ""
    truncated: bool = False
    down: Literal["", "before", "during"] = ""
    kind: Literal["ollama", "openai"] = "ollama"
    think: Think = "auto"
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    deadlines: Deadlines = field(default_factory=Deadlines)

    @property
    def id(self) -> str:
        """The row's name among all."""
        return f"{self.name} ({self.kind})"

    def sentence(self, url: str, deadlines: Deadlines | None = None) -> str:
        """What a person reads of a server at this address, with the row's deadlines or others."""
        within = deadlines or self.deadlines
        return self.reads.format(
            url=url,
            load=within.load,
            first=within.first_event,
            both=within.load + within.first_event,
            gap=within.gap,
        )


_IMPATIENT = Deadlines(load=0.4, first_event=0.4, gap=0.4, look=0.02)
_SOME = "Some words"
_START = "Start it, or check the host and the port"
_BROKE = (
    "The connection broke before the answer was complete ({url}). "
    "Check that the server still runs; its log may say more"
)
_PAGE = (
    "A web page came instead of a model server's reply ({url}). "
    "A proxy or another program answers here: check the host and the port"
)
_STRANGE = "If another program or a proxy answers here, check the host and the port"
_CRASHED = "If it dies again, lower num_ctx or look into the server's log"
_STUCK = "The server is stuck: look into its log, or restart it"
_ENDED = "The answer ended before it was complete. The server gives no reason; its log may"
_ENDLESS = (
    "The model wrote without end and was cut off. "
    "Set num_predict; if it is set, the server does not honour it"
)
_MANY_WORDS = " word" * (100 * 4 // 5)

ROWS: tuple[Row, ...] = (
    # The way to the server
    Row(
        "connection refused", None, 4, "server", "waits",
        "No answer from the server ({url}). " + _START,
        down="before",
    ),
    Row(
        "server restarted in the middle of an answer", None, 4, "server", "waits",
        "No answer from the server ({url}). " + _START,
        down="during",
    ),
    Row(
        "connection reset before an answer", servers.breaks_off, 4, "server", "waits",
        "No answer from the server ({url}). " + _START,
    ),
    Row(
        "connection reset in the middle of a line",
        says(words(_SOME), b'{"message":{"content":"and th', ending="reset"),
        4, "server", "waits", _BROKE,
    ),
    Row(
        "connection closed in the middle of the answer", says(words(_SOME), ending="cut"),
        4, "server", "waits", _BROKE,
    ),
    Row(
        "something that does not speak HTTP", servers.speaks_another_language,
        2, "server", "waits",
        "Something else than a model server answers: illegal status line: "
        "bytearray(b'220 mail.example ESMTP') ({url}). Check the host and the port",
    ),
    Row(
        "redirect", replies(307, Location="https://gpu.example:443/api/chat"),
        1, "request", "fails",
        "The server redirects to https://gpu.example:443/api/chat ({url}). "
        "Use that address as the host",
    ),
    Row(
        "Host header refused (403 without a word)", replies(403), 1, "request", "fails",
        "The server refuses this client ({url}). Behind a tunnel or proxy, rewrite the Host "
        "header to localhost, or set OLLAMA_ORIGINS on the server",
    ),
    Row(
        "key missing or wrong (401)", replies(401, error("unauthorized")), 1, "request", "fails",
        "The server asks for a key or a sign-in: unauthorized ({url}). "
        "Sign in on the server (ollama signin), or set the endpoint's API key",
    ),
    Row(
        "web page of a proxy (status 200)", replies(200, servers.WEB_PAGE, "text/html"),
        2, "server", "waits", _PAGE,
    ),
    Row(
        "web page of a proxy (status 403)", replies(403, servers.WEB_PAGE, "text/html"),
        2, "server", "waits", _PAGE,
    ),
    Row(
        "gateway without a server behind it (502)", replies(502, servers.WEB_PAGE, "text/html"),
        4, "server", "waits",
        "A gateway answers, with no model server behind it ({url}). Start the server behind it",
    ),
    # What the server says
    Row(
        "error as the first event (500, the model's process died)",
        replies(500, error("model runner has unexpectedly stopped")), 4, "server", "waits",
        "The model's process died: model runner has unexpectedly stopped ({url}). " + _CRASHED,
    ),
    Row(
        "error as the first event (500, without a word)", replies(500), 2, "server", "waits",
        "The server reports an error ({url}). Look into the server's log",
    ),
    Row(
        "error line in the middle of the answer",
        says(words(_SOME), error("an error was encountered while running the model: EOF")),
        4, "server", "waits",
        "The model's process died: an error was encountered while running the model: EOF "
        "({url}). " + _CRASHED,
    ),
    Row(
        "busy (503)", replies(503, error("server busy, please try again")), 4, "server", "waits",
        "The server is busy: server busy, please try again ({url}). "
        "Wait, or let fewer programs use it at once",
    ),
    Row(
        "too many requests (429)", replies(429, error("slow down"), Retry_After="20"),
        4, "server", "waits",
        "The server limits how often it is asked: slow down ({url}). "
        "Wait, or ask for a higher limit",
    ),
    Row(
        "out of memory while the model runs", replies(500, error("CUDA error: out of memory")),
        2, "server", "waits",
        "The machine ran out of memory while the model ran: CUDA error: out of memory ({url}). "
        "Use a smaller model or num_ctx, or close other programs",
    ),
    Row(
        "model too large to load",
        replies(500, error("model requires more system memory (9 GiB) than is available (4 GiB)")),
        1, "request", "fails",
        "The machine has too little memory for the model: model requires more system memory "
        "(9 GiB) than is available (4 GiB) ({url}). "
        "Use a smaller model or num_ctx, or close other programs",
    ),
    Row(
        "model gone (404)", replies(404, error("model 'gemma3n:latest' not found")),
        1, "request", "fails",
        "The server does not have the model: model 'gemma3n:latest' not found ({url}). "
        "Pull it on the server, or pick another",
    ),
    Row(
        "path unknown (404)", replies(404, "404 page not found"), 1, "request", "fails",
        "The server does not know this path ({url}). "
        'If it speaks the OpenAI protocol, set kind = "openai"',
    ),
    Row(
        "thinking not supported (400)",
        replies(400, error('"gemma3n" does not support thinking')), 1, "request", "fails",
        'The model cannot think as asked: "gemma3n" does not support thinking ({url}). '
        'Set think to "auto"',
    ),
    Row(
        "thinking not supported (400), only switched off",
        replies(400, error('"gemma3n" does not support thinking')), 2, "nobody", "goes on", "",
        think="off",
    ),
    Row(
        "option of the wrong type (500)",
        replies(500, error('option "temperature" must be of type float32')),
        1, "request", "fails",
        'The server refuses the request: option "temperature" must be of type float32 ({url}). '
        "Check the options and the format",
    ),
    Row(
        "prompt larger than the window (400, nested)", replies(400, error(servers.OVERFLOW)),
        1, "request", "scores 0",
        "The prompt does not fit the model's context window: 7900 tokens, 4096 fit ({url}). "
        "Raise num_ctx or shorten the prompt",
    ),
    Row(
        "prompt shortened in silence",
        says(words(_SOME), done(prompt_eval_count=8192, eval_count=2)),
        1, "nobody", "goes on", "", output=_SOME, truncated=True,
    ),
    Row(
        "answer cut by num_predict",
        says(words(_SOME), done(prompt_eval_count=20, eval_count=2, done_reason="length")),
        1, "nobody", "goes on", "", output=_SOME, truncated=True,
    ),
    Row(
        "thoughts that use up all tokens",
        says(
            {"message": {"role": "assistant", "content": "", "thinking": "Hm"}, "done": False},
            done(prompt_eval_count=20, eval_count=512, done_reason="length"),
        ),
        1, "model", "scores 0",
        "The thoughts used up all 512 tokens. "
        'Raise think_tokens or max_tokens, or set think = "off"',
        truncated=True,
    ),
    # What the server does not say
    Row(
        "end in good order, without done", says(words(_SOME)), 2, "model", "scores 0",
        _ENDED, output=_SOME,
    ),
    Row(
        "end in good order, in endless repetition", says(words(servers.REPEATED * 40)),
        1, "model", "scores 0",
        "The model repeated itself until the server stopped it. "
        "Set repeat_penalty, or change the prompt",
        output=servers.REPEATED * 40,
    ),
    Row(
        "empty reply", says(), 2, "server", "waits",
        "The server's reply is empty ({url}). " + _STRANGE,
    ),
    Row(
        "no byte while the model loads", servers.loads_for_ever, 1, "server", "waits",
        "The model did not load within {load:g} s ({url}). "
        "Look into the server's log, or pick a smaller model",
        deadlines=_IMPATIENT,
    ),
    Row(
        "no byte from a loaded model", servers.never_begins, 1, "server", "waits",
        "The answer did not begin within {first:g} s ({url}). "
        "The server is stuck or busy for others: look into its log, or restart it",
        deadlines=_IMPATIENT,
    ),
    Row(
        "no further byte in the middle of the answer", servers.stops_in_between,
        1, "server", "waits",
        "The answer stopped: nothing more came for {gap:g} s ({url}). " + _STUCK,
        deadlines=_IMPATIENT,
    ),
    # What cannot be read
    Row(
        "garbage instead of JSON", replies(200, "\x00\x07 ?? no JSON", "application/x-ndjson"),
        2, "server", "waits",
        "Something else than a model server answers: \u2400\u2407 ?? no JSON ({url}). "
        "Check the host and the port",
    ),
    Row(
        "garbage in the middle of the answer", says(words(_SOME), b"?? no JSON\n", done()),
        2, "server", "waits",
        "The server's reply cannot be read: ?? no JSON ({url}). " + _STRANGE,
    ),
    Row(
        "line of 8 MB", servers.huge_line(8 * servers.MB), 1, "nobody", "goes on", "",
        output="x" * 8 * servers.MB, options={"num_predict": 80_000},
    ),
    Row(
        "line of more than 16 MB", servers.huge_line(17 * servers.MB), 2, "server", "waits",
        "The server sent a line of more than 16 MB ({url}). " + _STRANGE,
    ),
    Row(
        "a million tokens, whatever num_predict says", servers.never_ends, 1, "model", "scores 0",
        _ENDLESS, output=_MANY_WORDS, truncated=True, options={"num_predict": 100},
    ),
    # OpenAI-compatible servers, where they differ or where it matters most
    Row(
        "connection refused", None, 4, "server", "waits",
        "No answer from the server ({url}). " + _START,
        down="before", kind="openai",
    ),
    Row(
        "connection reset in the middle of a line",
        events(openai.delta(_SOME), b'data: {"choices":[{"del', ending="reset"),
        4, "server", "waits", _BROKE, kind="openai",
    ),
    Row(
        "end in good order, without [DONE]", events(openai.delta(_SOME)), 2, "model", "scores 0",
        _ENDED, output=_SOME, kind="openai",
    ),
    Row(
        "error event in the middle of the answer",
        events(openai.delta(_SOME), openai.event(error("model runner has unexpectedly stopped"))),
        4, "server", "waits",
        "The model's process died: model runner has unexpectedly stopped ({url}). "
        "If it dies again, look into the server's log",
        kind="openai",
    ),
    Row(
        "still loading (503)", replies(503, {"error": {"message": "Loading model"}}),
        4, "server", "waits",
        "The server is busy: Loading model ({url}). Wait, or let fewer programs use it at once",
        kind="openai",
    ),
    Row(
        "model gone (404)",
        replies(404, {"error": {"message": "The model `gemma3n:latest` does not exist."}}),
        1, "request", "fails",
        "The server does not have the model: The model `gemma3n:latest` does not exist ({url}). "
        "Pick a model that the server lists",
        kind="openai",
    ),
    Row(
        "prompt larger than the window (400)",
        replies(
            400,
            {"error": {"message": "request (12031 tokens) exceeds the available context size "
                       "(4096 tokens)", "type": "exceed_context_size_error"}},
        ),
        1, "request", "scores 0",
        "The prompt does not fit the model's context window: 12031 tokens, 4096 fit ({url}). "
        "Shorten the prompt or ask for fewer tokens; the window is set where the server is started",
        kind="openai",
    ),
    Row(
        "web page of a proxy (status 200)", replies(200, servers.WEB_PAGE, "text/html"),
        2, "server", "waits", _PAGE, kind="openai",
    ),
    Row(
        "garbage in the middle of the answer", events(openai.delta(_SOME), b"data: ?? no\n\n"),
        2, "server", "waits",
        "The server's reply cannot be read: ?? no ({url}). " + _STRANGE, kind="openai",
    ),
    Row(
        "no byte", servers.never_begins, 1, "server", "waits",
        "The answer did not begin within {both:g} s ({url}). "
        "The server is stuck or busy for others: look into its log, or restart it",
        deadlines=_IMPATIENT, kind="openai",
    ),
    Row(
        "no further byte in the middle of the answer", servers.stops_between_events,
        1, "server", "waits",
        "The answer stopped: nothing more came for {gap:g} s ({url}). " + _STUCK,
        deadlines=_IMPATIENT, kind="openai",
    ),
    Row(
        "a million tokens, whatever max_tokens says", servers.never_ends_events,
        1, "model", "scores 0",
        _ENDLESS, output=_MANY_WORDS, truncated=True, options={"num_predict": 100}, kind="openai",
    ),
)  # fmt: skip


def recorded(row: Row) -> str:
    """What the run's record says of it, in words."""
    if row.outcome == "waits":
        return "the pause and its end; the call made again"
    if row.outcome == "fails":
        return "the session's error_message"
    parts = [] if row.blame == "nobody" else ["success false, error_message, score 0"]
    if row.output:
        parts.append("the output as far as it came")
    if row.truncated:
        parts.append("metrics.truncated")
    return ", ".join(parts) or "nothing: the call is made again without the field"


def document() -> str:
    """The table for people."""
    lines = [
        "# Faults",
        "",
        "What can go wrong with a server, what is tried, what is recorded and what you read. Each",
        "row is played by a scripted server in `tests/faults`, through client, session and",
        "results folder.",
        "",
        "Where the server is at fault, the session pauses; no iteration is spent. It tries again",
        "after 5 seconds, then 10, 20, ... up to 60, counts down where you can see it, and resumes",
        "by itself; `p` tries at once. In the app it waits for as long as it takes, `run` gives up",
        "after ten minutes (`server_wait`). The result is that of a run never disturbed. Where",
        "only a change of the request can help, the session ends as failed and says what to",
        "change. One example that is too long for the window fails alone, with score 0.",
        "",
        "No byte for longer than a deadline counts as a hang: 30 minutes for a load (the server",
        "is asked whether the model is in memory), 15 minutes from then to the first word, 5",
        "minutes between two. An answer counts as endless at 128 characters per token of",
        "num_predict, or at 4 million characters without one; of it is kept about as much as",
        "num_predict asked for.",
    ]
    for kind, title in (("ollama", "Ollama"), ("openai", "OpenAI-compatible servers")):
        lines += [
            "",
            f"## {title}",
            "",
            "| what happens | calls | whose fault | the session | recorded | what you read |",
            "|---|---|---|---|---|---|",
        ]
        for row in ROWS:
            if row.kind == kind:
                reads = row.sentence("http://127.0.0.1:11434", Deadlines()).replace("|", "\\|")
                cells = (row.name, str(row.calls), row.blame, OUTCOMES[row.outcome])
                lines.append("| " + " | ".join((*cells, recorded(row), reads)) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(document(), end="")
