"""What the product gains on real data from lazy prompts, as a suite: train, and held out.

    python benchmarks/real_gain.py --data DIR [--model FILE.gguf] [--cases gsm8k skills ...]

DIR holds the jsonl files named in `TASKS`; they are read, and copied into a temporary workspace.
Everything is the product's own path: cases from files, a suite in auto mode, its own verdicts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tomli_w

sys.path.insert(0, str(Path(__file__).parents[1]))

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.members import KeptMember
from llmopt_tui.app.suite_run import SuiteRun
from llmopt_tui.app.workspace import Workspace
from llmopt_tui.config.settings import Settings
from llmopt_tui.core.analysis.insights import prompt_changes
from llmopt_tui.core.analysis.measure import Result
from llmopt_tui.core.analysis.suite import analyse
from llmopt_tui.core.case import Case, Split
from llmopt_tui.core.events import Event, IterationFinished, TrialEnded
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.scoring import score_output
from llmopt_tui.core.settings import PLAYBOOK
from llmopt_tui.core.signals import Signal

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Task:
    """A case to be made of a file of examples: its first prompt, as people write them in haste."""

    file: str
    prompt: str
    max_tokens: int
    criteria: tuple[dict[str, Any], ...]
    expected: Callable[[Row], dict[str, Any]]


def _answer(row: Row) -> dict[str, Any]:
    return {"answer": row["answer"]}


def _fields(row: Row) -> dict[str, Any]:
    """Nested fields under dotted names, so that each counts."""
    fields = {}
    for name, value in row["expected"].items():
        inner = value if isinstance(value, dict) else {"": value}
        fields |= {f"{name}.{key}".rstrip("."): leaf for key, leaf in inner.items()}
    return {"fields": fields}


TASKS: Mapping[str, Task] = {
    "skills": Task(
        "skills.jsonl",
        "What skills does this job need?\n\n{{text}}\n",
        300,
        ({"kind": "json_valid", "weight": 0.25}, {"kind": "skills", "weight": 0.75}),
        lambda row: dict(row["expected"]),
    ),
    "facility_json": Task(
        "facility_json.jsonl",
        "Sort this email by topic, sentiment and urgency. Give me JSON.\n\n{{text}}\n",
        300,
        ({"kind": "json_valid", "weight": 0.25}, {"kind": "fields", "weight": 0.75}),
        _fields,
    ),
    "urgency": Task(
        "facility_json.jsonl",
        "How urgent is this email?\n\n{{text}}\n",
        120,
        ({"kind": "equals"},),
        lambda row: {"answer": row["expected"]["urgency"]},
    ),
    "descriptions": Task(
        "descriptions.jsonl",
        "Describe this job.\n\n{{text}}\n",
        160,
        (
            {"kind": "length", "weight": 0.25, "unit": "words", "min": 25, "max": 60},
            {"kind": "structure", "weight": 0.25, "min_sentences": 2, "max_sentences": 3},
            {"kind": "professionalism", "weight": 0.15},
            {"kind": "coverage", "weight": 0.35},
        ),
        lambda row: {"reference": row["reference"]},
    ),
    "gsm8k": Task(
        "gsm8k.jsonl", "What is the answer?\n\n{{text}}\n", 300, ({"kind": "number"},), _answer
    ),
    "object_counting": Task(
        "bbh_object_counting.jsonl",
        "What is the answer?\n\n{{text}}\n",
        200,
        ({"kind": "number"},),
        _answer,
    ),
    "disambiguation_qa": Task(
        "bbh_disambiguation_qa.jsonl",
        "Which one is it?\n\n{{text}}\n",
        120,
        ({"kind": "equals"},),
        _answer,
    ),
}


def write_case(root: Path, name: str, data: Path, limits: Mapping[str, int]) -> None:
    """Put a task into a workspace: the first examples of each split, up to its limit."""
    task = TASKS[name]
    left = dict(limits)
    examples = []
    for line in (data / task.file).read_text("utf-8").splitlines():
        row = json.loads(line)
        if left[row["split"]]:
            left[row["split"]] -= 1
            examples.append(
                {
                    "id": row["id"],
                    "split": row["split"],
                    "inputs": {"text": row["input"]},
                    "expected": task.expected(row),
                }
            )
    for folder in ("prompts", "cases"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    prompt = {"schema_version": 1, "name": name, "text": task.prompt}
    case = {
        "schema_version": 1,
        "id": name,
        "title": name.replace("_", " "),
        "prompt": name,
        "examples_file": f"{name}.jsonl",
        "output": {"format": "text", "max_tokens": task.max_tokens},
        "criteria": task.criteria,
    }
    (root / "prompts" / f"{name}.toml").write_text(tomli_w.dumps(prompt), "utf-8")
    (root / "cases" / f"{name}.toml").write_text(tomli_w.dumps(case), "utf-8")
    (root / "cases" / f"{name}.jsonl").write_text("\n".join(map(json.dumps, examples)), "utf-8")


class Progress:
    """Tells of every iteration that has ended."""

    def began(self, member: KeptMember) -> None:
        """Nothing."""

    def signalled(self, member: KeptMember, signal: Signal) -> None:
        """Passing words are not reported."""

    def happened(self, member: KeptMember, event: Event) -> None:
        """One line for a score, and one for an idea that left its race."""
        match event:
            case IterationFinished():
                line = f"iteration {event.iteration} scores {event.score:.3f}"
            case TrialEnded() if trial := member.record.proposal(event.interview, event.proposal):
                answered = f"{len(trial.runs)} answers"
                line = f"{trial.suggestion.kind}: {event.outcome}, {event.reason} ({answered})"
            case _:
                return
        print(f"{member.case.id}: {line}", file=sys.stderr, flush=True)

    def warned(self, member: KeptMember, problem: str) -> None:
        """Examples that cannot fit are not reported."""

    def failed(self, member: KeptMember, problem: str) -> None:
        """What should not happen here."""
        print(f"{member.case.id}: {problem}", file=sys.stderr, flush=True)


async def measure(
    root: Path, names: Sequence[str], model: Path | None, settings: Settings
) -> list[KeptMember]:
    """Run the cases as one suite."""
    workspace = Workspace(root)
    loaded = workspace.load_cases()
    for problem in loaded.problems:
        raise SystemExit(str(problem))
    cases: dict[str, Case] = {case.id: case for case in loaded.cases}
    endpoints = Endpoints(settings, embedded=True, embedded_model=model)
    try:
        await endpoints.start()
        [survey] = await endpoints.survey()
        pairs = [(survey.models[0].name, cases[name]) for name in names]
        control, follower = RunControl("auto"), Progress()
        suite = SuiteRun.new(
            endpoints, workspace.results, pairs, control=control, follower=follower
        )
        await suite.run()
    finally:
        await endpoints.aclose()
    return list(suite.members)


def constant(member: KeptMember) -> float:
    """The held-out score of one answer to everything: of the best prompt's, the best on train.

    What a gain has above it is more than form and luck with the commonest value.
    """
    case, best = member.case, member.record.best

    def mean(output: str, split: Split) -> float:
        examples = case.split(split)
        scores = [score_output(case.criteria, output, e.expected, e.inputs)[0] for e in examples]
        return sum(scores) / len(scores)

    outputs = dict.fromkeys(run.output for run in best.train_runs) if best else {"": None}
    return mean(max(outputs, key=lambda output: mean(output, "train")), "validation")


def report(members: Sequence[KeptMember]) -> None:
    """Print what each session came to, judged as one family of comparisons."""
    results = [Result(m.model, m.case.id, "", m.record) for m in members]
    gains = analyse(results, "").gains
    for member, result in zip(members, results, strict=True):
        record, gain = result.record, gains.get(result.key)
        totals = record.totals
        print(f"\n{result.case} ({result.model})")
        if gain is None or record.finished is None:
            print("  not measured")
            continue
        before, after = record.baseline_score or 0.0, record.best_score or 0.0
        print(
            f"  train     {before:.3f} -> {after:.3f}   n = {len(record.iterations[0].train_runs)}"
        )
        print(f"  held out  {gain.baseline:.3f} -> {gain.best:.3f}   n = {gain.n}")
        verdict = f"{gain.verdict}: " if gain.verdict else ""
        print(f"  {verdict}{gain.reason}")
        if gain.measured_on == "validation":
            print(f"  one answer to everything would score {constant(member):.3f} held out")
        for kind, won in prompt_changes(record):
            print(f"    {won:+.3f} on train  {kind}")
        print(f"  {totals.calls} calls, {totals.seconds:.0f} s, {record.finished.stop_reason}")
        if record.best:
            print("  | " + "\n  | ".join(record.best.prompt.strip().splitlines()))
            for shown in record.best.variant.demonstrations:
                print(f"  + {shown.example_id}: {shown.answer[:80]!r}")
            print(f"  instructions: {record.best.variant.instructions}")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of jsonl files")
    parser.add_argument("--model", type=Path, help="a GGUF file; else the embedded default")
    parser.add_argument("--interviewer", default=PLAYBOOK)
    parser.add_argument("--cases", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--train", type=int, default=16, help="examples at most")
    parser.add_argument("--validation", type=int, default=16, help="examples at most")
    parser.add_argument("--iterations", type=int, default=5)
    parser.add_argument("--proposals", type=int, default=Settings().proposals)
    parser.add_argument("--demonstrations", type=int, default=Settings().demonstrations)
    parser.add_argument("--max-calls", type=int, help="calls a session makes at most")
    given = parser.parse_args()
    settings = Settings(
        mode="auto",
        interviewer=given.interviewer,
        max_iterations=given.iterations,
        proposals=given.proposals,
        demonstrations=given.demonstrations,
        max_calls=given.max_calls,
    )
    limits = {"train": given.train, "validation": given.validation}
    with TemporaryDirectory() as folder:
        for name in given.cases:
            write_case(Path(folder), name, given.data, limits)
        report(asyncio.run(measure(Path(folder), given.cases, given.model, settings)))


if __name__ == "__main__":
    main()
