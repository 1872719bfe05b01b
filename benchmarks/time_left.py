"""How often the time left is right within a third, over simulated suites of many shapes.

    python benchmarks/time_left.py [--seeds 200] [--shapes 1x1 2x3]

Shapes are models x cases. At four moments of a suite's time, over all seeds: the share of
estimates within a third of the truth, the mean and the 90th percentile of how far they are off, as
shares of the truth, and how often the truth lies in the range that is given.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, quantiles

sys.path.insert(0, str(Path(__file__).parents[1]))

from llmopt_tui.state.time_left import estimate
from tests.state.simulated_suite import Simulation, off_by

SHAPES = tuple("1x1 1x2 2x1 1x3 3x1 2x2 1x5 5x1 2x3 3x2 2x4 3x3 5x2 5x4".split())
MOMENTS = (0.25, 0.4, 0.6, 0.8)


@dataclass
class Moment:
    """What the estimates of one shape at one moment came to."""

    off: list[float] = field(default_factory=list)
    in_range: list[bool] = field(default_factory=list)

    def __str__(self) -> str:
        right, worst = fmean(off <= 1 / 3 for off in self.off), quantiles(self.off, n=10)[-1]
        return f"{right:>8.0%}{fmean(self.off):>6.0%}{worst:>6.0%}{fmean(self.in_range):>6.0%}"


def measure(shape: str, seeds: int) -> tuple[list[Moment], float]:
    """Every moment, and the mean seconds that an estimate takes."""
    models, cases = map(int, shape.split("x"))
    moments, spent = [Moment() for _ in MOMENTS], 0.0
    for seed in range(seeds):
        simulation = Simulation(models, cases, seed).run()
        for moment, share in zip(moments, MOMENTS, strict=True):
            now, known = simulation.known_at(simulation.total * share)
            began = time.perf_counter()
            found = estimate(known, simulation.settings)
            spent += time.perf_counter() - began
            moment.off.append(off_by(simulation, found.seconds_left, now))
            low, high = found.between or (0.0, 0.0)
            moment.in_range.append(low <= simulation.total - now <= high)
    return moments, spent / seeds / len(MOMENTS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--shapes", nargs="*", default=SHAPES)
    args = parser.parse_args()
    print("within a third, off in the mean and at the 90th percentile, truth in the range")
    print("shape " + "".join(f"{moment:>26.0%}" for moment in MOMENTS))
    for shape in args.shapes:
        moments, took = measure(shape, args.seeds)
        print(f"{shape:6}{''.join(map(str, moments))}  {took * 1000:.1f} ms", flush=True)


if __name__ == "__main__":
    main()
