"""How fast the environment is, beside a bare Gymnasium environment and gem-llm's, in one run.

    python benchmarks/env_speed.py [--gem-python OTHER_VENV/bin/python]

gem-llm needs the distribution `reasoning-gym`, whose package has the name of ours, so it runs in a
virtual environment of its own: `pip install gem-llm` there and name its interpreter.

Every figure is the median of `--repeats` runs, with the fastest and the slowest in brackets. The
candidates take turns, so that a slow moment of the machine hits all of them. All times are
processor time.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

import gymnasium as gym

import reasoning_gym  # noqa: F401 - registers the ids

IMPORTS = {"import gymnasium": "import gymnasium", "import reasoning_gym": "import gymnasium, reasoning_gym"}
THOUGHT = "so 12+30=42, and what is left is 42-7"
REASONS = ("12+30", "42-7", "35+1", "36/6")  # four thoughts of an episode; what they say doesn't matter


# A game that only draws a number, which is the easiest there is, and the nearest kin of integer_expression.
GEM_IDS = ("game:GuessTheNumber-v0-easy", "rg:basic_arithmetic")
GEM_PROGRAM = """
import sys, time, gem
name, count, with_resets = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "True"
env = gem.make(name)
guesses = ["\\\\boxed{%d}" % guess for guess in (5, 8, 2, 9, 3)]
env.reset(seed=0)
resets = 0.0
started = time.process_time()
for turn in range(count):
    *_, terminated, truncated, _ = env.step(guesses[turn % 5])
    if terminated or truncated:
        reset = time.process_time()
        env.reset()
        resets += time.process_time() - reset
print((time.process_time() - started - (0 if with_resets else resets)) / count)
"""


class Constant(gym.Env[str, str]):
    """A bare environment of texts: it returns a constant."""

    observation_space = gym.spaces.Text(4096)
    action_space = gym.spaces.Text(1024)

    def reset(self, *, seed=None, options=None):
        """Say the constant."""
        super().reset(seed=seed)
        return "Evaluate: 1+2", {}

    def step(self, action):
        """Say the constant again."""
        return "Evaluate: 1+2", 0.0, False, False, {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=9, help="runs of each candidate")
    parser.add_argument("--steps", type=int, default=20_000, help="steps of a run; a tenth as many episodes")
    parser.add_argument("--gem-python", help="interpreter of a virtual environment that has gem-llm")
    arguments = parser.parse_args()

    def measured(title: str, unit: str, scale: float, candidates: Mapping[str, Callable[[], float]]) -> None:
        report(title, unit, in_turns(candidates, arguments.repeats), scale)

    measured("a step, no answer stated", "µs", 1e6, steps(arguments.steps, arguments.gem_python))
    with_resets = steps_with_resets(arguments.steps, arguments.gem_python)
    measured("a step and its share of the resets", "µs", 1e6, with_resets)
    measured("an episode: reset, four thoughts, an answer", "µs", 1e6, episodes(arguments.steps))
    measured("import, in a fresh process", "ms", 1e3, imports())


def steps(count: int, gem_python: str | None) -> dict[str, Callable[[], float]]:
    """Seconds for one step of each candidate. All are reset every 30 steps, off the clock."""
    bare = Constant()
    ours = gym.make("ReasoningIntegerExpression-v0", level=1).unwrapped
    wrapped = gym.make("ReasoningIntegerExpression-v0", level=1, disable_env_checker=False)

    def run(env: gym.Env) -> Callable[[], float]:
        def seconds() -> float:
            env.reset(seed=0)
            spent = 0.0
            for _ in range(count // 30):
                env.reset()
                started = time.process_time()
                for _ in range(30):
                    env.step(THOUGHT)
                spent += time.process_time() - started
            return spent / (count // 30 * 30)

        return seconds

    return {
        "bare Gymnasium": run(bare),
        "ReasoningEnv": run(ours),
        "ReasoningEnv, with passive checker": run(wrapped),
        **gem_steps(gem_python, count, with_resets=False),
    }


def steps_with_resets(count: int, gem_python: str | None) -> dict[str, Callable[[], float]]:
    """Seconds for one step with its share of the resets, here and in gem-llm."""
    env = gym.make("ReasoningIntegerExpression-v0", level=1).unwrapped

    def ours() -> float:
        env.reset(seed=0)
        started = time.process_time()
        for _ in range(count // 5):
            env.reset()
            for thought in (*REASONS, "Answer: 6"):
                env.step(thought)
        return (time.process_time() - started) / (count // 5 * 5)

    return {"ReasoningEnv": ours, **gem_steps(gem_python, count, with_resets=True)}


def gem_steps(gem_python: str | None, count: int, *, with_resets: bool) -> dict[str, Callable[[], float]]:
    """Seconds for one step of environments of gem-llm, measured in their own interpreter."""

    def run(name: str) -> Callable[[], float]:
        arguments = [name, str(count), str(with_resets)]
        return lambda: float(subprocess.check_output([str(gem_python), "-I", "-c", GEM_PROGRAM, *arguments]))

    if gem_python is None:
        print("gem-llm: not installed here; name an interpreter that has it with --gem-python\n")
        return {}
    return {f"gem-llm, {name}": run(name) for name in GEM_IDS}


def episodes(count: int) -> dict[str, Callable[[], float]]:
    """Seconds for one whole episode of each level: reset, four thoughts, and an answer that is checked."""

    def run(level: int) -> Callable[[], float]:
        env = gym.make("ReasoningIntegerExpression-v0", level=level).unwrapped

        def seconds() -> float:
            env.reset(seed=0)
            started = time.process_time()
            for index in range(count // 10):
                env.reset()
                for thought in REASONS:
                    env.step(thought)
                env.step(f"Answer: {index % 100}")
            return (time.process_time() - started) / (count // 10)

        return seconds

    return {f"integer_expression, level {level}": run(level) for level in (1, 2, 3)}


def imports() -> dict[str, Callable[[], float]]:
    """Seconds that an import takes in a fresh process."""

    def run(statement: str) -> Callable[[], float]:
        program = f"import time; started = time.process_time(); {statement}; print(time.process_time() - started)"
        return lambda: float(subprocess.check_output([sys.executable, "-c", program]))

    return {name: run(statement) for name, statement in IMPORTS.items()}


def in_turns(candidates: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, list[float]]:
    """The seconds of each candidate in each round."""
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for _, (name, measure) in itertools.product(range(repeats), candidates.items()):
        seconds[name].append(measure())
    return seconds


def report(title: str, unit: str, seconds: Mapping[str, list[float]], scale: float) -> None:
    """Print a table: median, range, rate, difference from the first row and ratio to it."""
    first = statistics.median(next(iter(seconds.values())))
    print(f"{title}\n{'':36} {unit:>8}   {'range':^17} {'per s':>11} {'more':>8} {'ratio':>7}")
    for name, values in seconds.items():
        median = statistics.median(values)
        spread = f"[{min(values) * scale:.2f}, {max(values) * scale:.2f}]"
        print(
            f"{name:36} {median * scale:8.2f}   {spread:^17} {1 / median:11,.0f} "
            f"{(median - first) * scale:+8.2f} {median / first:6.2f}x"
        )
    print()


if __name__ == "__main__":
    main()
