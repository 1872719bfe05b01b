"""SessionIndex: the same as the folders, whatever happens to them, to the file, or beside it."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmopt_tui.core.events import RunFinished
from llmopt_tui.store.index import INDEX_FILE, SessionIndex
from llmopt_tui.store.suite_summary import list_all
from llmopt_tui.store.writer import SessionWriter
from tests.factories import ORIGINAL, make_run, session_events
from tests.nasty import NASTY

WORDS = ("zebra", "okapi", "heron")


@cache
def template() -> dict[str, bytes]:
    """The two files of a session whose first answer is "zebra"."""

    async def keep(results: Path) -> Path:
        writer = SessionWriter.create(results, "a1b2c3d4", "m")
        for event in session_events():
            if isinstance(event, RunFinished) and event.iteration == 1:
                await writer.keep(replace(event, run=make_run(output="zebra")))
            else:
                await writer.keep(event)
        await writer.close()
        return writer.folder

    with TemporaryDirectory() as results:
        folder = asyncio.run(keep(Path(results)))
        return {
            name: (folder / name).read_bytes() for name in ("events.jsonl", "session_data.json")
        }


def put(results: Path, *texts: str) -> list[str]:
    """Sessions with these answers; the names of their folders."""
    names = [f"session_{n:08x}_m" for n in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        (results / name).mkdir()
        for file, content in template().items():
            own = content.replace(b"zebra", json.dumps(text)[1:-1].encode())
            (results / name / file).write_bytes(own)
    return names


def searched(results: Path, query: str) -> set[str]:
    index = SessionIndex(results)
    try:
        return index.search_whole(query)
    finally:
        index.close()


def change(results: Path, what: str, n: int, by: int) -> None:
    """Do something to session `n`, or to the index itself."""
    folder = results / f"session_{n:08x}_m"
    journal = folder / "events.jsonl"
    match what:
        case "write":
            folder.mkdir(exist_ok=True)
            for name, content in template().items():
                own = content.replace(b"zebra", WORDS[by % 3].encode() + b" " * by)
                (folder / name).write_bytes(own)
        case "delete":
            shutil.rmtree(folder, ignore_errors=True)
        case "tear" if journal.exists():
            journal.write_bytes(journal.read_bytes()[: -1 - 300 * by])
        case "lose the document":
            (folder / "session_data.json").unlink(missing_ok=True)
        case "lose the journal":
            journal.unlink(missing_ok=True)
        case "spoil the document" if folder.exists():
            (folder / "session_data.json").write_bytes(b"x" * by)
        case "empty folder":
            folder.mkdir(exist_ok=True)
        case "suite":
            document = {"suite_id": f"{n}", "status": "running", "models": ["m"] * by, "cases": []}
            document |= {"sessions": [], "started_at": "2026-11-02T14:03:00+00:00"}
            (results / f"optimization_suite_{n}.json").write_text(json.dumps(document))
        case "spoil the index" if (results / INDEX_FILE).exists():
            (results / INDEX_FILE).write_bytes(b"no database" * by)
        case "delete the index":
            (results / INDEX_FILE).unlink(missing_ok=True)


CHANGES = (
    *("write", "write", "write", "delete", "tear", "lose the document", "lose the journal"),
    *("spoil the document", "empty folder", "suite", "spoil the index", "delete the index"),
    *("look", "open again"),
)


@settings(max_examples=40)
@example([("write", 0, 1), ("look", 0, 1), ("delete the index", 0, 1)])
@example([("write", 0, 1), ("lose the document", 0, 1), ("look", 0, 1), ("lose the journal", 0, 1)])
@given(
    st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 3), st.integers(1, 9)), max_size=16)
)
def test_the_index_says_what_the_folders_say(changes: list[tuple[str, int, int]]) -> None:
    with TemporaryDirectory() as folder:
        results = Path(folder)
        index = SessionIndex(results)
        for what, n, by in changes:
            change(results, what, n, by)
            if what == "look":
                index.search_whole("zebra")
                assert index.listing() == list_all(results)
            elif what == "open again":
                index.close()
                index = SessionIndex(results)
        found = {word: index.search_whole(word) for word in WORDS}
        assert index.listing() == list_all(results)
        index.close()
        for word in WORDS:
            holding = {
                path.parent.name
                for path in results.glob("session_*/events.jsonl")
                if word.encode() in path.read_bytes().rpartition(b"\n")[0] and _whole(path, word)
            }
            assert found[word] == holding
        deleted = not (results / INDEX_FILE).exists()
        again = SessionIndex(results)
        if not deleted:  # one that was deleted under its user is made at the next look
            assert again.listing() == list_all(results)
        again.look()
        assert again.listing() == list_all(results)
        again.close()


def _whole(journal: Path, word: str) -> bool:
    """Whether a line of the journal that is not torn holds the word."""
    for line in journal.read_bytes().split(b"\n"):
        try:
            json.loads(line)
        except ValueError:
            continue
        if word.encode() in line:
            return True
    return False


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("electrician", {0}),
        ("ELECTRICIAN ulm", {0}),
        ("elec", {0}),
        ("elec ulm", set()),  # only the last word may be a beginning
        ("zurich", {1}),
        ("ZÜRICH", {1}),
        ("文字", {2}),
        ("角文", {2}),
        ("字文", set()),
        ("c++", {3}),
        ("c#", {4}),
        ("node.js", {3}),
        ("node js", {3, 4}),
        ("->", {4}),
        ('"', {0, 1, 2, 3, 4}),
        ("sites,", {0}),
        ("{{posting}}", {0, 1, 2, 3, 4}),
        ("not a* OR b", set()),
        ("", set()),
        (" ", set()),
    ],
)
def test_what_a_person_types_is_found_word_by_word(
    tmp_path_factory: pytest.TempPathFactory, query: str, found: set[int]
) -> None:
    results = _searchable(tmp_path_factory)
    names = sorted(path.name for path in results.glob("session_*"))
    assert searched(results, query) == {names[n] for n in found}


_MADE: dict[str, Path] = {}


def _searchable(factory: pytest.TempPathFactory) -> Path:
    if not _MADE:
        results = _MADE["here"] = factory.mktemp("searchable")
        put(
            results,
            "Experienced electrician for sites, in Ulm, call now.",
            "Wohnen in Zürich",
            "全角文字とカタカナ",
            "C++ and node.js",
            "node then js, C# -> x",
        )
    return _MADE["here"]


def test_every_nasty_text_is_found_by_itself(tmp_path: Path) -> None:
    texts = [text for text in NASTY if text.strip()]
    names = put(tmp_path, *texts)
    index = SessionIndex(tmp_path)
    index.look()
    index.read_texts()
    for name, text in zip(names, texts, strict=True):
        assert name in index.search(text), repr(text[:40])
        index.excerpt(name, text)


@given(st.text(max_size=30) | st.sampled_from(NASTY))
def test_no_query_fails(tmp_path_factory: pytest.TempPathFactory, query: str) -> None:
    results = _searchable(tmp_path_factory)
    index = SessionIndex(results)
    assert index.search(query) <= {path.name for path in results.glob("session_*")}
    index.close()


def test_an_excerpt_shows_the_place_in_one_line(tmp_path: Path) -> None:
    (name,) = put(
        tmp_path, "first line\n" + "word " * 60 + "the\tzebra stands\nhere " + "end " * 60
    )
    index = SessionIndex(tmp_path)
    index.search_whole("zebra")
    shown = index.excerpt(name, "zeb")
    assert "the zebra stands here end" in shown
    assert shown.startswith("… word")
    assert shown.endswith(" …")
    assert len(shown) <= 120
    assert index.excerpt(name, "okapi") == ""


def spoiled_within(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)


def another_version(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA user_version = 99")


def a_folder_in_its_place(file: Path) -> None:
    file.unlink()
    file.mkdir()


def an_odd_summary(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.execute("UPDATE sessions SET summary = '[1, 2]'")


def an_odd_text(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.execute("UPDATE texts SET text = 'abc', signature = 'old'")


DAMAGE: tuple[Callable[[Path], Any], ...] = (
    Path.unlink,
    lambda file: file.write_bytes(b""),
    lambda file: file.write_bytes(b"garbage" * 1000),
    lambda file: file.write_bytes(file.read_bytes()[:5000]),
    spoiled_within,
    another_version,
    a_folder_in_its_place,
    an_odd_summary,
    an_odd_text,
)


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("while_open", [False, True])
def test_damage_to_the_file_costs_nothing_but_time(
    tmp_path: Path, damage: Callable[[Path], Any], while_open: bool
) -> None:
    put(tmp_path, "zebra", "okapi", "zebra")
    index = SessionIndex(tmp_path)
    before = index.search_whole("zebra")
    assert len(before) == 2
    if not while_open:
        index.close()
    damage(tmp_path / INDEX_FILE)
    if not while_open:
        index = SessionIndex(tmp_path)
    assert index.search_whole("zebra") == before
    assert index.listing() == list_all(tmp_path)
    index.close()
    assert searched(tmp_path, "zebra") == before


def test_where_no_file_can_be_had_the_index_works_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "zebra")

    def refused(*arguments: Any) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("llmopt_tui.store.index_file.os.open", refused)
    assert len(searched(tmp_path, "zebra")) == 1
    assert not (tmp_path / INDEX_FILE).exists()


def test_no_folder_is_made_for_it(tmp_path: Path) -> None:
    assert searched(tmp_path / "results", "zebra") == set()
    assert not (tmp_path / "results").exists()


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    put(tmp_path, "zebra")
    searched(tmp_path, "zebra")
    assert (tmp_path / INDEX_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob(".index*")] == [INDEX_FILE]


def test_only_what_has_changed_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = put(tmp_path, "zebra", "okapi", "heron")
    searched(tmp_path, "zebra")
    read: list[str] = []
    for function in ("read_summary", "session_text"):
        original = getattr(sys.modules["llmopt_tui.store.index"], function)

        def noted(path: Path, original: Any = original) -> Any:
            read.append(path.name if path.name.startswith("session_") else path.parent.name)
            return original(path)

        monkeypatch.setattr(f"llmopt_tui.store.index.{function}", noted)
    assert len(searched(tmp_path, "zebra")) == 1
    assert read == []
    journal = tmp_path / names[1] / "events.jsonl"
    journal.write_bytes(journal.read_bytes() + b"\n")
    searched(tmp_path, "zebra")
    assert read == [names[1], names[1]]


def test_what_was_known_is_there_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "zebra", "okapi")
    searched(tmp_path, "zebra")
    expected = list_all(tmp_path)
    monkeypatch.setattr("llmopt_tui.store.index.os.scandir", lambda _: 1 / 0)
    assert SessionIndex(tmp_path).listing() == expected


def test_a_folder_that_cannot_be_read_is_said_and_nothing_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "zebra")
    searched(tmp_path, "zebra")

    def refused(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("llmopt_tui.store.index.os.scandir", refused)
        index = SessionIndex(tmp_path)
        with pytest.raises(PermissionError):
            index.look()
    assert len(index.listing()) == 1
    assert len(index.search("zebra")) == 1


async def test_a_session_runs_as_long_as_somebody_writes_it(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, "a1b2c3d4", "m")
    for event in session_events()[:5]:
        await writer.keep(event)
    index = SessionIndex(tmp_path)
    index.look()
    assert [s.status for s in index.listing()] == ["running"]
    writer._lock.release()
    assert [s.status for s in index.listing()] == ["interrupted"]


def test_reading_can_be_left_and_goes_on(tmp_path: Path) -> None:
    put(tmp_path, *["zebra"] * 5)
    index = SessionIndex(tmp_path)
    index.look()
    left = iter([False, False, False, True, True])
    index.read_texts(stop=lambda: next(left))
    assert len(index.unread()) == 2
    index.close()
    index.read_texts()  # what is closed says nothing, and does not fail
    again = SessionIndex(tmp_path)
    told: list[tuple[int, int]] = []
    again.read_texts(lambda done, of: told.append((done, of)))
    assert told == [(3, 5)]
    assert len(again.search("zebra")) == 5


def test_texts_are_kept_in_batches_of_so_many_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmopt_tui.store.index._BATCH_CHARACTERS", 1)
    put(tmp_path, *["zebra"] * 3)
    index = SessionIndex(tmp_path)
    index.look()
    told: list[tuple[int, int]] = []
    index.read_texts(lambda done, of: told.append((done, of)))
    assert told == [(0, 3), (1, 3), (2, 3)]
    assert len(index.search("zebra")) == 3


def test_a_session_without_an_end_is_listed_without_scoring_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (name,) = put(tmp_path, "zebra")
    expected = list_all(tmp_path)
    (tmp_path / name / "session_data.json").unlink()
    monkeypatch.setattr("llmopt_tui.state.constant_answers.constant_answer_of", lambda _: 1 / 0)
    index = SessionIndex(tmp_path)
    index.look()
    assert index.listing() == expected


_READER = """
import sys
from pathlib import Path
from llmopt_tui.store.index import SessionIndex
index = SessionIndex(Path(sys.argv[1]))
print(len(index.search_whole("zebra")), len(index.listing()))
index.close()
"""


def test_processes_that_share_the_file_all_find_everything(tmp_path: Path) -> None:
    put(tmp_path, *["zebra"] * 30)
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", _READER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    assert [reader.communicate()[0].split() for reader in readers] == [["30", "30"]] * 3
    with sqlite3.connect(tmp_path / INDEX_FILE) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.execute("INSERT INTO words(words) VALUES ('integrity-check')")


def test_a_file_that_another_program_holds_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmopt_tui.store.index_file._WAIT_SECONDS", 0.01)
    put(tmp_path, "zebra")
    searched(tmp_path, "zebra")
    put_later = tmp_path / "session_ffffffff_m"
    shutil.copytree(next(tmp_path.glob("session_*")), put_later)
    with sqlite3.connect(tmp_path / INDEX_FILE, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert len(searched(tmp_path, "zebra")) == 2
        other.execute("ROLLBACK")
    index = SessionIndex(tmp_path)
    index.look()
    with sqlite3.connect(tmp_path / INDEX_FILE, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        shutil.rmtree(put_later)
        assert index.look()
        assert len(index.listing()) == 1
        other.execute("ROLLBACK")


def test_the_original_prompt_and_the_inputs_are_searched(tmp_path: Path) -> None:
    put(tmp_path, "x")
    assert ORIGINAL.startswith("List the skills")
    assert len(searched(tmp_path, "List the skills")) == 1
    assert len(searched(tmp_path, "Python developer")) == 1
