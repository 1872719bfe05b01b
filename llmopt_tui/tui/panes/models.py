"""The Models pane: the endpoints' models, to pick as candidates."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from llmopt_tui.core.text.names import same_model
from llmopt_tui.core.text.plain import one_line, visible
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.panes.picklist import PickList, Row
from llmopt_tui.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from llmopt_tui.app.surveys import EndpointSurvey
    from llmopt_tui.core.ports import ModelInfo

_ONE_LINE = 50
"""The width in cells from which a model fits on one line."""

_ENDPOINT_CHARS = 16
"""The width in cells that the name of an endpoint gets at most."""

_PULL = ("pull", "$text-warning")


def model_row(
    info: ModelInfo, baseline: bool, where: str, picked: bool, width: int
) -> list[Content]:
    """A model as one wide line or some narrow ones: name and marks; parameters, size and so on.

    `where` are the endpoints that have it, "" where that need not be said.
    """
    tags = _tags(info, baseline)
    detail = _detail(info)
    place = one_line(where, _ENDPOINT_CHARS)
    if place and width >= _ONE_LINE:
        tags.append((place, "$text-accent"))
    wide = width >= _ONE_LINE
    line = _named(info.name, "bold" if picked else "", tags, width - (24 if wide else 0))
    below = Content.styled(detail, "$text-muted")
    if wide:
        return [Content.assemble(line, " ", below)]
    lines = [line, below]
    return [*lines, Content.styled(place, "$text-accent")] if place else lines


def missing_row(name: str, role: str, picked: bool, width: int) -> list[Content]:
    """A model that no endpoint has, as one line: its name, its role, and "pull"."""
    tags = [(tag, style) for tag, style in ((role, "$text-secondary"), _PULL) if tag]
    return [_named(name, "bold" if picked else "$foreground-muted", tags, width)]


def _named(name: str, style: str, tags: Sequence[tuple[str, str]], width: int) -> Content:
    """A model's name in this style, cut to the room that its tags leave, and the tags."""
    room = width - sum(len(tag) + 1 for tag, _ in tags)
    name = one_line(fmt.short_model(name), 200)
    name = name if len(name) <= room else name[: max(1, room - 1)] + "…"
    parts: list[str | tuple[str, str]] = [(name.ljust(room), style)]
    for tag, tag_style in tags:
        parts += [" ", (tag, tag_style)]
    return Content.assemble(*parts)


def _tags(info: ModelInfo, baseline: bool) -> list[tuple[str, str]]:
    tags = []
    if baseline:
        tags.append(("base", "$text-secondary"))
    if info.thinks:
        tags.append(("think", "$text-muted"))
    if info.remote:
        tags.append(("remote", "$text-warning"))
    if info.loaded:
        tags.append(("●", "$text-success"))
    return tags


def _detail(info: ModelInfo) -> str:
    columns = f"{info.parameter_size:>5}  {info.quantization:<7} {fmt.size(info.size)}"
    return visible(columns) if columns.strip() else ""


def _role(name: str, baseline: str, interviewer: str) -> str:
    if same_model(name, baseline):
        return "base"
    return "asks" if same_model(name, interviewer) else ""


class ModelsPane(Vertical):
    """Models by endpoint. If a server does not answer, its error is in the place of its models."""

    BORDER_TITLE = "Models"
    HELP = """\
The models that the servers have. Pick those whose prompts are to be optimized: "base" marks the
baseline, "think" a model that thinks before it answers, ● one that is loaded. Where there are
several endpoints, each model has the names of those that it is on. "pull" marks a
model that is not installed and can be downloaded; "asks" marks the interviewer."""

    missing: tuple[str, ...] = ()
    """The models that no endpoint has and that can be pulled."""

    def compose(self) -> ComposeResult:
        """The list, and a text for when it is empty."""
        yield PickList(id="models-list")
        yield Plain("Looking for models …", "$text-muted", id="models-note", classes="note")

    @property
    def rows(self) -> PickList:
        """The list of models."""
        return self.query_one(PickList)

    @property
    def picked(self) -> list[str]:
        """The names of the picked models."""
        return self.rows.picked

    @property
    def installed(self) -> list[str]:
        """The names of the installed models."""
        return [name for name in self.rows.keys if name not in self.missing]

    @property
    def to_pull(self) -> list[str]:
        """The missing models that are picked; if none is, the highlighted one."""
        picked = [name for name in self.picked if name in self.missing]
        return picked or [name for name in self.missing if name == self.rows.current]

    def copyable(self) -> list[tuple[str, str]]:
        """The name of the highlighted model."""
        return [("model name", self.rows.current)]

    def show(
        self,
        surveys: Sequence[EndpointSurvey],
        baseline: str,
        missing: Sequence[str] = (),
        interviewer: str = "",
    ) -> None:
        """Show the models that the endpoints have, and below them those that could be pulled.

        `baseline` is the model that others are compared with.
        """
        infos: dict[str, ModelInfo] = {}
        places: dict[str, list[str]] = {}
        for survey in surveys:
            for info in survey.models:
                # The first endpoint's is the one that is run, and others only where it is the same.
                first = infos.setdefault(info.name, info)
                if first is info or first.is_same(info):
                    places.setdefault(info.name, []).append(survey.name)
        several = len(surveys) > 1
        self.missing = tuple(missing)
        rows = [
            Row(
                name,
                partial(
                    model_row,
                    info,
                    same_model(name, baseline),
                    ", ".join(places[name]) if several else "",
                ),
            )
            for name, info in infos.items()
        ]
        rows += [
            Row(name, partial(missing_row, name, _role(name, baseline, interviewer)))
            for name in missing
        ]
        self.rows.set_rows(rows)
        self._note(surveys, bool(rows))
        self.border_subtitle = str(len(infos)) if infos else ""

    def _note(self, surveys: Sequence[EndpointSurvey], any_models: bool) -> None:
        note = self.query_one("#models-note", Plain)
        parts: list[tuple[str, str]] = []
        for survey in surveys:
            if survey.error is not None:
                parts.append((one_line(f"{survey.name}: {survey.error}", 300), "$text-error"))
            elif not survey.models:
                parts.append((f"{one_line(survey.name)} has no models yet.", ""))
        note.display = bool(parts) or not any_models
        lines: list[str | tuple[str, str]] = []
        for part in parts:
            lines += [part, "\n"]
        note.update(Content.assemble(*lines[:-1]) if lines else "No models.")
