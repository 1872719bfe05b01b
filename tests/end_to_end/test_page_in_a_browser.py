"""The HTML export in a real Chromium: nothing is fetched, no error comes, and it fits a phone."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmopt_tui.reports.exports.html.session import session_page
from llmopt_tui.reports.exports.html.suite import suite_page
from llmopt_tui.state.documents.suite import SuiteDocument
from tests.browser import opened_browser
from tests.factories import record_of
from tests.nasty import NASTY
from tests.raced import raced_events
from tests.reports.test_suite_document import a_suite
from tests.reports.troubled import troubled, troubled_race

pytestmark = pytest.mark.browser

FOREIGN = "document.querySelectorAll('script, img, iframe, object, embed, form, base, b').length"
PHONE = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}


async def test_pages_are_read_without_a_network(tmp_path: Path) -> None:
    nasty = " ".join(text[:300] for text in NASTY)
    good = record_of(raced_events())
    suite = SuiteDocument.read(a_suite())
    pages = {
        "session": session_page(good),
        "suite": suite_page(suite, [(good, good.status), (troubled(nasty), "completed")]),
        "nasty": session_page(troubled(nasty)),
        "race": session_page(troubled_race(nasty)),
    }
    opened = []
    async with opened_browser(tmp_path / "profile") as page:
        for name, html in pages.items():
            file = tmp_path / f"{name}.html"
            file.write_text(html, "utf-8")
            opened.append(file.as_uri())
            await page.open(file.as_uri())
            await page.ask("Emulation.setDeviceMetricsOverride", **PHONE)
            there = f"location.href == {file.as_uri()!r} && document.readyState == 'complete'"
            while not await page.evaluate(there):
                pass
            await page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            assert await page.evaluate(FOREIGN) == 0
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= PHONE["width"], name
            assert len(await page.picture()) > 1000
    assert page.requests == opened
    assert page.console == []
