"""The contract of a family of problems, the addresses of its problems, and the registry that finds it.

A family is one class in one file:

    @family(category="algebra", levels=6)
    class LinearEquation(Family):
        \"\"\"Solve a x + b = c x + d for x over the rationals.\"\"\"

        def generate(self, rng, level): ...            # -> Problem
        def reference_thoughts(self, problem): ...     # -> the steps, the last states the answer
        def check_step(self, question, thoughts, step): ...        # -> Verdict, without the reference
        def check_conclusion(self, question, thoughts, answer): ...  # the same of an answer: what is paid

Files below `reasoning_gym/families` are found by themselves; other packages name theirs in the
entry-point group `reasoning_gym.families`.

The checker is imported where it is used: `import reasoning_gym` reads this file, and must be quick.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
import os
import pkgutil
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import ClassVar, Protocol, TypeVar, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from reasoning_gym.installed import has_entry_points
from reasoning_gym.problem import (
    CORRECT,
    SPLITS,
    Address,
    Problem,
    Question,
    Split,
    Verdict,
    incorrect,
    unreadable,
)

INDEX_SPACE = 2**32  # indices of generated problems run from 0 to one below this
MAX_DRAWS = 2_000  # draws before a level is held to have no question in a split
ENTRY_POINT_GROUP = "reasoning_gym.families"
BUILT_IN_FAMILIES = "reasoning_gym.families"
ANSWER_FORMAT = "Write one step a line. The last line is 'Answer: ' and {answer}."


class Family(ABC):
    """A kind of problem: it generates, solves step by step, and verifies."""

    name: ClassVar[str]  # snake case of the class's name
    category: ClassVar[str]
    levels: ClassVar[int]  # levels run from 1 to this
    version: ClassVar[int]  # rises when a problem or a reward changes for the same address
    many_answers: ClassVar[bool]  # whether a question may have right answers that aren't equal to each other
    has_checker: ClassVar[bool] = True  # False where nothing can prove an answer right; then no verdict is `correct`
    unordered: ClassVar[str]  # what stands between the parts of an answer whose order is free; "" if none is

    @abstractmethod
    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """Draw a problem of a level. All randomness comes from `rng`."""

    @abstractmethod
    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        """The way a person would work it out, one checkable step a thought; the last states the answer."""

    def verify(self, problem: Problem, answer: str) -> Verdict:
        """Whether a stated answer is right. Accepts any right answer, raises on none.

        By default it is what the question alone says. A family overrides this where only the reference can tell, or
        nothing can.
        """
        return self.check_conclusion(problem.question, (), answer)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        """Whether one line that states no answer is true and follows. Never consults the reference.

        A family overrides this; the fall-back proves every calculation in the line.
        """
        from reasoning_gym.checker.calculations import check_calculations

        del question, thoughts
        return check_calculations(step)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        """Whether a stated answer follows from the question and the steps. Never consults the reference.

        A family overrides this; the fall-back can decide nothing about an answer.
        """
        del question, thoughts, answer
        return unreadable("this family can't tell an answer from its steps")

    def ask(self, text: str) -> Question | None:
        """The question of this family that a bare text stands for, such as `3x+5=2x-7`; None if it stands for none.

        It is the question that `generate` would have made, in the same words and with the same facts, at the lowest
        level that would, or the nearest. The text is anyone's: reading it is bounded work.

        Raises:
            Unreadable, Undefined, Refused: of `reasoning_gym.checker.limits`; the text stands for no question then.
        """
        del text
        return None

    def picture(self, question: Question) -> str | None:
        """A drawing of the question as a whole SVG document, where that says more than its text.

        `reasoning_gym.families.drawing` has the pieces.
        """
        del question
        return None

    def check_thought(self, question: Question, thoughts: Sequence[str], thought: str) -> Verdict:
        """Whether a thought is true and a valid consequence of the question and the thoughts so far.

        Decided without the reference, line by line; a line that was already there is no step.
        """
        from reasoning_gym.checker.extract import stated_answer

        seen = [line for earlier in thoughts for line in earlier.splitlines()]
        lines = [line.strip() for line in thought.splitlines() if line.strip()]
        if not lines:
            return unreadable("the thought is empty")
        for line in lines:
            if line in seen:
                return incorrect(f"repeats an earlier step: {line[:60]!r}")
            answer = stated_answer(line)
            if answer is None:
                verdict = self.check_step(question, seen, line)
            else:
                verdict = self.check_conclusion(question, seen, answer)
            if not verdict.correct:
                return verdict
            seen.append(line)
        return CORRECT

    def problem(self, split: Split, level: int, index: int) -> Problem:
        """The problem at an address: the same one on any machine and in any process.

        The generator is seeded with SHA-256 of the address. A question belongs to the split that
        its own text hashes to, so no question is ever in both; others are drawn again.

        Raises:
            ValueError: for an unknown split or level, an index out of range, or a level that
                has no question in the split.
        """
        self.check_place(split, level, index)
        address = Address(self.name, self.version, split, level, index)
        drawn = self.draw(generator_for(str(address)), split, level)
        return Problem(drawn.question, drawn.answer, drawn.secret, address)

    def draw(self, rng: np.random.Generator, split: Split, level: int) -> Problem:
        """The first problem of a split that a generator comes to. It has no address.

        Raises:
            ValueError: for a level that has no question in the split.
        """
        for _ in range(MAX_DRAWS):
            problem = self.generate(rng, level)
            if split_of(problem.question.statement) == split:
                return problem
        raise ValueError(f"{self.name} has no {split} question at level {level}: its space of questions is too small")

    def check_place(self, split: str, level: int, index: int) -> None:
        """Raise a ValueError that says what to do unless the family has such a split, level and index."""
        if split not in SPLITS:
            raise ValueError(f"split is {split!r}; use one of {', '.join(SPLITS)}")
        if not 1 <= level <= self.levels:
            raise ValueError(f"level is {level!r}; {self.name} has levels 1 to {self.levels}")
        if not 0 <= index < self.size(split):
            raise ValueError(f"index is {index!r}; {self.name} has indices 0 to {self.size(split) - 1}")

    def size(self, split: Split) -> int:
        """How many indices a split has; every index is a problem, of which some may be equal."""
        del split
        return INDEX_SPACE


class _Digest(np.random.bit_generator.ISeedSequence):
    """Hands the four words of a SHA-256 digest to PCG64 as they are.

    A digest is uniform already; NumPy's SeedSequence would hash it again, at eight times the cost.
    """

    def __init__(self, digest: bytes) -> None:
        self._digest = digest

    def generate_state(self, n_words: int, dtype: object = np.uint64) -> NDArray[np.uint64]:
        del n_words, dtype  # PCG64 asks for four words of 64 bits, always
        return np.frombuffer(self._digest, dtype="<u8").astype(np.uint64, copy=False)


def generator_for(text: str) -> np.random.Generator:
    """A generator seeded with SHA-256 of a text: the same draws on any machine and in any process."""
    return generator_from(hashlib.sha256(text.encode()).digest())


def generator_from(digest: bytes) -> np.random.Generator:
    """A generator seeded with 32 bytes that are uniform already, such as a hash or a keyed hash."""
    seed = _Digest(digest)
    # PCG64 takes any ISeedSequence; NumPy's stubs know of one.
    return np.random.Generator(np.random.PCG64(cast("np.random.SeedSequence", seed)))


def split_of(statement: str) -> Split:
    """The split that a question belongs to: one bit of the hash of its text."""
    return SPLITS[hashlib.sha256(statement.encode("utf-8", "surrogatepass")).digest()[0] & 1]


@runtime_checkable
class FromData(Protocol):
    """A family whose problems come from a file: the registered one holds none until it is opened."""

    def open(self, path: str | None) -> Family:
        """The family with the problems of a file; None means the place where it is looked for by default.

        Raises:
            ValueError: if the file can't be read, or there is no path and no default.
        """
        ...


FamilyClass = TypeVar("FamilyClass", bound=type[Family])

_registry: dict[str, Family] = {}
_newcomers: list[Callable[[Family], None]] = []  # called with each family that is registered


def family(
    *, category: str, levels: int, version: int = 0, many_answers: bool = False, unordered: str = ""
) -> Callable[[FamilyClass], FamilyClass]:
    """Class decorator that names a family and puts it in the registry.

    Raises:
        TypeError: if the family has no way to tell a right answer.
        ValueError: if another family has its name.
    """

    def register(cls: FamilyClass) -> FamilyClass:
        if cls.verify is Family.verify and cls.check_conclusion is Family.check_conclusion:
            raise TypeError(f"{cls.__name__} can't tell a right answer; define check_conclusion, or else verify")
        cls.name = snake_case(cls.__name__)
        cls.category = category
        cls.levels = levels
        cls.version = version
        cls.many_answers = many_answers
        cls.unordered = unordered
        other = _registry.get(cls.name)
        if other is not None and type(other).__module__ != cls.__module__:
            raise ValueError(
                f"two families are called {cls.name!r}: {type(other).__module__} and {cls.__module__}; rename one"
            )
        instance = _instance(cls)
        _registry[cls.name] = instance
        for call in _newcomers:
            call(instance)
        return cls

    return register


def _instance(cls: type[Family]) -> Family:
    return cls()


def on_register(call: Callable[[Family], None]) -> None:
    """Have each family that is registered from now on handed to `call`."""
    _newcomers.append(call)


def snake_case(name: str) -> str:
    """`LinearEquation` -> `linear_equation`, `GSM8K` -> `gsm8k`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])", "_", name).lower()


def camel_case(name: str) -> str:
    """`linear_equation` -> `LinearEquation`."""
    return "".join(part.capitalize() for part in name.split("_"))


def families() -> Mapping[str, Family]:
    """All families by name: those of this package, of installed plug-ins, and any defined since."""
    import_families()
    return dict(sorted(_registry.items()))


@cache
def import_families() -> None:
    """Import every family of this package and of installed plug-ins, once. Raises as `plug_ins` does."""
    package = importlib.import_module(BUILT_IN_FAMILIES)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    plug_ins()


@cache
def plug_ins() -> frozenset[str]:
    """Import the installed plug-ins, once; the names of their packages.

    Raises:
        ImportError: if a plug-in can't be imported; the message names it.
    """
    if not has_entry_points(ENTRY_POINT_GROUP):
        return frozenset()
    from importlib.metadata import entry_points as find

    entry_points = find(group=ENTRY_POINT_GROUP)
    for entry_point in entry_points:
        try:
            # Not `load`: a plug-in that imports this package first is only half there by now.
            importlib.import_module(entry_point.module)
        except ImportError as error:
            raise ImportError(
                f"the plug-in {entry_point.name!r} can't be imported from {entry_point.module!r} ({error}); "
                f"repair or uninstall the distribution that names it in {ENTRY_POINT_GROUP!r}"
            ) from error
    return frozenset(entry_point.module.partition(".")[0] for entry_point in entry_points)


def get_family(name: str) -> Family:
    """The family of a name.

    Raises:
        ValueError: if there is none; the message names the nearest.
    """
    found = _registry.get(name) or _built_in(name)
    if found is None:
        import_families()
        found = _registry.get(name)
    if found is None:
        raise ValueError(f"there is no family {name!r}; {nearest(name, families())}")
    return found


def _built_in(name: str) -> Family | None:
    """The family of this package whose file has its name, with nothing else imported: all together take long."""
    if not name.isidentifier() or name.startswith("_"):
        return None
    package = importlib.import_module(BUILT_IN_FAMILIES)
    for folder in pkgutil.iter_modules(package.__path__):
        if folder.ispkg and os.path.exists(os.path.join(package.__path__[0], folder.name, f"{name}.py")):
            importlib.import_module(f"{BUILT_IN_FAMILIES}.{folder.name}.{name}")
    return _registry.get(name)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for an error message: the known name that is nearest, or all of them."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}"
