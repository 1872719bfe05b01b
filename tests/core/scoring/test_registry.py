"""Criteria that register themselves: the program's own, those of packages, and those awaited."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from llmopt_tui.core.case import Case, Example
from llmopt_tui.core.ports import ModelError
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.scoring import (
    CRITERIA,
    AwaitedCriterion,
    Criterion,
    Verdict,
    criterion,
    ideal_answer,
    modes,
    read_criterion,
    recorded_criterion,
    registry,
    score_answer,
    score_output,
)
from tests.core.proposals.test_playbook import plays

DOCUMENT = Path(__file__).parents[3] / "docs" / "criteria.md"


class Fixed(Criterion):
    """Says what it is told to, or raises it."""

    kind = "fixed"

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        said = expected["verdict"]
        if isinstance(said, Exception):
            raise said
        assert isinstance(said, Verdict)
        return said

    def describe(self) -> str:
        return "what it is told"


class Asking(AwaitedCriterion):
    """Scores with what the client says."""

    kind = "asking"

    async def judge_awaited(
        self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str], *, client: Any
    ) -> Verdict:
        await asyncio.sleep(0)
        if isinstance(client, Exception):
            raise client
        return Verdict(client, "as the client says", "" if client == 1 else modes.WRONG_ANSWER)

    def describe(self) -> str:
        return "what a model holds to be good"


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kinds that a test registers are gone after it."""
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))


Install = Callable[[str, str, str], None]


@pytest.fixture
def install(forgetful: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a package of one module on the path, with one entry point and its code."""
    monkeypatch.syspath_prepend(str(tmp_path))
    modules: list[str] = []

    def write(kind: str, value: str, code: str) -> None:
        module = value.partition(":")[0]
        modules.append(module)
        (tmp_path / f"{module}.py").write_text(code, encoding="utf-8")
        metadata = tmp_path / f"{module}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {module.replace('_', '-')}\nVersion: 1.0\n"
        )
        (metadata / "entry_points.txt").write_text(
            f"[{registry.ENTRY_POINTS}]\n{kind} = {value}\n", encoding="utf-8"
        )

    yield write
    for module in modules:
        sys.modules.pop(module, None)


def documented(language: str, holding: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    return next(block for block in blocks if holding in block)


@pytest.fixture
def palindrome(install: Install) -> type[Criterion]:
    project = tomllib.loads(documented("toml", "entry-points"))["project"]
    ((kind, value),) = project["entry-points"][registry.ENTRY_POINTS].items()
    install(kind, value, documented("python", "class"))
    return CRITERIA[kind]


def test_the_documented_package_scores(palindrome: type[Criterion]) -> None:
    table = tomllib.loads(documented("toml", "[[criteria]]"))["criteria"][0]
    made, faults = read_criterion(table)
    assert (type(made), faults) == (palindrome, [])
    assert made is not None
    score, (good,) = score_output([made], "Never odd or even", {}, {})
    assert (score, good.kind, good.mode) == (1.0, "palindrome", "")
    assert score_output([made], "radbr", {}, {})[0] == pytest.approx(3 / 5)
    assert score_output([made], "Aha", {}, {})[1][0].mode == modes.TOO_SHORT


def test_a_packages_kind_is_listed_recorded_and_read_strictly(palindrome: type[Criterion]) -> None:
    assert "palindrome" in list(CRITERIA)
    assert CRITERIA.faults() == []
    assert recorded_criterion({"kind": "palindrome", "letters": 4}) == palindrome(letters=4)
    for parameters, says in (
        ({"letters": 0}, "letters must be 1 or more, not 0"),
        ({"letters": "4"}, "must be a whole number"),
        ({"leters": 4}, 'did you mean "letters"?'),
    ):
        made, (fault,) = read_criterion({"kind": "palindrome", **parameters})
        assert made is None
        assert says in fault.message


def test_the_playbook_tells_a_packages_rule_before_the_general_edits(
    palindrome: type[Criterion],
) -> None:
    case = Case(
        "small",
        "Small",
        Prompt("small", "Mirror it.\n\n{{text}}\n"),
        (palindrome(),),
        (Example("t0", {"text": "abc"}),),
    )
    (play,) = plays(case, modes.PATTERN)
    assert play.kind == "read both ways"
    assert play.prompt.startswith("Mirror it. The answer must read the same from both ends.\n")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("x = 1", "AttributeError"),
        ("raise SystemExit('stop')", "SystemExit: stop"),
        ("Broken = 3", "is no class derived from Criterion"),
        (
            "from llmopt_tui.core.scoring import Criterion\nclass Broken(Criterion): pass",
            '@criterion("broken") must be directly above its class',
        ),
        (
            "from llmopt_tui.core.scoring import Criterion, criterion\n"
            '@criterion("number")\nclass Broken(Criterion): pass',
            'there is a criterion of kind "number" already',
        ),
    ],
)
def test_a_broken_package_is_an_error_in_words(install: Install, code: str, says: str) -> None:
    install("broken", "broken_criterion:Broken", code)
    assert "broken" not in CRITERIA
    assert "broken" not in list(CRITERIA)
    made, (fault,) = read_criterion({"kind": "broken"})
    assert made is None
    assert fault.message.startswith('the criterion "broken" of the package broken-criterion cannot')
    assert says in fault.message
    assert CRITERIA.faults() == [fault.message]
    assert recorded_criterion({"kind": "broken"}) is None
    assert CRITERIA["number"].kind == "number"


def test_an_unknown_kind_is_none_of_a_package() -> None:
    assert CRITERIA.fault("nonesuch") == CRITERIA.fault("number") == ""
    with pytest.raises(KeyError):
        CRITERIA["nonesuch"]


@pytest.mark.usefixtures("forgetful")
def test_a_kind_has_one_class() -> None:
    class Number(Criterion):
        pass

    with pytest.raises(ValueError, match='of kind "number" already'):
        criterion("number")(Number)  # type: ignore[type-abstract]


def test_what_a_record_holds_is_read_as_far_as_it_makes_sense() -> None:
    made = recorded_criterion({"kind": "contains", "values": ["a"], "invented": 1, "weight": 2})
    assert made == CRITERIA["contains"](values=("a",), weight=2.0)
    for table in ({}, {"kind": 3}, {"kind": "contains", "values": "a"}, {"kind": "regex"}):
        assert recorded_criterion(table) is None


async def test_awaited_criteria_get_the_client_and_the_others_a_thread() -> None:
    seen: list[threading.Thread] = []

    class Watching(Fixed):
        def judge(self, output: str, expected: Any, inputs: Any) -> Verdict:
            seen.append(threading.current_thread())
            return Verdict(1.0, "well")

    client: Any = 0.5
    criteria = (Watching(), Asking(weight=3.0), Watching())
    score, parts = await score_answer(criteria, "x", {}, {}, client=client)
    assert score == pytest.approx((1 + 3 * 0.5 + 1) / 5)
    assert [part.kind for part in parts] == ["fixed", "asking", "fixed"]
    assert threading.main_thread() not in seen
    assert len(seen) == 2


async def test_both_ways_of_scoring_agree_where_nothing_is_awaited() -> None:
    criteria = (CRITERIA["json_valid"](), CRITERIA["number"](weight=2.0))
    for output in ("7", "eight", ""):
        expected = {"answer": 7}
        assert await score_answer(criteria, output, expected, {}) == score_output(
            criteria, output, expected, {}
        )


async def test_a_criterion_that_fails_says_so_and_costs_no_session() -> None:
    for said in (ValueError("no such word"), Verdict(float("nan"), "x"), Verdict(1.5, "x")):
        for score, (part,) in (
            score_output([Fixed()], "x", {"verdict": said}, {}),
            await score_answer([Fixed()], "x", {"verdict": said}, {}),
        ):
            assert (score, part.mode) == (0.0, modes.BROKEN_CRITERION)
            assert part.feedback.startswith("the criterion itself failed: ValueError: ")
    broken: Any = RuntimeError("no words")
    score, (part,) = await score_answer([Asking()], "x", {}, {}, client=broken)
    assert (score, part.mode) == (0.0, modes.BROKEN_CRITERION)


async def test_a_clients_error_passes_to_who_asked() -> None:
    lost: Any = ModelError("the server is gone")
    with pytest.raises(ModelError, match="is gone"):
        await score_answer([Asking()], "x", {}, {}, client=lost)


async def test_who_has_to_be_awaited_cannot_be_scored_without() -> None:
    with pytest.raises(ValueError, match="has to be awaited"):
        score_output([Asking()], "x", {}, {})
    with pytest.raises(TypeError, match="has to be awaited"):
        Asking().judge("x", {}, {})
    with pytest.raises(ValueError, match="no criterion"):
        await score_answer((), "x", {}, {})


@pytest.mark.parametrize(
    ("tables", "expected", "answer"),
    [
        (["json_valid", "skills"], {"skills": ["Java", "Größe"]}, '{"skills": ["Java", "Größe"]}'),
        ([{"kind": "skills", "path": "a.b"}], {"skills": []}, '{"a": {"b": []}}'),
        (["fields"], {"fields": {"a.b": 1, "c": "x"}}, '{"a": {"b": 1}, "c": "x"}'),
        (
            [{"kind": "fields", "path": "result", "names": ["c"]}],
            {"fields": {"a": 1, "c": None}},
            '{"result": {"c": null}}',
        ),
        (["equals"], {"answer": ["(B)", "B"]}, "(B)"),
        (["number"], {"answer": 7.5}, "7.5"),
        (["coverage"], {"reference": "Nurses care."}, "Nurses care."),
        (["rouge_l"], {"reference": "Nurses care."}, "Nurses care."),
        (["coverage"], {"terms": ["care"]}, None),
        (["json_valid"], {}, None),
        ([{"kind": "length", "max": 3}, "rouge_l"], {"reference": "One two three four."}, None),
        (["number"], {}, None),
    ],
)
def test_an_ideal_answer_scores_in_full_or_is_none(
    tables: list[Any], expected: dict[str, Any], answer: str | None
) -> None:
    criteria = []
    for table in tables:
        made, _ = read_criterion({"kind": table} if isinstance(table, str) else table)
        assert made is not None
        criteria.append(made)
    assert ideal_answer(criteria, expected, {}) == answer
    assert ideal_answer([*criteria, Asking()], expected, {}) == answer
