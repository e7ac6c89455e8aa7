"""The contract of families, measured on each family and level: what is paid, what isn't, how fast, and what repeats."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple, TypeVar

from reasoning_gym.checker import Unreadable, check, stated_answer
from reasoning_gym.family import Family, FromData, families, get_family
from reasoning_gym.perturbing import perturbed
from reasoning_gym.problem import SPLITS, Problem, Split

Result = TypeVar("Result")

PROBLEMS = 1_000  # of a level, half of them from either split
DRAWS = 10_000  # of training questions
ATTACKED = 5  # one problem of so many is attacked, and its thoughts are checked

MAX_GENERATION = (20.0, 250.0)  # ms at a family's middle level: p99, slowest
MAX_VERIFICATION = 5.0  # ms: p99
MAX_WRONG_STEPS = 0.1  # of perturbed steps: some are true all the same

CONSTANTS = ("0", "1", "-1", "2", "1/2", "x", "yes", "no", "True", "None", "A", "[]", "{}", "()")
CODE = ('__import__("os").system("true")', "().__class__.__bases__", "9**9**9**9", "9^9^9^9", "(10^9)!")
LONG = ("1" * 10_000, "(" * 10_000, "1+" * 10_000 + "1", "a" * 10_000, "yes " * 2_000)
_MESSAGES = 10  # of what was raised, that are kept
_GUESSES = 5  # of the most frequent answers, tried as constants
_PRINT_FINGERPRINTS = """
import json, sys
from reasoning_gym.audit import fingerprints
print(json.dumps(fingerprints(sys.argv[1:])))
"""
_FRACTION = re.compile(r"(-?)(\d+)/(\d+)", re.ASCII)


class Share(NamedTuple):
    """How many of how many."""

    hits: int
    tried: int

    @property
    def rate(self) -> float:
        """The share, 0 where nothing was tried."""
        return self.hits / self.tried if self.tried else 0.0


class Times(NamedTuple):
    """Milliseconds of a call."""

    median: float
    p99: float
    slowest: float


class Attack(NamedTuple):
    """Answers of one kind that ought to be wrong."""

    tried: int
    right: int  # accepted, and equal to the reference by the checker too, or one of many right answers: chance
    wrong: int  # accepted, though the checker knows of no reason


@dataclass(frozen=True)
class Audit:
    """What was measured of one family at one level."""

    family: str
    category: str
    version: int
    level: int
    middle: bool  # whether this is the family's middle level, at which its speed is judged
    references: Share  # reference answers that were paid
    layouts: Share  # the same in another layout
    thoughts: Share  # reference thoughts that passed
    wrong_steps: Share  # reference thoughts with something changed that passed
    attacks: Mapping[str, Attack]
    guess: tuple[str, float]  # the constant answer that pays most, and how often it does
    raised: tuple[str, ...]  # what calls raised that never may
    distinct: Share  # different questions among the draws
    overlap: Share  # test questions whose text is among the draws
    question: tuple[float, int]  # characters of a statement: mean, most
    steps: tuple[float, int]  # thoughts of a reference: mean, most
    step: tuple[float, int]  # characters of a thought: mean, most
    generation: Times
    verification: Times
    checking: Times  # of one thought

    def shortfalls(self) -> list[str]:
        """What the contract asks for and this level doesn't give; its speed is judged by `slow`."""
        found = [f"raised {message}" for message in self.raised[:3]]
        for name, share in (("references", self.references), ("layouts", self.layouts), ("thoughts", self.thoughts)):
            if share.hits < share.tried:
                found.append(f"{share.tried - share.hits} of {share.tried} {name} were not accepted")
        if self.wrong_steps.rate > MAX_WRONG_STEPS:
            found.append(f"{self.wrong_steps.hits} of {self.wrong_steps.tried} wrong steps passed")
        found += [f"{attack.wrong} of {attack.tried}: {name}" for name, attack in self.attacks.items() if attack.wrong]
        if self.overlap.hits:
            found.append(f"{self.overlap.hits} of {self.overlap.tried} test questions are training questions")
        return found

    def slow(self) -> list[str]:
        """What took longer than it may."""
        found: list[str] = []
        p99, slowest = MAX_GENERATION
        if self.middle and (self.generation.p99 > p99 or self.generation.slowest > slowest):
            found.append(f"generation p99 {self.generation.p99:.1f} ms, slowest {self.generation.slowest:.0f} ms")
        if self.verification.p99 > MAX_VERIFICATION:
            found.append(f"verification p99 {self.verification.p99:.1f} ms")
        return found


def audited_families(names: Sequence[str] = ()) -> list[Family]:
    """The families of these names, or all that can be audited.

    Raises:
        ValueError: for an unknown name, or a family that can't be audited; the message says why.
    """
    chosen = [get_family(name) for name in names] or [each for each in families().values() if not why_unaudited(each)]
    for family in chosen:
        if reason := why_unaudited(family):
            raise ValueError(f"{family.name} {reason}; only families that generate and have a checker are audited")
    return chosen


def why_unaudited(family: Family) -> str:
    """What a family does that keeps it from being audited, as a sentence goes on after its name; "" if nothing."""
    reasons = ["reads its problems from a file"] if isinstance(family, FromData) else []
    if not family.has_checker:
        reasons.append("has no checker that could pay an answer")
    return " and ".join(reasons)


def audit(
    chosen: Iterable[Family],
    *,
    problems: int = PROBLEMS,
    draws: int = DRAWS,
    jobs: int = 1,
    told: Callable[[Audit], None] = lambda _: None,
) -> list[Audit]:
    """Audit every level of some families, in several processes if so wished.

    Args:
        chosen: the families.
        problems: of each level, at least 10.
        draws: of training questions of each level.
        jobs: processes; families of a notebook need one.
        told: is called with each level's result as it comes.
    """
    places = [(family.name, level, problems, draws) for family in chosen for level in range(1, family.levels + 1)]
    found: list[Audit] = []
    if jobs == 1:
        results: Iterator[Audit] = map(_audit_place, places)
        for result in results:
            told(result)
            found.append(result)
        return found
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for result in pool.map(_audit_place, places):
            told(result)
            found.append(result)
    return found


def _audit_place(place: tuple[str, int, int, int]) -> Audit:
    name, level, problems, draws = place
    return audit_level(get_family(name), level, problems=problems, draws=draws)


def audit_level(family: Family, level: int, *, problems: int = PROBLEMS, draws: int = DRAWS) -> Audit:
    """Audit one level of a family.

    Args:
        family: the family.
        level: from 1.
        problems: how many, half of them from either split; one in five is attacked.
        draws: of training questions, to see what repeats.
    """
    watch = _Watch()
    drawn = [
        watch.timed("generation", partial(family.problem, split, level, index))
        for split in SPLITS
        for index in range(problems // 2)
    ]
    asked = [problem for problem in drawn if problem is not None]
    attacked = asked[:: min(ATTACKED, max(1, problems // 10))]
    traces = [family.reference_thoughts(problem) for problem in attacked]
    seen = Counter(_train_statement(family, level, index) for index in range(draws))
    rng = random.Random(f"{family.name}/{level}")
    tests = [problem.question.statement for problem in asked if problem.address and problem.address.split == "test"]
    lines = [line for trace in traces for line in trace]
    return Audit(
        family=family.name,
        category=family.category,
        version=family.version,
        level=level,
        middle=level == middle_level(family),
        references=_paid(family, watch, [(problem, problem.answer) for problem in asked]),
        layouts=_paid(
            family, watch, [(each, text) for each in attacked for text in layouts(each.answer, family.unordered)]
        ),
        thoughts=_passed(family, watch, attacked, traces),
        wrong_steps=_wrong_passed(family, watch, attacked, traces, rng),
        attacks=_attacks(family, watch, attacked, rng),
        guess=_best_guess(family, watch, asked),
        raised=tuple(watch.raised[:_MESSAGES]),
        distinct=Share(len(seen), seen.total()),
        overlap=Share(sum(statement in seen for statement in tests), len(tests)),
        question=_mean_and_most([len(problem.question.statement) for problem in asked]),
        steps=_mean_and_most([len(trace) for trace in traces]),
        step=_mean_and_most([len(line) for line in lines]),
        generation=watch.times("generation"),
        verification=watch.times("verification"),
        checking=watch.times("checking"),
    )


def middle_level(family: Family) -> int:
    """The level at which a family's speed is judged."""
    return (family.levels + 1) // 2


# what ought to be paid


def layouts(answer: str, unordered: str = "") -> list[str]:
    """An answer in other layouts, of the same value.

    Args:
        answer: the answer.
        unordered: what stands between its parts, if their order is free.
    """
    found = [f"  {answer}\t", f"{answer}\n", f"${answer}$", f"\\boxed{{{answer}}}", f"$\\boxed{{{answer}}}$"]
    found += [stated_answer(thought) or "" for thought in (f"**Answer:** {answer} \n", f"So \\boxed{{{answer}}}.")]
    if fraction := _FRACTION.fullmatch(answer):
        sign, top, bottom = fraction.groups()
        found.append(f"{sign}\\frac{{{top}}}{{{bottom}}}")
    if unordered and unordered in answer:
        found.append(unordered.join(reversed(answer.split(unordered))))
    if answer in {"yes", "no"}:
        found += [answer.upper(), answer.capitalize(), f"\\text{{{answer}}}", f"{answer}."]
    return found


def _paid(family: Family, watch: _Watch, answers: Sequence[tuple[Problem, str]]) -> Share:
    return Share(sum(watch.verdict(family, problem, answer) for problem, answer in answers), len(answers))


def _passed(family: Family, watch: _Watch, problems: Sequence[Problem], traces: Sequence[tuple[str, ...]]) -> Share:
    steps = [
        watch.thought(family, problem, trace[:i], line)
        for problem, trace in zip(problems, traces, strict=True)
        for i, line in enumerate(trace)
    ]
    return Share(sum(steps), len(steps))


# what ought not to be paid


def _wrong_passed(
    family: Family,
    watch: _Watch,
    problems: Sequence[Problem],
    traces: Sequence[tuple[str, ...]],
    rng: random.Random,
) -> Share:
    passed: list[bool] = []
    for problem, trace in zip(problems, traces, strict=True):
        for i in rng.sample(range(len(trace)), min(len(trace), 4)):
            head = "Answer: " if i == len(trace) - 1 else ""
            line = head + perturbed(trace[i].removeprefix(head), rng)
            passed.append(watch.thought(family, problem, trace[:i], line))
    return Share(sum(passed), len(passed))


def wrong_answers(problem: Problem, other: Problem, rng: random.Random) -> dict[str, list[str]]:
    """Answers to a problem that are wrong, but for chance, by their kind.

    Args:
        problem: the problem.
        other: another problem of its level.
        rng: chooses what is perturbed.
    """
    statement, answer = problem.question.statement, problem.answer
    return {
        "empty": ["", " \n\t "],
        "constants": list(CONSTANTS),
        "not finite": ["NaN", "nan", "inf", "oo", "-oo", "\\infty", "1/0"],
        "prose": ["the answer is clear", "I don't know, maybe 42.", "yes and no", "?"],
        "the question": [statement, statement.partition(": ")[2], problem.question.text],
        "another problem's": [other.answer],
        "perturbed": [perturbed(answer, rng) for _ in range(4)],
        "hedged": [f"{answer} or {other.answer}?", f"not {answer}!", f"{answer} maybe"],
        "code": [*CODE, f"({answer}) if 1 else 0", f"lambda: {answer}", f"print({answer})"],
        "long": [*LONG, answer * 3_000],
    }


def _attacks(family: Family, watch: _Watch, problems: Sequence[Problem], rng: random.Random) -> dict[str, Attack]:
    found: dict[str, Attack] = {}
    for problem, other in zip(problems, [*problems[1:], problems[0]], strict=True):
        for kind, answers in wrong_answers(problem, other, rng).items():
            tried, right, wrong = found.get(kind, Attack(0, 0, 0))
            for answer in answers:
                accepted = watch.verdict(family, problem, answer)
                explained = accepted and _is_right_too(family, kind, answer, problem)
                tried, right, wrong = tried + 1, right + explained, wrong + (accepted and not explained)
            found[kind] = Attack(tried, right, wrong)
    return found


def _is_right_too(family: Family, kind: str, answer: str, problem: Problem) -> bool:
    """Whether an accepted answer is right for a reason that has nothing to do with the family's own verifier."""
    if kind in {"empty", "prose", "hedged", "code", "long"}:
        return False
    if family.many_answers or "".join(answer.split()) == "".join(problem.answer.split()):
        return True
    try:
        return check(answer, problem.answer).correct
    except ValueError:  # a reference that is no mathematics
        return False


def _best_guess(family: Family, watch: _Watch, problems: Sequence[Problem]) -> tuple[str, float]:
    """The constant that pays most on half of the problems, among those that occur most on the other half."""
    known, unknown = problems[::2], problems[1::2][:200]
    common = [answer for answer, _ in Counter(problem.answer for problem in known).most_common(_GUESSES)]
    rates = {
        answer: statistics.fmean(watch.verdict(family, problem, answer) for problem in unknown)
        for answer in (*common, "0", "1", "yes", "no")
    }
    best = max(rates, key=lambda answer: rates[answer])
    return best, rates[best]


# measuring


class _Watch:
    """Calls what may not raise, and keeps what it raised and how long it took."""

    def __init__(self) -> None:
        self.raised: list[str] = []
        self._seconds: dict[str, list[float]] = {}

    def timed(self, what: str, call: Callable[[], Problem]) -> Problem | None:
        """A problem; None if making it raised."""
        return self._call(what, call)

    def verdict(self, family: Family, problem: Problem, answer: str) -> bool:
        """Whether an answer is accepted."""
        verdict = self._call("verification", lambda: family.verify(problem, answer))
        return verdict is not None and verdict.correct

    def thought(self, family: Family, problem: Problem, before: Sequence[str], thought: str) -> bool:
        """Whether a thought passes."""
        verdict = self._call("checking", lambda: family.check_thought(problem.question, before, thought))
        return verdict is not None and verdict.correct

    def times(self, what: str) -> Times:
        """Median, 99th percentile and most of the calls of one sort, in milliseconds."""
        seconds = sorted(self._seconds.get(what, [0.0]))
        return Times(*(1e3 * seconds[min(int(q * len(seconds)), len(seconds) - 1)] for q in (0.5, 0.99, 1.0)))

    def _call(self, what: str, call: Callable[[], Result]) -> Result | None:
        collecting = gc.isenabled()
        gc.disable()  # as timeit does: the audit's own heap is large, and its collection no part of the call
        start = time.thread_time()
        try:
            return call()
        except Exception as error:  # that nothing raises is what is measured
            self.raised.append(f"{type(error).__name__}: {error}"[:200])
            return None
        finally:
            self._seconds.setdefault(what, []).append(time.thread_time() - start)
            if collecting:
                gc.enable()


def _train_statement(family: Family, level: int, index: int) -> str:
    train: Split = "train"
    return family.problem(train, level, index).question.statement


def _mean_and_most(lengths: Sequence[int]) -> tuple[float, int]:
    return (round(statistics.fmean(lengths), 1), max(lengths)) if lengths else (0.0, 0)


# the same in any process


def fingerprints(names: Iterable[str]) -> dict[str, str]:
    """A hash of problems and reference thoughts of every level, by family."""
    found: dict[str, str] = {}
    for name in names:
        family = get_family(name)
        digest = hashlib.sha256()
        for level in range(1, family.levels + 1):
            for split in SPLITS:
                for index in (0, 3, 1_000):
                    problem = family.problem(split, level, index)
                    thoughts = family.reference_thoughts(problem)
                    digest.update(repr((problem.question, problem.answer, thoughts)).encode())
        found[name] = digest.hexdigest()
    return found


def changing(names: Sequence[str]) -> list[str]:
    """The families whose problems or thoughts differ between two processes with other seeds of Python's hash.

    Raises:
        Unreadable: if a process gives no answer.
    """
    found: list[dict[str, str]] = []
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", _PRINT_FINGERPRINTS, *names],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            raise Unreadable(f"a process that makes problems failed: {run.stderr[-300:]}")
        found.append(json.loads(run.stdout))
    return [name for name in names if found[0][name] != found[1][name]]
