"""How often the time left is right within a third, over simulated suites of many shapes.

    python benchmarks/time_left.py [--seeds 200] [--shapes 1x1 2x3]

Shapes are models x cases. At four moments of a suite's time, for all seeds: the share of estimates
within a third of the truth, the mean and the 90th percentile of how far they are off, as shares of
the truth.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from statistics import fmean, quantiles

sys.path.insert(0, str(Path(__file__).parents[1]))

from llmopt_tui.state.estimate import estimate  # noqa: E402
from tests.state.simulated_suite import Simulation, off_by  # noqa: E402

SHAPES = ("1x1", "1x2", "2x1", "1x3", "3x1", "2x2", "1x5", "5x1", "2x3", "3x2", "2x4", "3x3", "5x2")
SHAPES += ("5x4",)
MOMENTS = (0.25, 0.4, 0.6, 0.8)


def measure(shape: str, seeds: int) -> tuple[list[list[float]], float]:
    """How far off estimates are at every moment, and the mean seconds that one takes."""
    models, cases = map(int, shape.split("x"))
    off: list[list[float]] = [[] for _ in MOMENTS]
    spent = 0.0
    for seed in range(seeds):
        simulation = Simulation(models, cases, seed).run()
        for errors, moment in zip(off, MOMENTS, strict=True):
            now, known = simulation.known_at(simulation.total * moment)
            began = time.perf_counter()
            found = estimate(known, simulation.settings)
            spent += time.perf_counter() - began
            errors.append(off_by(simulation, found.seconds_left, now))
    return off, spent / seeds / len(MOMENTS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--shapes", nargs="*", default=SHAPES)
    args = parser.parse_args()
    print("within a third, mean and 90th percentile off, at")
    print("shape " + "".join(f"{moment:>18.0%}" for moment in MOMENTS) + "    took")
    for shape in args.shapes:
        off, took = measure(shape, args.seeds)
        cells = "".join(
            f"{fmean(e <= 1 / 3 for e in errors):>7.0%} {fmean(errors):>4.0%} "
            f"{quantiles(errors, n=10)[-1]:>5.0%}"
            for errors in off
        )
        print(f"{shape:6}{cells}  {took * 1000:.1f} ms", flush=True)


if __name__ == "__main__":
    main()
