"""Puzzles of moves: a start, moves that lead from one position to another, and a goal.

A thought is some moves and the position that they lead to, as in `AC AB: 3/2/1`; an answer is all moves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Refused, Undefined, Unreadable
from reasoning_gym.families.readings import plain
from reasoning_gym.problem import CORRECT, Verdict, incorrect

Position = TypeVar("Position", bound=Hashable)

# What may stand between moves, or between the parts of one.
_BETWEEN = re.compile(r"->|\u2192|\\(?:to|rightarrow)(?![A-Za-z])|[\s,;]")
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_LONGEST_LINE = 1_000  # characters


@dataclass(frozen=True)
class Puzzle(Generic[Position]):
    """What a question of moves asks."""

    start: Position
    most: int  # moves
    width: int  # characters of one move
    after: Callable[[Position, str], Position | None]  # None where a move, in capitals, isn't legal
    written: Callable[[Position], str]
    done: Callable[[Position], bool]


def read_moves(text: str, width: int, most: int) -> list[str]:
    """The moves of a text in capitals; commas, spaces, arrows and a pair of brackets around are free.

    Raises:
        Unreadable: if it doesn't fall into moves of this width.
        Undefined: if these are more than `most`.

    >>> read_moves("[ab, B->C]", 2, 9)
    ['AB', 'BC']
    """
    text = text.strip()
    if _BRACKETS.get(text[:1], "") == text[-1:] != "":
        text = text[1:-1]
    letters = _BETWEEN.sub("", text)
    if not letters or len(letters) % width or not letters.isascii():
        raise Unreadable(f"{text[:40]!r} is no list of moves with {width} characters each")
    if len(letters) > width * most:
        raise Undefined(f"{len(letters) // width} moves are more than {most}")
    return [letters[i : i + width].upper() for i in range(0, len(letters), width)]


def play(puzzle: Puzzle[Position], position: Position, moves: Sequence[str]) -> Iterator[Position]:
    """The positions that moves lead to.

    Raises:
        Undefined: at a move that isn't legal.
    """
    for move in moves:
        following = puzzle.after(position, move)
        if following is None:
            raise Undefined(f"{move} is no legal move from {puzzle.written(position)}")
        position = following
        yield position


def check_moves(puzzle: Puzzle[Position], answer: str) -> Verdict:
    """Whether an answer is a sequence of legal moves that reaches the goal with its last move."""

    def decide() -> Verdict:
        *_, end = play(puzzle, puzzle.start, read_moves(plain(answer), puzzle.width, puzzle.most))
        return CORRECT if puzzle.done(end) else incorrect(f"it ends at {puzzle.written(end)}")

    return guarded(decide)


def check_line(puzzle: Puzzle[Position], thoughts: Sequence[str], step: str) -> Verdict:
    """Whether a line is legal moves from the position at hand to new ones, and says rightly where they lead."""

    def decide() -> Verdict:
        track = [puzzle.start]
        for line in thoughts:
            try:
                track += _stretch(puzzle, track, line)
            except (Unreadable, Undefined, Refused):
                continue
        _stretch(puzzle, track, step)
        return CORRECT

    return guarded(decide)


def _stretch(puzzle: Puzzle[Position], track: Sequence[Position], line: str) -> list[Position]:
    """The new positions that a line adds to those so far.

    Raises:
        Unreadable, Undefined, Refused: if it is no valid line here.
    """
    if len(line) > _LONGEST_LINE:
        raise Refused(f"a line of {len(line)} characters is longer than {_LONGEST_LINE}")
    moves, colon, stated = line.rpartition(":")
    if not colon:
        raise Unreadable(f"{line[:40]!r} isn't 'moves: position'")
    if puzzle.done(track[-1]):
        raise Undefined("the goal is reached")
    added = list(play(puzzle, track[-1], read_moves(moves, puzzle.width, puzzle.most + 1 - len(track))))
    if len({*track, *added}) < len(track) + len(added):
        raise Undefined("it comes back to an earlier position")
    if "".join(stated.split()).lower() != puzzle.written(added[-1]).lower():
        raise Undefined(f"the moves don't lead to {stated.strip()[:40]!r}")
    return added


def lines(puzzle: Puzzle[Position], moves: Sequence[str], at_once: int = 1) -> list[str]:
    """The lines of a solution, so many moves each."""
    found: list[str] = []
    position = puzzle.start
    for i in range(0, len(moves), at_once):
        some = moves[i : i + at_once]
        *_, position = play(puzzle, position, some)
        found.append(f"{' '.join(some)}: {puzzle.written(position)}")
    return found
