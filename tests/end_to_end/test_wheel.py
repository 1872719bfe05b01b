"""The built wheel, installed into an empty environment elsewhere, has its starter files."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = ["pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_it_carries_the_repository_s_own_starter_files(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for kind in ("prompts", "cases"):
            for file in (ROOT / kind).iterdir():
                assert archive.read(f"llmopt_tui/starter/{kind}/{file.name}") == file.read_bytes()


def test_the_source_archive_has_what_its_makefile_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packed = project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert {"/Makefile", "/constraints.txt", "/tests", "/docs"} <= set(packed)
    assert [name for name in packed if not (ROOT / name[1:]).exists()] == []


def test_the_readme_links_to_nothing_that_an_index_page_lacks() -> None:
    readme = (ROOT / "README.md").read_text()
    # Where a picture cannot be shown, its description is: it loses less than a dead link.
    pictures = re.findall(r"!\[[^\]]{20,}\]\((docs/pictures/[^)]*)\)", readme)
    assert [name for name in pictures if not (ROOT / name).exists()] == []
    links = re.findall(r"\]\((?!https://)([^)]*)\)", readme)
    assert [link for link in links if link not in pictures] == []


def test_installed_elsewhere_it_makes_and_checks_a_workspace(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "env"
    venv.create(environment, symlinks=sys.platform != "win32", system_site_packages=False)
    python = next(environment.glob("[bS]*/python*"))
    # The dependencies are this environment's: what is tested is the wheel, not the network.
    here = subprocess.run(
        [
            sys.executable,
            "-c",
            "import pydantic, pathlib; print(pathlib.Path(pydantic.__file__).parents[1])",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    site = next((environment / "lib").glob("python*/site-packages"), None)
    site = site or environment / "Lib" / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "dependencies.pth").write_text(here)
    workspace = tmp_path / "mine"

    def program(*arguments: str) -> str:
        done = subprocess.run(
            [str(python), "-P", "-m", "llmopt_tui", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    hint = (
        "from llmopt_tui.reports.install_hint import install_command\n"
        "print(install_command('serve'))"
    )
    done = subprocess.run(
        [str(python), "-P", "-c", hint], capture_output=True, text=True, check=True
    )
    assert "textual-serve" in done.stdout
    assert str(ROOT) not in done.stdout
    program("init", str(workspace))
    assert "concise_description" in program("cases", "--workspace", str(workspace))
