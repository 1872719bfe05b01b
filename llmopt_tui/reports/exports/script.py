"""A Python script that asks a model with its best prompt: one file, standard library only.

Text of the prompt and of names is in it as literals and comments, never as code.
"""

from __future__ import annotations

import pprint
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from llmopt_tui.core.filling import placeholders_in
from llmopt_tui.core.loop.requests import SAY_AS_JSON
from llmopt_tui.reports.exports.winner import Winner

_WIDTH = 96


def python_script(winner: Winner) -> str:
    """The script. What it prints is the answer; its inputs come as flags or as JSON on stdin."""
    chat = winner.chat
    names = list(placeholders_in(chat.system) + placeholders_in(chat.asked))
    flags = " ".join(f"--{name} TEXT" for name in names)
    example = ", ".join(f'"{name}": "..."' for name in names)
    head = [
        "#!/usr/bin/env python3",
        "# Asks a model with the best prompt that llmopt-tui found, and prints its answer.",
        *(f"# {line}" for line in winner.provenance),
        "#",
        f"#     python THIS_FILE {flags}".rstrip(),
        *([f"#     python THIS_FILE < inputs.json          {{{example}}}"] if names else []),
        "#",
        "# It needs nothing but Python 3.9 or newer, and an Ollama server: the one of OLLAMA_HOST,",
        "# else the local one.",
    ]
    constants = [
        f"MODEL = {winner.model.name!r}",
        f"SYSTEM = {_text(chat.system)}",
        f"SHOWN = {_value([asdict(turn) for turn in chat.shown])}",
        f"PROMPT = {_text(chat.asked)}",
        f"OPTIONS = {_value(dict(winner.options))}",
        f"FORMAT = {_value(winner.format)}",
        f"LATE_FORMAT = {_value(winner.late_format)}",
        f"AGAIN = {SAY_AS_JSON!r}",
        f"THINK = {winner.think!r}",
    ]
    return "\n".join([*head, _IMPORTS, *constants, _CODE.rstrip("\n"), ""])


def _text(text: str) -> str:
    """A literal of one line for each line of the text."""
    lines = text.splitlines(keepends=True)
    if len(lines) < 2:
        return repr(text)
    return "\n".join(["(", *(f"    {line!r}" for line in lines), ")"])


def _value(value: Any) -> str:
    return pprint.pformat(_plain(value), width=_WIDTH, sort_dicts=False)


def _plain(value: Any) -> Any:
    """Made of what has a literal, and JSON too."""
    match value:
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case None | bool() | int() | float() | str():
            return value
    return str(value)


_IMPORTS = """
import argparse
import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
"""

_CODE = r'''
PLACEHOLDER = re.compile(r"\{\{([A-Za-z_][A-Za-z0-9_]*)\}\}")
NAMES = list(dict.fromkeys(PLACEHOLDER.findall(SYSTEM) + PLACEHOLDER.findall(PROMPT)))


def fill(text, inputs):
    """Put inputs in place of placeholders; what an input brings in is never filled again."""
    return PLACEHOLDER.sub(lambda match: inputs[match.group(1)], text)


def read_inputs():
    """The inputs: flags, and what they leave open from a JSON object on standard input."""
    parser = argparse.ArgumentParser(
        description="Prints a model's answer.", add_help="help" not in NAMES, allow_abbrev=False
    )
    for name in NAMES:
        parser.add_argument("--" + name, metavar="TEXT")
    given = {name: text for name, text in vars(parser.parse_args()).items() if text is not None}
    if len(given) < len(NAMES) and not sys.stdin.isatty():
        try:
            found = json.loads(sys.stdin.buffer.read() or b"{}")
        except ValueError as error:
            parser.error(f"standard input is no JSON: {error}")
        if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
            parser.error("standard input is no JSON object of texts")
        given = {**{name: found[name] for name in NAMES if name in found}, **given}
    missing = [name for name in NAMES if name not in given]
    if missing:
        parser.error("missing: " + ", ".join(missing))
    return given


def server():
    """The server's address, and whether it is this machine."""
    text = os.environ.get("OLLAMA_HOST", "").strip().strip("\"'") or "127.0.0.1"
    bare = "://" not in text
    parts = urllib.parse.urlsplit("http://" + text if bare else text)
    host = parts.hostname or "127.0.0.1"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    port = parts.port or (11434 if bare else {"https": 443}.get(parts.scheme, 80))
    name = f"[{host}]" if ":" in host else host
    path = parts.path.rstrip("/")
    local = host in ("localhost", "::1") or host.startswith("127.")
    return f"{parts.scheme}://{name}:{port}{path}", local


def answer(inputs):
    """The answer, piece by piece as the model writes it."""
    messages = [{"role": "system", "content": fill(SYSTEM, inputs)}] if SYSTEM else []
    messages += SHOWN  # earlier turns: examples with their right answers
    messages.append({"role": "user", "content": fill(PROMPT, inputs)})
    if LATE_FORMAT is None:
        yield from ask(messages, FORMAT)
        return
    # The model answers freely first, and then says the same in the format.
    freely = "".join(ask(messages, None))
    messages += [{"role": "assistant", "content": freely}, {"role": "user", "content": AGAIN}]
    yield from ask(messages, LATE_FORMAT)


def ask(messages, wanted):
    """The reply to a chat in the wanted format, piece by piece."""
    body = {"model": MODEL, "messages": messages, "stream": True, "truncate": False}
    body["options"] = OPTIONS
    if wanted is not None:
        body["format"] = wanted
    if THINK is not None:
        body["think"] = THINK
    url, local = server()
    request = urllib.request.Request(
        url + "/api/chat", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    # A proxy is for other machines.
    opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if local else []))
    with opener.open(request) as reply:
        for line in reply:
            event = json.loads(line)
            if event.get("error"):
                raise ValueError(event["error"])
            yield event.get("message", {}).get("content", "")
            if event.get("done"):
                return
    raise ValueError("the answer broke off")


def put(text):
    """Print a piece of the answer; where nobody reads any further, end without a word."""
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def main():
    """Print the answer."""
    inputs = read_inputs()
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        for piece in answer(inputs):
            put(piece)
    except urllib.error.HTTPError as error:
        sys.exit(f"{error.code}: {error.read().decode('utf-8', 'replace')}")
    except (OSError, ValueError) as error:
        sys.exit(f"{server()[0]}: {error}")
    put("\n")


if __name__ == "__main__":
    main()
'''
