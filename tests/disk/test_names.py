"""Whatever a model, a case or an input is called: safe folders, true names inside, inert output."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import tomli_w
from hypothesis import example, given
from hypothesis import strategies as st

from llmopt_tui.core.text.names import folder_slug
from llmopt_tui.store.journal import read_journal
from llmopt_tui.store.sessions import session_folder
from llmopt_tui.store.writer import SessionWriter, folder_name
from tests.app.files import CASE
from tests.disk.stage import Program
from tests.fakes.models import MODELS
from tests.nasty import NASTY, acted_on

SAFE = re.compile(r"[A-Za-z0-9._-]{1,80}")
DEVICES = {"con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(10))}
LISTED = [text for text in NASTY if text.strip() and len(text) < 2_000]


@given(st.one_of(st.text(), st.text("./\\:*con ", max_size=90), st.sampled_from(NASTY)))
@example("con")
@example("NUL.")
@example("com1.tar.gz")
@example("x" * 79 + ".")
@example("." * 300)
@example("\u202e" * 300)
@example("\ud800\x00")
def test_every_name_has_a_safe_folder(name: str) -> None:
    slug = folder_slug(name)
    assert SAFE.fullmatch(slug)
    assert not slug.endswith(".")
    assert slug.strip(".")
    assert slug.split(".")[0].casefold() not in DEVICES
    folder = folder_name("a1b2c3d4", name)
    assert len(folder) <= 100
    assert session_folder(Path("results"), folder) == Path("results") / folder


@given(st.text(max_size=20), st.text(max_size=20))
def test_other_ids_are_other_folders(one: str, other: str) -> None:
    assert folder_name("a1b2c3d4", one) != folder_name("a1b2c3d5", other)


def test_models_that_slug_alike_get_folders_of_their_own(tmp_path: Path) -> None:
    names = ["a/b:c", "a:b/c", "a_b_c", "a b\x00c"]
    made = [SessionWriter.create(tmp_path, f"{n:08x}", name).folder for n, name in enumerate(names)]
    assert len({folder.name.split("_", 2)[2] for folder in made}) == 1
    assert sorted(made) == sorted(tmp_path.iterdir())
    with pytest.raises(FileExistsError):
        SessionWriter.create(tmp_path, "00000000", "a b c")


def inert(text: str) -> bool:
    """Whether text can be printed on a terminal and do nothing there."""
    return not acted_on(text) - {"\t"}


@pytest.mark.long
def test_every_models_name_goes_through_the_whole_program(
    tmp_path: Path, monkeypatch, capsys
) -> None:
    program = Program(tmp_path, monkeypatch)
    there = tuple(program.client._models)
    program.client._models = (*(replace(MODELS[0], name=name) for name in LISTED), *there)
    around = {path.name for path in tmp_path.iterdir()} | {"ws"}
    assert program("models") == 0
    # A few in a suite: every model of one is compared with every other, after each session.
    few = [LISTED[start : start + 6] for start in range(0, len(LISTED), 6)]
    for names in few:
        models = [f"--model={name}" for name in names]
        assert program("run", *models, "--case", "greet", "--max-iterations", "1") == 0, names
    told = capsys.readouterr()
    assert inert(told.out)
    assert inert(told.err)
    assert {path.name for path in tmp_path.iterdir()} == around
    data = [json.loads(path.read_bytes()) for path in program.results.glob("*/session_data.json")]
    assert sorted(d["model"]["name"] for d in data) == sorted(LISTED)
    for folder in program.folders:
        assert SAFE.fullmatch(folder.name.split("_", 2)[2])
        started = read_journal(folder / "events.jsonl").events[0]
        found = json.loads((folder / "session_data.json").read_bytes())["model"]["name"]
        assert started.model.name == found  # type: ignore[attr-defined]
    kept = program.results.glob("optimization_suite_*.json")
    suites = [json.loads(path.read_bytes()) for path in kept]
    assert sorted(suite["models"] for suite in suites) == sorted(few)
    for suite in suites:
        assert [row["model"] for row in suite["sessions"]] == suite["models"]
    assert program("sessions") == 0
    assert program("sessions", "--json") == 0
    for folder in program.folders:
        session = folder.name.split("_")[1]
        assert program("show", session) == 0
        assert program("report", session) == 0
    for suite in suites:
        assert program("show", suite["suite_id"]) == 0
    for text in LISTED[::3]:
        assert program("sessions", f"--search={text}") == 0
    told = capsys.readouterr()
    assert inert(told.out)
    assert inert(told.err)


def test_cases_may_be_called_anything_a_file_can(tmp_path: Path, monkeypatch, capsys) -> None:
    program = Program(tmp_path, monkeypatch)
    ids = []
    for n, text in enumerate(LISTED):
        name = text.replace("/", "_").replace("\x00", "_").encode("utf-8", "replace").decode()
        name = name[:60] if name.strip(".") and not name.startswith(".") else f"_{n}{name}"
        file = program.workspace.cases / f"{name}.toml"
        if file.exists():
            continue
        rest = CASE.partition("title")[2].partition("\n")[2]
        said = text.encode("utf-8", "replace").decode()
        named = tomli_w.dumps({"schema_version": 1, "id": name, "title": said, "tags": [said]})
        body = rest.replace('tags = ["small"]\n', "").replace('"g-1"', json.dumps(f"g {n}"))
        file.write_text(named.replace("\r\n", "\n") + body, "utf-8", newline="")
        ids.append(name)
    code = program("cases")
    told = capsys.readouterr()
    assert code == 0, told.err
    assert inert(told.out)
    assert program("cases", "--json") == 0
    found = {case["id"] for case in json.loads(capsys.readouterr().out)["cases"]}
    assert found == {*ids, "greet", "second"}
    for name in ids[::6]:
        flags = ("--model", "gemma3n", f"--case={name}", "--max-iterations", "1")
        assert program("run", *flags) == 0, name
    assert program("sessions") == 0
    for folder in program.folders:
        assert program("show", folder.name.split("_")[1]) == 0
        assert program("report", folder.name.split("_")[1]) == 0
    told = capsys.readouterr()
    assert inert(told.out)
    assert inert(told.err)
