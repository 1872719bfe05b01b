"""The import contracts bite: what is added against them is reported, edge by edge."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

import llmopt_tui

PACKAGE = Path(llmopt_tui.__file__).parent
FORBIDDEN = {
    ("state.run_state", "store.atomic"),  # up
    ("llm.lines", "store.atomic"),  # sideways
    ("config.options", "llm.lines"),
    ("store.disk", "config.paths"),
    ("core.text.diff", "reports.markdown"),
    ("reports.markdown", "app.clock"),
    ("archive.trees", "app.clock"),
    ("app.clock", "tui.theme"),
    ("cli.init", "tui.theme"),
    ("tui.theme", "cli.init"),
}
OUTSIDE = {
    ("app.clock", "httpx"),
    ("core.text.diff", "httpx"),
    ("core.text.diff", "pathlib"),
    ("reports.markdown", "textual"),
    ("cli.init", "rich"),
}


def reported(root: Path) -> str:
    """What the linter says of a copy, whitespace evened out."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return re.sub(r"\s+", " ", done.stdout)


def test_an_import_added_against_the_contracts_is_reported(tmp_path: Path) -> None:
    copy = tmp_path / "llmopt_tui"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PACKAGE.parent / "pyproject.toml", tmp_path)
    for importer, imported in FORBIDDEN | OUTSIDE:
        name = imported if (importer, imported) in OUTSIDE else f"llmopt_tui.{imported}"
        file = copy / f"{importer.replace('.', '/')}.py"
        file.write_text(f"{file.read_text()}\nimport {name}\n")
    (copy / "lost.py").write_text('"""A room that no contract names."""\n')

    said = reported(tmp_path)

    missed = {
        edge for edge in FORBIDDEN if f"llmopt_tui.{edge[0]} -> llmopt_tui.{edge[1]} " not in said
    } | {edge for edge in OUTSIDE if f"llmopt_tui.{edge[0]} -> {edge[1]} " not in said}
    assert not missed
    assert "lost" in said, "a room that is named nowhere is outside the contract"


def test_no_import_goes_round_in_a_circle() -> None:
    graph = grimp.build_graph("llmopt_tui", exclude_type_checking_imports=True)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    TopologicalSorter(imports).prepare()  # raises CycleError, which names the modules
