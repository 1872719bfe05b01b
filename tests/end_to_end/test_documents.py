"""The documents lead to where they say: links, pages that are named, the site's table of pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
# Made while the site is built, by docs/reference.py.
MADE = ("reference/", "project/")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def without_code(text: str) -> str:
    """A page without what is shown as code, where a bracket is no link."""
    return re.sub(r"`[^`\n]*`", "", _FENCED.sub("", text))


def anchors(page: Path) -> set[str]:
    """What headings of a page can be linked by."""
    found = re.findall(r"^#+ (.+)$", _FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in found}


def listed(part: object) -> set[str]:
    """The pages in a part of the site's table."""
    if isinstance(part, str):
        return {part}
    inner = part.values() if isinstance(part, dict) else part
    return set().union(*(listed(each) for each in inner))  # type: ignore[attr-defined]


def test_every_page_is_in_the_site_s_table_and_every_entry_is_a_page() -> None:
    table = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]
    written = {page.relative_to(ROOT / "docs").as_posix() for page in PAGES}
    assert {page for page in listed(table) if not page.startswith(MADE)} == written


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", without_code(page.read_text("utf-8"))):
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        if target.is_relative_to(ROOT / "docs"):
            made = target.relative_to(ROOT / "docs").as_posix().startswith(MADE)
            assert made or target.exists(), link
            assert not anchor or made or anchor in anchors(target), link
        else:
            pytest.fail(f"{link} leads out of the site")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_pages_that_a_document_names_exist(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert [
        page for page in re.findall(r"docs/[\w/-]+\.md", text) if not (ROOT / page).exists()
    ] == []
