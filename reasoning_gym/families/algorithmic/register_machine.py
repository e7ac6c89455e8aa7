"""Register machines: small programs of inc, dec, add, mov and jumps, run by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Undefined, Unreadable
from reasoning_gym.families.draws import between
from reasoning_gym.families.readings import spaced
from reasoning_gym.families.runs import check_progress
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_NAMES = "abcd"
_MOST_STEPS = 200  # of a run
_MOST_CHANGES = 30
_LARGEST = 99  # value of a register
_CHANGES = "inc adds 1, dec takes 1 off, 'add a b' adds b to a, 'mov a b' makes a equal to b"
_JUMPS = "; 'jz a 5' goes on at line 5 if a is 0, 'jmp 1' always at line 1. The end is behind the last line"
_LINE = re.compile(r"(?i:(?:after )?(?:line )?)(?P<line>\d{1,2}) ?: ?(?P<values>.{1,60})", re.ASCII)
_VALUE = re.compile(r"(?:(?P<name>[a-d])=)?(?P<value>\d{1,9})", re.ASCII)

Instruction: TypeAlias = "tuple[str | int, ...]"  # its name, then registers and the line that it jumps to
Values: TypeAlias = "tuple[int, ...]"  # of the registers a, b, …
Shape: TypeAlias = "tuple[int | str, ...]"  # blocks of so many changes, 'if' and 'loop' before the block that they hold


class _Level(NamedTuple):
    registers: int
    shape: Shape
    largest: int  # first value of a register
    changes: tuple[int, int]  # of registers, least and greatest


_LEVELS = (
    _Level(2, (4,), 5, (4, 4)),
    _Level(3, (1, "if", 2, 1, "if", 2, 1), 4, (3, 6)),
    _Level(3, (1, "loop", 1, 1), 5, (6, 10)),
    _Level(3, (1, "loop", 2, 1), 5, (8, 17)),
    _Level(3, ("loop", 1, 1, "loop", 2), 6, (12, 22)),
    _Level(4, (1, "loop", "nested", 2, 1), 4, (16, _MOST_CHANGES)),
)


class _Moment(NamedTuple):
    """What the registers hold after a line of the program that isn't a jump."""

    line: int
    values: Values


@family(category="algorithmic", levels=6)
class RegisterMachine(Family):
    """Run a small program and say what its registers hold at the end.

    Statement: `Run with a=2, b=1: 1 jz b 5; 2 inc a; 3 dec b; 4 jmp 1; 5 inc b. Final a, b?`. What an instruction
        does stands in the format of the answer; the end is behind the last line.
    Thoughts: the number of each line that changes a register, and what all of them hold after it: `2: a=3, b=1`.
    Answer: all registers: `a=3, b=1`, or their values in order.
    Level: 1 four changes, 2 jumps over lines, 3 to 5 one loop or two, 6 a loop in a loop. Every program is known to
        halt, after at most 30 changes, with values from 0 to 99. One answer is right for at most 3 % of questions.
    Verified: by running the program.
    Checked step by step: a line states what the registers hold after a line of the program that changes one, at a
        moment later than those of the lines before.

        Run with a=0, b=2: 1 mov b a; 2 inc a; 3 mov b a; 4 add a b. Final a, b?
        1: a=0, b=0
        2: a=1, b=0
        3: a=1, b=1
        4: a=2, b=1
        Answer: a=2, b=1
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chosen = _LEVELS[level - 1]
        while True:
            draws = iter(rng.random(64).tolist())
            values = tuple(between((0, chosen.largest), next(draws)) for _ in range(chosen.registers))
            program = _program(chosen.shape, chosen.registers, draws)
            run = list(_run(values, program))
            if _is_worth_asking(values, run, chosen):
                break
        listed = "; ".join(f"{number} {' '.join(map(str, each))}" for number, each in enumerate(program, 1))
        names = ", ".join(_NAMES[: chosen.registers])
        statement = f"Run with {_written(values)}: {listed}. Final {names}?"
        answer_format = (
            f"{ANSWER_FORMAT.format(answer='the values, as in a=1, b=0')} {_CHANGES}{_JUMPS if level > 1 else ''}."
        )
        return Problem(
            Question(self.name, level, statement, answer_format, (values, program)), _written(run[-1].values)
        )

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        run = _run(*_given(problem.question))
        return (*(f"{line}: {_written(values)}" for line, values in run), f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        places = {moment: place for place, moment in enumerate(_run(*_given(question)))}

        def place(line: str) -> int:
            match = _LINE.fullmatch(line)
            if match is None:
                raise Unreadable(f"{line[:60]!r} is no line such as '2: a=1, b=0'")
            values = _read_values(match["values"], len(_given(question)[0]))
            found = places.get(_Moment(int(match["line"]), values))
            if found is None:
                raise Undefined("the registers never hold that after this line")
            return found

        return check_progress(step, thoughts, place)

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        values, program = _given(question)
        *_, last = _run(values, program)

        def decide() -> Verdict:
            text = spaced(answer).lower().removeprefix("\\{").removesuffix("\\}")
            same = _read_values(text.strip(), len(values)) == last.values
            return CORRECT if same else incorrect("the registers hold something else")

        return guarded(decide)


def _given(question: Question) -> tuple[Values, tuple[Instruction, ...]]:
    return cast("tuple[Values, tuple[Instruction, ...]]", question.given)


def _written(values: Values) -> str:
    return ", ".join(f"{name}={value}" for name, value in zip(_NAMES, values, strict=False))


def _read_values(text: str, count: int) -> Values:
    """The values of `a=1, b=0`, in any order with their names, or in this one without.

    Raises:
        Unreadable: if it is no such list of so many registers.
    """
    if text[:1] + text[-1:] in {"()", "[]", "{}"}:
        text = text[1:-1].strip()
    items = [_VALUE.fullmatch(item) for item in re.split(r"(?:[,;\s]|\band\b)+", re.sub(r" ?[=:] ?", "=", text))]
    if len(items) != count or not all(items):
        raise Unreadable(f"{text[:40]!r} isn't what {count} registers hold, as in 'a=1, b=0'")
    matches = [item for item in items if item is not None]
    names = [match["name"] for match in matches]
    values = [int(match["value"]) for match in matches]
    if names == [None] * count:
        return tuple(values)
    if sorted(str(name) for name in names) != list(_NAMES[:count]):
        raise Unreadable(f"{text[:40]!r} doesn't name each register once")
    return tuple(value for _, value in sorted(zip(names, values, strict=True)))


def _program(shape: Shape, registers: int, draws: Iterator[float]) -> tuple[Instruction, ...]:
    """Blocks of changes one behind the other, some of them held by an 'if' or a 'loop'."""
    program: list[Instruction] = []
    parts = iter(shape)
    for part in parts:
        if isinstance(part, int):
            program += [_change(range(registers), registers, draws) for _ in range(part)]
            continue
        start, counter = len(program) + 1, int(next(draws) * registers)
        block = next(parts)
        others = [register for register in range(registers) if register != counter]
        if part == "if":
            body = [_change(range(registers), registers, draws) for _ in range(int(block))]
            program += [("jz", _NAMES[counter], start + 1 + len(body)), *body]
        elif block == "nested":
            program += _nested(int(next(parts)), counter, others, start, draws)
        else:
            body = [_change(others, registers, draws) for _ in range(int(block))]
            program += _loop(counter, body, start)
    return tuple(program)


def _loop(counter: int, body: Sequence[Instruction], start: int) -> list[Instruction]:
    """A loop from a line on, as often as a register says, which is 0 then."""
    name = _NAMES[counter]
    return [("jz", name, start + len(body) + 3), *body, ("dec", name), ("jmp", start)]


def _nested(size: int, counter: int, others: Sequence[int], start: int, draws: Iterator[float]) -> list[Instruction]:
    """A loop that holds another, which runs each time as often as a third register says."""
    inner, copied, *targets = sorted(others, key=lambda _: next(draws))
    body = [_change(targets, len(others) + 1, draws) for _ in range(size - 1)]
    copy: Instruction = ("mov", _NAMES[inner], _NAMES[copied])
    return _loop(counter, [copy, *_loop(inner, body, start + 2)], start)


def _change(targets: Sequence[int], registers: int, draws: Iterator[float]) -> Instruction:
    """An instruction that changes one of the target registers."""
    kind, which, other = next(draws), next(draws), next(draws)
    target = targets[int(which * len(targets))]
    if kind < 0.5:
        return ("inc" if kind < 0.3 else "dec", _NAMES[target])
    source = (target + between((1, registers - 1), other)) % registers
    return ("add" if kind < 0.85 else "mov", _NAMES[target], _NAMES[source])


def _run(values: Values, program: Sequence[Instruction]) -> Iterator[_Moment]:
    """What the registers hold after each change; a run that gets too long is cut off."""
    held = dict(zip(_NAMES, values, strict=False))
    line = 1
    for _ in range(_MOST_STEPS):
        if line > len(program):
            return
        name, *operands = program[line - 1]
        here, line = line, line + 1
        if name == "jmp":
            line = int(operands[0])
            continue
        register = str(operands[0])
        if name == "jz":
            line = int(operands[1]) if held[register] == 0 else line
            continue
        if name in {"inc", "dec"}:
            held[register] += 1 if name == "inc" else -1
        else:
            held[register] = held[str(operands[1])] + (held[register] if name == "add" else 0)
        yield _Moment(here, tuple(held.values()))


def _is_worth_asking(values: Values, run: Sequence[_Moment], level: _Level) -> bool:
    """Whether there are as many changes as the level wants, each of them one, within bounds, to values that differ."""
    if not level.changes[0] <= len(run) <= level.changes[1] or len(set(run[-1].values)) == 1:
        return False
    held = [values, *(moment.values for moment in run)]
    if any(before == after for before, after in pairwise(held)):
        return False
    return all(min(after) >= 0 and max(after) <= _LARGEST for after in held)
