"""What an import brings in, checked at run time: what the linter reads, the interpreter does."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "textual", "rich", "httpx", "pydantic", "numpy", "jsonschema", "rapidfuzz", "json_repair",
    "yaml",
)  # fmt: skip


def brought_in(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module",
    [
        "llmopt_tui.app.library",
        "llmopt_tui.core.loop.session",
        "llmopt_tui.core.proposals.playbook",
        "llmopt_tui.state.run_state",
        "llmopt_tui.app.endpoints",
        "llmopt_tui.app.importing.writing",
        "llmopt_tui.app.trying",
        "llmopt_tui.store.sessions",
    ],
)
def test_the_domain_and_its_neighbours_import_nothing_heavy(module: str) -> None:
    assert brought_in(f"import {module}").isdisjoint(HEAVY)


def test_the_app_imports_textual_and_nothing_else_heavy_before_its_first_frame() -> None:
    found = brought_in("import llmopt_tui.tui.app")
    assert "textual" in found
    assert found.isdisjoint({"httpx", "pydantic", "numpy", "jsonschema", "rapidfuzz"})


def test_the_command_line_imports_no_screen_for_a_command() -> None:
    assert "textual" not in brought_in("import llmopt_tui.cli.main, llmopt_tui.cli.run")
    assert brought_in("import llmopt_tui.cli.serve").isdisjoint({"textual", "aiohttp"})
    assert "argcomplete" not in brought_in("import llmopt_tui.cli.main, llmopt_tui.cli.completion")


def test_the_package_itself_imports_nothing_of_its_own_and_opens_nothing() -> None:
    watch = (
        "import sys\n"
        "opened = []\n"
        "def hear(event, given):\n"
        "    name = str(given[0]) if given else ''\n"
        "    file = event == 'open' and '.py' not in name\n"
        "    if file or event.startswith(('socket.', 'subprocess.')):\n"
        "        opened.append((event, name))\n"
        "sys.addaudithook(hear)\n"
        "import llmopt_tui\n"
        "sys.exit(str(opened) if opened else 0)"
    )
    subprocess.run([sys.executable, "-c", watch], check=True)
    own = "import llmopt_tui, sys; print(*(n for n in sys.modules if n.startswith('llmopt_tui')))"
    done = subprocess.run([sys.executable, "-c", own], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {
        "llmopt_tui",
        "llmopt_tui.core",
        "llmopt_tui.core.version",
    }
