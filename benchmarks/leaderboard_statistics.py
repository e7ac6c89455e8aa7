"""Whether the leaderboard's intervals and bands do what they say, by enumeration and simulation, and how fast they are.

python benchmarks/leaderboard_statistics.py [TABLE …] [--draws 1000] [--seed 0]

Prints the tables of docs/leaderboard_statistics.md. TABLE is one of wilson, clusters, tests, bands, mixed, power,
luck, speed and unequal; without one, all are made. E entries, F families, n problems.
"""

from __future__ import annotations

import argparse
import inspect
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from statistics import NormalDist

import numpy as np

from reasoning_gym.intervals import wilson
from reasoning_leaderboard.attempts import luck_of_the_best
from reasoning_leaderboard.clusters import clustered, resample
from reasoning_leaderboard.comparisons import two_rates
from reasoning_leaderboard.ranking import Count, Entry, bands, rank, significantly_better

RATES = (0.02, 0.1, 0.5, 0.9)  # over families
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(60)


@dataclass(frozen=True)
class Tier:
    """How results arise: the logit of solving is skill + family + entry in family + problem, all but skill normal."""

    paired: bool  # whether all entries have the same problems
    families: int = 20
    n: int = 1000
    of_families: float = 1.5  # standard deviations, in logits; at a rate of a half a correlation of .24 within a family
    of_entries: float = 0.0  # above 0, entries that are equal on average have families of their own that suit them
    of_problems: float = 1.0

    def draw(self, rates: list[float], rng: np.random.Generator) -> np.ndarray:
        """Which problem each entry solves: [E, F, n / F]."""
        entries, each = len(rates), self.n // self.families
        spread = math.hypot(self.of_families, self.of_entries, self.of_problems)
        skills = np.array([skill(rate, spread) for rate in rates])[:, None, None]
        family = rng.normal(0, self.of_families, (1, self.families, 1))
        suits = rng.normal(0, self.of_entries, (entries, self.families, 1))
        problem = rng.normal(0, self.of_problems, (1 if self.paired else entries, self.families, each))
        return rng.random((entries, self.families, each)) < sigmoid(skills + family + suits + problem)


@cache
def skill(rate: float, spread: float) -> float:
    """The mean of a normal logit with this standard deviation whose chance is this on average."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = float(WEIGHTS @ sigmoid(middle + spread * NODES)) / math.sqrt(2 * math.pi)
        low, high = (middle, high) if mean < rate else (low, middle)
    return low


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def entries_of(solved: np.ndarray, paired: bool) -> list[Entry]:
    """Entries from what they solved [E, F, n / F]."""
    _, families, each = solved.shape
    keys = [str(key) for key in range(families * each)]
    return [
        Entry(
            str(number),
            {str(f): Count(int(correct), each) for f, correct in enumerate(table.sum(axis=1))},
            dict(zip(keys, table.ravel().tolist(), strict=True)) if paired else None,
        )
        for number, table in enumerate(solved)
    ]


def header(*cells: object) -> str:
    """The two lines above a table."""
    return f"{row(*cells)}\n|{' --- |' * len(cells)}"


def row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def precision(draws: int) -> str:
    """How far off a share may be that so many draws gave."""
    (low, high), (at_low, at_high) = wilson(0.95 * draws, draws), wilson(0.5 * draws, draws)
    errors = f"± {50 * (high - low):.1f} at 95 %, ± {50 * (at_high - at_low):.1f} at 50 %"
    return f"{draws} draws a cell: the 95 % interval of a share is {errors}"


def wilson_table(draws: int, rng: np.random.Generator) -> Iterator[str]:
    """Coverage of Wilson's interval, in %, by enumeration: on average over rates, and where it is worst."""
    ranges = ((0.0, 1.0), (0.05, 0.95), (0.0, 0.05))
    yield header("n", *(f"{low:g} to {high:g}, worst" for low, high in ranges))
    for n in (100, 200, 500, 1000, 4000):
        intervals, cells = np.array([wilson(k, n) for k in range(n + 1)]), list[str]()
        for low, high in ranges:
            rates = low + (high - low) * (np.arange(400) + 0.5) / 400
            held = (intervals[:, 0, None] <= rates) & (rates <= intervals[:, 1, None])
            covered = (held * binomial(n, rates)).sum(axis=0)
            worst = int(np.argmin(covered))
            cells.append(f"{100 * covered.mean():.1f}, {100 * covered[worst]:.1f} at {rates[worst]:.4f}")
        yield row(n, *cells)


def binomial(n: int, rates: np.ndarray) -> np.ndarray:
    """Probabilities of 0 to n successes at each rate: [n + 1, R]."""
    k = np.arange(n + 1)
    ways = np.array([math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in k])
    return np.exp(ways[:, None] + k[:, None] * np.log(rates) + (n - k)[:, None] * np.log1p(-rates))


def clusters_table(draws: int, rng: np.random.Generator) -> Iterator[str]:
    """Coverage, in %, of the clustered interval and its median width; in brackets a percentile bootstrap's coverage.

    Boards of 1,000 problems, as many in each family; the families' rates are beta, with this correlation within one.
    """
    yield header("F", "correlation", *(f"rate {rate}" for rate in RATES))
    for families in (2, 3, 5, 10, 30, 100):
        asked = [1000 // families] * families
        for correlation in (0.05, 0.25, 0.6):
            cells = [covered(lambda asked=asked: asked, rate, correlation, draws, rng) for rate in RATES]
            yield row(families, correlation, *cells)


def unequal_table(draws: int, rng: np.random.Generator) -> Iterator[str]:
    """As clusters, of families whose sizes are drawn: as uneven as Dirichlet shares with parameter 2."""
    yield header("F", "correlation", *(f"rate {rate}" for rate in RATES))
    for families in (10, 30, 100):

        def asked(families: int = families) -> list[int]:
            return np.maximum(1, rng.multinomial(1000, rng.dirichlet(np.full(families, 2)))).tolist()

        for correlation in (0.05, 0.25, 0.6):
            yield row(families, correlation, *(covered(asked, rate, correlation, draws, rng) for rate in RATES))


def covered(
    sizes: Callable[[], list[int]], rate: float, correlation: float, draws: int, rng: np.random.Generator
) -> str:
    """A cell of the table."""
    strength = 1 / correlation - 1
    held, widths = np.zeros(2, dtype=int), list[float]()
    for draw in range(draws):
        asked = sizes()
        if draw % 20 == 0:
            resampled = resample(len(asked), rng)
        correct = rng.binomial(asked, rng.beta(rate * strength, (1 - rate) * strength, len(asked)))
        interval = clustered(correct.tolist(), asked, resampled)
        assert interval is not None
        percentiles = np.quantile(resampled @ correct / (resampled @ asked), (0.025, 0.975))
        held += [low <= rate <= high for low, high in (interval, percentiles)]
        widths.append(interval.high - interval.low)
    ours, others = 100 * held / draws
    return f"{ours:.1f}, {np.median(widths):.3f} ({others:.1f})"


def tests_table(draws: int, rng: np.random.Generator) -> Iterator[str]:
    """Exact size of two tests of two rates, over the level: above 1, equal entries are told apart too often."""
    rates = np.array([0.003, 0.01, 0.03, 0.1, 0.5, 0.9, 0.97, 0.99, 0.997])
    yield header("n", "level", "test", *rates)
    for n in ((100, 100), (100, 500), (1000, 1000)):
        first, second = (grid.ravel() for grid in np.meshgrid(np.arange(n[0] + 1), np.arange(n[1] + 1), indexing="ij"))
        tests = {
            "score": score((first, second), n),
            "Fisher, mid-p": two_rates((first, second), (np.full_like(first, n[0]), np.full_like(first, n[1]))),
        }
        for pairs in (1, 1225):  # of two entries, and of 50
            for name, p_values in tests.items():
                rejected = (p_values <= 0.05 / pairs).reshape(n[0] + 1, n[1] + 1)
                size = np.einsum("ar,ab,br->r", binomial(n[0], rates), rejected, binomial(n[1], rates))
                yield row(f"{n[0]}, {n[1]}", f".05 / {pairs}", name, *(f"{each:.2f}" for each in size * pairs / 0.05))


def score(correct: tuple[np.ndarray, np.ndarray], n: tuple[int, int]) -> np.ndarray:
    """p-values of the score test of two rates (the pooled z test)."""
    pooled = (correct[0] + correct[1]) / sum(n)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n[0] + 1 / n[1]))
    z = np.divide(correct[0] / n[0] - correct[1] / n[1], error, out=np.zeros_like(error), where=error > 0)
    return np.array([math.erfc(abs(each) / math.sqrt(2)) for each in z])


def bands_table(draws: int, rng: np.random.Generator) -> Iterator[str]:
    """How often a board of equal entries is one band, in %, by problem / by family; n = 1,000 in 20 families."""
    rates = (0.02, 0.5, 0.9)
    yield header("entries", "problems", "equal", *(f"rate {rate}" for rate in rates))
    for size in (2, 10, 50):
        for paired in (False, True):
            for equal, of_entries in (("in each family", 0.0), ("over families", 0.5)):
                cells = list[str]()
                for rate in rates:
                    times = np.zeros(2, dtype=int)
                    for entries in boards(Tier(paired, of_entries=of_entries), [rate] * size, draws, rng):
                        times += [max(placed(entries, better(entries))) == 1 for better in TESTS]
                    cells.append(" / ".join(f"{each:.1f}" for each in 100 * times / draws))
                yield row(size, "same" if paired else "own", equal, *cells)


def mixed_table(draws: int, rng: np.random.Generator) -> Iterator[str]:
    """Five groups of equal entries, 4 points apart: what boards say that is false, in %, and how fine they are.

    All ranks hold: the ranges hold the true ranks of all entries. Ranks of equals meet: those of a pair of equals have
    a rank in common. Equals apart: a pair of equals is in different bands. By problem / by family.
    """
    yield header("entries", "problems", "all ranks hold", "ranks of equals meet", "equals apart", "bands")
    for size in (10, 50):
        rates = [0.5 + 0.04 * (5 * i // size) for i in range(size)]
        equal = np.triu(np.equal.outer(rates, rates), 1)
        for paired in (False, True):
            figures = np.zeros((4, 2))
            for entries in boards(Tier(paired), rates, draws, rng):
                for i, better in enumerate(test(entries) for test in TESTS):
                    stand = np.array(placed(entries, better))
                    held = not better[np.less_equal.outer(rates, rates)].any()
                    meet = (~beyond(better) & ~beyond(better).T)[equal].mean()
                    apart = np.not_equal.outer(stand, stand)[equal].mean()
                    figures[:, i] += [100 * held, 100 * meet, 100 * apart, stand.max()]
            cells = [" / ".join(f"{each:.1f}" for each in line) for line in figures / draws]
            yield row(size, "same" if paired else "own", *cells)


def power_table(draws: int, rng: np.random.Generator) -> Iterator[str]:
    """How often an entry at 65 % is found better than one at 60 %, in %, by problem / by family; the rest at 60 %."""
    kinds = [(families, paired) for families in (20, 100) for paired in (False, True)]
    yield header("entries", *(f"F = {families}, {'same' if paired else 'own'} problems" for families, paired in kinds))
    for size in (2, 10, 50):
        cells = list[str]()
        for families, paired in kinds:
            found = np.zeros(2, dtype=int)
            for entries in boards(Tier(paired, families), [0.65] + [0.6] * (size - 1), draws, rng):
                found += [bool(better(entries)[0, 1]) for better in TESTS]
            cells.append(" / ".join(f"{each:.1f}" for each in 100 * found / draws))
        yield row(size, *cells)


def boards(tier: Tier, rates: list[float], draws: int, rng: np.random.Generator) -> Iterator[list[Entry]]:
    """So many boards of entries with these rates."""
    for _ in range(draws):
        yield entries_of(tier.draw(rates, rng), tier.paired)


def beyond(better: np.ndarray) -> np.ndarray:
    """Whether the worst rank left to one entry is better than the best left to another: [E, E]."""
    return len(better) - better.sum(axis=1)[:, None] < 1 + better.sum(axis=0)[None, :]


def placed(entries: list[Entry], better: np.ndarray) -> list[int]:
    """The band of each entry."""
    return bands([entry.correct / entry.n for entry in entries], better)


TESTS = (partial(significantly_better, by_family=False), partial(significantly_better, by_family=True))


def luck_table(draws: int, rng: np.random.Generator) -> Iterator[str]:
    """The luck of the best, in points, by formula, and by simulation of 20 times as many draws, with 95 %."""
    rates, reach = (0.05, 0.5, 0.68, 0.9), NormalDist().inv_cdf(0.975)
    yield header("attempts", "n", *(f"rate {rate}" for rate in rates))
    for attempts, n in ((2, 200), (5, 200), (27, 200), (27, 1000), (100, 1000)):
        cells = list[str]()
        for rate in rates:
            best = 100 * (rng.binomial(n, rate, (20 * draws, attempts)).max(axis=1) / n - rate)
            error = reach * best.std() / math.sqrt(len(best))
            cells.append(f"{100 * luck_of_the_best(attempts, n, rate):.2f}, {best.mean():.2f} ± {error:.2f}")
        yield row(attempts, n, *cells)


def speed_table(draws: int, rng: np.random.Generator) -> Iterator[str]:
    """Milliseconds, the fastest of five, n = 1,000 an entry."""
    yield header("what", "ms")
    correct = rng.binomial(10, 0.5, 100).tolist()
    taken = milliseconds(lambda: clustered(correct, [10] * 100, resample(100, rng)))
    yield row("one interval, 100 families, 2,000 draws", f"{taken:.0f}")
    for families in (20, 100):
        for paired in (False, True):
            entries = entries_of(Tier(paired, families).draw([0.6] * 200, rng), paired)
            taken = milliseconds(partial(rank, entries, rng))
            problems = "the same" if paired else "own"
            yield row(f"a board of 200 entries, {families} families, {problems} problems", f"{taken:.0f}")


def milliseconds(call: Callable[[], object]) -> float:
    """The fastest of five calls."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return 1000 * min(times)


TABLES = {
    "wilson": wilson_table,
    "clusters": clusters_table,
    "tests": tests_table,
    "bands": bands_table,
    "mixed": mixed_table,
    "power": power_table,
    "luck": luck_table,
    "speed": speed_table,
    "unequal": unequal_table,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", metavar="TABLE")
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print(precision(arguments.draws))
    for name in arguments.tables or TABLES:
        table = TABLES[name]
        # A table's draws depend on its place: a new one goes to the end.
        print(f"\n{name}: {inspect.cleandoc(table.__doc__ or name)}\n", flush=True)
        for line in table(arguments.draws, np.random.default_rng([arguments.seed, list(TABLES).index(name)])):
            print(line, flush=True)


if __name__ == "__main__":
    main()
