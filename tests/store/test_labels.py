"""Names, tags and pins: kept beside what they are about, found again, cleaned of what is odd."""

from __future__ import annotations

from pathlib import Path

from llmopt_tui.store.index import SessionIndex
from llmopt_tui.store.labels import Labelled, labels_file, read_labels, write_labels
from tests.tui_sessions.recordings import events, record, write_suite


async def test_labels_are_in_the_list_and_a_change_of_them_is_noticed(tmp_path: Path) -> None:
    folder = await record(tmp_path, events("a1b2c3d4"))
    suite = write_suite(tmp_path, "5u17e000", [{}, {}])
    index = SessionIndex(tmp_path)
    index.look()
    assert not index.look()
    write_labels(folder, Labelled("the good one", ("keep", "v2"), pinned=True))
    write_labels(suite, Labelled(tags=("old",)))
    assert index.look()
    listed = {summary.kind: summary for summary in index.listing()}
    assert len(listed) == 2
    session = listed["session"]
    assert (session.label, session.tags, session.pinned) == ("the good one", ("keep", "v2"), True)
    assert listed["suite"].tags == ("old",)
    index.close()
    again = SessionIndex(tmp_path)
    assert {summary.kind: summary for summary in again.listing()} == listed
    again.close()


def test_empty_labels_leave_no_file_and_odd_ones_are_read_as_far_as_they_go(
    tmp_path: Path,
) -> None:
    write_labels(tmp_path, Labelled("a"))
    write_labels(tmp_path, Labelled())
    assert not labels_file(tmp_path).exists()
    labels_file(tmp_path).write_text('{"name": 7, "tags": ["#a\\n", "a", 3, "\\u001b[2J"]}')
    found = read_labels(tmp_path)
    assert (found.name, found.pinned) == ("", False)
    assert found.tags[0] == "a"
    assert not any("\x1b" in tag for tag in found.tags)
    labels_file(tmp_path).write_text("{")
    assert read_labels(tmp_path) == Labelled()
