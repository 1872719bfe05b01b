"""The page of a session: the verdict first, then what it rests on, then how it was reached."""

from __future__ import annotations

from collections.abc import Iterator

from llmopt_tui.core.events import SessionStarted
from llmopt_tui.core.loop.record import SessionRecord, Status
from llmopt_tui.reports.exports.html.examples import before_and_after, every_example
from llmopt_tui.reports.exports.html.markup import Html, element, folded, section
from llmopt_tui.reports.exports.html.page import page
from llmopt_tui.reports.exports.html.prose import prose
from llmopt_tui.reports.exports.html.winner import best_prompt, lost_ideas, winners_parts
from llmopt_tui.reports.exports.plots import plots
from llmopt_tui.reports.figures import difference, difference_interval, score
from llmopt_tui.reports.leaderboard_words import VERDICTS
from llmopt_tui.reports.session_course import iterations_table, session_course
from llmopt_tui.reports.session_report import case_name, question, session_conditions
from llmopt_tui.reports.session_result import held_out_gain, session_result
from llmopt_tui.state.constant_answers import constant_answer_of


def session_page(record: SessionRecord, *, status: Status | None = None) -> str:
    """A session in any state as one page. `status` overrides the record's."""
    started = record.started
    if started is None:
        title = "A session without a beginning"
        return page(title, element("h1", title))
    title = f"{case_name(started)} with {started.model.name}"
    when = started.at.strftime("%Y-%m-%d %H:%M")
    return page(
        title,
        element("h1", title),
        element("p", f"Session {started.session_id}, started {when}", class_="note"),
        *session_parts(record, started, status or record.status),
        prose([question(started)]),
        _course(record),
        prose([session_conditions(record, started)]),
    )


def session_parts(
    record: SessionRecord,
    started: SessionStarted,
    status: Status,
    *,
    level: int = 2,
    with_examples: bool = True,
) -> Iterator[Html]:
    """What is told of a session, on its own page and on a suite's. Headings have this level."""
    constant = constant_answer_of(record)
    result = prose([session_result(record, started, status, constant)])
    yield element("section", *_tiles(record), result, class_="verdict")
    yield before_and_after(record, level=level)
    yield winners_parts(record, level=level)
    yield best_prompt(record, level=level)
    yield lost_ideas(record, level=level)
    pictures = [element("figure", Html(plot.svg)) for plot in plots(record)]
    table = prose([iterations_table(record, constant)], deeper=level - 1)
    yield section("curves", "Scores", *pictures, table, level=level)
    if with_examples:
        yield every_example(record, level=level)


def in_short(record: SessionRecord) -> str:
    """What a session came to, in a few words: on held-out examples where that is measured."""
    before, after = record.baseline_score, record.best_score
    if before is None or after is None:
        return "no score yet"
    gain = held_out_gain(record)
    if gain is None:
        return f"train {score(before)} → {score(after)}"
    if not gain.verdict:
        return f"held out {score(gain.best)}, the original prompt"
    return f"held out {score(gain.baseline)} → {score(gain.best)}, {gain.verdict}"


def _tiles(record: SessionRecord) -> Iterator[Html]:
    """The numbers that matter, large: held-out scores before those on train examples."""
    before, after = record.baseline_score, record.best_score
    if before is None or after is None:
        return
    tiles = []
    gain = held_out_gain(record)
    if gain and gain.verdict:
        sure = VERDICTS.get(gain.verdict, "")
        change = f"{score(gain.baseline)} → {score(gain.best)}"
        tiles += [
            _tile("Held-out examples", change, difference(gain.size)),
            _tile("Verdict", gain.verdict, sure, difference_interval(gain.shown_interval)),
        ]
    elif gain:
        tiles.append(_tile("Held-out examples", score(gain.best), "the original prompt"))
    if record.best is record.scored[0]:
        tiles.append(_tile("Train examples", score(before), "the original prompt"))
    else:
        change = f"{score(before)} → {score(after)}"
        tiles.append(_tile("Train examples", change, difference(after - before)))
    yield element("div", *tiles, class_="tiles")


def _tile(name: str, number: str, *notes: str) -> Html:
    small = [element("small", note) for note in notes if note]
    return element("div", element("span", name), element("strong", number), *small)


def _course(record: SessionRecord) -> Html:
    course = prose(session_course(record))
    return folded("Each iteration and interview", course) if course.code else course
