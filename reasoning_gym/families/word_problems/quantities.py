"""Chains of quantities: who has how many, what is given, shared, packed and left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias, cast

import numpy as np

from reasoning_gym.families.chances import Chances
from reasoning_gym.families.stories import times_as
from reasoning_gym.families.wording import PEOPLE, Thing, listing, sentence, things
from reasoning_gym.families.workings import Amount, WordProblem, Workings, writable, written
from reasoning_gym.family import ANSWER_FORMAT, family
from reasoning_gym.problem import Problem, Question

# What a sentence says: its kind, the places of those it speaks of, and its numbers.
Fact: TypeAlias = "tuple[str | int, ...]"

_FORMAT = ANSWER_FORMAT.format(answer="the number")
_DEFINED = {"base": 1, "packs": 1, "more": 2, "fewer": 2, "times": 2, "part": 2, "sum": 3}  # how many are spoken of
_EVENTS = {"gains": 1, "loses": 1, "moves": 2}
_ASKED = {"one": 1, "total": 0, "gap": 2, "share": 1, "bags": 1, "recipe": 1}
_PARTS = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth"}
_COLLECTED = things("marble, stamp, sticker, shell, coin, badge, bead, postcard, button, comic, toy car, trading card")
_EDIBLE = things("apple, egg, lemon, carrot, onion, potato/potatoes, tomato/tomatoes, pepper, plum, fig")
_COLOURS = ("red", "blue", "green", "yellow", "white", "black", "brown", "grey")
_HOLDERS = ("box", "basket", "bag", "drawer", "crate", "jar")


class _Level(NamedTuple):
    holders: int
    events: int
    steps: tuple[int, int]  # fewest and most lines
    asked: tuple[str, ...]
    asides: int = 0
    shuffled: bool = False  # whether a sentence may speak of somebody who is only introduced later


_LEVELS = (
    _Level(2, 0, (1, 1), ("one",)),
    _Level(2, 1, (2, 2), ("one", "total", "gap", "share")),
    _Level(3, 1, (3, 4), ("one", "total", "gap", "share", "bags")),
    _Level(3, 2, (4, 5), ("one", "total", "gap", "bags", "recipe"), asides=1),
    _Level(4, 3, (5, 7), ("one", "total", "gap", "share", "bags", "recipe"), asides=1, shuffled=True),
    _Level(6, 4, (7, 11), ("total", "total", "total", "gap", "share", "bags", "recipe"), asides=2, shuffled=True),
)


@family(category="word_problems", levels=6)
class Quantities(WordProblem):
    """Follow quantities that depend on each other through a story.

    Statement: `Mia has 12 stamps. Tom has 5 more stamps than Mia. How many stamps does Tom have?`
    Thoughts: one calculation a line, with its result, for the quantities that matter.
    Answer: a whole number.
    Level: 2 to 6 holders, each compared with others by a random graph, up to 4 events, 1 to 11 calculations; then
        a sum, a difference, equal shares, bags or a recipe. From level 4 some sentences don't matter, from level 5
        they stand in any order.
    Verified: by following the story again.
    Checked step by step: a line is a true calculation with numbers of the question or of earlier lines, whose result,
        by what the numbers mean, is a part of a way to the answer, and new.

        Mia has 12 stamps. Tom has 5 more stamps than Mia. How many stamps does Tom have?
        12+5=17
        Answer: 17
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        chances = Chances(rng)
        chosen = _LEVELS[level - 1]
        while True:
            facts = _draw(chances, chosen)
            workings, asked = _work(facts)
            fewest, most = chosen.steps
            if not fewest <= len(workings.lines) <= most or asked.value in {fact.value for fact in workings.facts}:
                continue
            statement = _tell(chances, facts, chosen)
            if asked.value > 1 and writable(workings, statement):
                break
        return Problem(Question(self.name, level, statement, _FORMAT, facts), written(asked.value))

    def workings(self, question: Question) -> tuple[Workings, Amount]:
        return _work(cast("tuple[Fact, ...]", question.given))


def _split(fact: Fact) -> tuple[str, list[int], list[int]]:
    """The kind of a fact, the places of those that it speaks of, and its numbers."""
    kind, *numbers = cast("tuple[str, *tuple[int, ...]]", fact)
    count = {**_DEFINED, **_EVENTS, **_ASKED}[kind] or len(numbers)
    return kind, numbers[:count], numbers[count:]


def _draw(chances: Chances, level: _Level) -> tuple[Fact, ...]:
    """Definitions in the order of a random graph, events, and what is asked; every amount stays whole and positive."""
    amounts: list[int] = []
    defined: list[Fact] = []
    for place in range(level.holders):
        fact, amount = _definition(chances, amounts, first=place == 0)
        defined.append(fact)
        amounts.append(amount)
    if level.shuffled:
        chances.shuffle(defined)
    events = [
        _event(chances, amounts) for _ in range(level.events if level.events < 2 else chances.whole(1, level.events))
    ]
    return (*defined, *events, _question(chances, amounts, chances.pick(level.asked)))


def _definition(chances: Chances, amounts: Sequence[int], *, first: bool) -> tuple[Fact, int]:
    place = len(amounts)
    if first:
        packs, each = chances.whole(2, 6), chances.whole(3, 12)
        amount = chances.whole(6, 40)
        return (
            (("base", place, amount), amount) if chances.happens(0.7) else (("packs", place, packs, each), packs * each)
        )
    other = chances.pick(range(place))
    held, number = amounts[other], chances.whole(2, 15)
    small = chances.whole(2, 4)
    kind = chances.pick(("more", "more", "fewer", "times", "part", "sum" if place > 1 else "times"))
    if kind == "sum":
        one, other = sorted(chances.several(range(place), 2))
        return ("sum", place, one, other), amounts[one] + amounts[other]
    if kind == "part" and held % small == 0 and held > 2 * small:
        return ("part", place, other, small), held // small
    if kind == "fewer" and held > number + 1:
        return ("fewer", place, other, number), held - number
    if kind == "times" and held < 60:
        return ("times", place, other, small), held * small
    return ("more", place, other, number), held + number


def _event(chances: Chances, amounts: list[int]) -> Fact:
    """Something that happens; it changes the amounts."""
    place = chances.pick(range(len(amounts)))
    number = chances.whole(2, max(2, min(20, amounts[place] - 2)))
    kind = chances.pick(("gains", "loses", "moves", "moves"))
    if kind == "gains" or amounts[place] <= number + 1:
        amounts[place] += number
        return "gains", place, number
    amounts[place] -= number
    if kind == "loses":
        return "loses", place, number
    other = chances.pick([each for each in range(len(amounts)) if each != place])
    amounts[other] += number
    return "moves", place, other, number


def _question(chances: Chances, amounts: Sequence[int], kind: str) -> Fact:
    places = range(len(amounts))
    place = chances.pick(places) if kind != "one" else chances.whole(1, len(amounts) - 1)
    held = amounts[place]
    if kind == "total":
        return ("total", *sorted(chances.several(places, chances.whole(2, len(amounts)))))
    if kind == "gap":
        less, more = sorted(chances.several(places, 2), key=amounts.__getitem__)
        return "gap", more, less
    if kind == "share" and (shares := [number for number in range(2, 10) if held % number == 0]):
        return "share", place, chances.pick(shares)
    if kind == "bags" and held > 8:
        each = chances.whole(2, held // 3)
        return "bags", place, chances.whole(2, max(2, (held - 1) // each)), each
    if kind == "recipe" and held > 12:
        people, each = chances.whole(2, 6), chances.whole(2, 4)
        return "recipe", place, people, people * each // 2 * 2, people * chances.whole(2, 4)
    return "one", place


def _work(facts: Sequence[Fact]) -> tuple[Workings, Amount]:
    """The lines for the amounts that the last fact, the question, asks for."""
    workings = Workings()
    story = _Story(facts, workings)
    kind, places, numbers = _split(facts[-1])
    amounts = [story.amount(place, len(facts)) for place in places]
    given = [workings.fact(number) for number in numbers]
    if kind == "total":
        total = amounts[0]
        for amount in amounts[1:]:
            total += amount
        return workings, workings.step(total)
    if kind == "gap":
        return workings, workings.step(amounts[0] - amounts[1])
    if kind == "share":
        return workings, workings.step(amounts[0] / given[0])
    if kind == "bags":
        return workings, workings.step(amounts[0] - workings.step(given[0] * given[1]))
    if kind == "recipe":  # for so many people it takes so many, and is made for other people
        return workings, workings.step(amounts[0] - workings.step(given[1] * given[2] / given[0]))
    return workings, amounts[0]


class _Story:
    """The amounts of a story, worked out when they are asked for."""

    def __init__(self, facts: Sequence[Fact], workings: Workings) -> None:
        self.facts = [_split(fact) for fact in facts[:-1]]
        self.workings = workings
        self.known: dict[tuple[int, int], Amount] = {}  # by the fact that sets it and the holder

    def amount(self, place: int, time: int) -> Amount:
        """What a holder has before a fact: by the last event, or by the holder's definition."""
        events = [i for i, (kind, places, _) in enumerate(self.facts[:time]) if kind in _EVENTS and place in places]
        source = events[-1] if events else self.definition(place)
        if (source, place) not in self.known:
            self.known[source, place] = self.result(source, place)
        return self.known[source, place]

    def definition(self, place: int) -> int:
        return next(i for i, (kind, places, _) in enumerate(self.facts) if kind in _DEFINED and places[0] == place)

    def result(self, source: int, place: int) -> Amount:
        """What a fact makes of a holder's amount."""
        kind, places, numbers = self.facts[source]
        others = [place] if kind in _EVENTS else places[1:]
        before = [self.amount(other, source if kind in _EVENTS else 0) for other in others]
        number, *more = [self.workings.fact(each) for each in numbers] or before[1:]
        if kind == "base":
            return number
        calculations = {
            "packs": lambda: number * more[0],
            "times": lambda: number * before[0],
            "part": lambda: before[0] / number,
        }
        if kind in calculations:
            return self.workings.step(calculations[kind]())
        less = kind in {"fewer", "loses"} or (kind == "moves" and place == places[0])
        return self.workings.step(before[0] - number if less else before[0] + number)


def _tell(chances: Chances, facts: Sequence[Fact], level: _Level) -> str:
    """The story in words, of people or of what they keep things in."""
    kind = _split(facts[-1])[0]
    thing = chances.pick(_EDIBLE if kind == "recipe" else (*_COLLECTED, *_EDIBLE))
    people = chances.several(PEOPLE, len(facts))
    if chances.happens(0.6) or kind == "recipe":
        scene = _Scene(tuple(person.name for person in people), "has", "have", thing, people[-1].name)
    else:
        holder = chances.pick(_HOLDERS)
        names = tuple(f"the {colour} {holder}" for colour in chances.several(_COLOURS, len(_COLOURS)))
        scene = _Scene(names, "contains", "contain", thing, people[0].name)
    told = [_told(chances, scene, fact) for fact in facts[:-1]]
    for i, fact in enumerate(facts[:-1]):
        if fact[0] in _EVENTS:
            told[i] = f"Then {told[i]}" if chances.happens(0.5) or facts[i - 1][0] in _DEFINED else told[i]
    for aside in chances.several(_asides(chances, scene), level.asides):
        told.insert(chances.whole(1, len(told)), aside)
    changed = any(fact[0] in _EVENTS for fact in facts)
    return " ".join(map(sentence, [*told, _asking(scene, facts[-1], " now" if changed else "")]))


class _Scene(NamedTuple):
    names: tuple[str, ...]
    has: str
    have: str
    thing: Thing
    actor: str  # who moves things where the holders aren't people

    @property
    def of_people(self) -> bool:
        return self.has == "has"


def _told(chances: Chances, scene: _Scene, fact: Fact) -> str:
    """The sentence that says a fact."""
    kind, places, numbers = _split(fact)
    one, *others = (scene.names[place] for place in places)
    other = listing(others) if others else ""
    has, things_ = scene.has, scene.thing.many
    number, each = [*numbers, 0, 0][:2]
    if kind in _DEFINED:
        comparisons = {
            "base": f"{number} {things_}",
            "packs": f"{number} packs of {each} {things_} each",
            "more": f"{number} more {things_} than {other}",
            "fewer": f"{number} fewer {things_} than {other}",
            "times": f"{times_as(number)} as many {things_} as {other}",
            "part": f"{_PARTS.get(number, '')} as many {things_} as {other}",
            "sum": f"as many {things_} as {other} together",
        }
        return f"{one} {has} {comparisons[kind]}."
    if scene.of_people:
        gains, loses = chances.pick(("buys", "finds", "gets")), chances.pick(("loses", "sells", "gives away"))
        more = chances.pick(("", "more "))
        happening = {"gains": f"{gains} {number} {more}", "loses": f"{loses} {number} ", "moves": f"gives {number} "}[
            kind
        ]
        return f"{one} {happening}{things_}{f' to {other}' if other else ''}."
    happening = {
        "gains": f"puts {number} more {things_} into {one}",
        "loses": f"takes {number} {things_} out of {one}",
        "moves": f"moves {number} {things_} from {one} to {other}",
    }[kind]
    return f"{scene.actor} {happening}."


def _asking(scene: _Scene, fact: Fact, now: str) -> str:
    """The question, and what is done for it."""
    kind, places, numbers = _split(fact)
    names = [scene.names[place] for place in places]
    things_ = scene.thing.many
    if kind == "total":
        return f"how many {things_} do {listing(names)} {scene.have} together{now}?"
    if kind == "gap":
        return f"how many more {things_} does {names[0]} {scene.have} than {names[1]}{now}?"
    if kind == "one":
        return f"how many {things_} does {names[0]} {scene.have}{now}?"
    held = f"{names[0]}'s {things_}" if scene.of_people else f"the {things_} of {names[0]}"
    if kind == "share":
        return f"{held} are shared equally among {numbers[0]} children. How many {things_} does each child get?"
    if kind == "bags":
        filled = f"from {held}, {numbers[0]} bags are filled with {numbers[1]} {things_} each"
        return f"{filled}. How many of them are left over?"
    recipe = f"a recipe for {numbers[0]} people takes {numbers[1]} {things_}"
    return f"{recipe}. {names[0]} cooks it for {numbers[2]} people. How many {things_} does {names[0]} have left?"


def _asides(chances: Chances, scene: _Scene) -> list[str]:
    """Sentences about other things."""
    number = chances.whole(3, 40)
    holder = scene.names[chances.whole(0, 1)]
    other = chances.pick([each for each in _COLLECTED if each != scene.thing])
    return [
        f"{holder} {scene.has} {number} {other.many}.",
        f"{scene.actor} is {number + 3} years old." if not scene.of_people else f"{holder} is {number + 3} years old.",
        f"a {scene.thing.one} weighs about {number} grams." if scene.thing.one[0] not in "aeiou" else "it is spring.",
    ]
