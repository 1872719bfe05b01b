"""The page of a suite: what to use, who is best and how sure that is, and a part per session."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from llmopt_tui.core.loop.record import SessionRecord, Status
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.exports.html.markup import Html, element, folded, section, together
from llmopt_tui.reports.exports.html.page import page
from llmopt_tui.reports.exports.html.prose import prose
from llmopt_tui.reports.exports.html.session import in_short, session_parts
from llmopt_tui.reports.exports.suite_plots import speed_plots
from llmopt_tui.reports.session_report import case_name
from llmopt_tui.reports.suite_conditions import conditions
from llmopt_tui.reports.suite_evidence import evidence
from llmopt_tui.reports.suite_report import decision

if TYPE_CHECKING:
    from llmopt_tui.state.documents.suite import SuiteDocument

# A session with its examples takes some 150 kB: a page of hundreds of them opens in no browser.
_MOST_WITH_EXAMPLES = 24
_MANY = (
    "Of so many sessions, only the recommended ones have every example here. The page of another "
    "one is made by: llmopt-tui export SESSION --to html"
)


def suite_page(document: SuiteDocument, sessions: Sequence[tuple[SessionRecord, Status]]) -> str:
    """A suite in any state as one page, with those of its sessions that can be read."""
    pictures = [element("figure", Html(plot.svg)) for plot in speed_plots(document.pareto)]
    parts = list(_sessions(sessions, document.recommended))
    many = len(sessions) > _MOST_WITH_EXAMPLES
    links = [
        element("li", element("a", name, href=f"#session-{n}"))
        for n, (name, _) in enumerate(parts, start=1)
    ]
    return page(
        f"Suite {document.suite_id}",
        prose(decision(document)),
        section("curves", "Quality and time", *pictures),
        section("contents", "Sessions on this page", element("ol", *links) if links else ""),
        prose(evidence(document)),
        section(
            "sessions",
            "Each session",
            element("p", _MANY, class_="note") if many else "",
            *(part for _, part in parts),
        ),
        prose(conditions(document)),
    )


def _sessions(
    sessions: Sequence[tuple[SessionRecord, Status]], recommended: Collection[str]
) -> Iterator[tuple[str, Html]]:
    """What each session is called, and its part of the page, folded."""
    few = len(sessions) <= _MOST_WITH_EXAMPLES
    for n, (record, status) in enumerate(sessions, start=1):
        if (started := record.started) is None:
            continue
        name = f"{one_line(case_name(started), 60)}: {one_line(started.model.name, 60)}"
        summary = together([element("span", name), element("span", in_short(record))])
        # A link opens the fold that its target is in, so the target is inside.
        anchor = element("h3", name, id=f"session-{n}")
        whole = few or started.session_id in recommended
        parts = session_parts(record, started, status, level=4, with_examples=whole)
        yield name, folded(summary, anchor, *parts)
