"""Boolean circuits: the values of wires, gate by gate."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.families.chances import Chances
from reasoning_gym.families.readings import spaced
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect, unreadable

Gate: TypeAlias = "tuple[str, tuple[str, ...]]"  # the operation and the wires that it takes

_SYMMETRIC = frozenset({"AND", "OR", "XOR", "NAND", "NOR", "XNOR", "MAJ"})
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_FORMAT = ANSWER_FORMAT.format(answer="the values asked for, such as c=1,f=0")
_ABOUT_MAJ = " MAJ is the value that at least two of the three have."
_STATED = re.compile(r"(?:[a-z] ?= ?)?[01](?:(?: ?[,;] ?| and | )(?:[a-z] ?= ?)?[01]){0,7}|[01]{1,8}", re.ASCII)
_BIT = re.compile(r"(?:([a-z]) ?= ?)?([01])", re.ASCII)


class _Level(NamedTuple):
    inputs: int
    gates: int
    asked: int
    operations: tuple[str, ...]
    shuffled: bool  # whether a gate may stand before those that it takes its values from


_TWO = ("AND", "OR", "XOR")
_LEVELS = (
    _Level(2, 3, 2, ("AND", "OR", "NOT"), shuffled=False),
    _Level(3, 5, 2, (*_TWO, "NOT"), shuffled=False),
    _Level(3, 7, 3, (*_TWO, "NAND", "NOR", "NOT"), shuffled=False),
    _Level(4, 9, 3, (*_TWO, "NAND", "NOR", "XNOR", "NOT"), shuffled=True),
    _Level(5, 13, 4, (*_TWO, "NAND", "NOR", "XNOR", "MAJ", "IF"), shuffled=True),
    _Level(6, 20, 5, (*_TWO, "NAND", "NOR", "XNOR", "MAJ", "IF"), shuffled=True),
)


@family(category="logic", levels=6)
class BooleanCircuit(Family):
    """Find the values of some wires of a circuit from the values of its inputs.

    Statement: `a=1; b=0; c=a AND b; d=NOT c; e=c OR d. Find c,e`. MAJ(a,b,c) is the value that at least two have.
    Thoughts: one gate a line, its wires replaced by their values, for the gates that matter; always the first in the
        alphabet of those that are ready: `c=1 AND 0=0`.
    Answer: the wires asked for with their values: `c=0,e=1`; or the values alone, in the order of the question.
    Level: 3 to 20 gates, more kinds of them; from level 4 the wires stand in an order that isn't that of the work.
        2 to 5 wires are asked for; guessing pays 0.31 at level 1 and
        0.05 at level 6. Level 1 has about 8,000 different questions.
    Verified: by evaluating the circuit.
    Checked step by step: a line must say a new gate's value, whose wires are known by the question or earlier lines;
        what it says between must be the gate, with names or with values.

        a=0; b=0; c=NOT a; d=b AND c; e=b AND d. Find c,e
        c=NOT 0=1
        d=0 AND 1=0
        e=0 AND 0=0
        Answer: c=1,e=0
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chances = Chances(rng)
        chosen = _LEVELS[level - 1]
        while True:
            inputs, gates = _draw(chances, chosen)
            values = _evaluate(inputs, gates)
            asked = _choose(chances, gates, values, chosen.asked)
            if asked and len(_needed(gates, asked)) * 3 >= 2 * chosen.gates:
                break
        parts = [f"{wire}={value}" for wire, value in sorted(inputs.items())]
        parts += [f"{wire}={_text(gate, gate[1])}" for wire, gate in sorted(gates.items())]
        statement = f"{'; '.join(parts)}. Find {','.join(asked)}"
        given = (tuple(sorted(inputs.items())), tuple((wire, *gate) for wire, gate in sorted(gates.items())), asked)
        form = _FORMAT + _ABOUT_MAJ * ("MAJ" in statement)
        question = Question(self.name, level, statement, form, given)
        return Problem(question, ",".join(f"{wire}={values[wire]}" for wire in asked))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        inputs, gates, asked = _given(problem.question)
        values = _evaluate(inputs, gates)
        needed = _needed(gates, asked)
        lines = [
            f"{wire}={_text(gates[wire], [str(values[each]) for each in gates[wire][1]])}={values[wire]}"
            for wire in _in_order(inputs, gates)
            if wire in needed
        ]
        return (*lines, f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        inputs, gates, asked = _given(question)

        def decide() -> Verdict:
            bits = _stated(answer, asked)
            values = _evaluate(inputs, gates)
            right = all(bits[wire] == values[wire] for wire in asked)
            return CORRECT if right else incorrect("a wire has another value")

        return guarded(decide)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        inputs, gates, _ = _given(question)
        known = dict(inputs)
        for line in thoughts:
            parts = _parts(line)
            if _check_line(parts, gates, known).correct:
                known[parts[0]] = int(parts[-1])
        return _check_line(_parts(step), gates, known)


def _given(question: Question) -> tuple[dict[str, int], dict[str, Gate], tuple[str, ...]]:
    inputs, gates, asked = question.given
    wires = cast("tuple[tuple[str, str, tuple[str, ...]], ...]", gates)
    return (
        dict(cast("tuple[tuple[str, int], ...]", inputs)),
        {wire: (operation, taken) for wire, operation, taken in wires},
        cast("tuple[str, ...]", asked),
    )


def _value(operation: str, bits: Sequence[int]) -> int:
    if operation == "IF":
        return bits[1] if bits[0] else bits[2]
    ones = sum(bits)
    return {
        "AND": ones == len(bits),
        "OR": ones > 0,
        "XOR": ones % 2 == 1,
        "NAND": ones < len(bits),
        "NOR": ones == 0,
        "XNOR": ones % 2 == 0,
        "NOT": ones == 0,
        "MAJ": ones >= 2,
    }[operation] + 0


def _text(gate: Gate, wires: Sequence[str]) -> str:
    """A gate with the wires, or their values."""
    operation = gate[0]
    if operation == "IF":
        return f"IF {wires[0]} THEN {wires[1]} ELSE {wires[2]}"
    if operation == "MAJ":
        return f"MAJ({','.join(wires)})"
    return f"NOT {wires[0]}" if operation == "NOT" else f" {operation} ".join(wires)


def _in_order(inputs: Mapping[str, int], gates: Mapping[str, Gate]) -> Iterator[str]:
    """The gates, each after those that it takes its values from, the first in the alphabet first."""
    known = set(inputs)
    left = sorted(gates)
    while left:
        wire = next(wire for wire in left if known.issuperset(gates[wire][1]))
        known.add(wire)
        left.remove(wire)
        yield wire


def _evaluate(inputs: Mapping[str, int], gates: Mapping[str, Gate]) -> dict[str, int]:
    values = dict(inputs)
    for wire in _in_order(inputs, gates):
        operation, taken = gates[wire]
        values[wire] = _value(operation, [values[each] for each in taken])
    return values


def _draw(chances: Chances, level: _Level) -> tuple[dict[str, int], dict[str, Gate]]:
    """Inputs and gates; a gate takes its values from different wires before, rather from late ones."""
    names = list(_LETTERS[: level.inputs + level.gates])
    gate_names = names[level.inputs :]
    if level.shuffled:
        chances.shuffle(gate_names)
    inputs = {name: chances.whole(0, 1) for name in names[: level.inputs]}
    gates: dict[str, Gate] = {}
    wires = names[: level.inputs]
    for name in gate_names:
        operation = chances.pick(level.operations)
        count = {"NOT": 1, "MAJ": 3, "IF": 3}.get(operation, 2)
        taken = chances.several(wires[-max(count, 5) :], min(count, len(wires)))
        if len(taken) < count:
            operation, taken = "XOR", taken[:2]
        gates[name] = operation, tuple(sorted(taken) if operation in _SYMMETRIC else taken)
        wires.append(name)
    return inputs, gates


def _choose(
    chances: Chances, gates: Mapping[str, Gate], values: Mapping[str, int], count: int
) -> tuple[str, ...] | None:
    """Wires of the later half, each value about equally likely; None where there are none of a value."""
    late = list(gates)[len(gates) // 2 :] if len(gates) > count + 1 else list(gates)
    chosen: set[str] = set()
    for _ in range(count):
        wanted = chances.whole(0, 1)
        suitable = [wire for wire in late if values[wire] == wanted and wire not in chosen]
        if not suitable:
            return None
        chosen.add(chances.pick(suitable))
    return tuple(sorted(chosen))


def _needed(gates: Mapping[str, Gate], asked: Sequence[str]) -> set[str]:
    """The gates that the asked wires depend on, themselves included."""
    pending = [*asked]
    needed: set[str] = set()
    while pending:
        wire = pending.pop()
        if wire in gates and wire not in needed:
            needed.add(wire)
            pending += gates[wire][1]
    return needed


def _stated(answer: str, asked: Sequence[str]) -> dict[str, int]:
    """The bits of `0,1`, `0 1`, `01` or, in any order, `c=0,e=1`.

    Raises:
        Unreadable, Refused: if it is anything else, or not just about the wires asked for.
    """
    text = spaced(answer)
    if text[:1] + text[-1:] in {"()", "[]", "{}"}:
        text = text[1:-1].strip()
    if _STATED.fullmatch(text) is None:
        raise Unreadable(f"{answer[:40]!r} is no list of values such as 1,0")
    names, bits = zip(*_BIT.findall(text), strict=True)
    wires = asked if not any(names) else names
    if sorted(wires) != sorted(asked) or len(bits) != len(asked):
        raise Unreadable(f"the values of {','.join(asked)} were asked for")
    return {wire: int(bit) for wire, bit in zip(wires, bits, strict=True)}


def _parts(line: str) -> list[str]:
    """What stands between the equals signs of a line; nothing for one that is too long."""
    return [part.strip() for part in line.split("=")] if len(line) <= 120 else []


def _check_line(parts: Sequence[str], gates: Mapping[str, Gate], known: Mapping[str, int]) -> Verdict:
    if len(parts) < 2 or parts[0] not in gates or parts[-1] not in {"0", "1"} or len(parts) > 4:
        return unreadable("a line such as 'c=1 AND 0=0' was expected")
    wire, *between, bit = parts
    operation, taken = gates[wire]
    if wire in known:
        return incorrect(f"the value of {wire} is known")
    if not all(each in known for each in taken):
        return incorrect(f"{wire} depends on a wire whose value isn't known")
    if not all(_is_gate(text, gates[wire], known) for text in between):
        return incorrect(f"that isn't the gate of {wire}")
    right = _value(operation, [known[each] for each in taken])
    return CORRECT if int(bit) == right else incorrect(f"the value of {wire} is another")


def _is_gate(text: str, gate: Gate, known: Mapping[str, int]) -> bool:
    """Whether a text is a gate with the names of its wires or with their values; the order is free where it may be."""
    operation, taken = gate
    orders = permutations(taken) if operation in _SYMMETRIC else [taken]
    spellings = [wires for order in orders for wires in (order, [str(known[each]) for each in order])]
    folded = "".join(text.upper().split())
    return any(folded == "".join(_text(gate, wires).upper().split()) for wires in spellings)
