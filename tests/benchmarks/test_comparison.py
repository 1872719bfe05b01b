"""Budgets, statistics and documents of the optimizers' comparison."""

import asyncio
import json
import urllib.error
import urllib.request
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from benchmarks.optimizers.budget import Budget, BudgetSpent
from benchmarks.optimizers.gateway import Gateway
from benchmarks.optimizers.ours import OWN, original, run_own
from benchmarks.optimizers.outcomes import Outcome, OutcomeFile
from benchmarks.optimizers.plot import plot
from benchmarks.optimizers.report import report
from benchmarks.optimizers.summary import claimed, coverage, false_claims, summarize
from benchmarks.optimizers.tasks import simulated_task
from benchmarks.optimizers.worlds import NOTHING_HELPS, worlds


def outcome(arm: str, seed: int, held_out: float, **more) -> Outcome:
    return Outcome(more.pop("task", "normal"), seed, arm, held_out, more.pop("train", 0.6), **more)


OUTCOMES = [
    outcome("original", 1, 0.2), outcome("original", 2, 0.4),
    outcome("ours", 1, 0.5, ci95=(0.1, 0.35), true_gain=0.3, claims=True, held_out_calls=9),
    outcome("ours", 2, 0.9, ci95=(0.1, 0.35), true_gain=0.5, held_out_calls=9),
    outcome("other", 1, 0.6, train=0.7, changed=True), outcome("other", 2, 0.3, changed=True),
]  # fmt: skip


def test_a_budget_is_never_exceeded_and_refused_calls_are_no_calls():
    budget = Budget(2)
    budget.take()
    budget.take()
    with pytest.raises(BudgetSpent, match="2 calls"):
        budget.take()
    assert (budget.used, budget.refused) == (2, 1)
    endless = Budget(None)
    for _ in range(1_000):
        endless.take()
    assert endless.used == 1_000


def test_rows_are_paired_by_seed():
    rows = {row.arm: row for row in summarize(OUTCOMES, "ours")}
    ours, other = rows["ours"], rows["other"]
    assert ours.held_out.value == pytest.approx(0.7)
    assert ours.gain
    assert ours.gain.value == pytest.approx(0.4)
    assert other.behind
    assert other.behind.value == pytest.approx(0.25)  # (0.5 - 0.6 + 0.9 - 0.3) / 2
    assert other.optimism.value == pytest.approx(0.2)
    assert (ours.claims, other.claims, other.worse) == (1, 1, 1)
    low, high = ours.held_out.ci95 or (0, 0)
    assert low <= 0.7 <= high


def test_a_single_seed_has_no_interval():
    [row] = summarize(OUTCOMES[:1], "ours")
    assert row.held_out.ci95 is None
    assert row.behind is None


def test_an_arm_without_a_verdict_claims_what_does_better_on_train():
    before = outcome("original", 1, 0.5, train=0.5)
    other = outcome("other", 1, 0.5, train=0.6, changed=True)
    assert claimed(other, before)
    assert not claimed(replace(other, changed=False), before)
    assert not claimed(replace(other, train=0.5), before)
    judged = replace(other, held_out_calls=120)
    assert not claimed(judged, before)
    assert claimed(replace(judged, claims=True), before)


def test_coverage_counts_the_intervals_that_hold_the_true_gain():
    [found] = coverage(OUTCOMES)
    assert (found.arm, found.covered, found.n) == ("ours", 1, 2)


def test_false_claims_are_those_of_the_world_where_nothing_helps():
    there = [replace(one, task=NOTHING_HELPS) for one in OUTCOMES]
    assert false_claims(summarize(OUTCOMES, "ours")) == {}
    assert false_claims(summarize(there, "ours"))["ours"] == (1, 2)


def test_outcomes_are_read_as_written_and_a_line_cut_off_is_left_out(tmp_path):
    kept = OutcomeFile(tmp_path / "outcomes.jsonl")
    assert kept.read() == []
    for one in OUTCOMES:
        kept.add(one)
    with (tmp_path / "outcomes.jsonl").open("a") as lines:
        lines.write('{"task": "nor')
    assert kept.read() == OUTCOMES


def test_report_and_plot_say_losses_and_failures():
    failed = outcome("broken <arm>", 1, 0.2, error="no | result\nat all")
    text = report([*OUTCOMES, failed], "ours", "Conditions.")
    table = text.partition("## normal")[2].partition("##")[0].splitlines()
    assert [line.split(" | ")[0].strip("| ") for line in table if line.startswith("| o")] == [
        "ours", "other", "original",
    ]  # fmt: skip
    assert "- broken <arm>, normal, seed 1: no / result at all" in text
    drawn = ElementTree.fromstring(plot(summarize([*OUTCOMES, failed], "ours"), "ours"))
    assert "broken <arm>" in {part.text for part in drawn.iter()}


@pytest.mark.parametrize("arm", OWN, ids=lambda arm: arm.name)
def test_an_own_arm_keeps_its_budget_and_gives_the_same_again(arm):
    here = worlds(2)["normal"]

    def run(calls: int) -> Outcome:
        task = simulated_task(here, 8, 6)
        return replace(asyncio.run(run_own(arm, task, calls)), seconds=0.0)

    small = run(30)
    assert 8 <= small.calls <= 30
    assert small.held_out_calls in {6, 12}
    assert not small.error
    assert run(30) == small


async def test_the_gateway_counts_a_search_and_refuses_what_is_over_its_budget():
    task = simulated_task(worlds(2)["normal"], 4, 3)
    example = task.case.examples[0]
    asked = f"How urgent is this?\n{example.inputs['text']}"
    chat = {"model": "openai/candidate", "messages": [{"role": "user", "content": asked}]}

    def post(path: str, body: dict) -> dict:
        request = urllib.request.Request(gateway.url + path, json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    with Gateway(task, 2) as gateway:
        first = await asyncio.to_thread(post, "/search/v1/chat/completions", chat)
        assert first["choices"][0]["message"]["content"]
        await asyncio.to_thread(post, "/search/v1/chat/completions", {**chat, "n": 1})
        with pytest.raises(urllib.error.HTTPError) as refused:
            await asyncio.to_thread(post, "/search/v1/chat/completions", chat)
        assert refused.value.code == 400
        assert json.load(refused.value)["error"]["code"] == "budget_spent"
        await asyncio.to_thread(post, "/after/v1/chat/completions", chat)
        assert (gateway.budget.used, gateway.budget.refused) == (2, 1)
        assert task.true_quality(gateway.probe) is not None
        right = {"id": example.id, "answer": example.expected["answer"]}
        scored = await asyncio.to_thread(post, "/score", right)
        assert scored["score"] == 1.0


async def test_the_original_is_measured_on_train_alone_where_the_truth_is_known():
    task = simulated_task(worlds(2)[NOTHING_HELPS], 20, 5)
    found = await original(task)
    assert found.calls == 0
    assert abs(found.train - found.held_out) < 0.4
