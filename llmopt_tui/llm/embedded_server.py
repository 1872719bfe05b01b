"""The embedded engine's child process: one GGUF file behind an HTTP server on the loopback.

Run as `python -m llmopt_tui.llm.embedded_server`. It speaks three lines' worth of protocol:

- in: one JSON line on standard input, `model_file`, `alias`, `api_key`, `context`, `threads`;
- out: one JSON line on standard output, `url` and `engine` once requests are answered, or
  `problem` ("not_installed", "library" or "model") and `detail` where that will not happen;
- then it serves until its standard input closes, which the system sees to even when the parent
  is killed outright.

Everything else that it and the engine print goes to standard error. It imports nothing of ours, so
that it can be started by path, with any working directory and import path.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import IO, Any, NoReturn


def _private_stdout() -> IO[str]:
    """Keep standard output for the protocol; all other output goes to standard error."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return channel


def _say(channel: IO[str], **message: str) -> None:
    channel.write(json.dumps(message) + "\n")
    channel.flush()


def _serve(request: dict[str, Any]) -> tuple[Any, str]:
    """Load the model and open the port. The server lives as long as the returned object."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = request["model_file"]
    params.model_alias = {request["alias"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [request["api_key"]]
    params.offline = True
    params.ui = False
    params.endpoint_slots = False
    params.use_jinja = True
    params.n_ctx = request["context"]
    # A prompt cache changes batch shapes, and with them texts; two slots bring no speed.
    params.n_parallel = 1
    params.cache_prompt = False
    params.cache_ram_mib = 0
    params.cpuparams.n_threads = request["threads"]
    params.cpuparams_batch.n_threads = request["threads"]
    return xllamacpp.Server(params), f"xllamacpp {xllamacpp.__version__}"


def main() -> NoReturn:
    """Serve until standard input closes; exit 1 where the model cannot be served."""
    # Ctrl+C in a terminal reaches the whole group: the parent saves its work first, then stops us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = _private_stdout()
    request = json.loads(sys.stdin.buffer.readline())
    try:
        server, engine = _serve(request)
    except ModuleNotFoundError as error:
        _say(channel, problem="not_installed", detail=str(error))
        sys.exit(1)
    except ImportError as error:
        _say(channel, problem="library", detail=str(error))
        sys.exit(1)
    except RuntimeError as error:
        _say(channel, problem="model", detail=str(error))
        sys.exit(1)
    _say(channel, url=server.listening_address, engine=engine)
    # The engine answers on threads of its own; this one only waits for the parent to let go.
    while sys.stdin.buffer.read(4096):
        pass
    # An orderly exit would wait for an answer that nobody reads any more.
    os._exit(0)


if __name__ == "__main__":
    main()
