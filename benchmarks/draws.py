"""Simulates the share of busy cores if connections fall on processes at random: `python -m benchmarks.draws`.

A connection stays with the process that accepted it. A process with few connections leaves its cores idle; in one with
many, they wait. Prints the mean and the 5th percentile of many simulations.
"""

import numpy as np

CORES = (2, 64)
TIMES = 10_000


def busy(cores: int, processes: int, connections: int) -> tuple[float, float]:
    """The share of busy cores: its mean, and its 5th percentile."""
    chance = np.random.default_rng(0)
    drawn = chance.multinomial(connections, [1 / processes] * processes, size=TIMES)
    shares = np.minimum(drawn, cores // processes).sum(axis=1) / min(cores, connections)
    return float(shares.mean()), float(np.quantile(shares, 0.05))


def main() -> None:
    """Prints a table in Markdown."""
    print("| cores | processes | interpreters each | 1 connection per core | 2 | 4 |\n|---|---|---|---|---|---|")
    for cores in CORES:
        for processes in sorted({1, max(1, cores // 4), cores}):
            shares = [busy(cores, processes, cores * times) for times in (1, 2, 4)]
            told = " | ".join(f"{mean:.2f} ({low:.2f})" for mean, low in shares)
            print(f"| {cores} | {processes} | {cores // processes} | {told} |")


if __name__ == "__main__":
    main()
