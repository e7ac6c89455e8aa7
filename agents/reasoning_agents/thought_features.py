"""What can be counted in a thought process: numbers by which a critic tells whose it is.

The features are in groups, each a function of the text alone, in time linear in its length. What they count is chosen
by hand for steps in words and in formulas; nothing in them knows a family or a data set.
"""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reasoning_gym.problem import State

MAX_CHARS = 20_000  # of a question, and of its thoughts together; what is beyond isn't read
Features: TypeAlias = dict[str, float]

_TOKEN = re.compile(r"[a-z']+|\d+(?:\.\d+)?|[^\w\s]", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3})", re.ASCII)
_SENTENCE_END = re.compile(r"[.?!]\s")
_FORMULA = frozenset("0123456789.$%()+-*/x×÷ ")
_OPERATIONS = {"plus": "+", "minus": "-", "times": "*x×", "divided": "/÷"}
_PUNCTUATION = "=$%*/+-.,'()\"?!:"
_WORDS = (
    *("so", "since", "therefore", "because", "if", "total", "altogether", "then", "first", "left", "each", "he", "she"),
    *("they", "this", "that", "which", "means", "is", "are", "was", "had", "has", "will", "would", "one", "two", "of"),
    *("by", "per", "the", "a", "for", "there"),
)
_NUMBER_WORDS = {  # what a word of the question stands for in a calculation
    **{"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8"},
    **{"nine": "9", "ten": "10", "twelve": "12", "twice": "2", "half": "2", "double": "2", "dozen": "12"},
    **{"triple": "3", "third": "3", "quarter": "4", "week": "7", "day": "24", "hour": "60", "minute": "60"},
    **{"year": "12"},
}
_ALWAYS_KNOWN = ("1", "2", "100")  # numbers that need no source
_COPIED = (1, 2, 3, 4, 6)  # lengths of the runs of words that are looked for in the question


@dataclass(frozen=True, slots=True)
class Calculation:
    """What stands around an equals sign."""

    formula: str  # on its left, as far as it is one
    operands: tuple[str, ...]
    result: str  # the number on its right


@dataclass(frozen=True)
class Text:
    """A thought process, taken apart as far as features need it."""

    question: str
    lines: tuple[str, ...]

    @cached_property
    def whole(self) -> str:
        """All thoughts, one a line."""
        return "\n".join(self.lines)

    @cached_property
    def tokens(self) -> list[str]:
        """Words in lower case, numbers and marks of the thoughts."""
        return tokens_of(self.whole)

    @cached_property
    def question_tokens(self) -> list[str]:
        """Those of the question."""
        return tokens_of(self.question)

    @cached_property
    def words(self) -> list[str]:
        """The words among the tokens."""
        return [token for token in self.tokens if token[0].isalpha()]

    @cached_property
    def numbers(self) -> list[str]:
        """The numbers in the thoughts, in order."""
        return _numbers(self.whole)

    @cached_property
    def given(self) -> set[str]:
        """The numbers in the question."""
        return set(_numbers(self.question))

    @cached_property
    def calculations(self) -> list[Calculation]:
        """All that is calculated, in order."""
        return [each for line in self.lines for each in calculations(line)]


def read(state: State) -> Text:
    """A state's question and thoughts, at most `MAX_CHARS` of each."""
    whole = "\n".join(state.thoughts)[:MAX_CHARS]
    lines = tuple(line.strip() for line in whole.split("\n") if line.strip())
    return Text(state.question.statement[:MAX_CHARS], lines)


def tokens_of(text: str) -> list[str]:
    """Words in lower case, numbers and marks of a text, in order."""
    return _TOKEN.findall(_THOUSANDS.sub("", text.lower()))


def calculations(line: str) -> list[Calculation]:
    """What a line calculates.

    >>> calculations("She has 3 + 4 = $7, so 7*2=14")
    [Calculation(formula='3 + 4', operands=('3', '4'), result='7'), Calculation(formula='7*2', operands=('7', '2'), \
result='14')]
    """
    found: list[Calculation] = []
    parts = _THOUSANDS.sub("", line).split("=")
    for left, right in pairwise(parts):
        begin = len(left)
        while begin and left[begin - 1] in _FORMULA:
            begin -= 1
        formula = left[begin:].strip()
        result = _NUMBER.match(right.lstrip(" $"))
        operands = tuple(_NUMBER.findall(formula))
        if operands and result:
            found.append(Calculation(formula, operands, result[0]))
    return found


def length(text: Text) -> Features:
    """How much there is, in all and by the thought."""
    words = [len(line.split()) for line in text.lines] or [0]
    return {
        "thoughts": len(text.lines),
        "characters": len(text.whole),
        "words": sum(words),
        "words_mean": statistics.fmean(words),
        "words_spread": statistics.pstdev(words),
        "words_most": max(words),
        "words_least": min(words),
        "words_first": words[0],
        "words_last": words[-1],
    }


def layout(text: Text) -> Features:
    """How it is set, whatever it says."""
    whole, equals = text.whole, max(text.whole.count("="), 1)
    return {
        "ends_with_stop": _share(line.endswith(".") for line in text.lines),
        "ends_with_digit": _share(line[-1].isdigit() for line in text.lines),
        "begins_with_capital": _share(line[0].isupper() for line in text.lines),
        "begins_with_digit": _share(line[0].isdigit() for line in text.lines),
        "begins_small": _share(line[0].islower() for line in text.lines),
        "tight_operations": len(re.findall(r"\d[+\-*/x]\d", whole)) / equals,
        "wide_operations": len(re.findall(r"\d [+\-*/x] \$?\d", whole)) / equals,
        "wide_equals": whole.count(" = ") / equals,
    }


def wording(text: Text) -> Features:
    """Marks and small words, for each ten words, and how varied the words are."""
    words = max(len(text.whole.split()), 1) / 10
    counts = {f"mark {mark}": text.whole.count(mark) / words for mark in _PUNCTUATION}
    counts |= {f"word {word}": text.words.count(word) / words for word in _WORDS}
    counts["equals_a_thought"] = text.whole.count("=") / max(len(text.lines), 1)
    counts["variety"] = len(set(text.words)) / max(len(text.words), 1)
    return counts


def copying(text: Text) -> Features:
    """How much of it stands in the question."""
    asked = {token for token in text.question_tokens if token[0].isalpha()}
    said = set(text.words)
    found = {f"copied_{run}": _copied(text.tokens, text.question_tokens, run) for run in _COPIED}
    found["words_of_question"] = _share(word in asked for word in text.words)
    found["new_words"] = len(said - asked)
    found["new_words_share"] = len(said - asked) / max(len(said), 1)
    begin = max((match.end() for match in _SENTENCE_END.finditer(text.question.strip())), default=0)
    wanted = {token for token in tokens_of(text.question.strip()[begin:]) if token[0].isalpha()}
    last = {token for token in tokens_of(text.lines[-1] if text.lines else "") if token[0].isalpha()}
    found["last_of_asked"] = len(wanted & last) / max(len(last), 1)
    found["asked_in_last"] = len(wanted & last) / max(len(wanted), 1)
    return found


def numbers(text: Text) -> Features:
    """What becomes of the question's numbers, and where the others come from."""
    count = Counter(operand for each in text.calculations for operand in each.operands)
    said = set(text.numbers)
    uses = [count[number] for number in text.given] or [0]
    final = _value(text.numbers[-1]) if text.numbers else 0.0
    largest = max(map(_value, text.given), default=1.0)
    return {
        "given_used": _share(number in said for number in text.given),
        "given_unused": len(text.given - said),
        "given_uses_mean": statistics.fmean(uses),
        "given_uses_most": max(uses),
        "numbers": len(text.numbers),
        "numbers_new": len(said - text.given),
        "numbers_new_share": _share(number not in text.given for number in text.numbers),
        "fractions": _share("." in number for number in text.numbers),
        "final": math.log1p(final),
        "final_relative": math.log((final + 0.5) / (largest + 0.5)),
        "final_fraction": float(final != math.floor(final)),
        "final_given": float(bool(text.numbers) and text.numbers[-1] in text.given),
    }


def steps(text: Text) -> Features:
    """What is calculated, from what, and whether it is used."""
    found = text.calculations
    count = max(len(found), 1)
    known = text.given | {_NUMBER_WORDS[word] for word in text.question_tokens if word in _NUMBER_WORDS}
    known |= set(_ALWAYS_KNOWN)
    results: set[str] = set()
    foreign = reused = operands = 0
    for each in found:
        operands += len(each.operands)
        reused += sum(operand in results and operand not in text.given for operand in each.operands)
        foreign += sum(operand not in known and operand not in results for operand in each.operands)
        results.add(each.result)
    last = found[-1] if found else Calculation("", (), "0")
    return {
        "calculations": len(found),
        "calculations_a_given": len(found) / max(len(text.given), 1),
        "thoughts_a_given": len(text.lines) / max(len(text.given), 1),
        "operands_mean": operands / count,
        "foreign": foreign,
        "foreign_share": foreign / max(operands, 1),
        "reused": reused / count,
        "unused_results": unused_results(found),
        "operands_last": len(last.operands),
        **{name: _share(_has(each.formula, marks) for each in found) for name, marks in _OPERATIONS.items()},
        **{f"{name}_last": float(_has(last.formula, marks)) for name, marks in _OPERATIONS.items()},
    }


def progress(text: Text) -> Features:
    """How many operations each thought leaves fewer than the line before: 1 where nothing is skipped."""
    left = [sum(map(line.count, "+-*/")) for line in (text.question, *text.lines)]
    done = [before - after for before, after in pairwise(left)] or [0]
    return {
        "done_mean": statistics.fmean(done),
        "done_most": max(done),
        "done_least": min(done),
        "operations_asked": left[0],
        "operations_left": left[-1],
        "thoughts_missing": left[0] - len(text.lines),
    }


def question(text: Text) -> Features:
    """What is asked; it decides nothing by itself, since all answers to a question have it in common."""
    asked = set(text.question_tokens)
    words = ("half", "times", "more", "less", "%")
    return {
        "question_characters": len(text.question),
        "question_words": len(text.question.split()),
        "question_numbers": len(text.given),
        **{f"question {word}": float(word in asked) for word in words},
    }


GROUPS: Final[Mapping[str, Callable[[Text], Features]]] = {
    each.__name__: each for each in (length, layout, wording, copying, numbers, steps, progress, question)
}


def features(states: Sequence[State], groups: Sequence[str] = tuple(GROUPS)) -> NDArray[np.float64]:
    """The features of B thought processes, [B, F], in an order that depends on the groups alone.

    Raises:
        ValueError: for an unknown group.
    """
    unknown = [name for name in groups if name not in GROUPS]
    if unknown or not groups:
        raise ValueError(f"the groups of features are {list(groups)}; give some of {', '.join(GROUPS)}")
    rows = [[value for name in groups for value in GROUPS[name](text).values()] for text in map(read, states)]
    width = len(feature_names(groups))
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def feature_names(groups: Sequence[str] = tuple(GROUPS)) -> list[str]:
    """What the columns of `features` are called."""
    nothing = Text("", ())
    return [name for group in groups for name in GROUPS[group](nothing)]


def unused_results(found: Sequence[Calculation]) -> int:
    """How many results but the last are an operand of no later calculation."""
    later: set[str] = set()
    unused = 0
    for place in range(len(found) - 1, -1, -1):
        unused += place < len(found) - 1 and found[place].result not in later
        later.update(found[place].operands)
    return unused


def _numbers(text: str) -> list[str]:
    return _NUMBER.findall(_THOUSANDS.sub("", text))


def _copied(tokens: Sequence[str], source: Sequence[str], run: int) -> float:
    """The share of runs of so many tokens that the source has too."""
    known = {tuple(source[i : i + run]) for i in range(len(source) - run + 1)}
    return _share(tuple(tokens[i : i + run]) in known for i in range(len(tokens) - run + 1))


def _share(facts: Iterable[bool]) -> float:
    """The mean of truth values; 0 of none."""
    values = list(facts)
    return sum(values) / len(values) if values else 0.0


def _has(formula: str, marks: str) -> bool:
    return any(mark in formula for mark in marks)


def _value(number: str) -> float:
    """A number as it can be compared; of too many digits, one that is as large as any."""
    return min(float(number), 1e12)
