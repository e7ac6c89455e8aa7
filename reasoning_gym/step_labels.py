r"""Thoughts that people rated one by one, from files: those of PRM800K, and a simple layout for labels of your own.

A layout says what a row, one JSON object a line, holds:

* `prm800k`: the labels of one solution, as Lightman et al. 2023, 'Let's Verify Step by Step', published them
  (github.com/openai/prm800k, MIT). At each step there are candidates with their ratings; the next step comes after
  the candidate `chosen_completion`, or, where that is null, after what the person wrote instead;
* `plain`: `question`, and `steps`, a list of `{"text": …, "rating": …}` that follow one another. Several candidates
  after the same thoughts are several rows.

A rating is 1 for right, 0 for neutral (it isn't wrong, and leads nowhere), -1 for wrong, or null for none. A bad row
raises with the file, the line and what is wrong with it. What is left out is counted, by why:

* rows: `bad_problem_rows`; `quality_control_rows` and `screening_rows`, which many people were given to be compared;
  `test_question_rows`, whose question belongs to the suite's test split;
* candidates: `flagged` by people who couldn't rate them; `unrated`; `empty`; `written` by the person, not by a model;
  `after_wrong`, which come after a wrong thought; `unplaced`, after a step at which nothing was chosen;
* by `decide`: `neutral`, `repeated` labels that say the same again, `disputed` thoughts on which people don't agree.

A thought is one line, as in an episode. Where a text of PRM800K ends in `# Answer` and the answer below it, the line
ends in `\boxed{…}`, which states an answer here; other line breaks become spaces.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar, cast

from reasoning_gym.datasets import parse_line, text_field
from reasoning_gym.family import split_of

Rating: TypeAlias = Literal[-1, 0, 1]
StepLayout: TypeAlias = Literal["prm800k", "plain"]
Neutral: TypeAlias = Literal["right", "wrong", "left-out"]

_Read = TypeVar("_Read")

MAX_LINE_BYTES = 2**22  # a longer line is no solution that a person has read
_RATINGS: tuple[Rating, ...] = (-1, 0, 1)
_ANSWER_BELOW = "\n# Answer\n"  # in PRM800K, with the answer after it, at the end of what concludes
_LINE_BREAK = re.compile(r"\r?\n")
_HALF = re.compile(r"[\ud800-\udfff]")


class Rated(NamedTuple):
    """A thought and what a person says of it."""

    thought: str
    rating: Rating


@dataclass(frozen=True, slots=True)
class LabelledStep:
    """Candidates after the same thoughts, as one person rated them."""

    question: str
    thoughts: tuple[str, ...]  # before them, none of which was rated wrong
    candidates: tuple[Rated, ...]  # at least one


@dataclass(frozen=True, slots=True)
class StepLabels:
    """The labels of files."""

    steps: tuple[LabelledStep, ...]  # in the order of the files
    rows: int  # read, those that were left out included
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])  # how many, by why

    def __str__(self) -> str:
        """How much there is, in a sentence."""
        ratings = Counter(each.rating for step in self.steps for each in step.candidates)
        questions = len({step.question for step in self.steps})
        missing = ", ".join(f"{number:,} {why}" for why, number in sorted(self.left_out.items())) or "nothing"
        return (
            f"{ratings.total():,} labels ({ratings[1]:,} right, {ratings[0]:,} neutral, {ratings[-1]:,} wrong) of "
            f"{len(self.steps):,} steps about {questions:,} questions, from {self.rows:,} rows; left out: {missing}"
        )


@dataclass(frozen=True, slots=True)
class DecidedStep:
    """Different candidates after the same thoughts, and whether each is right."""

    question: str
    thoughts: tuple[str, ...]
    candidates: Mapping[str, bool]  # by thought


def read_step_labels(
    paths: Iterable[Path],
    layout: StepLayout = "prm800k",
    *,
    quality_control: bool = False,
    written: bool = False,
    test_questions: bool = False,
) -> StepLabels:
    """The labels of JSONL files, one after the other. See the module for what is left out.

    Args:
        paths: of the files.
        layout: of all of them.
        quality_control: whether rows of quality control and of the screening of labellers are read too.
        written: whether what people wrote themselves is a candidate too. They wrote what is right where no candidate
            was, so all of it would be right, and a learner could tell it by its style.
        test_questions: whether questions of the suite's test split are read too; a model that learned from them must
            not be measured on that split.

    Raises:
        ValueError: for a file that can't be read, at the first bad row, or if no label is left.
    """
    steps: list[LabelledStep] = []
    left_out: Counter[str] = Counter()
    rows = 0
    wanted = {"quality_control_rows": quality_control, "screening_rows": quality_control}
    wanted["test_question_rows"] = test_questions
    sources = list(paths)
    for path in sources:
        for number, line in _lines(path):
            _, fields = parse_line(path, number, line)
            rows += 1
            try:
                row = _LAYOUTS[layout](fields)
            except ValueError as error:
                raise ValueError(f"{path}:{number}: {error}") from error
            why = next((why for why in _doubts(row) if not wanted.get(why)), None)
            if why is None:
                steps += _walk(row, left_out, written=written)
            else:
                left_out[why] += 1
    found = StepLabels(tuple(steps), rows, dict(left_out))
    if not steps:
        raise ValueError(f"no label is left of {', '.join(map(str, sources)) or 'no files'}: {found}")
    return found


def decide(labels: StepLabels, neutral: Neutral = "right") -> tuple[list[DecidedStep], dict[str, int]]:
    """Which candidates are right, those of several rows after the same thoughts together; and what is left out.

    Args:
        labels: of people, who may have rated the same thought.
        neutral: what a rating of 0 counts as. Neutral thoughts as right ones scored best in Lightman et al. 2023,
            appendix F.2, table 4.
    """
    counted: dict[Rating, bool | None] = {-1: False, 0: {"right": True, "wrong": False}.get(neutral), 1: True}
    said: dict[tuple[str, tuple[str, ...]], dict[str, list[bool]]] = {}
    left_out: Counter[str] = Counter()
    for step in labels.steps:
        for thought, rating in step.candidates:
            right = counted[rating]
            if right is None:
                left_out["neutral"] += 1
            else:
                said.setdefault((step.question, step.thoughts), {}).setdefault(thought, []).append(right)
    decided: list[DecidedStep] = []
    for (question, thoughts), candidates in said.items():
        agreed = {thought: every[0] for thought, every in candidates.items() if len(set(every)) == 1}
        left_out["repeated"] += sum(len(candidates[thought]) - 1 for thought in agreed)
        left_out["disputed"] += sum(len(every) for every in candidates.values() if len(set(every)) > 1)
        if agreed:
            decided.append(DecidedStep(question, thoughts, agreed))
    return decided, dict(+left_out)


def write_prm800k(path: Path, steps: Iterable[LabelledStep]) -> None:
    """Write labels in the layout `prm800k`, such as those of a check, for people to go through.

    A step whose thoughts go on from the one before it, about the same question, is put into the same row. Thoughts that
    a row has to begin with stand there without a rating.
    """
    about: dict[str, list[LabelledStep]] = {}
    for step in steps:
        about.setdefault(step.question, []).append(step)
    rows: list[dict[str, object]] = []
    for question, labelled in about.items():
        label: list[dict[str, object]] = []
        before: LabelledStep | None = None
        for step in labelled:
            chosen = None if before is None else _followed_by(before, step)
            if chosen is None:
                label = [_written_step([(thought, None)], 0) for thought in step.thoughts]
                rows.append({"question": {"problem": question}, "label": {"steps": label}})
            else:
                label[-1]["chosen_completion"] = chosen
            label.append(_written_step(step.candidates, None))
            before = step
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _followed_by(step: LabelledStep, following: LabelledStep) -> int | None:
    """Which candidate of a step the following one comes after; None where there is none that isn't wrong."""
    places = (
        place
        for place, each in enumerate(step.candidates)
        if following.thoughts == (*step.thoughts, each.thought) and each.rating != -1
    )
    return next(places, None)


def _written_step(candidates: Iterable[tuple[str, Rating | None]], chosen: int | None) -> dict[str, object]:
    completions = [{"text": thought, "rating": rating, "flagged": None} for thought, rating in candidates]
    return {"completions": completions, "human_completion": None, "chosen_completion": chosen}


class _Offered(NamedTuple):
    """A candidate as it stands in a row."""

    thought: str
    rating: Rating | None
    flagged: bool = False
    written: bool = False  # by the person


class _Step(NamedTuple):
    """A step of a row."""

    offered: tuple[_Offered, ...]
    followed: _Offered | None  # what the next step comes after, if that is known


class _Row(NamedTuple):
    """The labels of one solution."""

    question: str
    steps: tuple[_Step, ...]
    bad_problem: bool = False
    quality_control: bool = False
    screening: bool = False


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file that aren't empty, with their numbers."""
    try:
        with path.open("rb") as file:
            for number in count(1):
                line = file.readline(MAX_LINE_BYTES + 1)
                if not line:
                    return
                if len(line) > MAX_LINE_BYTES:
                    raise ValueError(f"{path}:{number}: the line has more than {MAX_LINE_BYTES} bytes; cut it")
                if line.strip():
                    yield number, line.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"can't read the labels {str(path)!r}: {error}; give the path of a JSONL file") from error


def _doubts(row: _Row) -> Iterator[str]:
    """Why a row might be left out, as it is counted."""
    if row.bad_problem:
        yield "bad_problem_rows"
    if row.screening:
        yield "screening_rows"
    if row.quality_control:
        yield "quality_control_rows"
    if split_of(row.question) == "test":
        yield "test_question_rows"


def _walk(row: _Row, left_out: Counter[str], *, written: bool) -> Iterator[LabelledStep]:
    """The labelled steps of a row, each after the thoughts that were followed."""
    thoughts: tuple[str, ...] = ()
    lost: str | None = None
    for step in row.steps:
        kept: list[Rated] = []
        for each in step.offered:
            why = lost or _unfit(each, written=written)
            if why is None and each.rating is not None:
                kept.append(Rated(each.thought, each.rating))
            else:
                left_out[why or "unrated"] += 1
        if kept:
            yield LabelledStep(row.question, thoughts, tuple(kept))
        if lost is None:
            lost = _dead_end(step.followed)
            thoughts += () if step.followed is None else (step.followed.thought,)


def _unfit(each: _Offered, *, written: bool) -> str | None:
    """Why a candidate is left out, if it is."""
    if not each.thought.strip():
        return "empty"
    if each.flagged:
        return "flagged"
    if each.rating is None:
        return "unrated"
    return "written" if each.written and not written else None


def _dead_end(followed: _Offered | None) -> str | None:
    """Why candidates of later steps are left out, if they are."""
    if followed is None or not followed.thought.strip():
        return "unplaced"
    return "after_wrong" if followed.rating == -1 else None


def _prm800k_row(fields: Mapping[str, Any]) -> _Row:
    question = _whole(text_field(_object(fields, "question"), "problem"))
    label = _object(fields, "label")
    bad = label.get("finish_reason") == "bad_problem"
    steps = () if bad else tuple(_each(label, "steps", _prm800k_step))
    quality, screening = (_flag(fields, f"is_{name}_question") for name in ("quality_control", "initial_screening"))
    return _Row(question, steps, bad, quality, screening)


def _prm800k_step(fields: Mapping[str, Any]) -> _Step:
    offered = tuple(_each(fields, "completions", _completion))
    own = None if fields.get("human_completion") is None else _completion(_object(fields, "human_completion"))
    if own is not None:  # people wrote what is right, and didn't rate it
        own = own._replace(written=True, rating=1 if own.rating is None else own.rating)
    chosen = fields.get("chosen_completion")
    if chosen is None:
        followed = own
    elif isinstance(chosen, int) and not isinstance(chosen, bool) and 0 <= chosen < len(offered):
        followed = offered[chosen]
    else:
        raise ValueError(
            f"chosen_completion is {chosen!r}; it must be null or a place among {len(offered)} completions"
        )
    return _Step(offered if own is None else (*offered, own), followed)


def _completion(fields: Mapping[str, Any]) -> _Offered:
    body, below, answer = ("\n" + _text(fields)).replace("\r\n", "\n").partition(_ANSWER_BELOW)
    text = f"{body}\n\\boxed{{{answer.strip()}}}" if below else body
    return _Offered(_one_line(text), _rating(fields), _flag(fields, "flagged"))


def _plain_row(fields: Mapping[str, Any]) -> _Row:
    return _Row(_whole(text_field(fields, "question")), tuple(_each(fields, "steps", _plain_step)))


def _plain_step(fields: Mapping[str, Any]) -> _Step:
    each = _Offered(_one_line(_text(fields)), _rating(fields))
    return _Step((each,), each)


_LAYOUTS: Mapping[StepLayout, Callable[[Mapping[str, Any]], _Row]] = {"prm800k": _prm800k_row, "plain": _plain_row}


def _one_line(text: str) -> str:
    """A text as one thought: its lines, joined by spaces."""
    return " ".join(line for line in _LINE_BREAK.split(text) if line.strip())


def _object(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = fields.get(name)
    if not isinstance(value, dict):
        raise ValueError(f"the field {name!r} is {_short(value)}; it must be an object")
    return cast("dict[str, Any]", value)


def _each(fields: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any]], _Read]) -> Iterator[_Read]:
    """What is read of each object in a list, which may be null for none."""
    value = fields.get(name, "missing")
    if value is None:
        return
    if not isinstance(value, list):
        raise ValueError(f"the field {name!r} is {_short(value)}; it must be a list of objects")
    for place, item in enumerate(cast("list[object]", value)):
        if not isinstance(item, dict):
            raise ValueError(f"{name}[{place}] is {_short(item)}; it must be an object")
        try:
            yield read(cast("dict[str, Any]", item))
        except ValueError as error:
            raise ValueError(f"{name}[{place}]: {error}") from error


def _text(fields: Mapping[str, Any]) -> str:
    value = fields.get("text")
    if not isinstance(value, str):
        raise ValueError(f"the field 'text' is {_short(value)}; it must be a text")
    return _whole(value)


def _whole(text: str) -> str:
    """A text of which no character is half a pair, since no tokenizer takes that."""
    if _HALF.search(text):
        raise ValueError(f"the text {_short(text)} holds half a character; repair it")
    return text


def _rating(fields: Mapping[str, Any]) -> Rating | None:
    value = fields.get("rating", ())
    if value is None:
        return None
    if isinstance(value, bool) or value not in _RATINGS:
        raise ValueError(f"the field 'rating' is {_short(value)}; it must be 1, 0, -1 or null")
    return cast("Rating", int(value))


def _flag(fields: Mapping[str, Any], name: str) -> bool:
    value = fields.get(name)
    if value is not None and not isinstance(value, bool):
        raise ValueError(f"the field {name!r} is {_short(value)}; it must be true, false or null")
    return bool(value)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
