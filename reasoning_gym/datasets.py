r"""Problems that people wrote: JSONL files in the usual layouts, and Hugging Face data sets, as families.

A layout says what a row holds:

* `gsm8k`: `question`, and `answer` whose lines are the steps and whose last line is `#### 24`;
* `math`: `problem`, `solution` with the answer in `\\boxed{}` or in a field `answer`, `level` as a
  number or as 'Level 3' where there is one;
* `plain`: `question` and `answer`, steps in `thoughts` (a list of texts) where there are some;
* `open`: `question` and `answer`, a person's text whose lines are the steps and whose last line concludes.

A bad row raises with the file, the line and what is wrong with it; none is left out silently.
"""

from __future__ import annotations

import importlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, cast

import numpy as np

from reasoning_gym.checker import Policy, extract_answer, parse_reference, stated_answer
from reasoning_gym.checker.compare import check_stated
from reasoning_gym.family import ANSWER_FORMAT, Family, split_of
from reasoning_gym.problem import SPLITS, Address, Problem, Question, Split, Verdict

Layout: TypeAlias = Literal["gsm8k", "math", "plain", "open"]

_LEVEL = re.compile(r"(?:Level )?(\d+)")
_HUGGING_FACE = "hf:"


class Row(NamedTuple):
    """One problem of a data set."""

    question: str
    answer: str
    thoughts: tuple[str, ...]  # the human's steps, without the answer; may be empty
    level: int = 1


def read_jsonl(path: Path, layout: Layout) -> list[Row]:
    """The rows of a JSONL file.

    Raises:
        ValueError: for a file that can't be read or holds no row, or at the first bad row, naming its line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"can't read the data set {str(path)!r}: {error}; give the path of a JSONL file") from error
    numbered = ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
    return _rows((parse_line(path, number, line) for number, line in numbered), str(path), layout)


def read_hugging_face(name: str, split: str, layout: Layout, config: str | None = None) -> list[Row]:
    """The rows of a Hugging Face data set by its name, or of a folder in their format.

    This is the one reader that may use the network. Needs the package `datasets`.

    Raises:
        ValueError: if `datasets` is missing, the data set can't be loaded, or at the first bad row.
    """
    try:
        library = importlib.import_module("datasets")
    except ModuleNotFoundError as error:
        raise ValueError(
            f"the Hugging Face data set {name!r} needs the package 'datasets': "
            "pip install 'reasoning-gymnasium[datasets]'"
        ) from error
    try:
        loaded = cast("Iterable[Mapping[str, Any]]", library.load_dataset(name, config, split=split))
    except (OSError, ValueError) as error:
        raise ValueError(
            f"can't load the Hugging Face data set {name!r}, split {split!r}: {error}; check the name and that this "
            "machine is online, or download it and give the path of a JSONL file"
        ) from error
    return _rows(((number, row) for number, row in enumerate(loaded, 1)), f"{_HUGGING_FACE}{name}", layout)


def _rows(numbered: Iterable[tuple[int, Mapping[str, Any]]], source: str, layout: Layout) -> list[Row]:
    """Rows from their fields; every reference that a checker will read is read once, so that a bad one is found now."""
    read = _LAYOUTS[layout]
    rows: list[Row] = []
    for number, fields in numbered:
        try:
            row = read(fields)
            if layout != "open":
                parse_reference(row.answer)
        except ValueError as error:
            raise ValueError(f"{source}:{number}: {error}") from error
        rows.append(row)
    if not rows:
        raise ValueError(f"{source} holds no row; a data set needs at least one")
    return rows


def parse_line(path: Path, number: int, line: str) -> tuple[int, Mapping[str, Any]]:
    """A line of a JSONL file, with its number, as the fields of its object.

    Raises:
        ValueError: if it isn't a JSON object; names the file and the line.
    """
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}:{number}: not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise ValueError(f"{path}:{number}: a row is a JSON object, not {type(fields).__name__}")
    return number, cast("dict[str, Any]", fields)


def text_field(fields: Mapping[str, Any], name: str) -> str:
    """The text of a field, without the space around it.

    Raises:
        ValueError: if there is none.
    """
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"the field {name!r} is {value!r}; it must be a text that isn't empty")
    return value.strip()


def _gsm8k_row(fields: Mapping[str, Any]) -> Row:
    *steps, last = text_field(fields, "answer").splitlines()
    if not last.startswith("####") or not last[4:].strip():
        raise ValueError(f"the last line of the answer is {last!r}; it must be '#### ' and the final answer")
    return Row(text_field(fields, "question"), last[4:].strip(), tuple(step for step in steps if step.strip()))


def _math_row(fields: Mapping[str, Any]) -> Row:
    solution = text_field(fields, "solution")
    answer = text_field(fields, "answer") if "answer" in fields else extract_answer(solution)
    if answer is None:
        raise ValueError("the solution holds no \\boxed{} and there is no field 'answer'; give one of them")
    level = _LEVEL.fullmatch(str(fields.get("level", 1)))
    steps = tuple(line.strip() for line in solution.splitlines() if line.strip())
    return Row(text_field(fields, "problem"), answer, steps, int(level[1]) if level else 1)


def _plain_row(fields: Mapping[str, Any]) -> Row:
    raw = fields.get("answer")
    answer = str(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else text_field(fields, "answer")
    thoughts = fields.get("thoughts", [])
    if not isinstance(thoughts, list) or not all(isinstance(step, str) for step in cast("list[object]", thoughts)):
        raise ValueError(f"the field 'thoughts' is {thoughts!r}; it must be a list of texts")
    return Row(text_field(fields, "question"), answer, tuple(cast("list[str]", thoughts)))


def _open_row(fields: Mapping[str, Any]) -> Row:
    lines = [line.strip() for line in text_field(fields, "answer").splitlines() if line.strip()]
    early = next((line for line in lines if stated_answer(line) is not None), None)
    if early is not None:
        raise ValueError(f"the line {early!r} states an answer by itself; leave out 'Answer:'")
    return Row(text_field(fields, "question"), lines[-1], tuple(lines[:-1]))


_LAYOUTS: Mapping[Layout, Callable[[Mapping[str, Any]], Row]] = {
    "gsm8k": _gsm8k_row,
    "math": _math_row,
    "plain": _plain_row,
    "open": _open_row,
}


class DatasetFamily(Family):
    """A family whose problems are rows of a data set. The registered one is empty until it is opened.

    A file is cut into the two splits by the hash of each question, so they are disjoint. A folder with
    `train.jsonl` and `test.jsonl` keeps its own splits, and raises if a question is in both.
    """

    layout: ClassVar[Layout]
    variable: ClassVar[str]  # the environment variable that names the path where none is given
    answer_format: ClassVar[str] = ANSWER_FORMAT.format(answer="the answer")

    def __init__(self) -> None:
        self._rows: Mapping[Split, Sequence[Row]] = {}
        self.source: str | None = None

    def open(self, path: str | None) -> Self:
        """This family with the problems at a path: a JSONL file, a folder, or `hf:NAME` online.

        Raises:
            ValueError: if there is no path and none in the environment, or the data can't be read.
        """
        path = path or os.environ.get(self.variable)
        if not path:
            raise ValueError(f"{self.name} needs data: give path=…, or set the environment variable {self.variable}")
        opened = type(self)()
        opened.source = path
        opened._rows = _by_split(path, self.layout)
        return opened

    def size(self, split: Split) -> int:
        """The number of rows in a split."""
        return len(self._loaded()[split])

    def problem(self, split: Split, level: int, index: int) -> Problem:
        """Row `index` of a split; of those at the level where rows have levels."""
        self.check_place(split, level, index)
        rows = self._loaded()[split]
        if self.levels > 1:
            rows = [row for row in rows if row.level == level]
            if not rows:
                raise ValueError(f"{self.source} has no {split} question at level {level}")
        address = Address(self.name, self.version, split, level, index)
        return self._problem(rows[index % len(rows)], level, address)

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        """A row at random."""
        rows = [row for split in SPLITS for row in self._loaded()[split] if self.levels == 1 or row.level == level]
        return self._problem(rows[int(rng.integers(len(rows)))], level, None)

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        """The human's steps as they stand, then the answer."""
        steps = cast("tuple[str, ...]", problem.secret)
        return (*steps, f"Answer: {problem.answer}")

    def verify(self, problem: Problem, answer: str) -> Verdict:
        """Equality with the reference, by the checker; a number must be worked out."""
        return check_stated(answer, parse_reference(problem.answer), Policy(form="number"))

    def _problem(self, row: Row, level: int, address: Address | None) -> Problem:
        question = Question(self.name, level, row.question, self.answer_format)
        return Problem(question, row.answer, row.thoughts, address)

    def _loaded(self) -> Mapping[Split, Sequence[Row]]:
        if not self._rows:
            self._rows = self.open(None)._rows
        return self._rows


def _by_split(path: str, layout: Layout) -> dict[Split, list[Row]]:
    if path.startswith(_HUGGING_FACE):
        name, _, config = path.removeprefix(_HUGGING_FACE).partition(":")
        return _own_splits(path, lambda split: read_hugging_face(name, split, layout, config or None))
    if Path(path).is_dir():
        return _own_splits(path, lambda split: read_jsonl(Path(path, f"{split}.jsonl"), layout))
    rows = read_jsonl(Path(path), layout)
    found: dict[Split, list[Row]] = {split: [] for split in SPLITS}
    for row in rows:
        found[split_of(row.question)].append(row)
    return found


def _own_splits(path: str, read: Callable[[Split], list[Row]]) -> dict[Split, list[Row]]:
    rows: dict[Split, list[Row]] = {split: read(split) for split in SPLITS}
    train = {row.question for row in rows["train"]}
    both = next((row.question for row in rows["test"] if row.question in train), None)
    if both is not None:
        raise ValueError(f"{path}: the question {both[:80]!r} is in both splits; take it out of one of them")
    return rows


def recorded_solutions(path: Path) -> Iterator[tuple[Row, str, tuple[str, ...], bool]]:
    """Recorded model solutions of GSM8K problems: (problem, model's name, thoughts, labelled as correct).

    A row holds `question`, `ground_truth` and, for each model, `solution` and `is_correct`. A line is a
    thought; the last line, `A: 18` there, states the answer and becomes `Answer: 18`.

    Raises:
        ValueError: at the first bad row, naming its line.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        _, fields = parse_line(path, number, line)
        try:
            yield from _solutions(fields)
        except ValueError as error:
            raise ValueError(f"{path}:{number}: {error}") from error


def _solutions(fields: Mapping[str, Any]) -> Iterator[tuple[Row, str, tuple[str, ...], bool]]:
    *steps, last = text_field(fields, "ground_truth").splitlines()
    row = Row(text_field(fields, "question"), last.removeprefix("A: "), tuple(steps))
    for model, solution in fields.items():
        if not isinstance(solution, dict):
            continue
        recorded = cast("dict[str, Any]", solution)
        thoughts = text_field(recorded, "solution").splitlines()
        if not isinstance(recorded.get("is_correct"), bool):
            raise ValueError(f"'is_correct' of {model!r} is {recorded.get('is_correct')!r}; it must be true or false")
        stated = (re.sub(r"^A: ", "Answer: ", thought) for thought in thoughts)
        yield row, model, tuple(stated), recorded["is_correct"]
