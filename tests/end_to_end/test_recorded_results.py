"""Results that a released program left: they open, rebuild with all they had, and resume."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmopt_tui.cli.main import main
from llmopt_tui.store.suite_summary import list_all
from llmopt_tui.store.writer import rebuild
from tests.cli.support import clean_environment, set_environment, simulated_server
from tests.reports.pages import read_page

RECORDED = Path(__file__).parents[1] / "recorded" / "results"
SESSIONS = sorted(folder.name for folder in RECORDED.glob("session_*"))
SUITES = sorted(file.stem.rpartition("_")[2] for file in RECORDED.glob("optimization_suite_*.json"))
BROKEN_OFF = "session_c5fc83ff_gemma3n_latest"
ITS_SUITE = "358d5013"
UNBROKEN = "session_e2563b27_gemma3n_latest"
"""The same model on the same case, recorded without a break."""

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    shutil.copytree(RECORDED, tmp_path / "results")
    return tmp_path / "results"


@pytest.fixture
def call(
    results: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Call:
    set_environment(monkeypatch, clean_environment(tmp_path))

    def call(command: str, *arguments: str) -> tuple[int, str]:
        code = main([command, "--workspace", str(results.parent), *arguments])
        return code, capsys.readouterr().out

    return call


def read(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return document


def test_all_of_them_are_listed(results: Path, call: Call) -> None:
    code, told = call("sessions", "--json")
    listed = json.loads(told)
    assert code == 0
    assert sorted(found["folder"] for found in listed["sessions"]) == SESSIONS
    by_folder = {found["folder"]: found for found in listed["sessions"]}
    for name in SESSIONS:
        stored = read(results / name / "session_data.json")
        found = by_folder[name]
        assert (found["model"], found["case"]) == (stored["model"]["name"], stored["case"]["id"])
        if name != BROKEN_OFF:
            assert found["status"] == stored["status"]
            assert found["best_score"] == stored["best_score"]
    assert by_folder[BROKEN_OFF]["status"] == "interrupted"
    assert {found["session_id"] for found in listed["suites"]} == set(SUITES)


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_is_shown_and_reported(results: Path, call: Call, name: str) -> None:
    stored = read(results / name / "session_data.json")
    identity = name.split("_")[1]
    code, told = call("show", identity, "--json")
    assert code == 0
    if name != BROKEN_OFF:
        assert lost(stored, json.loads(told)) == []
    assert call("show", identity)[0] == 0
    code, told = call("report", identity)
    assert code == 0
    for iteration in stored["iterations"]:
        assert f"### Iteration {iteration['n']}: " in told
        if iteration["score"] is not None:
            assert f"{iteration['score']:.2f}" in told
    assert stored["best_prompt"] is None or stored["best_prompt"].splitlines()[0] in told


@pytest.mark.parametrize("suite_id", SUITES)
def test_a_suite_is_shown_and_reported(results: Path, call: Call, suite_id: str) -> None:
    file = results / f"optimization_suite_{suite_id}.json"
    code, told = call("show", suite_id, "--json")
    assert (code, json.loads(told)) == (0, read(file))
    assert call("show", suite_id)[0] == 0
    code, told = call("report", suite_id)
    assert code == 0
    for session in read(file)["sessions"]:
        assert session["model"] in told


@pytest.mark.parametrize("name", [name for name in SESSIONS if name != BROKEN_OFF])
def test_a_session_is_rebuilt_with_all_it_had(results: Path, name: str) -> None:
    folder = results / name
    for file in folder.iterdir():
        if file.name != "events.jsonl":
            file.unlink()
    rebuild(folder)
    for file in (RECORDED / name).iterdir():
        made = folder / file.name
        match file.suffix:
            case ".json":
                assert lost(read(file), read(made)) == [], file.name
            case ".toml" | ".jsonl":
                assert made.read_bytes() == file.read_bytes(), file.name
            case _:
                assert made.exists()


@pytest.mark.parametrize("identity", [*(name.split("_")[1] for name in SESSIONS), *SUITES])
def test_all_of_them_have_a_page(results: Path, call: Call, identity: str) -> None:
    code, told = call("export", identity, "--to", "html")
    assert code == 0
    page = read_page(told)
    assert page.all("pre", "copy") or "No score yet" in page.text
    (title,) = page.all("title")[:1]
    assert title.text


def test_a_damaged_session_and_its_suite_still_have_pages(results: Path, call: Call) -> None:
    journal = results / UNBROKEN / "events.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    half = len(lines) // 2
    journal.write_bytes(b"".join([*lines[:half], b'{"torn', b"\xff\n", *lines[half + 3 :]]))
    (results / UNBROKEN / "session_data.json").write_text("[")
    code, told = call("export", UNBROKEN.split("_")[1], "--to", "html")
    assert code == 0
    assert read_page(told).all("section", "verdict")
    suites = [
        file
        for file in results.glob("optimization_suite_*.json")
        if UNBROKEN in file.read_text("utf-8")
    ]
    for file in suites:
        document = read(file) | {"rankings": 7, "recommendation": "x", "pareto": [None, {}]}
        file.write_text(json.dumps(document))
        code, told = call("export", file.stem.rpartition("_")[2], "--to", "html")
        assert code == 0
        assert read_page(told).all("section", "sessions")
    assert suites


@pytest.mark.parametrize("identity", [BROKEN_OFF.split("_")[1], ITS_SUITE])
def test_what_broke_off_resumes_and_comes_to_the_end_of_one_that_did_not(
    results: Path, call: Call, identity: str
) -> None:
    suite = results / f"optimization_suite_{ITS_SUITE}.json"
    suite.write_text(json.dumps(read(suite) | {"note_of_a_person": "keep me"}))
    with simulated_server() as url:
        code, _ = call("resume", identity, "--host", url)
    assert code == 0
    assert outcome(results / BROKEN_OFF) == outcome(RECORDED / UNBROKEN)
    began = (RECORDED / BROKEN_OFF / "events.jsonl").read_bytes()
    assert (results / BROKEN_OFF / "events.jsonl").read_bytes().startswith(began)
    document = read(suite)
    assert (document["status"], document["note_of_a_person"]) == ("completed", "keep me")
    (row,) = document["sessions"]
    assert (row["folder"], row["status"], row["best_score"]) == (BROKEN_OFF, "completed", 1.0)
    lines = {line.session_id: line.status for line in list_all(results)}
    assert lines[ITS_SUITE] == lines[BROKEN_OFF.split("_")[1]] == "completed"


def lost(before: Any, after: Any, place: str = "") -> list[str]:
    """The places of what a document said and no longer says; it may say more."""
    match before, after:
        case dict(), dict():
            missing = [f"{place}/{key}" for key in before.keys() - after.keys()]
            kept = before.keys() & after.keys()
            return missing + [x for k in kept for x in lost(before[k], after[k], f"{place}/{k}")]
        case list(), list() if len(before) == len(after):
            pairs = enumerate(zip(before, after, strict=True))
            return [x for n, (old, new) in pairs for x in lost(old, new, f"{place}/{n}")]
    return [] if before == after and type(before) is type(after) else [place]


def outcome(folder: Path) -> dict[str, Any]:
    """What a session came to, but for ids, times and addresses."""
    data = read(folder / "session_data.json")
    answers = {
        file.name: [(run["example_id"], run["output"], run["score"]) for run in read(file)["runs"]]
        for file in sorted(folder.glob("test_iteration_*.json"))
    }
    texts = {
        file.name: re.sub(r"\d\d\d\d-\d\d-\d\dT[^\"]*", "", json.dumps(read(file)["decision"]))
        for file in sorted(folder.glob("interview_*.json"))
    }
    kept = ("status", "stop_reason", "best_iteration", "best_prompt", "best_score", "improvement")
    return {name: data[name] for name in kept} | {
        "validation": data["validation"],
        "iterations": [(i["score"], i["prompt_sha256"]) for i in data["iterations"]],
        "answers": answers,
        "decisions": texts,
    }
