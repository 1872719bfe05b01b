"""Run by the peers' own interpreter: one optimizer of another project on one task.

It reads a job as JSON from standard input, asks the models and scores of the gateway, and writes
what its winner answers to the file that the job names. It imports nothing of this project.
"""

from __future__ import annotations

import json
import os
import random
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Ask = Callable[[str], str]


def main() -> None:
    """Optimize, then answer with the winner."""
    job = json.load(sys.stdin)
    random.seed(job["seed"])
    optimize = {
        "gepa": gepa_winner,
        "dspy-bootstrap": dspy_winner,
        "dspy-mipro": dspy_winner,
        "dspy-gepa": dspy_winner,
    }[job["optimizer"]]
    ask, changed = optimize(job)
    answers = {example["id"]: ask(example["text"]) for example in job["asked"]}
    Path(job["result"]).write_text(json.dumps({"answers": answers, "changed": changed}), "utf-8")


def post(url: str, body: Mapping[str, Any]) -> Any:
    """The answer to a request, or an HTTPError."""
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=600) as answer:
        return json.load(answer)


def scored(job: Mapping[str, Any], example: str, answer: str) -> tuple[float, str]:
    """The score of an answer and what was wrong with it."""
    found = post(f"{job['url']}/score", {"id": example, "answer": answer})
    return float(found["score"]), str(found["feedback"])


# --- gepa ---


def gepa_winner(job: Mapping[str, Any]) -> tuple[Ask, bool]:
    """gepa on the system message, the input as the user's: its documented default."""
    import gepa

    examples = list(job["train"])
    tuned = {"reflection_minibatch_size": 6, "use_merge": True} if job["tuned"] else {}
    # The tuned setting keeps a third of the train examples apart to choose by, so that a full
    # evaluation costs fewer calls; the default evaluates on all of them.
    apart = examples[::3] if job["tuned"] else examples
    result = gepa.optimize(
        seed_candidate={"instructions": job["instructions"]},
        trainset=examples,
        valset=apart,
        adapter=GatewayAdapter(job),
        reflection_lm=lambda prompt: chat(job, "search", "reflection", as_messages(prompt), 1.0),
        max_metric_calls=job["calls"],
        seed=job["seed"],
        raise_on_exception=False,
        logger=Silent(),
        **tuned,
    )
    winner = result.best_candidate["instructions"]

    def ask(text: str) -> str:
        try:
            return chat(job, "after", "candidate", turns(winner, text), 0.0)
        except urllib.error.HTTPError:  # the model could not answer
            return ""

    return ask, winner.strip() != job["instructions"].strip()


def turns(system: str, text: str) -> list[dict[str, str]]:
    """A chat with instructions as system message and the input as the user's."""
    return [{"role": "system", "content": system}, {"role": "user", "content": text}]


def as_messages(prompt: Any) -> list[dict[str, str]]:
    """A prompt as gepa hands it to its reflection model: text or a chat."""
    return [{"role": "user", "content": prompt}] if isinstance(prompt, str) else list(prompt)


def chat(
    job: Mapping[str, Any],
    phase: str,
    model: str,
    messages: Sequence[Mapping[str, str]],
    temperature: float,
) -> str:
    """One call. Raises HTTPError where it is refused."""
    body = {"model": model, "messages": list(messages), "temperature": temperature}
    answer = post(f"{job['url']}/{phase}/v1/chat/completions", body)
    return str(answer["choices"][0]["message"]["content"])


class Silent:
    """A log for gepa that nobody reads."""

    def log(self, message: str) -> None:
        """Drop a line of the log."""


class GatewayAdapter:
    """gepa's way to run candidates: each answer from the gateway, and its score too."""

    propose_new_texts = None

    def __init__(self, job: Mapping[str, Any]) -> None:
        self.job = job

    def evaluate(
        self, batch: Sequence[Any], candidate: Mapping[str, str], capture_traces: bool = False
    ) -> Any:
        """The answers and scores of a candidate; a refused call scores 0."""
        from gepa.core.adapter import EvaluationBatch

        outputs, scores, traces = [], [], []
        for example in batch:
            messages = turns(candidate["instructions"], example["text"])
            try:
                answer = chat(self.job, "search", "candidate", messages, 0.0)
                score, feedback = scored(self.job, example["id"], answer)
            except urllib.error.HTTPError:
                answer, score, feedback = "", 0.0, "no answer came"
            outputs.append(answer)
            scores.append(score)
            traces.append({"text": example["text"], "answer": answer, "feedback": feedback})
        return EvaluationBatch(outputs, scores, traces if capture_traces else None)

    def make_reflective_dataset(
        self, candidate: Mapping[str, str], batch: Any, components: Sequence[str]
    ) -> dict[str, list[dict[str, str]]]:
        """What the reflection model reads about each answer."""
        records = [
            {
                "Inputs": trace["text"],
                "Generated Outputs": trace["answer"],
                "Feedback": f"Score {score:.2f}. {trace['feedback']}",
            }
            for trace, score in zip(batch.trajectories or [], batch.scores, strict=False)
        ]
        return dict.fromkeys(components, records)


# --- DSPy ---


def dspy_winner(job: Mapping[str, Any]) -> tuple[Ask, bool]:
    """One of DSPy's optimizers on `dspy.Predict` with the prompt's words as its instructions."""
    # DSPy's own cache stays on, as documented, but no run may profit from an earlier one.
    os.environ["DSPY_CACHEDIR"] = job["scratch"]
    import dspy

    class CountedLM(dspy.LM):
        """A model of the search; once it was refused for good, it no longer asks."""

        spent = False

        def forward(self, *given: Any, **named: Any) -> Any:
            """One call. Raises where it is refused."""
            if CountedLM.spent:
                raise RuntimeError("all calls are used")
            try:
                return super().forward(*given, **named)
            except Exception as error:
                CountedLM.spent = "calls are used" in str(error)
                raise

    def model(phase: str, name: str, temperature: float, tokens: int) -> Any:
        kind = CountedLM if phase == "search" else dspy.LM
        return kind(
            f"openai/{name}",
            api_base=f"{job['url']}/{phase}/v1",
            api_key="none",
            temperature=temperature,
            max_tokens=tokens,
            num_retries=0,
        )

    task_model = model("search", "candidate", 0.0, job["max_tokens"])
    reflection = model("search", "reflection", 1.0, 1_000)
    # What is refused counts as a failed example; a limit on errors would end the optimizer
    # without its result.
    dspy.configure(lm=task_model, max_errors=1_000_000)
    signature = dspy.Signature("text -> answer", job["instructions"])
    student = dspy.Predict(signature)
    examples = [
        dspy.Example(id=e["id"], text=e["text"], answer=e["answer"]).with_inputs("text")
        for e in job["train"]
    ]
    random.Random(job["seed"]).shuffle(examples)
    before = student.dump_state()
    compiled = OPTIMIZERS[job["optimizer"]](dspy, job, student, examples, reflection)

    def ask(text: str) -> str:
        after = model("after", "candidate", 0.0, job["max_tokens"])
        try:
            with dspy.context(lm=after):
                return str(compiled(text=text).answer)
        except Exception:  # an answer that DSPy cannot read is none
            return ""

    return ask, compiled.dump_state() != before


def bootstrap(dspy: Any, job: Mapping[str, Any], student: Any, examples: Any, _: Any) -> Any:
    """BootstrapFewShotWithRandomSearch; tuned: at most three demonstrations."""

    def metric(example: Any, predicted: Any, trace: Any = None) -> float:
        return scored(job, example.id, str(predicted.answer))[0]

    tuned = {"max_bootstrapped_demos": 2, "max_labeled_demos": 3} if job["tuned"] else {}
    optimizer = dspy.BootstrapFewShotWithRandomSearch(metric=metric, num_threads=1, **tuned)
    return optimizer.compile(student, trainset=examples)


def mipro(dspy: Any, job: Mapping[str, Any], student: Any, examples: Any, reflection: Any) -> Any:
    """MIPROv2 with auto="light"; tuned: half the train examples to choose by, eight trials."""

    def metric(example: Any, predicted: Any, trace: Any = None) -> float:
        return scored(job, example.id, str(predicted.answer))[0]

    if not job["tuned"]:
        optimizer = dspy.MIPROv2(
            metric=metric, prompt_model=reflection, num_threads=1, seed=job["seed"] + 1
        )
        return optimizer.compile(student, trainset=examples)
    half = len(examples) // 2
    optimizer = dspy.MIPROv2(
        metric=metric,
        prompt_model=reflection,
        num_threads=1,
        seed=job["seed"] + 1,
        auto=None,
        num_candidates=4,
        max_bootstrapped_demos=2,
        max_labeled_demos=3,
    )
    return optimizer.compile(
        student,
        trainset=examples[:half],
        valset=examples[half:],
        num_trials=8,
        minibatch=False,
    )


def dspy_gepa(
    dspy: Any, job: Mapping[str, Any], student: Any, examples: Any, reflection: Any
) -> Any:
    """DSPy's GEPA; tuned: a third of the train examples to choose by, larger minibatches."""

    def metric(gold: Any, predicted: Any, *_: Any, **__: Any) -> Any:
        score, feedback = scored(job, gold.id, str(predicted.answer))
        return dspy.Prediction(score=score, feedback=feedback)

    tuned = {"reflection_minibatch_size": 6} if job["tuned"] else {}
    optimizer = dspy.GEPA(
        metric=lambda gold, pred, trace=None, pred_name=None, pred_trace=None: metric(gold, pred),
        max_metric_calls=METRIC_CALLS * job["calls"],
        reflection_lm=reflection,
        num_threads=1,
        seed=job["seed"],
        **tuned,
    )
    apart = {"valset": examples[::3]} if job["tuned"] else {}
    return optimizer.compile(student, trainset=examples, **apart)


METRIC_CALLS = 3
"""Metric calls for each model call of DSPy's GEPA: most are answered from DSPy's cache."""

OPTIMIZERS = {"dspy-bootstrap": bootstrap, "dspy-mipro": mipro, "dspy-gepa": dspy_gepa}


if __name__ == "__main__":
    main()
