import multiprocessing
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from llmopt_tui.core.ports import Metrics, Reply
from llmopt_tui.store.answer_cache import AnswerCache

REPLY = Reply("grün \ud800", "a thought", Metrics(output_tokens=7, done_reason="stop"), 1.25)
HOUR = 3600.0


@pytest.fixture
def cache(tmp_path):
    made = AnswerCache.of(tmp_path / "results")
    yield made
    made.close()


def incompressible(n: int) -> Reply:
    # Digits of powers: no two texts alike, and none that gets much smaller.
    return Reply(str(7 ** (4000 + n)))


def test_a_reply_comes_back_as_it_was_also_after_a_restart(cache, tmp_path):
    assert cache.get("one", 1.0) is None
    cache.keep("one", REPLY, 1.0)
    assert cache.get("one", 2.0) == REPLY
    cache.close()
    again = AnswerCache.of(tmp_path / "results")
    assert again.get("one", 3.0) == REPLY
    again.close()


def test_asking_for_the_size_makes_no_file(cache, tmp_path):
    assert cache.size() is None
    assert not (tmp_path / "results").exists()
    cache.keep("one", REPLY, 1.0)
    size = cache.size()
    assert size is not None
    assert size.answers == 1
    assert size.bytes > 0


def test_the_file_is_for_its_owner_alone(cache, tmp_path):
    cache.keep("one", REPLY, 1.0)
    for file in (tmp_path / "results" / ".cache").iterdir():
        assert file.stat().st_mode & 0o077 == 0


def test_what_was_not_used_for_longest_is_dropped_first(tmp_path):
    cache = AnswerCache(tmp_path / "a.sqlite", most_bytes=60_000)
    for n in range(50):
        cache.keep(f"{n}", incompressible(n), n * HOUR)
    assert cache.get("0", 100 * HOUR) is not None  # used again, so newer than all others
    cache.keep("last", incompressible(50), 101 * HOUR)
    assert cache.get("0", 102 * HOUR) is not None
    assert cache.get("last", 102 * HOUR) is not None
    assert cache.get("1", 102 * HOUR) is None
    size = cache.size()
    assert size is not None
    assert 5 < size.answers < 40
    cache.close()


@pytest.mark.parametrize("rest", [b"no database at all " * 300, b""], ids=["foreign", "emptied"])
def test_a_damaged_file_is_replaced(tmp_path, rest):
    file = tmp_path / "a.sqlite"
    file.write_bytes(rest)
    cache = AnswerCache(file)
    assert cache.get("one", 1.0) is None
    cache.keep("one", REPLY, 1.0)
    assert cache.get("one", 1.0) == REPLY
    cache.close()


def test_an_answer_that_is_damaged_is_no_answer(tmp_path):
    file = tmp_path / "a.sqlite"
    cache = AnswerCache(file)
    cache.keep("one", REPLY, 1.0)
    cache.close()
    db = sqlite3.connect(file)
    db.execute("UPDATE answers SET reply = x'00'")
    db.commit()
    db.close()
    assert cache.get("one", 1.0) is None
    cache.close()


def test_a_file_that_another_process_holds_breaks_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("llmopt_tui.store.answer_cache._WAIT_SECONDS", 0.01)
    file = tmp_path / "a.sqlite"
    first = AnswerCache(file)
    first.keep("one", REPLY, 1.0)
    first.close()
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    cache = AnswerCache(file)
    cache.keep("two", REPLY, 1.0)
    assert cache.get("two", 1.0) is None
    holder.execute("ROLLBACK")
    holder.close()
    cache.close()
    left = AnswerCache(file)
    assert left.get("one", 1.0) == REPLY
    left.close()


def test_a_folder_that_cannot_be_made_breaks_nothing(tmp_path):
    (tmp_path / "results").write_text("in the way")
    cache = AnswerCache.of(tmp_path / "results")
    cache.keep("one", REPLY, 1.0)
    assert cache.get("one", 1.0) is None
    cache.close()


def _keep_some(file: Path, first: int) -> None:
    cache = AnswerCache(file)
    with ThreadPoolExecutor(4) as threads:
        list(
            threads.map(lambda n: cache.keep(f"{n}", Reply(f"{n}"), 1.0), range(first, first + 40))
        )
    cache.close()


def test_threads_and_processes_share_one_file(tmp_path):
    file = tmp_path / "a.sqlite"
    spawn = multiprocessing.get_context("spawn")
    others = [spawn.Process(target=_keep_some, args=(file, 100 * n)) for n in (1, 2)]
    for process in others:
        process.start()
    _keep_some(file, 0)
    for process in others:
        process.join()
    cache = AnswerCache(file)
    for first in (0, 100, 200):
        assert all(cache.get(f"{n}", 1.0) == Reply(f"{n}") for n in range(first, first + 40))
    cache.close()
