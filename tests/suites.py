"""Documents of suites made by hand: running and ended, proven and not, failed, odd and nasty."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from llmopt_tui.state.documents.suite import SuiteDocument
from llmopt_tui.state.leaderboard import Key, Leaderboard, TrialKey
from llmopt_tui.state.run_state import RunState
from llmopt_tui.state.suite_reading import leaderboard
from tests.nasty import NASTY

MODELS = (
    "gemma3n:latest",
    "qwen3:latest",
    "deepseek-r1:8b",
    "phi4-mini-reasoning:latest",
    "dolphin3:8b",
)
CASES = ("concise_description", "skills_extraction", "reply_to_complaint", "sql_from_question")
LONG_NAMES = (
    "hf.co/bartowski/Llama-3.2-3B-Instruct-uncensored-GGUF:Q4_K_M",
    "hf.co/unsloth/DeepSeek-R1-Distill-Qwen-14B-GGUF:UD-Q4_K_XL",
    "全角文字とカタカナの模型:latest",
)
SECONDS = (4.4, 3.1, 14.8, 9.2, 2.9)
_START = (0.47, 0.51, 0.44, 0.40, 0.55)
_GAIN = (0.33, 0.38, 0.31, 0.24, 0.15)
_STOPS = ("plateau", "max_iterations", "target_reached", "no_improvement_suggested")
_KINDS = ("REAL", "NOT PROVEN", "UNDERPOWERED")
PROMPT = "Summarize the posting in two short sentences.\nStop after two.\n\n{{posting}}\n"


def suite(
    models: Sequence[str] = MODELS,
    cases: Sequence[str] = CASES,
    *,
    held_out: int = 24,
    status: str = "completed",
    suite_id: str = "e5f6a7b8",
    started_at: str = "2026-11-02T14:03:00+00:00",
) -> dict[str, Any]:
    """A suite that has ended: every kind of verdict, ties, and a recommendation.

    Without `held_out` examples nothing is measured but on train.
    """
    rng = random.Random(7)
    sessions = [
        _session(model, case, m, c, held_out, rng)
        for c, case in enumerate(cases)
        for m, model in enumerate(models)
    ]
    document = {
        "schema_version": 1,
        "suite_id": suite_id,
        "status": status,
        "models": list(models),
        "cases": list(cases),
        "case_snapshots": {case: {"case": {}, "prompt": {}} for case in cases},
        "baseline_model": models[0],
        "interviewer_model": "llama3.2:latest",
        "settings": {"target": 0.95, "max_iterations": 5, "patience": 2, "min_gain": 0.005},
        "sessions": sessions,
        "started_at": started_at,
        "finished_at": "2026-11-02T16:41:30+00:00",
    }
    return _judged(document, held_out)


def board_of(
    document: dict[str, Any],
    live: Mapping[Key, RunState] | None = None,
    trying: Mapping[TrialKey, RunState] | None = None,
) -> Leaderboard:
    """A document as the Leaderboard shows it."""
    return leaderboard(SuiteDocument.read(document), live, trying)


def running(document: dict[str, Any] | None = None, *, ended: int = 7) -> dict[str, Any]:
    """The suite while it runs: some sessions have ended, others test, ask, wait. Nothing ranked."""
    document = copy.deepcopy(document or suite())
    for place, session in enumerate(document["sessions"]):
        if place < ended:
            continue
        session |= {"status": "running", "stop_reason": None, "validation": None}
        session |= {"selection": None, "best_iteration": 1}
        kept = [2, 1, 0][min(2, (place - ended) // 4)]
        session["scores"] = session["scores"][:kept]
        session["iterations"] = kept
        session["baseline_score"] = session["scores"][0] if kept else None
        session["best_score"] = max(session["scores"], default=None)
        if not kept:
            session |= {"status": "pending", "session_id": "", "folder": ""}
            session |= {"mean_processing_time": None, "tokens_per_second": None}
            session |= {"calls": 0, "loads": 0, "interviewer_loads": 0}
    document |= {"status": "running", "finished_at": None, "rankings": {}, "overall": []}
    document |= {"against_baseline": [], "pareto": [], "insights": [], "recommendation": None}
    document["optimized_prompts"] = document["optimized_prompts"][:ended]
    return document


def with_transfer(document: dict[str, Any], *, ended: int | None = None) -> dict[str, Any]:
    """The suite with prompts tried on other models, `ended` of them; None for all.

    The last model's prompts are the original ones: nobody tries them. Every kind of verdict is
    there, for better and for worse.
    """
    document, rows = copy.deepcopy(document), []
    models = document["models"]
    own = {(s["model"], s["case"]): s for s in document["sessions"]}
    for case in document["cases"]:
        own[models[-1], case]["best_iteration"] = 1
        for o, origin in enumerate(models[:-1] or models):
            for t, target in enumerate(models):
                if target != origin:
                    rows.append(_trial(own[target, case], origin, o + 2 * t))
    for place, row in enumerate(rows):
        if ended is not None and place >= ended:
            row |= {"score": None, "difference": None, "ci95": None, "verdict": "", "n": 0}
            row |= {"adjusted_p_value": None, "reason": ""}
            if place > ended:
                row |= {"session_id": "", "folder": ""}
    document["transfer"] = rows
    if ended is not None:
        document |= {"status": "running", "finished_at": None}
    return document


def _trial(target: dict[str, Any], origin: str, n: int) -> dict[str, Any]:
    judged = target["validation"]
    best = judged["best"] if judged else target["best_score"]
    difference = (-0.12, 0.02, -0.05, 0.09)[n % 4]
    verdict = _KINDS[0] if abs(difference) > 0.06 else _KINDS[1 + n // 4 % 2]
    worse = "Worse" if difference < 0 else "Better"
    return {
        "case": target["case"],
        "prompt_of": origin,
        "model": target["model"],
        "session_id": f"7{n:x}{target['session_id'][:6]}",
        "folder": f"session_7{n:x}{target['session_id'][:6]}_trial",
        "score": best + difference,
        "difference": difference,
        "ci95": [difference - 0.05, difference + 0.06],
        "adjusted_p_value": 0.001 if verdict == "REAL" else 0.4,
        "n": judged["n"] if judged else 16,
        "verdict": verdict,
        "reason": f"{worse} by {abs(difference):.3f} on {judged['n'] if judged else 16} examples, "
        + ("beyond chance." if verdict == "REAL" else "which chance alone could explain."),
    }


def with_failure(document: dict[str, Any]) -> dict[str, Any]:
    """The suite with its last session failed, which takes that model out of the ranking."""
    document = copy.deepcopy(document)
    session = document["sessions"][-1]
    session |= {"status": "failed", "stop_reason": "failed", "scores": [], "iterations": 0}
    session |= {"baseline_score": None, "best_score": None, "validation": None, "selection": None}
    session["error_message"] = "ollama ran out of memory loading dolphin3:8b; use a smaller model"
    case, model = session["case"], session["model"]
    for rows in [document["rankings"][case], document["overall"]]:
        rows[:] = [row for row in rows if row["model"] != model]
    document["pareto"] = [
        row for row in document["pareto"] if row["model"] != model or row["case"] not in (case, "")
    ]
    return document


def nasty() -> dict[str, Any]:
    """A suite in which every name and every text is trouble."""
    texts = [text for text in NASTY if text.strip()]
    document = suite(texts[:6], texts[6:9])
    for place, session in enumerate(document["sessions"]):
        session["error_message"] = texts[place % len(texts)]
        session["validation"]["reason"] = texts[(place + 9) % len(texts)]
        session["validation"]["verdict"] = texts[(place + 3) % len(texts)]
        session["stop_reason"] = texts[(place + 5) % len(texts)]
        session["folder"] = texts[(place + 20) % len(texts)]
    document["baseline_model"] = texts[0]
    document["suite_id"] = texts[7]
    document["insights"] = [
        {"kind": text, "text": text, "numbers": [[text, text]], "sessions": [text]}
        for text in texts
    ]
    document = with_transfer(document)
    for place, row in enumerate(document["transfer"]):
        for n, key in enumerate(("verdict", "reason", "folder", "session_id")):
            row[key] = texts[(place + 7 * n) % len(texts)]
        row["score"] = None if place % 3 else row["score"]
    document["recommendation"]["caveats"] = texts
    document["recommendation"]["reason"] = texts[4]
    return document


def write(results: Path, document: dict[str, Any]) -> Path:
    """Keep a document where the program keeps it."""
    results.mkdir(parents=True, exist_ok=True)
    file = results / f"optimization_suite_{document['suite_id']}.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def _session(
    model: str, case: str, m: int, c: int, held_out: int, rng: random.Random
) -> dict[str, Any]:
    start = _START[m % 5] + 0.04 * ((c * 3 + m) % 4 - 1)
    gain = max(0.0, _GAIN[m % 5] + 0.05 * ((c + 2 * m) % 3 - 1))
    count = 3 + (m + c) % 3
    scores = [start]
    for n in range(1, count):
        step = start + gain * n / (count - 1 if (m + c) % 4 else count - 1.5)
        scores.append(round(min(0.97, step - (0.06 if n == count - 1 and m % 2 else 0.0)), 4))
    best = max(scores)
    seconds = SECONDS[m % 5] * (1.0 + 0.3 * (c % 2))
    answers = 16 * count
    return {
        "session_id": f"{m:02x}{c:02x}a1b2",
        "folder": f"session_{m:02x}{c:02x}a1b2_{''.join(x for x in model if x.isalnum())[:20]}",
        "model": model,
        "case": case,
        "status": "completed",
        "stop_reason": _STOPS[(m + c) % 4],
        "error_message": "",
        "baseline_score": start,
        "best_score": best,
        "scores": scores,
        "iterations": count,
        "best_iteration": scores.index(best) + 1,
        "validation": _validation(start, best, m, c, held_out, rng) if held_out else None,
        "selection": {"k": count, "n": 16, "expected_gain": 0.03 + 0.01 * m, "p_value": 0.01},
        "mean_processing_time": seconds,
        "tokens_per_second": 180 / seconds,
        "loads": count,
        "interviewer_loads": 1,
        "truncated": 3 if m == 3 else 0,
        "calls": answers + 2 * held_out,
    }


def _validation(
    start: float, best: float, m: int, c: int, n: int, rng: random.Random
) -> dict[str, Any]:
    before = start + rng.uniform(-0.02, 0.02)
    verdict = _KINDS[0] if n >= 10 and (m + c) % 5 < 3 else _KINDS[1 if n >= 10 and m % 2 else 2]
    kept = 0.93 if verdict == "REAL" else 0.3
    difference = (best - start) * kept
    half = 0.085 if verdict == "REAL" else difference + 0.05
    interval = [difference - half, difference + half * 0.9]
    p = 0.0004 if verdict == "REAL" else 0.21
    reason = {
        "REAL": f"Better by {difference:.3f} on {n} examples; the true difference is between "
        f"{interval[0]:+.3f} and {interval[1]:+.3f} (95% interval, p < 0.001 after correction for "
        "20 comparisons).",
        "NOT PROVEN": f"Better by {difference:.3f} on {n} examples, which chance alone could "
        "explain (p = 0.210); a difference of 0.050 would most likely have shown.",
        "UNDERPOWERED": f"Better by {difference:.3f} on {n} examples, which chance alone could "
        "explain (p = 0.210); proving 0.090 would take about 61 examples.",
    }[verdict]
    return {
        "measured_on": "validation",
        "baseline": before,
        "best": before + difference,
        "difference": difference,
        "ci95": interval,
        "interval": interval,
        "p_value": p / 2,
        "adjusted_p_value": p,
        "test": "sign_flip",
        "n": n,
        "fixed": round(n * 0.5),
        "broken": 1,
        "n_needed": None if verdict == "REAL" else 61,
        "verdict": verdict,
        "reason": reason,
    }


def _judged(document: dict[str, Any], held_out: int) -> dict[str, Any]:
    """Rank, compare and recommend, by plain rules that give ties and differences."""
    measured_on = "validation" if held_out else "train"
    sessions, cases = document["sessions"], document["cases"]

    def score(session: dict[str, Any]) -> float:
        found = session["validation"]
        return found["best"] if found else session["best_score"]

    def ranking(scores: dict[str, float], n: int) -> list[dict[str, Any]]:
        order = sorted(scores, key=lambda model: -scores[model])
        leader, ranks = 0, []
        for place, model in enumerate(order):
            if scores[order[leader]] - scores[model] > 0.06:
                leader = place
            ranks.append(leader + 1)
        return [
            {
                "model": model,
                "score": scores[model],
                "measured_on": measured_on,
                "ci95": [scores[model] - 0.04, scores[model] + 0.035],
                "n": n,
                "rank": ranks[place],
                "tied": ranks.count(ranks[place]) > 1,
                "differs_from_next": ranks[place] != ranks[place + 1]
                if place + 1 < len(order)
                else None,
            }
            for place, model in enumerate(order)
        ]

    by_case = {
        case: {s["model"]: score(s) for s in sessions if s["case"] == case} for case in cases
    }
    document["rankings"] = {case: ranking(by_case[case], held_out or 16) for case in cases}
    means = {
        model: sum(by_case[case][model] for case in cases) / len(cases)
        for model in document["models"]
    }
    several = len(cases) > 1
    document["overall"] = ranking(means, (held_out or 16) * len(cases)) if several else []
    document["against_baseline"] = [
        {
            "model": model,
            "case": case,
            "difference": by_case[case][model] - by_case[case][document["models"][0]],
            "ci95": [-0.05, 0.12],
            "p_value": 0.1,
            "adjusted_p_value": 0.3,
            "n": held_out or 16,
            "verdict": "NOT PROVEN",
            "reason": f"Better by 0.041 on {held_out or 16} examples, which chance alone could "
            "explain (p = 0.300).",
        }
        for case in cases
        for model in document["models"][1:]
    ]
    document["pareto"] = [
        row
        for case in [*cases, *([""] if several else [])]
        for row in _pareto(case, means if not case else by_case[case], document)
    ]
    document["optimized_prompts"] = [
        {
            "model": s["model"],
            "case": s["case"],
            "session_id": s["session_id"],
            "iteration": s["best_iteration"],
            "score": s["best_score"],
            "validation_score": score(s),
            "prompt": PROMPT,
        }
        for s in sessions
    ]
    document["processing_times"] = []
    document["insights"] = _insights(document)
    document["recommendation"] = _recommendation(document, several)
    return document


def _pareto(case: str, scores: dict[str, float], document: dict[str, Any]) -> list[dict[str, Any]]:
    times = {
        model: sum(found) / len(found)
        for model in scores
        if (
            found := [
                s["mean_processing_time"]
                for s in document["sessions"]
                if s["model"] == model and case in ("", s["case"])
            ]
        )
    }
    return [
        {
            "case": case,
            "model": model,
            "score": scores[model],
            "seconds": times[model],
            "on_front": not (
                beaten := [
                    other
                    for other in scores
                    if scores[other] > scores[model] and times[other] < times[model]
                ]
            ),
            "beaten_by": beaten,
        }
        for model in sorted(scores, key=lambda name: times[name])
    ]


def _insights(document: dict[str, Any]) -> list[dict[str, Any]]:
    models = document["models"]
    rows = [
        [s["model"], f"{s['best_score'] - s['baseline_score']:+.2f}"] for s in document["sessions"]
    ]
    ids = [s["session_id"] for s in document["sessions"]]
    return [
        {
            "kind": "responds",
            "text": f"{models[0]} responds most to optimization, {models[-1]} least.",
            "numbers": rows,
            "sessions": ids,
        },
        {
            "kind": "prompt_changes",
            "text": "Of the prompt changes tried, stating the output format (+0.14) and limiting "
            "the length (+0.09) helped; worked examples (-0.05) hurt.",
            "numbers": [["output format", "+0.14 over 9"], ["length", "+0.09 over 12"]],
            "sessions": ids[:3],
        },
        {
            "kind": "truncated",
            "text": f"{models[-1]} on {document['cases'][0]}: 3 of 80 answers were cut off: allow "
            "more tokens.",
            "numbers": [["calls", "80"], ["answers were cut off", "3"]],
            "sessions": ids[:1],
        },
    ]


def _recommendation(document: dict[str, Any], several: bool) -> dict[str, Any]:
    choices = []
    for case in document["cases"]:
        first = document["rankings"][case][0]
        session = next(
            s for s in document["sessions"] if (s["model"], s["case"]) == (first["model"], case)
        )
        choices.append(
            {
                "case": case,
                "model": first["model"],
                "session_id": session["session_id"],
                "iteration": session["best_iteration"],
                "reason": f"{first['model']} scores {first['score']:.2f}, beyond noise above the "
                "next. Its best prompt is better than the original by more than chance.",
                "prompt_file": f"{session['folder']}/best_prompt.toml",
                "expected_score": first["score"],
                "ci95": first["ci95"],
                "seconds_per_answer": session["mean_processing_time"],
                "tokens_per_second": session["tokens_per_second"],
            }
        )
    overall = document["overall"][0] if several else None
    return {
        "model": overall["model"] if overall else "",
        "reason": f"Over {len(choices)} cases {overall['model']} has the highest score, "
        f"{overall['score']:.2f}; {document['overall'][1]['model']} may be as good."
        if overall
        else choices[0]["reason"],
        "cases": choices,
        "caveats": ["skills_extraction: that its prompt is better is not proven."],
    }
