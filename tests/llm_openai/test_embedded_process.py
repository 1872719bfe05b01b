"""The engine's child process: the protocol, every way to fail, every way to end.

The engine itself is replaced by a small module of its name, the child's own code is real.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from llmopt_tui.llm import embedded_process, embedded_server, errors
from llmopt_tui.llm.embedded_process import EngineProcess, EngineUnavailable, Launch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and /proc are POSIX's")

SERVES = """
import json, os, sys
__version__ = "1.0"
class Thing:
    pass
class CommonParams(Thing):
    def __init__(self):
        self.model = Thing(); self.cpuparams = Thing(); self.cpuparams_batch = Thing()
class Server:
    def __init__(self, params):
        print("noise on standard output")
        os.write(2, (json.dumps({k: str(v) for k, v in vars(params).items()}) + "\\n").encode())
        self.listening_address = "http://127.0.0.1:1"
"""

Engine = Callable[[str], None]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Replaces the engine that the child finds by a module with this text."""
    modules = tmp_path / "modules"
    modules.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(modules))

    def replace(text: str) -> None:
        (modules / "xllamacpp.py").write_text(text)

    return replace


@pytest.fixture
def launch(tmp_path: Path) -> Launch:
    return Launch(tmp_path / "model.gguf", "tiny", 512, tmp_path / "logs")


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_a_started_child_says_where_it_serves(engine: Engine, launch: Launch) -> None:
    engine(SERVES)
    child = await EngineProcess.start(launch)
    assert child.url == "http://127.0.0.1:1"
    assert child.engine == "xllamacpp 1.0"
    assert child.alive
    await child.stop()
    assert not child.alive
    assert gone(child.pid)


async def test_the_engine_is_set_up_for_equal_texts_and_for_this_machine_only(
    engine: Engine, launch: Launch
) -> None:
    engine(SERVES)
    child = await EngineProcess.start(launch)
    lines = child.log.read_text().splitlines()
    [params] = [json.loads(line) for line in lines if line.startswith("{")]
    await child.stop()
    assert params["hostnames"] == "['127.0.0.1']"
    assert (params["n_parallel"], params["cache_prompt"]) == ("1", "False")
    assert (params["n_ctx"], params["model_alias"]) == ("512", "{'tiny'}")
    assert params["api_keys"] == f"['{child.api_key}']"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_the_key_shows_in_neither_arguments_nor_environment(
    engine: Engine, launch: Launch
) -> None:
    engine(SERVES.replace("os.write", "0 and os.write"))
    child = await EngineProcess.start(launch)
    proc = Path(f"/proc/{child.pid}")
    seen = (proc / "cmdline").read_bytes() + (proc / "environ").read_bytes()
    assert b"OMP_WAIT_POLICY=passive" in seen
    assert child.api_key.encode() not in seen + child.log.read_bytes()
    other = await EngineProcess.start(launch)
    assert other.api_key != child.api_key
    assert other.log != child.log
    await child.stop()
    await other.stop()


async def test_a_clean_stop_takes_the_log_along(engine: Engine, launch: Launch) -> None:
    engine(SERVES)
    child = await EngineProcess.start(launch)
    await child.stop()
    assert list(launch.logs.iterdir()) == []


async def test_stopping_twice_and_after_death_is_fine(engine: Engine, launch: Launch) -> None:
    engine(SERVES)
    child = await EngineProcess.start(launch)
    await child.stop()
    await child.stop()
    other = await EngineProcess.start(launch)
    os.kill(other.pid, signal.SIGKILL)
    await other.stop()
    assert not other.alive


async def test_a_child_that_ignores_the_closed_input_is_forced(
    engine: Engine, launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_process, "_GRACE_SECONDS", 0.1)
    script = launch.logs.parent / "stubborn.py"
    script.write_text(
        "import json, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(json.dumps({'url': 'http://127.0.0.1:1'}), flush=True)\n"
        "time.sleep(600)\n"
    )
    monkeypatch.setattr(embedded_server, "__file__", str(script))
    child = await EngineProcess.start(launch)
    await child.stop()
    assert gone(child.pid)


async def test_a_death_is_explained_and_keeps_its_log(engine: Engine, launch: Launch) -> None:
    engine(SERVES)
    child = await EngineProcess.start(launch)
    assert child.alive
    os.kill(child.pid, signal.SIGSEGV)
    crash = await child.died()
    assert isinstance(crash, errors.RunnerCrashed)
    assert crash.retryable
    assert "SIGSEGV" in str(crash)
    assert str(child.log) in str(crash)
    assert child.log.exists()


@pytest.mark.parametrize(
    ("module", "kind", "said"),
    [
        (
            "raise ModuleNotFoundError(\"No module named 'xllamacpp'\")",
            EngineUnavailable,
            r'pip install -e ".*\[embedded\]"',
        ),
        (
            "raise ImportError('libgomp.so.1: cannot open shared object file')",
            EngineUnavailable,
            "libgomp1",
        ),
        ("raise ImportError('GLIBC_2.99 not found')", EngineUnavailable, "GLIBC_2.99"),
        ("import os; os.kill(os.getpid(), 4)", EngineUnavailable, "AVX2"),
        ("import os; os.kill(os.getpid(), 9)", errors.OutOfMemoryLoading, "memory"),
        ("import os; os.kill(os.getpid(), 11)", errors.RunnerCrashed, "SIGSEGV.*log is"),
        ("import os; os._exit(3)", errors.RunnerCrashed, "exit status 3.*log is"),
        ("import os; os.write(1, b'x'); os._exit(3)", errors.RunnerCrashed, "exit status 3"),
        ("1/0", errors.RunnerCrashed, "exit status 1.*log is"),
        (
            SERVES.replace("print(", "raise RuntimeError('refused') or print("),
            errors.LoadFailed,
            "model.gguf: refused.*log is",
        ),
        (
            SERVES.replace(
                "print(",
                "os.write(2, b'0.1 E load: error loading model: bad \\x1b[1mtensor\\n');"
                " raise RuntimeError('refused') or print(",
            ),
            errors.LoadFailed,
            "model.gguf: bad .*tensor",
        ),
    ],
)
async def test_every_failed_start_is_explained(
    engine: Engine, launch: Launch, module: str, kind: type[Exception], said: str
) -> None:
    engine(module)
    with pytest.raises(kind, match=said) as caught:
        await EngineProcess.start(launch)
    assert type(caught.value) is kind
    assert str(caught.value).isprintable()


async def test_a_load_that_never_ends_is_given_up(
    engine: Engine, launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_process, "LOAD_SECONDS", 0.1)
    engine("import time; time.sleep(600)")
    with pytest.raises(errors.LoadStalled, match=r"model\.gguf"):
        await EngineProcess.start(launch)


async def test_cancelling_a_start_ends_the_child_even_while_it_loads(
    engine: Engine, launch: Launch, tmp_path: Path
) -> None:
    # A pipe tells the moment when loading has begun.
    os.mkfifo(tmp_path / "begun")
    engine(
        f"import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"open({str(tmp_path / 'begun')!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    )
    starting = asyncio.create_task(EngineProcess.start(launch))
    pid = int(await asyncio.to_thread((tmp_path / "begun").read_text))
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert gone(pid)


async def test_only_the_last_few_logs_are_kept(engine: Engine, launch: Launch) -> None:
    engine("import os; os._exit(3)")
    for _ in range(8):
        with pytest.raises(errors.RunnerCrashed):
            await EngineProcess.start(launch)
    assert len(list(launch.logs.iterdir())) == 5


async def test_ctrl_c_in_the_terminal_is_left_to_the_parent(engine: Engine, launch: Launch) -> None:
    engine(SERVES)
    child = await EngineProcess.start(launch)
    os.kill(child.pid, signal.SIGINT)
    # Only a child that is still there ends with status 0 when it is let go.
    await child.stop()
    assert not child.log.exists()


def test_the_module_runs_by_name_too(engine: Engine) -> None:
    engine("raise ModuleNotFoundError('gone')")
    request = {"model_file": "m", "alias": "a", "api_key": "k", "context": 1, "threads": 1}
    root = str(Path(embedded_server.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-m", "llmopt_tui.llm.embedded_server"],
        input=json.dumps(request) + "\n",
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([os.environ["PYTHONPATH"], root])},
    )
    assert json.loads(done.stdout) == {"problem": "not_installed", "detail": "gone"}
    assert done.returncode == 1
