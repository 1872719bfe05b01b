"""The command of a hint, for every way in which the program may have been installed."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from llmopt_tui.reports import install_hint
from llmopt_tui.reports.install_hint import install_command

ROOT = Path(__file__).parents[2]


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Make this an installation in site-packages, of which the installer has noted something."""
    module = tmp_path / "site/llmopt_tui/reports/install_hint.py"
    monkeypatch.setattr(install_hint, "__file__", str(module))
    monkeypatch.setattr(sys, "executable", "/env/bin/python")

    def noted(direct_url: object) -> None:
        distribution = SimpleNamespace(
            read_text=lambda name: None if direct_url is None else json.dumps(direct_url)
        )
        monkeypatch.setattr(importlib.metadata, "distribution", lambda name: distribution)

    requires = ["httpx>=0.28", 'slow >=1.2,<2 ; extra == "serve"', "quick; extra == 'embedded'"]
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: requires)
    return noted


def test_from_a_checkout_the_checkout_is_named() -> None:
    assert install_command("embedded").endswith(f' install -e "{ROOT}[embedded]"')


def test_a_folder_that_it_was_installed_from_is_named(elsewhere, tmp_path: Path) -> None:
    source = tmp_path / "my source"
    source.mkdir()
    (source / "pyproject.toml").write_text('[project]\nname = "llmopt-tui"\n')
    elsewhere({"url": source.as_uri(), "dir_info": {}})
    assert install_command("serve") == f'/env/bin/python -m pip install "{source}[serve]"'


@pytest.mark.parametrize(
    "direct_url",
    [
        None, [], {}, {"url": 7}, {"url": "file:///nothing/here"},
        {"url": "https://example.invalid/llmopt_tui-1-py3-none-any.whl"},
    ],
)  # fmt: skip
def test_of_any_other_the_packages_are_named(elsewhere, direct_url: object) -> None:
    elsewhere(direct_url)
    assert install_command("serve") == '/env/bin/python -m pip install "slow >=1.2,<2"'
    assert install_command("embedded") == '/env/bin/python -m pip install "quick"'


def test_an_environment_without_pip_is_installed_into_by_uv(elsewhere, monkeypatch) -> None:
    elsewhere(None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert install_command("embedded") == 'uv pip install --python /env/bin/python "quick"'


@pytest.mark.parametrize("extra", ["embedded", "serve"])
def test_the_extras_that_hints_name_exist(extra: str) -> None:
    assert extra in (importlib.metadata.metadata("llmopt-tui").get_all("Provides-Extra") or [])
