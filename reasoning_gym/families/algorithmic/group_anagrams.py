"""Words to be put together that have the same letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple, cast

import numpy as np

from reasoning_gym.checker.equality import guarded
from reasoning_gym.checker.limits import Unreadable
from reasoning_gym.families.readings import plain
from reasoning_gym.family import ANSWER_FORMAT, Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, Verdict, incorrect

_WORDS = """
act cat, amp map, ant tan, ape pea, apt pat tap, arc car, are ear era, arm mar ram, art rat tar, asp sap spa,
ate eat tea, bad dab, bag gab, bat tab, bin nib, bud dub, bus sub, but tub, dam mad, den end, dog god, gel leg, gum mug,
gut tug, its sit, lap pal, low owl, nap pan, net ten, nip pin, now own won, opt pot top, pit tip, raw war, saw was,
ache each, acre care race, aide idea, arts rats star, bake beak, bare bear, bats stab, brag grab, cape pace, chin inch,
coal cola, dale deal lead, dare dear read, demo dome mode, diet edit tide tied, disk kids skid, door odor, draw ward,
dues used, earn near, east eats seat, emit item mite time, evil live veil vile, file life, flea leaf, flow fowl wolf,
grin ring, hare hear, hint thin, host shot, keep peek, lain nail, lair liar rail, lame male meal, lamp palm, last salt,
late tale teal, leap pale plea, lime mile, lion loin, lips lisp slip, list silt slit, loop polo pool, loot tool,
lost slot, lump plum, amen mean name, mate meat tame team, moor room, nest nets sent tens, note tone, pans snap span,
part rapt trap, paws swap wasp, pear reap, pest pets step, post pots spot stop tops, rate tear, rose sore, runt turn,
sale seal, same seam, save vase, sign sing, sink skin, stew west, veto vote, wane wean, ware wear, warp wrap,
alert alter later, angel angle glean, argon groan organ, baker brake break, begin being binge, below elbow, bored robed,
brush shrub, canoe ocean, cares races scare, cater crate react trace, cause sauce, charm march, cheap peach,
cheat teach, cider cried, cloud could, dairy diary, death hated, dusty study, early layer relay, earth hater heart,
ethos those, fired fried, flesh shelf, glare lager large regal, grown wrong, horse shore, lapse sepal, least slate stale
steal tales, lemon melon, limes miles slime smile, nails slain snail, night thing, north thorn, notes onset stone tones,
panel penal plane, parse pears spare spear, parts strap traps, petal plate pleat, pinto point, purse super,
quiet quite, rates stare tears, saint satin stain, serve sever verse, skate stake steak takes, space capes paces,
state taste, sheet these, sword words, throw worth, tired tried, tower wrote, trail trial, waist waits, weird wider
wired,
aligns signal, asleep please, aspire praise, astute statue, battle tablet, bruise rubies, casual causal, caster crates
reacts traces, cedars sacred scared, citrus rustic, course source, credit direct, danger gander garden ranged,
dearth hatred thread, detail dilate tailed, editor rioted, enlist inlets listen silent tinsel, filter trifle,
finder friend, finger fringe, forest foster softer, hustle sleuth, lament mantle mental,
lemons melons solemn, loader ordeal reload, luster result rustle, marble ramble, marine remain, master stream,
nights things, nosier senior, parley pearly player replay, petals plates staple, poster presto, priest ripest sprite
stripe, reigns resign signer singer, rented tender, rescue secure, resist sister, resort roster, united untied,
vowels wolves,
admirer married, allergy gallery largely regally, article recital, aspired despair diapers praised, bedroom boredom,
cheater teacher, claimed decimal declaim medical, kitchen thicken, license silence, mentors monster,
nastier retains retinas, notices section, observe verbose, painter pertain repaint, parties pirates traipse,
present serpent, reduces rescued secured, reserve reverse
"""
_LINE = re.compile(r"(?P<word>[a-z]{1,12}) ?: ?(?P<letters>[a-z](?: ?[a-z]){0,11})", re.ASCII)
_GROUP = re.compile(r"[a-z]{1,12}(?:(?: ?[,=] ?| )[a-z]{1,12}){1,11}", re.ASCII)
_INNER = re.compile(r"[\[({]([^\[\](){}]*)[\])}]")
_QUOTED = re.compile(r"(['\"`])([a-z]{1,12})\1", re.ASCII)
_FORMAT = ANSWER_FORMAT.format(
    answer="the groups, with commas between them and spaces between their words; a word may be a group by itself"
)


class _Level(NamedTuple):
    words: int
    lengths: tuple[int, ...]  # of the words, all alike in a question


_LEVELS = (
    _Level(4, (3, 4)),
    _Level(6, (3, 4)),
    _Level(8, (4, 5)),
    _Level(11, (4, 5)),
    _Level(14, (5, 6)),
    _Level(18, (6, 7)),
)


@family(category="algorithmic", levels=6, many_answers=True)
class GroupAnagrams(Family):
    """Put words together that have the same letters.

    Statement: `Group the anagrams: art, low, rat, tar`. The words are in the order of the dictionary and of one length.
    Thoughts: each word with its letters in order: `tar: art`.
    Answer: the groups with commas between them and spaces between their words, `art rat tar, low`; a word without
        others is a group. Any order of groups and of words is right, and so are brackets, `[[low], [rat, art, tar]]`,
        or other signs than a comma between groups.
    Level: 4 to 18 words of 3 to 7 letters.
    Verified: by comparing the groups as sets with those of equal letters.
    Checked step by step: a line is a word with its letters in order, as no line before had it; or some words that have
        the same letters, not all of which lines before put together: `art rat`.

        Group the anagrams: art, low, rat, tar
        art: art
        low: low
        rat: art
        tar: art
        Answer: art rat tar, low
    """

    def generate(self, rng: np.random.Generator, level: int) -> Problem:
        count, lengths = _LEVELS[level - 1]
        sets = _sets(lengths[int(rng.random() * len(lengths))])
        while True:
            words: list[str] = []
            groups = 0
            order: list[int] = rng.permutation(len(sets)).tolist()
            for which, draw in zip(order, rng.random(count).tolist(), strict=False):
                words += _some(sets[which], draw, count - len(words))
                groups += 1
                if len(words) == count:
                    break
            if 1 < groups < count == len(words):
                break
        words.sort()
        question = Question(self.name, level, f"Group the anagrams: {', '.join(words)}", _FORMAT, tuple(words))
        return Problem(question, ", ".join(" ".join(group) for group in _groups(words)))

    def reference_thoughts(self, problem: Problem) -> tuple[str, ...]:
        lines = [f"{word}: {_letters(word)}" for word in _given(problem.question)]
        return (*lines, f"Answer: {problem.answer}")

    def check_step(self, question: Question, thoughts: Sequence[str], step: str) -> Verdict:
        words = _given(question)
        if _letters_stated(words, step) is not None:
            known = [_letters_stated(words, line) for line in thoughts]
            return incorrect("the word's letters are known") if _letters_stated(words, step) in known else CORRECT
        group = _group_stated(words, step)
        if group is None:
            return incorrect("neither a word with its letters in order nor some words with the same letters")
        known_groups = [found for line in thoughts if (found := _group_stated(words, line)) is not None]
        return incorrect("they were put together before") if _is_joined(group, known_groups) else CORRECT

    def check_conclusion(self, question: Question, thoughts: Sequence[str], answer: str) -> Verdict:
        del thoughts

        def decide() -> Verdict:
            stated = sorted(sorted(group) for group in _read_groups(answer))
            return CORRECT if stated == _groups(_given(question)) else incorrect("these aren't the groups")

        return guarded(decide)


@cache
def _sets(length: int) -> tuple[tuple[str, ...], ...]:
    """All sets of anagrams with words of a length."""
    sets = [tuple(each.split()) for each in _WORDS.split(",")]
    return tuple(words for words in sets if len(words[0]) == length)


def _some(words: Sequence[str], draw: float, most: int) -> list[str]:
    """Some of the words from one on, at least one; one less likely than several."""
    count = min(1 + int((draw * 16) % 1 * 1.4 * len(words)), len(words), most)
    first = int(draw * len(words))
    return [words[(first + k) % len(words)] for k in range(count)]


def _given(question: Question) -> tuple[str, ...]:
    return cast("tuple[str, ...]", question.given)


def _letters(word: str) -> str:
    return "".join(sorted(word))


def _groups(words: Sequence[str]) -> list[list[str]]:
    """The words with the same letters together, all in the order of the dictionary."""
    groups: dict[str, list[str]] = {}
    for word in sorted(words):
        groups.setdefault(_letters(word), []).append(word)
    return sorted(groups.values())


def _read_groups(answer: str) -> list[list[str]]:
    """The groups of an answer: in brackets, or with `;`, `|`, `/`, line ends or else commas between them.

    Raises:
        Unreadable, Refused: if it is anything else.
    """
    text = _QUOTED.sub(r"\2", plain(answer).lower())
    inner = _INNER.findall(text)
    if len(inner) == 1 and text[1:-1] == inner[0]:
        text, inner = inner[0], []
    if inner and re.sub(r"[\s,;\[\](){}]", "", _INNER.sub("", text)):
        raise Unreadable(f"something stands beside the groups in {answer[:40]!r}")
    separator = next((sign for sign in ";|/\n" if sign in text), ",")
    groups = [re.findall(r"[^\s,]+", group) for group in (inner or text.split(separator))]
    if not all(groups):
        raise Unreadable(f"{answer[:40]!r} has an empty group; write 'eat tea, dog god'")
    return groups


def _letters_stated(words: Sequence[str], line: str) -> str | None:
    """The word of which a line states rightly which letters it has, in order; None if it does no such thing."""
    match = _LINE.fullmatch(line)
    if match is None or match["word"] not in words or match["letters"].replace(" ", "") != _letters(match["word"]):
        return None
    return match["word"]


def _group_stated(words: Sequence[str], line: str) -> set[str] | None:
    """The words that a line states rightly to have the same letters; None if it does no such thing."""
    if _GROUP.fullmatch(line) is None:
        return None
    group = re.findall(r"[a-z]+", line)
    right = len(set(group)) == len(group) and set(group) <= set(words) and len(set(map(_letters, group))) == 1
    return set(group) if right else None


def _is_joined(group: set[str], known: Sequence[set[str]]) -> bool:
    """Whether known groups put the words of a group together, through words that they share."""
    joined = {min(group)}
    for _ in known:  # each of them once at least, wherever it stands
        for other in known:
            if joined & other:
                joined |= other
    return group <= joined
