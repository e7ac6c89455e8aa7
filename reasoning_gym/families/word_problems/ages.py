"""Ages: how old people are, were and will be, from sums, differences and ratios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from reasoning_gym.families.chances import Chances
from reasoning_gym.families.stories import Story, StoryFamily, ranges
from reasoning_gym.families.workings import Amount, Workings
from reasoning_gym.family import ANSWER_FORMAT, family

_FORMAT = ANSWER_FORMAT.format(answer="the number of years")
_OLDEST = 100  # years that anybody reaches in a story


@family(category="word_problems", levels=6)
class Ages(StoryFamily):
    """Find an age from what is said of ages now, in some years, or some years ago.

    Statement: `Mia is 7 years old. Tom is 4 years older than Mia. How old is Tom?`
    Thoughts: one calculation a line, with its result.
    Answer: a whole number of years; it is the only one that fits.
    Level: 1 one calculation, 2 two of them, 3 a sum with a difference or a ratio, 4 a difference with a ratio and three
        people, 5 a ratio at another time, 6 two times and three people.
    Verified: by working it out again.
    Checked step by step: a line is a true calculation with numbers of the question or of earlier lines, whose result,
        by what the numbers mean, is a part of a way to the answer, and new.

        Mia is 7 years old. Tom is 4 years older than Mia. How old is Tom?
        7+4=11
        Answer: 11
    """

    def stories(self) -> Mapping[str, Story]:
        return _STORIES

    def kinds(self, level: int) -> Sequence[str]:
        return _KINDS[level - 1]

    def answer_format(self, kind: str) -> str:
        return _FORMAT


def _older(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(n[0] + n[1])


def _younger(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(n[0] - n[1])


def _multiple(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(n[0] * n[1])


def _part(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(n[0] / n[1])


def _older_later(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(work.step(n[0] + n[1]) + n[2])


def _multiple_later(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(work.step(n[0] * n[1]) + n[2])


def _younger_before(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(work.step(n[0] - n[1]) - n[2])


def _sum_later(work: Workings, n: Sequence[Amount]) -> Amount:
    """Of two people's ages: n[0] now, in n[1] years."""
    work.aside(n[0] + n[1] + n[1])
    return work.step(n[0] + work.step(work.fact(2) * n[1]))


def _younger_of_sum(work: Workings, n: Sequence[Amount]) -> Amount:
    """The lesser of two numbers by their sum n[0] and difference n[1]."""
    two = work.fact(2)
    work.aside((n[0] + n[1]) / two)
    return work.step(work.step(n[0] - n[1]) / two)


def _older_of_sum(work: Workings, n: Sequence[Amount]) -> Amount:
    two = work.fact(2)
    work.aside((n[0] - n[1]) / two)
    return work.step(work.step(n[0] + n[1]) / two)


def _less_of_ratio(work: Workings, n: Sequence[Amount]) -> Amount:
    """The lesser of two numbers by their sum n[0] and ratio n[1]."""
    return work.step(n[0] / work.step(n[1] + work.fact(1)))


def _more_of_ratio(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(_less_of_ratio(work, n) * n[1])


def _less_of_difference(work: Workings, n: Sequence[Amount]) -> Amount:
    """The lesser of two numbers by their difference n[0] and ratio n[1]."""
    return work.step(n[0] / work.step(n[1] - work.fact(1)))


def _more_of_difference(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(_less_of_difference(work, n) * n[1])


def _multiple_then(work: Workings, n: Sequence[Amount]) -> Amount:
    """From n[0] now: n[2] times it in n[1] years, less these years."""
    return work.step(work.step(n[2] * work.step(n[0] + n[1])) - n[1])


def _multiple_before(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(work.step(n[2] * work.step(n[0] - n[1])) + n[1])


def _three_in_steps(work: Workings, n: Sequence[Amount]) -> Amount:
    """The least of three: the others are n[1] and n[1]+n[2] more, the sum is n[0]."""
    more = work.step(n[1] + n[2])
    rest = work.step(n[0] - n[1] - more)
    return work.step(rest / work.fact(3))


def _difference_then(work: Workings, n: Sequence[Amount]) -> Amount:
    """The younger now, who in n[1] years is a share n[2] of somebody n[0] years older."""
    return work.step(_less_of_difference(work, (n[0], n[2])) - n[1])


def _difference_before(work: Workings, n: Sequence[Amount]) -> Amount:
    return work.step(_less_of_difference(work, (n[0], n[2])) + n[1])


def _sum_before(work: Workings, n: Sequence[Amount]) -> Amount:
    """The younger now: the sum is n[0], and n[1] years ago the ratio was n[2]."""
    then = work.step(n[0] - work.step(work.fact(2) * n[1]))
    return work.step(_less_of_ratio(work, (then, n[2])) + n[1])


def _sum_then(work: Workings, n: Sequence[Amount]) -> Amount:
    then = work.step(n[0] + work.step(work.fact(2) * n[1]))
    return work.step(_less_of_ratio(work, (then, n[2])) - n[1])


def _two_ratios(work: Workings, n: Sequence[Amount]) -> Amount:
    """The younger now: the ratio is n[0] now and n[2] in n[1] years."""
    gained = work.step(n[1] * work.step(n[2] - work.fact(1)))
    return work.step(gained / work.step(n[0] - n[2]))


def _three_of_sum(work: Workings, n: Sequence[Amount]) -> Amount:
    """The one that others are compared with: n[1] older, n[2] times as old, the sum is n[0]."""
    shares = work.step(work.fact(2) + n[2])
    return work.step(work.step(n[0] - n[1]) / shares)


def _three_of_sum_then(work: Workings, n: Sequence[Amount]) -> Amount:
    """As three_of_sum, but the sum is that of n[3] years later."""
    now = work.step(n[0] - work.step(work.fact(3) * n[3]))
    return _three_of_sum(work, (now, n[1], n[2]))


def _even_part(chances: Chances) -> tuple[int, ...]:
    ratio = chances.whole(2, 5)
    return ratio * chances.whole(3, 16), ratio


def _of_ratio(chances: Chances) -> tuple[int, ...]:
    age, ratio = chances.whole(3, 14), chances.whole(2, 5)
    return age * (ratio + 1), ratio


def _of_difference(chances: Chances) -> tuple[int, ...]:
    age, ratio = chances.whole(3, 16), chances.whole(3, 6)
    return age * (ratio - 1), ratio


def _of_sum(chances: Chances) -> tuple[int, ...]:
    age, more = chances.whole(5, 45), chances.whole(2, 29)
    return 2 * age + more, more


def _three_people(chances: Chances) -> tuple[int, ...]:
    age, more, most = chances.whole(4, 30), chances.whole(2, 9), chances.whole(2, 9)
    return 3 * age + 2 * more + most, more, most


def _between_times(chances: Chances, sign: int) -> tuple[int, ...]:
    """Difference, years and the ratio after (1) or before (-1) them; empty where somebody wasn't born."""
    then, ratio, years = chances.whole(4, 20), chances.whole(3, 6), chances.whole(2, 12)
    oldest = ratio * then + (years if sign < 0 else 0)
    return ((ratio - 1) * then, years, ratio) if then - sign * years > 0 and oldest <= _OLDEST else ()


def _sum_between(chances: Chances, sign: int) -> tuple[int, ...]:
    then, ratio, years = chances.whole(4, 18), chances.whole(2, 5), chances.whole(2, 12)
    oldest = ratio * then + (years if sign < 0 else 0)
    return (
        ((ratio + 1) * then - 2 * sign * years, years, ratio) if then - sign * years > 0 and oldest <= _OLDEST else ()
    )


def _ratios(chances: Chances) -> tuple[int, ...]:
    age, now, then = chances.whole(2, 18), chances.whole(5, 9), chances.whole(3, 6)
    years, left = divmod(age * (now - then), then - 1)
    fits = now - then > 1 and not left and years > 1 and age * now + years <= _OLDEST
    return (now, years, then) if fits else ()


def _three_compared(chances: Chances) -> tuple[int, ...]:
    age, more, ratio = chances.whole(4, 20), chances.whole(2, 15), chances.whole(2, 4)
    return (2 + ratio) * age + more, more, ratio


def _three_compared_then(chances: Chances) -> tuple[int, ...]:
    total, more, ratio = _three_compared(chances)
    years = chances.whole(2, 12)
    return total + 3 * years, more, ratio, years


def _now_and_then(chances: Chances, sign: int) -> tuple[int, ...]:
    age, years, ratio = chances.whole(4, 16), chances.whole(2, 9), chances.whole(2, 4)
    return (age, years, ratio) if age + sign * years > 1 else ()


# fmt: off
_STORIES = {
    "older": Story((
        "{A} is {0} years old. {B} is {1} years older than {A}. How old is {B}?",
        "{B} is {1} years older than {A}, who is {0}. How old is {B}?",
        "{A} is {0}. How old will {A.they} be in {1} years?",
    ), ranges((4, 40), (2, 19)), _older),
    "younger": Story((
        "{A} is {0} years old. {B} is {1} years younger. How old is {B}?",
        "{A} is {0} years old now. How old was {A.they} {1} years ago?",
    ), ranges((22, 60), (2, 19)), _younger),
    "multiple": Story((
        "{A} is {0} years old. {B} is {times[1]} as old. How old is {B}?",
        "{B} is {times[1]} as old as {A}, who is {0}. How old is {B}?",
    ), ranges((3, 16), (2, 5)), _multiple),
    "part": Story(
        ("{A} is {0} years old and {times[1]} as old as {B}. How old is {B}?",),
        _even_part, _part),
    "older_later": Story((
        "{A} is {0} years old. {B} is {1} years older than {A}. How old will {B} be in {2} years?",
        "{B} is {1} years older than {A}. In {2} years, how old will {B} be if {A} is {0} now?",
    ), ranges((4, 40), (2, 15), (2, 15)), _older_later),
    "multiple_later": Story((
        "{A} is {0} years old, and {B} is {times[1]} as old. How old will {B} be in {2} years?",
        "{B} is {times[1]} as old as {A}, who is {0}. In {2} years, how old will {B} be?",
    ), ranges((3, 16), (2, 5), (2, 15)), _multiple_later),
    "younger_before": Story(
        ("{A} is {0} years old. {B} is {1} years younger than {A}. How old was {B} {2} years ago?",),
        ranges((20, 60), (2, 9), (2, 9)), _younger_before),
    "sum_later": Story((
        "{A} and {B} are {0} years old together. What will the sum of their ages be in {1} years?",
        "The ages of {A} and {B} add up to {0}. What will they add up to in {1} years?",
    ), ranges((12, 90), (2, 15)), _sum_later),
    "younger_of_sum": Story((
        "{A} and {B} are {0} years old together. {A} is {1} years older than {B}. How old is {B}?",
        "{B} is {1} years younger than {A}. Their ages add up to {0}. How old is {B}?",
    ), _of_sum, _younger_of_sum),
    "older_of_sum": Story((
        "{A} is {1} years older than {B}. The sum of their ages is {0}. How old is {A}?",
        "{A} and {B} are {0} years old together, and {B} is {1} years younger than {A}. How old is {A}?",
    ), _of_sum, _older_of_sum),
    "less_of_ratio": Story((
        "{A} is {times[1]} as old as {B}. Together they are {0} years old. How old is {B}?",
        "The ages of {A} and {B} add up to {0}. {A} is {times[1]} as old as {B}. How old is {B}?",
    ), _of_ratio, _less_of_ratio),
    "more_of_ratio": Story((
        "{A} is {times[1]} as old as {B}. Together they are {0} years old. How old is {A}?",
        "The sum of the ages of {A} and {B} is {0}. {A} is {times[1]} as old as {B}. How old is {A}?",
    ), _of_ratio, _more_of_ratio),
    "less_of_difference": Story((
        "{A} is {times[1]} as old as {B}, and {0} years older. How old is {B}?",
        "{B} is {0} years younger than {A}, who is {times[1]} as old as {B}. How old is {B}?",
    ), _of_difference, _less_of_difference),
    "more_of_difference": Story((
        "{A} is {times[1]} as old as {B}, and {0} years older. How old is {A}?",
        "{A} is {0} years older than {B}. {A.they} is {times[1]} as old as {B}. How old is {A}?",
    ), _of_difference, _more_of_difference),
    "three_in_steps": Story((
        "{B} is {1} years older than {A}, and {C} is {2} years older than {B}. "
        "Together the three are {0} years old. How old is {A}?",
        "{A} is {1} years younger than {B}, who is {2} years younger than {C}. "
        "The sum of the three ages is {0}. How old is {A}?",
    ), _three_people, _three_in_steps),
    "multiple_then": Story(
        ("{A} is {0} years old. In {1} years, {B} will be {times[2]} as old as {A} will be then. How old is {B} now?",),
        partial(_now_and_then, sign=1), _multiple_then),
    "multiple_before": Story(
        ("{A} is {0} years old. {1} years ago, {B} was {times[2]} as old as {A} was then. How old is {B} now?",),
        partial(_now_and_then, sign=-1), _multiple_before),
    "difference_then": Story((
        "{A} is {0} years older than {B}. In {1} years, {A} will be {times[2]} as old as "
        "{B} will be then. How old is {B} now?",
        "In {1} years, {A} will be {times[2]} as old as {B}, who is {0} years younger. How old is {B} now?",
    ), partial(_between_times, sign=1), _difference_then),
    "difference_before": Story((
        "{A} is {0} years older than {B}. {1} years ago, {A} was {times[2]} as old as {B} "
        "was then. How old is {B} now?",
    ), partial(_between_times, sign=-1), _difference_before),
    "sum_before": Story((
        "{A} and {B} are {0} years old together. {1} years ago, {A} was {times[2]} as old as "
        "{B} was then. How old is {B} now?",
    ), partial(_sum_between, sign=-1), _sum_before),
    "sum_then": Story((
        "The ages of {A} and {B} add up to {0}. In {1} years, {A} will be {times[2]} as old as "
        "{B} will be then. How old is {B} now?",
    ), partial(_sum_between, sign=1), _sum_then),
    "two_ratios": Story((
        "{A} is {times[0]} as old as {B}. In {1} years, {A} will be {times[2]} as old as {B} "
        "will be then. How old is {B} now?",
    ), _ratios, _two_ratios),
    "three_of_sum": Story((
        "{A} is {1} years older than {B}. {C} is {times[2]} as old as {B}. Together the three "
        "are {0} years old. How old is {B}?",
    ), _three_compared, _three_of_sum),
    "three_of_sum_then": Story((
        "{A} is {1} years older than {B}. {C} is {times[2]} as old as {B}. In {3} years, the "
        "sum of their three ages will be {0}. How old is {B} now?",
    ), _three_compared_then, _three_of_sum_then),
}
# fmt: on
_KINDS = (
    ("older", "younger", "multiple", "part"),
    ("older_later", "multiple_later", "younger_before", "sum_later"),
    ("younger_of_sum", "older_of_sum", "less_of_ratio", "more_of_ratio"),
    ("less_of_difference", "more_of_difference", "three_in_steps", "multiple_then", "multiple_before"),
    ("difference_then", "difference_before", "sum_before", "sum_then"),
    ("two_ratios", "three_of_sum", "three_of_sum_then"),
)
