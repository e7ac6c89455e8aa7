"""Zebra puzzles: what is in which house, from clues about neighbours and occupants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.families.chances import Chances
from reasoning_gym.families.readings import plain, read_items
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

Clue: TypeAlias = "tuple[str, str, str | int]"  # its kind, an item, and another item or a house
Houses: TypeAlias = int  # bit h stands for house h+1

_ATTRIBUTES = {
    "colours": ("blue", "brown", "green", "grey", "red", "white", "yellow"),
    "pets": ("bird", "cat", "dog", "fish", "goat", "horse", "snake"),
    "drinks": ("beer", "cocoa", "coffee", "juice", "milk", "tea", "water"),
    "people": ("Ann", "Bob", "Cid", "Dan", "Eva", "Fay", "Gus"),
}
_KIND_OF = {item: kind for kind, items in _ATTRIBUTES.items() for item in items}
_STATEMENT = re.compile(r"([A-Za-z]{2,8}) ?(=|!=) ?([1-5](?: ?, ?[1-5]){0,4})", re.ASCII)
_MOST_DRAWS = 120  # of clues, most of them of no use


class _Level(NamedTuple):
    houses: int
    attributes: int
    clues: tuple[str, ...]
    lines: int = 31  # at most
    characters: int = 200  # of a line, at most


_LEVELS = (
    _Level(3, 2, ("same", "at", "not", "left"), lines=7, characters=40),
    _Level(3, 3, ("same", "same", "at", "not", "left", "next")),
    _Level(4, 3, ("same", "same", "at", "left", "next", "before")),
    _Level(4, 4, ("same", "same", "apart", "not", "left", "next", "before")),
    _Level(5, 3, ("same", "apart", "not", "left", "next", "before")),
    _Level(5, 4, ("same", "same", "apart", "not", "left", "next", "before")),
)


@family(category="logic", levels=6)
class ZebraPuzzle(Family):
    """Find out what is in which of some houses in a row, from clues.

    Statement: `Houses 1 to 3 from left to right; colours blue, green, red; pets bird, cat, dog; each once. The cat is
        in the red house; the bird is in house 1; the dog's house is directly left of the cat's house; the green house
        is next to the red house. Give the pets of houses 1 to 3.` One arrangement fits.
    Thoughts: what one clue rules out, and for what is in the same houses: `cat!=1; red!=1`; or the only house that is
        left: `dog=2`. That two things of a kind aren't in one house needs no line.
    Answer: the things of the kind asked for, from house 1 on.
    Level: 3 houses with 2 kinds of things to 5 houses with 4, looser clues. Guessing pays 1/6 with 3 houses, 1/24 with
        4, 1/120 with 5.
    Verified: by the arrangement that elimination yields; every step of it is forced.
    Checked step by step: a house ruled out must be ruled out by one clue, those that put things in the same house, and
        the earlier lines; a house named must be the right one. Either must be new.

        Houses 1 to 3 from left to right; colours blue, green, white; drinks beer, milk, water; each once. Beer is in
            the blue house; beer is not in house 2; the white house is house 3; water is in the green house. Give the
            colours of houses 1 to 3.
        white=3
        blue=1; beer=1
        green=2; water=2
        Answer: blue,green,white
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chances = Chances(rng)
        chosen = _LEVELS[level - 1]
        while True:
            kinds = sorted(chances.several(list(_ATTRIBUTES), chosen.attributes))
            rows = [chances.several(_ATTRIBUTES[kind], chosen.houses) for kind in kinds]
            puzzle = _Puzzle(chosen.houses, tuple(tuple(sorted(row)) for row in rows), ())
            clues = _draw_clues(chances, puzzle, rows, chosen.clues)
            if not clues:
                continue
            puzzle = puzzle._replace(clues=tuple(sorted(clues, key=_clue_text)))
            asked = chances.whole(0, chosen.attributes - 1)
            lines = _work(puzzle, asked)
            if 2 <= len(lines) <= chosen.lines and max(map(len, lines)) <= chosen.characters:
                break
        question = Question(self.name, level, _told(puzzle, kinds, asked), _format(kinds[asked]), (*puzzle, asked))
        return Problem(question, ",".join(rows[asked]))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        puzzle, asked = _given(problem.question)
        return (*_work(puzzle, asked), f"Answer: {problem.answer}")

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts
        puzzle, asked = _given(question)

        def decide() -> Verdict:
            items = [item.lower() for item in read_items(re.sub(r"(?:, ?| )and ", ", ", plain(answer)))]
            if sorted(items) != sorted(item.lower() for item in puzzle.rows[asked]):
                raise Unreadable("all things of the kind were asked for, each once")
            right = {item.lower(): house for item, house in _solution(puzzle).items()}
            fits = all(right[item] == 1 << place for place, item in enumerate(items))
            return CORRECT if fits else incorrect("something is in another house")

        return guarded(decide)

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        puzzle, _ = _given(question)
        left = _start(puzzle)
        for line in thoughts:
            left = _after(puzzle, left, line)
        return guarded(lambda: _check_line(puzzle, left, step))


def _after(puzzle: _Puzzle, left: dict[str, Houses], line: str) -> dict[str, Houses]:
    """What is left after a line; one that is no step changes nothing."""
    after = dict(left)
    return after if guarded(lambda: _check_line(puzzle, after, line)).correct else left


class _Puzzle(NamedTuple):
    houses: int
    rows: tuple[tuple[str, ...], ...]  # the items of each kind, in alphabetical order
    clues: tuple[Clue, ...]


def _given(question: Question) -> tuple[_Puzzle, int]:
    houses, rows, clues, asked = cast("tuple[int, tuple[tuple[str, ...], ...], tuple[Clue, ...], int]", question.given)
    return _Puzzle(houses, rows, clues), asked


def _format(kind: str) -> str:
    return ANSWER_FORMAT.format(answer=f"the {kind} from house 1 on, with commas between")


def _start(puzzle: _Puzzle) -> dict[str, Houses]:
    """Every item may be in every house."""
    return {item: (1 << puzzle.houses) - 1 for row in puzzle.rows for item in row}


def _left_by(clue: Clue, left: dict[str, Houses], houses: int) -> Iterator[tuple[str, Houses]]:
    """What a clue leaves over for its items."""
    kind, item, other = clue
    mine = left[item]
    if isinstance(other, int):
        yield item, mine & 1 << other if kind == "at" else mine & ~(1 << other)
        return
    yours = left[other]
    if kind == "same":
        yield item, mine & yours
        yield other, mine & yours
    elif kind == "apart":
        yield item, mine & ~yours if yours.bit_count() == 1 else mine
        yield other, yours & ~mine if mine.bit_count() == 1 else yours
    elif kind == "left":
        yield item, mine & yours >> 1
        yield other, yours & mine << 1
    elif kind == "next":
        yield item, mine & (yours >> 1 | yours << 1)
        yield other, yours & (mine >> 1 | mine << 1)
    else:
        yield item, mine & (1 << max(yours.bit_length() - 1, 0)) - 1
        yield other, yours & -((mine & -mine) << 1)


def _exclude(puzzle: _Puzzle, left: dict[str, Houses]) -> None:
    """Take the houses of items that are settled from the others of their kind."""
    for row in puzzle.rows:
        settled, before = -1, 0
        while settled != before:
            settled, before = before, sum(left[item] for item in row if left[item].bit_count() == 1)
            for item in row:
                if left[item].bit_count() > 1:
                    left[item] &= ~before


def _only_places(puzzle: _Puzzle, left: dict[str, Houses]) -> Iterator[tuple[str, Houses]]:
    """Items that aren't settled but are the only ones of their kind that a house may have."""
    for row in puzzle.rows:
        once, twice = 0, 0
        for item in row:
            twice |= once & left[item]
            once |= left[item]
        for item in row:
            only = left[item] & once & ~twice
            if only and left[item].bit_count() > 1:
                yield item, only


def _propagate(puzzle: _Puzzle, left: dict[str, Houses], clues: Sequence[Clue]) -> None:
    """Rule out houses, clue by clue, until nothing more follows."""
    changed = True
    while changed:
        changed = _apply(puzzle, left, clues)
        total = sum(left.values())
        _exclude(puzzle, left)
        left.update(_only_places(puzzle, left))
        changed = changed or sum(left.values()) != total


def _apply(puzzle: _Puzzle, left: dict[str, Houses], clues: Sequence[Clue]) -> bool:
    """Rule out what each clue by itself does, in turn; whether that is anything."""
    changed = False
    for clue in clues:
        for item, houses in _left_by(clue, left, puzzle.houses):
            if left[item] != houses:
                left[item] = houses
                changed = True
    return changed


def _settled(left: dict[str, Houses]) -> bool:
    return all(houses.bit_count() == 1 for houses in left.values())


@lru_cache(maxsize=1024)
def _solution(puzzle: _Puzzle) -> dict[str, Houses]:
    left = _start(puzzle)
    _propagate(puzzle, left, puzzle.clues)
    return left


def _draw_clues(chances: Chances, puzzle: _Puzzle, rows: Sequence[Sequence[str]], kinds: Sequence[str]) -> list[Clue]:
    """True clues from which everything follows, none of which can be done without; none at all if chance fails."""
    left = _start(puzzle)
    clues: list[Clue] = []
    for _ in range(_MOST_DRAWS):
        if _settled(left):
            break
        clue = _draw_clue(chances, rows, chances.pick(kinds))
        if clue is not None and any(left[item] != houses for item, houses in _left_by(clue, left, puzzle.houses)):
            clues.append(clue)
            _propagate(puzzle, left, clues)
    else:
        return []
    for clue in list(clues):
        fewer = [each for each in clues if each is not clue]
        left = _start(puzzle)
        _propagate(puzzle, left, fewer)
        clues = fewer if _settled(left) else clues
    return clues


def _draw_clue(chances: Chances, rows: Sequence[Sequence[str]], kind: str) -> Clue | None:
    """A clue that is true of the arrangement in rows; None where chance leads nowhere."""
    last = len(rows[0]) - 1
    row, house = chances.whole(0, len(rows) - 1), chances.whole(0, last)
    item = rows[row][house]
    if kind == "at":
        return kind, item, house
    elsewhere = chances.pick([each for each in range(last + 1) if each != house])
    if kind == "not":
        return kind, item, elsewhere
    other_row = chances.pick([each for each in range(len(rows)) if each != row])
    if kind in {"same", "apart"}:
        one, other = sorted((item, rows[other_row][house if kind == "same" else elsewhere]), key=_order)
        return kind, one, other
    beside = house + 1 if kind == "left" else elsewhere
    if beside > last or (kind == "next" and abs(beside - house) > 1) or (kind == "before" and beside < house):
        return None
    other = rows[other_row if chances.happens(0.8) else row][beside]
    one, other = sorted((item, other), key=_order) if kind == "next" else (item, other)
    return kind, one, other


def _order(item: str) -> tuple[int, str]:
    """Colours last: other things are in the red house."""
    return -list(_ATTRIBUTES).index(_KIND_OF[item]), item


def _noun(item: str) -> str:
    return {"colours": f"the {item} house", "pets": f"the {item}", "drinks": item, "people": item}[_KIND_OF[item]]


def _house(item: str) -> str:
    """The house in which an item is."""
    forms = {
        "colours": f"the {item} house",
        "pets": f"the {item}'s house",
        "drinks": f"the house with {item}",
        "people": f"{item}'s house",
    }
    return forms[_KIND_OF[item]]


def _clue_text(clue: Clue) -> str:
    kind, item, other = clue
    if isinstance(other, int):
        place = f"house {other + 1}" if _KIND_OF[item] == "colours" else f"in house {other + 1}"
        return f"{_noun(item)} is {'not ' if kind == 'not' else ''}{place}"
    if kind in {"same", "apart"}:
        return f"{_noun(item)} is {'not ' if kind == 'apart' else ''}in {_house(other)}"
    relation = {"left": "directly left of", "next": "next to", "before": "somewhere left of"}[kind]
    return f"{_house(item)} is {relation} {_house(other)}"


def _told(puzzle: _Puzzle, kinds: Sequence[str], asked: int) -> str:
    things = "; ".join(f"{kind} {', '.join(row)}" for kind, row in zip(kinds, puzzle.rows, strict=True))
    clues = "; ".join(map(_clue_text, puzzle.clues))
    start = f"Houses 1 to {puzzle.houses} from left to right; {things}; each once."
    return f"{start} {clues[0].upper()}{clues[1:]}. Give the {kinds[asked]} of houses 1 to {puzzle.houses}."


def _work(puzzle: _Puzzle, asked: int) -> list[str]:
    """The lines of an elimination, until the kind asked for is settled."""
    left = _start(puzzle)
    lines: list[str] = []
    while not all(left[item].bit_count() == 1 for item in puzzle.rows[asked]):
        parts: list[str] = []
        for item, houses in _changes(puzzle, left).items():
            if left[item] & ~houses:  # the earlier parts may have said so
                parts.append(_written(item, left[item], houses))
                left[item] = houses
                _exclude(puzzle, left)
        lines.append("; ".join(parts))
    return lines


def _changes(puzzle: _Puzzle, left: dict[str, Houses]) -> dict[str, Houses]:
    """What follows next, and for what is in the same houses; nothing where all is settled.

    The only place for a thing comes first, then the clue that settles a thing, then the first that rules anything out.
    """
    same = [clue for clue in puzzle.clues if clue[0] == "same"]
    firsts = [{item: houses} for item, houses in _only_places(puzzle, left)]
    found: list[dict[str, Houses]] = []
    for change in firsts[:1] or [_yielded(puzzle, left, clue) for clue in puzzle.clues]:
        after = {**left, **change}
        while _apply(puzzle, after, same):
            pass
        news = {item: after[item] for item in (*change, *after) if after[item] != left[item]}
        found += [news] if news else []
    return min(found, key=lambda news: min(houses.bit_count() for houses in news.values()) > 1) if found else {}


def _yielded(puzzle: _Puzzle, left: dict[str, Houses], clue: Clue) -> dict[str, Houses]:
    """What one clue by itself rules out, as far as it goes."""
    after = dict(left)
    while _apply(puzzle, after, (clue,)):
        pass
    return {item: after[item] for item in clue[1:] if isinstance(item, str) and after[item] != left[item]}


def _written(item: str, before: Houses, after: Houses) -> str:
    if after.bit_count() == 1:
        return f"{item}={after.bit_length()}"
    out = before & ~after
    return f"{item}!={','.join(str(house + 1) for house in range(out.bit_length()) if out >> house & 1)}"


def _check_line(puzzle: _Puzzle, left: dict[str, Houses], line: str) -> Verdict:
    """Whether every statement of a line is new and follows from what is left; takes the true ones in.

    Raises:
        Unreadable: if the line is anything else.
    """
    names = {item.lower(): item for item in left}
    for part in line.split(";") if len(line) <= 400 else [""]:
        match = _STATEMENT.fullmatch(part.strip())
        item = names.get(match[1].lower()) if match else None
        if match is None or item is None:
            raise Unreadable("a line such as 'cat!=1,3; red=2' was expected")
        houses = [int(house) for house in match[3].split(",")]
        stated = sum(1 << house - 1 for house in set(houses))
        if max(houses) > puzzle.houses or len(set(houses)) < len(houses) or (match[2] == "=" and len(houses) > 1):
            raise Unreadable(f"{part.strip()} isn't about houses 1 to {puzzle.houses}")
        verdict = (
            _check_named(puzzle, left, item, stated) if match[2] == "=" else _check_out(puzzle, left, item, stated)
        )
        if not verdict.correct:
            return verdict
        left[item] &= stated if match[2] == "=" else ~stated
        _exclude(puzzle, left)
    return CORRECT


def _check_named(puzzle: _Puzzle, left: dict[str, Houses], item: str, house: Houses) -> Verdict:
    if left[item] == house:
        return incorrect(f"where {item} is was known")
    return CORRECT if _solution(puzzle)[item] == house else incorrect(f"{item} is in another house")


def _check_out(puzzle: _Puzzle, left: dict[str, Houses], item: str, out: Houses) -> Verdict:
    if out & ~left[item]:
        return incorrect(f"a house was ruled out for {item} before")
    same = [clue for clue in puzzle.clues if clue[0] == "same"]
    possible = left[item]
    for clue in puzzle.clues:
        after = {**left, **dict(_only_places(puzzle, left))}
        while _apply(puzzle, after, (clue, *same)):
            pass
        possible &= after[item]
    return incorrect(f"one clue alone doesn't rule it out for {item}") if out & possible else CORRECT
