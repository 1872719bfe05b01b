"""How often scores agree with those that a person would give.

    python -m benchmarks.scores FILE

Each line of FILE is a JSON object: `kind` and `parameters` of a criterion, `expected`, `answer`,
and the `score` that a person would give. Prints the disagreements, and the agreement of each kind.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from llmopt_tui.core.scoring import recorded_criterion

NEAR = 0.005


def main(file: Path) -> int:
    """Print the table; 1 where any score disagrees."""
    agreed: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        kind = row["kind"]
        criterion = recorded_criterion({"kind": kind, **row["parameters"]})
        if criterion is None:
            sys.exit(f"there is no criterion for {line}")
        verdict = criterion.judge(row["answer"], row["expected"], row.get("inputs", {}))
        asked[kind] += 1
        if abs(verdict.score - row["score"]) < NEAR:
            agreed[kind] += 1
        else:
            print(f"{verdict.score:.2f} for {row['score']:.2f}: {line}\n    {verdict.feedback}")
    for kind in asked:
        print(f"{kind:<16}{agreed[kind]:>4} of {asked[kind]}")
    print(f"{'all':<16}{agreed.total():>4} of {asked.total()}")
    return int(agreed != asked)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
